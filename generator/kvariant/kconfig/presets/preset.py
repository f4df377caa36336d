# SPDX-License-Identifier: MIT
"""The record of one kind of tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig.dialect import Dialect
from kvariant.kconfig.presets import makefile

Environment = Callable[[Path, Mapping[str, str]], Mapping[str, str]]
"""Variables for a root, given those that are set already."""


def nothing(_root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return that a tree expects nothing."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of tree."""

    name: str
    entry: str
    """The entry file, below the tree's root."""
    marks: tuple[str, ...]
    """Paths that a root of this kind has, all of them."""
    environment: Environment = nothing
    """The variables that the tree's own build sets for its Kconfig files."""
    tools: tuple[str, ...] = ()
    """Folders, below the root, that may have the source of the C tool that a tree carries."""
    rules: str = "kconfiglib"
    """Whose rules hold in a tree without such a source: the name of a dialect."""
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

    def dialect(self, root: Path) -> Dialect:
        """Return the dialect of the tool that a root carries.

        Before Linux 5.7, and in U-Boot that took its tool from 4.20, an imply of y
        promotes m, as in kconfiglib.
        """
        for folder in self.tools:
            try:
                text = (root / folder / "symbol.c").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            promotes = re.search(r"\|\|\s*sym->implied\.tri\s*==\s*yes", text)
            return Dialect.KCONFIGLIB if promotes else Dialect.LINUX
        return Dialect(self.rules)


def version(preset: Preset, root: Path) -> str:
    """Return a tree's version as its Makefile says it, "" where it does not."""
    return makefile.version(root / preset.makefile) if preset.makefile else ""
