# SPDX-License-Identifier: MIT
"""What a patch has to be seen in: each changed line compiled, each changed `#if` both ways.

added line             compiled
removed line           the line before it
changed #if, #elif     every branch, the one that is not there too
Kconfig, an option     each value that it can have
makefile, an option    on and off
anything else          told, and nothing asked for
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kvariant.errors import Location
from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import NEVER
from kvariant.presence.c_conditions import ConditionalFile, Guard
from kvariant.presence.condition import all_of, is_level
from kvariant.presence.diff import FileChange
from kvariant.presence.kbuild import NAMES, Term
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles

_DEFINED = re.compile(r"\s*(?:menu)?config\s+(\w+)")
_OPTION = re.compile(r"\bCONFIG_(\w+)")


class Kind(enum.Enum):
    """Why something is to be seen."""

    ADDED = "added"
    REMOVED = "removed"
    SIDE = "side"
    """Another branch of a changed `#if`."""
    VALUE = "value"
    """A value of an option whose definition, or makefile line, is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Something that a variant is wanted for."""

    kind: Kind
    location: Location
    condition: Expression
    terms: tuple[Term, ...] = ()
    text: str = ""
    """Of a side the branch, of a value the value."""

    @property
    def is_line(self) -> bool:
        """Whether it is a line, and not another side."""
        return self.kind in (Kind.ADDED, Kind.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """All that a patch is to be seen in."""

    goals: tuple[Goal, ...]
    files: tuple[str, ...]
    """The changed files that are compiled or read by Kconfig."""
    blank: int
    """Changed lines that are blank, or comments alone."""
    others: tuple[tuple[str, int], ...]
    """Files of which nothing is compiled, and how many of their lines are changed."""


def goals_of(sources: SourceFiles, changes: Iterable[FileChange], *, added_alone: bool) -> Goals:
    """Return what a patch is to be seen in.

    Args:
        added_alone: only added lines count, no removed ones and no other sides.
    """
    goals: list[Goal] = []
    files: list[str] = []
    others: list[tuple[str, int]] = []
    blank = 0
    for change in changes:
        name = change.path.rpartition("/")[2]
        if change.path.endswith((*SOURCES, *HEADERS)) and not change.is_gone:
            found, nothing = _of_source(sources, change, added_alone)
            blank += nothing
        elif name.startswith("Kconfig") and not change.is_gone:
            found = list(_of_kconfig(sources, change))
        elif name in NAMES and not change.is_gone:
            found = list(_of_makefile(sources, change))
        else:
            others.append((change.path, len(change.added) + len(change.removed)))
            continue
        files.append(change.path)
        goals += found
    return Goals(goals=tuple(goals), files=tuple(files), blank=blank, others=tuple(others))


def lines_of(path: str, text: str) -> FileChange:
    """Return a file as if every line of it were new."""
    count = text.count("\n") + (not text.endswith("\n"))
    return FileChange(
        path=path, added=tuple(range(1, count + 1)), removed=(), text=text, is_applied=True
    )


def _of_source(
    sources: SourceFiles, change: FileChange, added_alone: bool
) -> tuple[list[Goal], int]:
    file = sources.read(change.path, change.text)
    routes = sources.routes(change.path)
    goals: list[Goal] = []
    blank = 0

    def at(line: int, kind: Kind) -> Goal:
        stack = file.stacks[line - 1]
        return Goal(
            kind=kind,
            location=Location(change.path, line),
            condition=sources.joined(routes, file.condition(line)),
            terms=(*sources.terms(change.path), *_guards(change.path, stack)),
        )

    last = len(file.stacks)
    for line in change.added:
        if line not in file.code:
            blank += 1
        else:
            goals.append(at(line, Kind.ADDED))
    if added_alone:
        return goals, blank
    for before in dict.fromkeys(change.removed):
        # What was between two lines is seen where the first of them is.
        goals.append(at(min(max(before, 1), last), Kind.REMOVED))
    goals += _sides(sources, change.path, file, set(change.added))
    return goals, blank


def _guards(path: str, stack: Sequence[Guard]) -> Iterator[Term]:
    for guard in stack:
        yield Term(guard.condition, Location(path, guard.line), guard.text)


def _sides(
    sources: SourceFiles, path: str, file: ConditionalFile, changed: set[int]
) -> Iterator[Goal]:
    routes = sources.routes(path)
    for fork in file.forks:
        if not any(guard.line in changed and guard.line != fork.last for guard in fork.branches):
            continue
        around = [guard.condition for guard in fork.around]
        for guard in fork.branches:
            yield Goal(
                kind=Kind.SIDE,
                location=Location(path, guard.line),
                condition=sources.joined(routes, all_of((*around, guard.condition))),
                terms=(*sources.terms(path), *_guards(path, (*fork.around, guard))),
                text=guard.text,
            )


def _of_kconfig(sources: SourceFiles, change: FileChange) -> Iterator[Goal]:
    """Yield each value of the options whose definitions are changed."""
    lines = change.text.split("\n")
    seen: set[str] = set()
    for line in sorted({*change.added, *(max(before, 1) for before in change.removed)}):
        at = min(line, len(lines))
        while at and not _DEFINED.match(lines[at - 1]):
            at -= 1
        found = _DEFINED.match(lines[at - 1]) if at else None
        if found is None or found[1] in seen or found[1] not in sources.tree.types:
            continue
        seen.add(found[1])
        yield from _values(sources, found[1], Location(change.path, at))


def _values(sources: SourceFiles, name: str, place: Location) -> Iterator[Goal]:
    kind = sources.tree.types[name]
    levels = {SymbolType.BOOL: ("y", "n"), SymbolType.TRISTATE: ("y", "m", "n")}.get(kind, ())
    for level in levels:
        yield Goal(
            kind=Kind.VALUE,
            location=place,
            condition=is_level(name, kind, level),
            text=f"{name}={level}",
        )


def _of_makefile(sources: SourceFiles, change: FileChange) -> Iterator[Goal]:
    """Yield the options of changed lines, on and off."""
    lines = change.text.split("\n")
    seen: set[str] = set()
    for line in change.added:
        for name in _OPTION.findall(lines[line - 1].partition("#")[0]):
            kind = sources.tree.types.get(name)
            if kind is None or not kind.is_logical or name in seen:
                continue
            seen.add(name)
            for goal in _values(sources, name, Location(change.path, line)):
                if goal.condition != NEVER:
                    yield replace(goal)
