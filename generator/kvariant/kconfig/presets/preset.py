# SPDX-License-Identifier: MIT
"""The record of one kind of tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig.presets import makefile

Environment = Callable[[Path, Mapping[str, str]], Mapping[str, str]]
"""Variables for a root, given those that are set already."""


Files = Callable[[Path, Mapping[str, str]], Mapping[str, str]]
"""Texts by path, relative to the root or absolute, given all variables."""

Origins = Callable[[Path, str], Sequence[tuple[Path, int]]]
"""The file and line, from 1, that each line of such a text is written in; (): nowhere else."""

CommandAnswers = Callable[[str], str | None]
"""What a command would print; None: it is run."""


Functions = Callable[[Sequence[str]], str | None]
"""What a call gives, its name and arguments being given; None: there is no such function."""


def no_function(_call: Sequence[str]) -> None:
    """Return that there is no function."""


def no_answer(_command: str) -> None:
    """Return that a command is run like any other."""


def no_origins(_root: Path, _name: str) -> Sequence[tuple[Path, int]]:
    """Return that a text is written nowhere else."""
    return ()


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
    folder: str = ""
    """Where the root is below a checkout's top folder, if it is not that one."""
    prefix: str = "CONFIG_"
    """What stands before a symbol's name in the tree's configurations."""
    environment: Environment = nothing
    """The variables that the tree's own build sets for its Kconfig files."""
    files: Files = nothing
    """The Kconfig files that the tree's own build writes and a fresh root lacks."""
    origins: Origins = no_origins
    """Where the lines of such a file come from."""
    answers: CommandAnswers = no_answer
    """What a `$(shell ...)` gives that would write files; such commands are not run."""
    functions: Functions = no_function
    """What the functions give that the tree's own fork of kconfiglib has."""
    tools: tuple[str, ...] = ()
    """Folders, below the root, that may have the source of the C tool that a tree carries."""
    rules: str = "kconfiglib"
    """Whose rules hold in a tree without such a source: the name of a dialect."""
    makefile: str = ""
    """The file that says the tree's version; "": nothing does."""
    marks_above: tuple[str, ...] = ()
    """Paths that a folder above the root has, all of them; (): nothing is asked."""
    runs_in_root: bool = False
    """Whether `$(shell ...)` runs in the root: the tree's own commands are named from there."""
    sources_beside: bool = False
    """Whether a sourced file that is not below the root is looked for beside the one that
    sources it, as OpenWrt's tool does."""
    needs: str = ""
    """What to do where such a tree cannot be read as it is."""
    writes: str = ""
    """The command by which a fresh root gets the Kconfig files that it is not shipped with."""
    has_cross_compilers: bool = False
    """Whether ARCH and CROSS_COMPILE say which compiler it is asked about and built with."""
    macros: tuple[str, ...] = ()
    """What stands before a symbol's name in sources, beside the prefix."""
    has_defconfigs: bool = True
    """Whether `make defconfig` reads a file; where not, it is what the Kconfig files say."""

    @property
    def path(self) -> str:
        """The entry file, below a checkout's top folder."""
        return f"{self.folder}/{self.entry}" if self.folder else self.entry

    def is_root(self, folder: Path) -> bool:
        """Return whether a folder looks like the root of such a tree."""
        if not self.marks or not _has(folder, self.marks):
            return False
        above = folder.absolute().parents
        return not self.marks_above or any(_has(parent, self.marks_above) for parent in above)


def _has(folder: Path, marks: tuple[str, ...]) -> bool:
    return all((folder / mark).exists() for mark in marks)


def version(preset: Preset, root: Path) -> str:
    """Return a tree's version as its Makefile says it, "" where it does not."""
    return makefile.version(root / preset.makefile) if preset.makefile else ""
