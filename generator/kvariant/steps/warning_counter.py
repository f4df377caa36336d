# SPDX-License-Identifier: MIT
"""Warnings of compilers counted while a command prints them, however much that is.

    src/a.c:12:5: warning: unused variable 'x' [-Wunused-variable]     src/a.c  -Wunused-variable  1
    src/a.c:40:5: warning: unused variable 'y' [-Wunused-variable]                                 2
    src/a.c:40:5: warning: unused variable 'y' [-Wunused-variable]     the same once more: still   2

Which lines they are at is used to tell them apart, and is not kept: lines move.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kvariant.results.figures import WarningCount
from kvariant.steps.compiler_lines import compiler_lines, plain

MOST = 100_000
"""Distinct warnings of one command that are told apart; one that says more is not read whole."""
_LONGEST = 64 * 1024
"""Bytes of a line; of a longer one the rest is none."""
_FLAG = re.compile(r"\[(?P<flag>[^\s\[\]]+)\]$")
"""GCC and clang: `[-Wunused-variable]`; checkers: `[bugprone-sizeof-expression]`."""


class WarningCounter:
    """What one run of a command has warned of so far."""

    def __init__(self) -> None:
        self._left = b""
        self._seen: set[tuple[str, int, int, str]] = set()
        self.is_full = False
        """Whether there were more than it can tell apart."""

    def hear(self, data: bytes) -> None:
        """Take the next part of what it prints."""
        text = self._left + data
        whole, newline, rest = text.rpartition(b"\n")
        self._left = rest[:_LONGEST]
        if newline:
            self._read(whole)

    def counts(self, folders: Iterable[Path]) -> tuple[WarningCount, ...]:
        """Return the counts, by path and flag.

        Args:
            folders: paths are told relative to the first that they are below.
        """
        self._read(self._left)
        self._left = b""
        starts = [f"{os.fspath(folder)}/" for folder in folders]
        texts = {path: _relative(path, starts) for path, *_ in self._seen}
        distinct = {(texts[path], line, column, text) for path, line, column, text in self._seen}
        counts = Counter((path, flag_of(text)) for path, _, _, text in distinct)
        return tuple(sorted(WarningCount(*kind, count) for kind, count in counts.items()))

    def _read(self, data: bytes) -> None:
        if b": " not in data:
            return
        for said in compiler_lines(plain(data.decode(errors="replace"))):
            if said.severity != "warning":
                continue
            one = (said.path, said.line, said.column, said.text)
            if one not in self._seen and len(self._seen) >= MOST:
                self.is_full = True
            else:
                self._seen.add(one)


def flag_of(text: str) -> str:
    """Return what turns a warning off, "" where it does not say it."""
    found = _FLAG.search(text)
    return found["flag"] if found else ""


def _relative(path: str, starts: Iterable[str]) -> str:
    for start in starts:
        if path.startswith(start):
            return path.removeprefix(start)
    while path.startswith(("./", "../")):
        path = path.partition("/")[2]
    return path
