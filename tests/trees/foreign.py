# SPDX-License-Identifier: MIT
"""The real trees: where each comes from, and both readings of it."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reference import Reference

import debian
from kvariant import Space, Tree


@dataclass(frozen=True)
class Foreign:
    """A real tree: kvariant's and kconfiglib's reading of it."""

    name: str
    tree: Tree
    reference: Reference

    @cached_property
    def space(self) -> Space:
        return Space.of(self.tree)

    @cached_property
    def logical(self) -> list[str]:
        return [name for name, kind in self.reference.types.items() if kind in ("bool", "tristate")]


def _linux() -> Path:
    return debian.linux_source("6.1") / "Kconfig"


def _u_boot() -> Path:
    return debian.source_package("u-boot") / "Kconfig"


def _busybox() -> Path:
    """Return BusyBox's entry file, with the files that its build generates."""
    source = debian.source_package("busybox")
    folder = debian.cache_folder() / "built" / source.parent.name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            copy = Path(temporary) / "busybox"
            shutil.copytree(source, copy, symlinks=True)
            platform = "config PLATFORM_LINUX\n\tbool\n\tdefault y\n"  # as its Makefile writes it
            (copy / ".platform.in").write_text(platform)
            script = ["sh", "scripts/gen_build_files.sh", str(copy), str(copy)]
            subprocess.run(script, cwd=copy, check=True, capture_output=True)
            copy.rename(folder)
    return folder / "Config.in"


_TOOLS = {"CC": "gcc", "HOSTCC": "gcc", "LD": "ld", "AR": "ar", "NM": "nm", "OBJCOPY": "objcopy"}

ENVIRONMENTS = {
    "busybox": {},
    "u-boot": {**_TOOLS, "UBOOTVERSION": "2023.01", "CC_VERSION_TEXT": "gcc"},
    "linux": {
        **_TOOLS,
        "ARCH": "x86",
        "SRCARCH": "x86",
        "KERNELVERSION": "6.1.0",
        "CC_VERSION_TEXT": "gcc",
        "PAHOLE": "pahole",
        "RUSTC": "rustc",
        "BINDGEN": "bindgen",
        "CLANG_FLAGS": "",
    },
}
"""What each tree's Makefile exports, the same on every machine."""

TREES: dict[str, Callable[[], Path]] = {"busybox": _busybox, "u-boot": _u_boot, "linux": _linux}


@functools.cache
def foreign_tree(name: str) -> Foreign:
    """Return a real tree by its name in `TREES`, loaded once with its environment.

    Raises:
        debian.Unavailable: it cannot be had here.
    """
    entry, environment = TREES[name](), ENVIRONMENTS[name]
    tree = Tree.load(entry, env=environment, dialect="kconfiglib")
    return Foreign(name, tree, Reference.load(entry, environment))
