# SPDX-License-Identifier: MIT
"""What compilers say, each warning and error once, with the options under which they say it.

Lines of the form that GCC, Clang and checkers such as mypy share are read from
the logs of steps, in whatever language the first says it (`kvariant.steps.compiler_lines`):

    PATH:LINE[:COLUMN]: warning|error|fatal error: TEXT

A file below a variant's own folder is generated: its lines move with the options
before them, so that the line is no part of what makes two diagnostics equal. In a
file of the tree it is.

A variant in which a step ended well and said nothing of the kind counts against; one
in which it broke off, or of whose log only the end is kept, counts for nothing. So
does whatever a build that is incremental did not compile again: it cannot be seen.

Of explanations that fit equally well, those with symbols that the file names come first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.results.cell import Cell, Outcome
from kvariant.steps.command import LOG
from kvariant.steps.compiler_lines import compiler_lines

if TYPE_CHECKING:
    from kvariant.blame.attribution import Attribution
    from kvariant.blame.findings import Observations

FOLDERS = ("generated", "out", "build", "build-other")
"""Folders of ours that hold one folder per variant."""

_LOST = re.compile(r"\A\([\d,]+ bytes before this were not kept\)")


@dataclass(frozen=True, slots=True)
class CompilerMessage:
    """A warning or an error, without what differs between variants."""

    step: str
    severity: str
    """warning, error or fatal error."""
    path: str
    """Relative to the variant's folder or to the tree where it is below one of them."""
    line: int
    """0 in generated files: it differs between variants."""
    text: str
    """With the flag that turns it off, as the compiler prints it."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.severity}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedMessage:
    """A compiler's message and the variants in which it appears."""

    message: CompilerMessage
    variants: tuple[str, ...]
    """In order."""
    absent: tuple[str, ...]
    """Those in which it is known not to appear."""
    attribution: Attribution


def folded_messages(
    cells: Iterable[Cell],
    observations: Observations,
    *,
    roots: Collection[str | os.PathLike[str]] = (),
    folders: Collection[str] = (),
    reads: Callable[[str], Collection[str]] = lambda _: (),
) -> tuple[FoldedMessage, ...]:
    """Return each distinct message of the steps' logs once.

    Args:
        cells: of one sweep, or of several put together.
        observations: made of the same cells.
        roots: folders to which paths are told relative: the project's, the tree's.
        folders: names of folders that hold one folder per variant, besides `FOLDERS`.
        reads: returns the symbols that a file names, by its path as messages tell it.

    Order: errors first, then those of most variants, then as seen.
    """
    order = {name: position for position, name in enumerate(observations.names)}
    heads = [c for c in cells if not c.test and c.variant in order]
    reader = _MessageReader(observations.names, roots, {*FOLDERS, *folders})
    having: dict[CompilerMessage, dict[str, None]] = {}
    for cell in heads:
        for message in reader.messages(cell):
            having.setdefault(message, {})[cell.variant] = None
    silent: dict[str, list[str]] = {}
    for cell in heads:
        if _is_whole(cell):
            silent.setdefault(cell.step, []).append(cell.variant)
    found = []
    for message, names in having.items():
        variants = sorted(names, key=order.__getitem__)
        absent = sorted(
            (name for name in silent.get(message.step, ()) if name not in names),
            key=order.__getitem__,
        )
        found.append(
            FoldedMessage(
                message=message,
                variants=tuple(variants),
                absent=tuple(absent),
                attribution=observations.explained(
                    variants, absent, reads(message.path) if message.line else ()
                ),
            )
        )
    return tuple(sorted(found, key=lambda f: (f.message.severity == "warning", -len(f.variants))))


def _is_whole(cell: Cell) -> bool:
    """Return whether all that the step had to say is in its log."""
    ran = cell.verdict in (Outcome.OK, Outcome.FLAKY)
    return ran and len(cell.log) < LOG and not _LOST.match(cell.log)


class _MessageReader:
    """Reads messages out of logs."""

    def __init__(
        self,
        names: Collection[str],
        roots: Collection[str | os.PathLike[str]],
        folders: Collection[str],
    ) -> None:
        self._names = frozenset(names)
        self._folders = frozenset(folders)
        # The longest first: a tree may be below the project.
        self._roots = sorted({f"{os.fspath(root)}/" for root in roots}, key=len, reverse=True)

    def messages(self, cell: Cell) -> Iterator[CompilerMessage]:
        """Yield the messages of a step's log, with repetitions."""
        for said in compiler_lines(cell.log):
            path, is_generated = self._path(said.path)
            yield CompilerMessage(
                step=cell.step,
                severity=said.severity,
                path=path,
                line=0 if is_generated else said.line,
                text=said.text,
            )

    def _path(self, path: str) -> tuple[str, bool]:
        """Return a path without what comes before it, and whether it is a variant's own."""
        parts = path.split("/")
        for index in range(len(parts) - 2, 0, -1):
            # Another variant's name as well: a merged cell has the log of the one that ran.
            if parts[index] in self._names and parts[index - 1] in self._folders:
                return "/".join(parts[index + 1 :]), True
        for root in self._roots:
            if path.startswith(root):
                return path.removeprefix(root), False
        while path.startswith(("./", "../")):
            path = path.partition("/")[2]
        return path, False
