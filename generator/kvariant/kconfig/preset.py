# SPDX-License-Identifier: MIT
"""Presets: which file a known kind of tree starts with, and what it expects around it.

A kernel-like tree is read by its Makefile, which exports what the Kconfig files
refer to. A preset gives the same variables, so that a tree can be read without
make. What the caller's own environment says comes first.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.dialect import DIALECTS, KCONFIGLIB, Dialect

_DEPTH = 4  # folders: the entry's own and its parents
_SOURCED = re.compile(r"""^\s*source\s+["']?([^\s"']+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of tree."""

    name: str
    entry: str
    """The entry file, below the tree's root."""
    marks: tuple[str, ...]
    """Paths that a root of this kind has, all of them."""
    dialect: Callable[[Path], Dialect]
    """Whose rules the own tools of a root follow."""
    makefile: str = ""
    """The file that says the tree's version; "": nothing does."""
    writes: str = ""
    """The command by which a fresh root gets the Kconfig files that it is not shipped with."""
    has_cross_compilers: bool = False
    """Whether ARCH and CROSS_COMPILE say which compiler it is asked about and built with."""
    macros: tuple[str, ...] = ()
    """What stands before a symbol's name in sources, beside the prefix."""
    has_defconfigs: bool = True
    """Whether `make defconfig` reads a file; where not, it is what the Kconfig files say."""
    environment: Callable[[Path, Mapping[str, str]], Mapping[str, str]]
    """Variables for a root, given those that are set already."""


def detect(root: Path) -> Preset:
    """Return the preset of a tree's root folder; `plain` where nothing is recognised."""
    for preset in PRESETS.values():
        if preset.marks and all((root / mark).exists() for mark in preset.marks):
            return preset
    return PRESETS["plain"]


def preset_of(name: str, root: Path) -> Preset:
    """Return the named preset; `auto` detects it.

    Raises:
        InputError: there is no such preset [preset].
    """
    if name == "auto":
        return detect(root)
    if name not in PRESETS:
        raise InputError(
            Diagnostic(
                message=f"no preset is named {name!r}",
                code="preset",
                hint=did_you_mean(name, list(PRESETS), f"there are {', '.join(PRESETS)}"),
            )
        )
    return PRESETS[name]


_ENTRIES = ("Kconfig", "Config.in", "src/Kconfig")


def entry_of(preset: Preset, root: Path) -> Path:
    """Return the entry file of a root folder; for `plain` the first usual name it has."""
    names = (preset.entry, *(_ENTRIES if preset.name == "plain" else ()))
    return next((root / name for name in names if (root / name).is_file()), root / preset.entry)


def root_of(entry: Path) -> Path:
    """Return the folder that an entry file's `source` lines are relative to.

    Its own, as with most trees; a parent where more of the sourced files are below
    that: coreboot and SeaBIOS start with src/Kconfig, which sources "src/...".
    """
    try:
        text = entry.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return entry.parent
    sourced = [path for path in _SOURCED.findall(text) if "$" not in path]
    found = {
        folder: sum(any(folder.glob(path)) for path in sourced if not Path(path).is_absolute())
        for folder in entry.absolute().parents[:_DEPTH]
    }
    best = max(found, key=lambda folder: found[folder])  # the nearest of equals
    return best if found[best] else entry.parent


def version(preset: Preset, root: Path) -> str:
    """Return a tree's version as its Makefile says it, "" where it does not."""
    return _version(root / preset.makefile) if preset.makefile else ""


def _kconfiglib(_root: Path) -> Dialect:
    return KCONFIGLIB


def _kbuild(_root: Path) -> Dialect:
    return DIALECTS["linux"]


def _nothing(_root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {}


def _kernel(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the kernel's top Makefile exports to Kconfig."""
    arch = given.get("ARCH", _machine())
    cross = given.get("CROSS_COMPILE", cross_compiler(arch) or "")
    tools = {
        "CC": f"{cross}gcc", "LD": f"{cross}ld", "NM": f"{cross}nm", "AR": f"{cross}ar",
        "OBJCOPY": f"{cross}objcopy", "HOSTCC": "gcc", "HOSTCXX": "g++", "RUSTC": "rustc",
        "BINDGEN": "bindgen", "PAHOLE": "pahole", "CLANG_FLAGS": "",
    }  # fmt: skip
    compiler = given.get("CC", tools["CC"])
    return {
        **tools,
        **({"CROSS_COMPILE": cross} if cross else {}),
        "ARCH": arch,
        "SRCARCH": _source_architecture(arch),
        "KERNELVERSION": _version(root / "Makefile"),
        "CC_VERSION_TEXT": _first_line([compiler, "--version"]),
    }


def _u_boot(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    version = _version(root / "Makefile")
    return {
        **_kernel(root, given), "ARCH": given.get("ARCH", "*"), "UBOOTVERSION": version,
        "KERNELVERSION": version,
    }  # fmt: skip


def _busybox(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {"KERNELVERSION": _version(root / "Makefile")}


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="linux", entry="Kconfig", dialect=_kbuild, environment=_kernel,
            makefile="Makefile", has_cross_compilers=True,
            marks=("Kconfig", "init/Kconfig", "kernel/Kconfig.preempt", "scripts/Kconfig.include"),
        ),
        Preset(
            name="u-boot", entry="Kconfig", dialect=_kbuild, environment=_u_boot,
            makefile="Makefile",
            marks=("Kconfig", "boot/Kconfig", "common/spl/Kconfig"),
        ),
        Preset(
            name="busybox", entry="Config.in", dialect=_kconfiglib, environment=_busybox,
            makefile="Makefile", writes="make gen_build_files",
            macros=("ENABLE_", "IF_", "IF_NOT_"), has_defconfigs=False,
            marks=("Config.in", "libbb", "applets"),
        ),
        Preset(
            name="toybox", entry="Config.in", dialect=_kconfiglib, environment=_nothing,
            writes="make defconfig", macros=("CFG_", "USE_", "SKIP_"), has_defconfigs=False,
            marks=("Config.in", "toys", "scripts/genconfig.sh"),
        ),
        Preset(name="plain", entry="Kconfig", dialect=_kconfiglib, environment=_nothing, marks=()),
    )
}  # fmt: skip

_SOURCE_ARCHITECTURES = {
    "i386": "x86", "x86_64": "x86", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc",
}  # fmt: skip
_TRIPLETS = {
    "alpha": ("alpha-linux-gnu",), "arm": ("arm-linux-gnueabihf", "arm-linux-gnueabi"),
    "arm64": ("aarch64-linux-gnu",), "loongarch": ("loongarch64-linux-gnu",),
    "m68k": ("m68k-linux-gnu",), "mips": ("mips64el-linux-gnuabi64", "mipsel-linux-gnu"),
    "parisc": ("hppa-linux-gnu",), "powerpc": ("powerpc64le-linux-gnu", "powerpc-linux-gnu"),
    "riscv": ("riscv64-linux-gnu",), "s390": ("s390x-linux-gnu",), "sh": ("sh4-linux-gnu",),
    "sparc": ("sparc64-linux-gnu",), "x86": ("x86_64-linux-gnu",),
}  # fmt: skip
"""How distributions call the cross compilers of an architecture, the usual one first."""


def cross_compilers(arch: str) -> tuple[str, ...]:
    """Return what CROSS_COMPILE may be on this machine; nothing where its own compiler does."""
    source = _source_architecture(arch)
    is_own = source == _source_architecture(_machine())
    return () if is_own else tuple(f"{triplet}-" for triplet in _TRIPLETS.get(source, ()))


def cross_compiler(arch: str) -> str | None:
    """Return the first of them that is installed, "" where none is needed, None if none is."""
    known = cross_compilers(arch)
    found = (prefix for prefix in known if shutil.which(f"{prefix}gcc"))
    return next(found, None if known else "")


def _source_architecture(arch: str) -> str:
    return _SOURCE_ARCHITECTURES.get(arch, arch)


def _machine() -> str:
    """Return this machine's architecture as the kernel's SUBARCH names it."""
    name = platform.machine()
    for pattern, arch in (
        (r"i.86|x86_64", "x86"), (r"aarch64.*", "arm64"), (r"arm.*", "arm"), (r"s390x", "s390"),
        (r"ppc.*", "powerpc"), (r"mips.*", "mips"), (r"riscv.*", "riscv"),
        (r"loongarch.*", "loongarch"),
    ):  # fmt: skip
        if re.fullmatch(pattern, name):
            return arch
    return name


def _version(makefile: Path) -> str:
    """Return VERSION.PATCHLEVEL.SUBLEVEL of a kernel-like Makefile, "" where unreadable."""
    try:
        text = makefile.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    parts = [
        match[1] if (match := re.search(rf"^{key}[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)) else ""
        for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    ]
    extra = re.search(r"^EXTRAVERSION[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)
    return ".".join(filter(None, parts)) + (extra[1] if extra else "")


def _first_line(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return done.stdout.splitlines()[0] if done.stdout else ""
