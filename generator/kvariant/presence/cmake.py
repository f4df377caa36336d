# SPDX-License-Identifier: MIT
"""Where a source of Zephyr is compiled, as its CMakeLists.txt files say.

A file is compiled where a command adds it and the folder of that command is added itself, from
the top one on. Every CMakeLists.txt that names it counts, and what else it may add that is not
understood is free. A folder that no command names (a sample, a module, one that is named by a
variable: `add_subdirectory(${ARCH})`) is free as well; what another CMakeLists.txt may add by
such a variable beside one that names the file, or the folder, does not count.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Location
from kvariant.kconfig.expression import ALWAYS, NEVER, Types
from kvariant.presence.cmake_file import Added, CMakeFile, cmake_file
from kvariant.presence.condition import Free, all_of, any_of
from kvariant.presence.kbuild import Route, Term
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

NAME = "CMakeLists.txt"
_PRIVATE = (".git", "doc", "build", "twister-out")


class CMakeTree:
    """The CMakeLists.txt of a tree, each read when it is asked for."""

    def __init__(self, root: Path, types: Types, prefix: str = "CONFIG_") -> None:
        self.root = root
        self._types = types
        self._prefix = prefix
        self._files: dict[str, CMakeFile] = {}
        self._reach: dict[str, Expression] = {}
        self._ways: dict[str, list[tuple[str, Added]]] = {}
        self._texts: dict[str, str] = {}

    def routes(self, source: str) -> tuple[Route, ...]:
        """Return the ways in which a source is compiled; none: nothing names it.

        Args:
            source: its path below the root.
        """
        adding: list[tuple[str, Added]] = []
        for path in self._candidates(source):
            own = [(path, one) for one in self.file(path).sources if one.may_be(source)]
            # What may be added by a file that does not name it is as good as what nobody names.
            if not all(one.is_pattern for _, one in own):
                adding += own
        found = []
        for path, one in adding:
            folder = posixpath.dirname(path)
            condition = all_of((self._reached(folder), one.condition))
            place = Location(path, one.line)
            found.append(
                Route(
                    condition, NEVER, (*self._terms(folder), Term(one.condition, place, one.text))
                )
            )
        return tuple(found)

    def naming(self, options: Set[str]) -> Iterator[tuple[str, bool]]:
        """Yield the folders whose CMakeLists.txt names one of some options, those below meant."""
        for path in self._lists:
            if not options.isdisjoint(re.findall(rf"{self._prefix}(\w+)", self._text(path))):
                yield posixpath.dirname(path), True

    def file(self, path: str) -> CMakeFile:
        """Return what one CMakeLists.txt adds."""
        if path not in self._files:
            self._files[path] = cmake_file(path, self._text(path), self._types, self._prefix)
        return self._files[path]

    def _candidates(self, source: str) -> Iterator[str]:
        """Yield the files that may add a source: those that have its name, and those above it."""
        name = posixpath.basename(source)
        above = {
            posixpath.join(str(folder), NAME).removeprefix("./") for folder in Path(source).parents
        }
        for path in self._lists:
            if path in above or name in self._text(path):
                yield path

    def _reached(self, folder: str) -> Expression:
        """Return where a folder is added."""
        if not folder:
            return ALWAYS
        if folder not in self._reach:
            self._reach[folder] = NEVER  # of a folder that adds itself
            adding = self._adding(folder)
            self._reach[folder] = (
                any_of(
                    all_of((self._reached(posixpath.dirname(path)), one.condition))
                    for path, one in adding
                )
                if adding
                else Free(f"what adds the folder {folder} is not known")
            )
        return self._reach[folder]

    def _adding(self, folder: str) -> list[tuple[str, Added]]:
        """Return what adds a folder."""
        if folder not in self._ways:
            self._ways[folder] = self._found_ways(folder)
        return self._ways[folder]

    def _found_ways(self, folder: str) -> list[tuple[str, Added]]:
        name = posixpath.basename(folder)
        found = []
        for path in self._lists:
            if name not in self._text(path) and "${" not in self._text(path):
                continue
            is_above = f"{folder}/".startswith(posixpath.dirname(path))
            for one in self.file(path).folders if is_above else ():
                if one.may_be(folder) and posixpath.dirname(path) != folder:
                    found.append((path, one))
        # CMake adds no folder twice; what may be added is as good as what nobody names.
        return [(path, one) for path, one in found if not one.is_pattern]

    def _terms(self, folder: str) -> tuple[Term, ...]:
        """Return what says that a folder is added, by the first way from the top."""
        terms: list[Term] = []
        seen: set[str] = set()
        while folder and folder not in seen:
            seen.add(folder)
            ways = [(p, one) for p, one in self._adding(folder) if not one.is_pattern]
            if not ways:
                break
            path, one = ways[0]
            if one.condition != ALWAYS:
                terms.append(Term(one.condition, Location(path, one.line), one.text))
            folder = posixpath.dirname(path)
        return tuple(reversed(terms))

    @cached_property
    def _lists(self) -> Sequence[str]:
        """The CMakeLists.txt of the tree, the top one first."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in _PRIVATE)
            if NAME in names:
                relative = os.path.relpath(folder, self.root)
                found.append(NAME if relative == "." else f"{relative}/{NAME}")
        return found

    def _text(self, path: str) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = read_text(self.root / path, "replace")
            except OSError:
                self._texts[path] = ""
        return self._texts[path]
