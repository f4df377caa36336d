# SPDX-License-Identifier: MIT
"""What a patch has to be seen in: each changed line compiled, each changed `#if` both ways.

added line             compiled
removed line           the line before it
changed #if, #elif     every branch, the one that is not there too
Kconfig, an option     each value that it can have; of a number those that its definition names
makefile, an option    on and off, of lines that go too
anything else          told, and nothing asked for
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.errors import Location
from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import NEVER, Comparison, Constant, Reference
from kvariant.presence.condition import all_of, is_level
from kvariant.presence.diff import FileChange
from kvariant.presence.kbuild import NAMES, Term
from kvariant.presence.kconfig_lines import following, kconfig_lines, values_named
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.presence.c_conditions import ConditionalFile, Guard

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
    told: tuple[tuple[str, str], ...] = ()
    """Files, and what of them is changed that asks for nothing, in words."""


def goals_of(sources: SourceFiles, changes: Iterable[FileChange], *, added_alone: bool) -> Goals:
    """Return what a patch is to be seen in.

    Args:
        added_alone: only added lines count, no removed ones and no other sides.
    """
    goals: list[Goal] = []
    files: list[str] = []
    others: list[tuple[str, int]] = []
    told: list[tuple[str, str]] = []
    blank = 0
    for change in changes:
        name = change.path.rpartition("/")[2]
        found: Sequence[Goal]
        if change.is_gone and not change.what:
            told.append((change.path, "is removed"))
            continue
        if change.what:
            told.append((change.path, change.what))
            continue
        if change.path.startswith(tuple(sources.kind.beside)):
            told.append((change.path, "of a program beside it, with makefiles of its own"))
            continue
        if change.path.endswith((*SOURCES, *HEADERS)):
            plain, config, make = _parted(sources, change)
            own, nothing = _of_source(sources, plain, added_alone)
            options = _Options(sources, config)
            found = [*own, *options.goals(), *_of_makefile(sources, make)]
            blank += nothing + options.blank
            told += [(change.path, words) for words in options.told]
        elif name.startswith(("Kconfig", "Config.in")):
            options = _Options(sources, change)
            found = list(options.goals())
            blank += options.blank
            told += [(change.path, words) for words in options.told]
        elif name in NAMES:
            found = list(_of_makefile(sources, change))
            if not found:
                count = len(change.added) + len(change.removed)
                told.append((change.path, f"no option in its {counted(count, 'changed line')}"))
        else:
            others.append((change.path, len(change.added) + len(change.removed)))
            continue
        files.append(change.path)
        goals += found
    return Goals(
        goals=tuple(goals), files=tuple(files), blank=blank, others=tuple(others), told=tuple(told)
    )


def lines_of(path: str, text: str) -> FileChange:
    """Return a file as if every line of it were new."""
    count = text.count("\n") + (not text.endswith("\n"))
    return FileChange(
        path=path, added=tuple(range(1, count + 1)), removed=(), text=text, is_applied=True
    )


def _parted(sources: SourceFiles, change: FileChange) -> tuple[FileChange, FileChange, FileChange]:
    """Return a change of a source parted: what is compiled, and what of it makes Kconfig files
    and makefiles, as BusyBox has them in comments."""
    marks = (sources.kind.kconfig_mark, sources.kind.makefile_mark)
    rows = change.text.split("\n")
    kinds = [next((m for m in marks if m and row.startswith(m)), "") for row in rows]
    marked = list(zip(rows, kinds, strict=True))
    gone = [
        (number, text, next((m for m in marks if m and text.startswith(m)), ""))
        for number, text in zip(change.removed, change.removed_texts, strict=True)
    ]

    def part(mark: str) -> FileChange:
        own = [(number, text) for number, text, kind in gone if kind == mark]
        return replace(
            change,
            text="\n".join(row[len(mark) :] if kind == mark else "" for row, kind in marked)
            if mark
            else change.text,
            added=tuple(number for number in change.added if kinds[number - 1] == mark),
            removed=tuple(number for number, _ in own),
            removed_texts=tuple(text[len(mark) :] for _, text in own),
        )

    nothing = replace(change, text="", added=(), removed=(), removed_texts=())
    found = [part(mark) if mark else nothing for mark in marks]
    return part(""), found[0], found[1]


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
    goals += _sides(sources, change.path, file, _directives(file, change))
    return goals, blank


def _directives(file: ConditionalFile, change: FileChange) -> set[int]:
    """Return the first lines of what is changed, in whichever of its joined lines."""
    found = {file.joined[line - 1] for line in change.added}
    for before in change.removed:
        # What stood between two lines that are joined was a part of the same.
        if before and file.joined[before - 1 : before] == file.joined[before : before + 1]:
            found.add(file.joined[before - 1])
    return found


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


class _Options:
    """The options whose definitions a change of a Kconfig file touches."""

    def __init__(self, sources: SourceFiles, change: FileChange) -> None:
        self._sources = sources
        self._change = change
        self.blank = 0
        self.told: list[str] = []
        self._places: dict[str, int] = {}
        self._gone: dict[str, None] = {}
        self._read()

    def goals(self) -> Iterator[Goal]:
        """Yield each value of the options whose definitions are changed."""
        for name, line in sorted(self._places.items(), key=lambda item: item[1]):
            if name not in self._sources.tree.types:
                self.told.append(f"{name} is no option of this tree as it is")
                continue
            place = Location(self._change.path, line)
            found = list(_values(self._sources, name, place))
            found += list(self._numbers(name, place))
            yield from found
            if not found:
                kind = self._sources.tree.types[name].value
                self.told.append(f"{name} is of type {kind}, and no value of it is named")
        for name in self._gone:
            if name not in self._sources.tree.types:
                self.told.append(f"{name} is no option any more")

    def _read(self) -> None:
        change = self._change
        lines = kconfig_lines(change.text)
        own = 0
        for number in change.added:
            line = lines[number - 1]
            self.blank += not line.is_rule
            if line.is_rule and line.option:
                self._places.setdefault(line.option, line.first)
            own += line.is_rule and not line.option
        at, before = -1, None
        for number, text in zip(change.removed, change.removed_texts, strict=True):
            if number != at:
                at, before = number, lines[number - 1] if number else None
            before = following(before, text, -1)
            self.blank += not before.is_rule
            if before.is_rule and before.first == -1 and before.option:
                self._gone[before.option] = None
            elif before.is_rule and before.option:
                self._places.setdefault(before.option, before.first)
            own += before.is_rule and not before.option
        for name in list(self._gone):
            if name in self._sources.tree.types:  # it has moved, or has another definition
                self._places.setdefault(name, max(at, 1))
        if own:
            self.told.append(
                f"{counted(own, 'line')} of no single option: kvariant review says what "
                f"{agreeing(own, 'it does', 'they do')}"
            )

    def _numbers(self, name: str, place: Location) -> Iterator[Goal]:
        """Yield the values of a number or text that its definition names."""
        kind = self._sources.tree.types[name]
        if kind.is_logical:
            return
        for text in dict.fromkeys(values_named(self._change.text, name)):
            is_text = kind is SymbolType.STRING
            right = Constant(text.strip('"')) if is_text else Reference(text.strip('"'))
            yield Goal(
                kind=Kind.VALUE,
                location=place,
                condition=Comparison("=", Reference(name), right),
                text=f"{name}={text.strip(chr(34))}",
            )


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
    changed = [(line, _joined(lines, line)) for line in change.added]
    changed += [
        (max(n, 1), f"{text} {_joined(lines, n) if n and _goes_on(lines[n - 1]) else ''}")
        for n, text in zip(change.removed, map(_bare, change.removed_texts), strict=True)
    ]
    seen: set[str] = set()
    for line, text in changed:
        for name in _OPTION.findall(text):
            kind = sources.tree.types.get(name)
            if kind is None or not kind.is_logical or name in seen:
                continue
            seen.add(name)
            for goal in _values(sources, name, Location(change.path, line)):
                if goal.condition != NEVER:
                    yield replace(goal)


def _joined(lines: Sequence[str], number: int) -> str:
    """Return a makefile's line with those that backslashes join with it, without comments."""
    first = last = number - 1
    while first > 0 and _goes_on(lines[first - 1]):
        first -= 1
    while last < len(lines) - 1 and _goes_on(lines[last]):
        last += 1
    return " ".join(map(_bare, lines[first : last + 1]))


def _goes_on(line: str) -> bool:
    return line.rstrip("\r").endswith("\\")


def _bare(line: str) -> str:
    return line.partition("#")[0]
