# SPDX-License-Identifier: MIT
"""Real trees that ship their own conf: where each is, and what its Makefile exports."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import kernel_conf
from conf_session import Outcome
from kernel_conf import Conf

import debian

RELEASES = ("6.1", "6.12", "7.2")
"""Of Linux, each with the rules of another time."""

ARCHITECTURES = (
    *("alpha", "arc", "arm", "arm64", "csky", "hexagon", "loongarch", "m68k", "microblaze"),
    *("mips", "nios2", "openrisc", "parisc", "powerpc", "riscv", "s390", "sh", "sparc", "um"),
    *("x86", "xtensa"),
)
"""Of Linux; `ia64` too in 6.1."""

_TOOLS = {"CC": "gcc", "HOSTCC": "gcc", "LD": "ld", "AR": "ar", "NM": "nm", "OBJCOPY": "objcopy"}

_LINUX = {
    **_TOOLS,
    "CC_VERSION_TEXT": "gcc",
    "PAHOLE": "pahole",
    "PAHOLE_VERSION": "0",
    "RUSTC": "rustc",
    "RUSTC_VERSION_TEXT": "",
    "BINDGEN": "bindgen",
    "CLANG_FLAGS": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTree:
    """A tree, its own tool, and the configurations that it keeps."""

    name: str
    version: str
    architecture: str
    """"": the tree has all in one."""
    entry: Path
    environment: Mapping[str, str]
    """For both sides: the same programs are probed, which need not be cross compilers."""
    conf: Conf
    defconfigs: tuple[Path, ...]
    escapes: bool = True
    """Whether a string in a `.config` has backslashes before quotes and backslashes."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.version, self.architecture)))


def linux_tree(release: str, architecture: str) -> RealTree:
    """Return a kernel release's tree for an architecture.

    Raises:
        debian.Unavailable: it cannot be had here, or has no such architecture.
    """
    source = debian.linux_source(release, part=debian.KERNEL_KCONFIG)
    home = source / "arch" / architecture
    if not (home / "Kconfig").exists():
        raise debian.Unavailable(f"Linux {release} has no architecture {architecture}")
    version = source.parent.name.split("_")[1].partition("-")[0]
    environment = {
        **_LINUX,
        "ARCH": architecture,
        "SRCARCH": architecture,
        "KERNELVERSION": version,
        "SUBARCH": "x86_64",  # for um, as on the machine that most people have
        "HEADER_ARCH": "x86",
    }
    return RealTree(
        name="linux",
        version=version,
        architecture=architecture,
        entry=source / "Kconfig",
        environment=environment,
        conf=kernel_conf.built(source / "scripts" / "kconfig", source.parent.name),
        defconfigs=tuple(sorted((home / "configs").rglob("*defconfig"))),
    )


def u_boot_tree() -> RealTree:
    """Return Debian's U-Boot.

    Raises:
        debian.Unavailable: it cannot be had here.
    """
    source = debian.source_package("u-boot")
    version = source.parent.name.split("_")[1].partition("+")[0]
    return RealTree(
        name="u-boot",
        version=version,
        architecture="",
        entry=source / "Kconfig",
        environment={**_TOOLS, "UBOOTVERSION": version, "CC_VERSION_TEXT": "gcc"},
        conf=kernel_conf.u_boot(),
        defconfigs=tuple(sorted((source / "configs").glob("*_defconfig"))),
        escapes=False,
    )


def random_fragment(defaults: Outcome, seed: int) -> str:
    """Return a fragment that asks for a random part of a tree's symbols.

    Args:
        defaults: the tree with every default, as its tool has it.
        seed: how many symbols are set, and how many of those to y, differs with it too.

    Numbers are the default and what is next to it, or far from every range; strings are the
    default or others; lines stand in any order.
    """
    rng = random.Random(f"real {seed}")
    asked, yes = rng.choice((0.05, 0.3, 0.9, 1.0)), rng.choice((0.3, 0.5, 0.8, 0.97))
    lines = []
    for name, kind in sorted(defaults.types.items()):
        if rng.random() > asked:
            continue
        if kind in ("bool", "tristate"):
            off = "n" if kind == "bool" else rng.choice("nm")
            value = "y" if rng.random() < yes else off
            text = f"# CONFIG_{name} is not set" if value == "n" else f"CONFIG_{name}={value}"
        elif kind == "string":
            text = f'CONFIG_{name}="{rng.choice(("", "text", "a b", "/etc/x.pem"))}"'
        else:
            text = f"CONFIG_{name}={_number(rng, kind, defaults.values[name])}"
        lines.append(text)
    rng.shuffle(lines)
    return "".join(f"{line}\n" for line in lines)


def _number(rng: random.Random, kind: str, default: str) -> str:
    base = 10 if kind == "int" else 16
    number = int(default or "0", base) + rng.choice((-1, 0, 0, 1))
    number = rng.choice((number, number, 0, 1, 12, 64, 1 << 20, 1 << 40))
    return str(number) if kind == "int" else hex(max(number, 0))
