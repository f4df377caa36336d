# SPDX-License-Identifier: MIT
"""Where the lines of a tree's own files are compiled.

a line        its file is built, and the `#if`s around it hold
a .c, .S      its object is, as the makefiles say; where none names it, what includes it
a header      one of the files that include it is, where it is included
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.expression import ALWAYS, NEVER, Constant, Reference
from kvariant.presence.c_conditions import ConditionalFile, Guard, conditional_file
from kvariant.presence.c_expression import MOST_CASES
from kvariant.presence.condition import Free, all_of, any_of, certain, free_terms, known, possible
from kvariant.presence.include_index import IncludeIndex, include_index
from kvariant.presence.includers import Includers
from kvariant.presence.kbuild import Route, Term
from kvariant.presence.machine_macros import machine_macros
from kvariant.presence.macros import MODULE, Macros
from kvariant.presence.tree_kind import TreeKind, kind_of
from kvariant.regular_file import read_lines
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression, Tree

ASSEMBLER = (".S", ".s")
SOURCES = (".c", *ASSEMBLER, ".cc", ".cpp")
HEADERS = (".h", ".inc", ".hpp")
_MODULE = re.compile(r"\b(?:MODULE|IS_REACHABLE)\b")
"""What asks whether the file is in a module."""
_ENOUGH = 3
"""SourceFiles that are looked for to see a header in."""
_OTHERS = "more files that include it is built"
MOST_INCLUDERS = 60
"""Files that include a file and are asked where they are built; more of them are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Where a line is compiled."""

    location: Location
    condition: Expression
    """See `condition` for its form."""
    terms: tuple[Term, ...]
    """What says it, part by part; of several ways to build the file those of the first."""
    is_code: bool
    """Whether the line has more than space and comments."""

    @property
    def free(self) -> tuple[str, ...]:
        """What no option decides."""
        return free_terms(self.condition)


class SourceFiles:
    """The files of one tree that a compiler sees."""

    def __init__(
        self, tree: Tree, *, keep: bool = False, tell: Callable[[int], None] | None = None
    ) -> None:
        """Take a tree.

        Args:
            keep: whether what includes what may be kept from one command to the next.
            tell: hears how many files are to be read for that, where there are many.
        """
        self.tree = tree
        self.root = tree.root
        self._keep = keep
        self._tell = tell
        self._files: dict[str, ConditionalFile] = {}
        self._routes: dict[str, tuple[Route, ...]] = {}
        self._asked: list[str] = []

    def with_options_of(self, other: Tree) -> SourceFiles:
        """Return the same files as another tree's options have them."""
        found = SourceFiles(other, keep=self._keep, tell=self._tell)
        found.root = self.root
        found.__dict__["_index"] = self._index
        return found

    def presence(self, path: str, line: int) -> Presence:
        """Return where a line of a file is compiled.

        Args:
            path: below the root.
            line: from 1.

        Raises:
            InputError: there is no such file, or no such line.
        """
        file = self.file(path)
        if not 0 < line <= len(file.stacks):
            what = f"the file has {counted(len(file.stacks), 'line')}"
            raise InputError(
                Diagnostic(message=what, code="no-line", location=Location(path, line))
            )
        routes = self.routes(path)
        return Presence(
            location=Location(path, line),
            condition=self.joined(routes, file.condition(line)),
            terms=(*_terms(routes), *_guards(path, file.stacks[line - 1])),
            is_code=line in file.code,
        )

    def joined(self, routes: Sequence[Route], own: Expression) -> Expression:
        """Return where a line is compiled: its file is built, and its directives hold.

        What asks whether it is in a module knows it of each way to build it; what asks for
        the phase, in U-Boot, of each phase.
        """
        if MODULE not in free_terms(own):
            found = all_of((any_of(route.condition for route in routes), own))
        else:
            built_in = any_of(route.built_in for route in routes)
            module = any_of(route.module for route in routes)
            found = any_of(
                (
                    all_of((built_in, known(own, MODULE, False))),
                    all_of((module, known(own, MODULE, True))),
                )
            )
        return self.kind.in_any_phase(found)

    def file(self, path: str) -> ConditionalFile:
        """Return a file's lines with the conditions of its own directives.

        Raises:
            InputError: it cannot be read.
        """
        if path not in self._files:
            self._files[path] = self.read(path, self.text(path))
        return self._files[path]

    def read(self, path: str, text: str) -> ConditionalFile:
        """Return a text's lines, as they would be in a file of the tree."""
        return conditional_file(text, self.macros(path))

    def text(self, path: str) -> str:
        """Return what a file holds.

        Raises:
            InputError: it cannot be read.
        """
        try:
            return read_lines(self.root / path, "replace")
        except OSError as error:
            raise os_error(error, "cannot read the file") from None

    def terms(self, path: str) -> tuple[Term, ...]:
        """Return what says where a file is built."""
        return tuple(_terms(self.routes(path)))

    def routes(self, path: str) -> tuple[Route, ...]:
        """Return the ways in which a file is built, or included where it is."""
        if path not in self._routes:
            self._routes[path] = (Route(NEVER, NEVER, ()),)  # of a file that includes itself
            self._routes[path] = self._found_routes(path)
        return self._routes[path]

    def _found_routes(self, path: str) -> tuple[Route, ...]:
        if path in self._includers.forced:
            return (Route(ALWAYS, ALWAYS, ()),)
        if path.endswith(SOURCES) and (found := self.kind.routes(path)):
            return found
        if found := self._including(path):
            return found
        what = "no file includes it" if path.endswith(HEADERS) else "no makefile names its object"
        free = Free(f"{what}, {path}")
        return (Route(free, free, (Term(free, Location(path)),)),)

    def is_included(self, path: str) -> bool:
        """Return whether a source is compiled as a part of others alone: no makefile names it."""
        return not self.kind.routes(path)

    def including(self, path: str, configuration: Configuration) -> list[str]:
        """Return sources that are compiled in a configuration and include a file there.

        Those come first that are sure to; by as few other files between as there are.
        """
        found: dict[str, bool] = {}
        seen, due = {path}, [(path, True)]
        while due and sum(found.values()) < _ENOUGH:
            file, is_sure = due.pop(0)
            for other in self._includers.of(file):
                if other in seen:
                    continue
                ways = [
                    _met(configuration, all_of(guard.condition for guard in one.around))
                    for one in self.file(other).inclusions
                    if self._includers.is_named(one.target.strip('<>"'), other, file)
                ]
                best = True if True in ways else None if None in ways else False
                if best is False or not ways:
                    continue
                seen.add(other)
                sure = is_sure and bool(best)
                if other.endswith(HEADERS) or self.is_included(other):
                    due.append((other, sure))
                    continue
                built = _met(configuration, any_of(r.condition for r in self.routes(other)))
                if built is not False:
                    found[other] = sure and bool(built)
                if sum(found.values()) >= _ENOUGH:
                    break
        return sorted(found, key=lambda name: not found[name])

    def _including(self, path: str) -> tuple[Route, ...]:
        """Return where a file is included, as one way or as a few.

        Where what is always built includes it, only a file that asks whether it is in a module
        has more of them looked at: sources, which come first.
        """
        built_in: list[Expression] = []
        module: list[Expression] = []
        shown: tuple[Term, ...] = ()
        files = list(self._includers.of(path))
        is_here = path in self._index.targets  # not yet where a patch would add it
        is_module_asked = is_here and _MODULE.search(self.text(path)) is not None
        for number, file in enumerate(files):
            is_enough = not (is_module_asked and file.endswith(SOURCES)) or ALWAYS in module
            if number == MOST_INCLUDERS or (ALWAYS in built_in and is_enough):
                free = Free(f"one of {len(files) - number:,} {_OTHERS}")
                built_in.append(free)
                module.append(free)
                break
            for inclusion in self.file(file).inclusions:
                target = inclusion.target.strip('<>"')
                if not self._includers.is_named(target, file, path):
                    continue
                own = all_of(guard.condition for guard in inclusion.around)
                routes = tuple(map(_plain, self.routes(file)))
                built_in.append(
                    all_of((any_of(r.built_in for r in routes), known(own, MODULE, False)))
                )
                module.append(all_of((any_of(r.module for r in routes), known(own, MODULE, True))))
                if not shown and NEVER != any_of((built_in[-1], module[-1])) != ALWAYS:
                    here = Term(
                        ALWAYS, Location(file, inclusion.line), f"#include {inclusion.target}"
                    )
                    shown = (here, *_terms(routes), *_guards(file, inclusion.around))
        if not built_in:
            return ()
        return (Route(any_of(built_in), any_of(module), () if ALWAYS in built_in else shown),)

    @property
    def every(self) -> Sequence[str]:
        """The tree's C, assembler and header files, but for those of other architectures."""
        return sorted(self._index.targets)

    def macros(self, path: str) -> Macros:
        """Return what macros mean in a file."""
        settled: dict[str, Expression] = dict(self.kind.settled)
        settled.update(machine_macros(self.kind.arch, path, self.tree.types))
        if path.endswith(SOURCES):
            settled["__ASSEMBLY__"] = ALWAYS if path.endswith(ASSEMBLER) else NEVER
            settled["__ASSEMBLER__"] = settled["__ASSEMBLY__"]
        if path.endswith((".c", *ASSEMBLER)):
            settled["__cplusplus"] = NEVER
        own = self._redefined.get(path, ())
        return replace(
            self.kind.macros,
            settled=settled,
            redefined=frozenset({*self._strange, *own}),
            numbers=self._numbers,
        )

    @cached_property
    def _numbers(self) -> Mapping[str, Sequence[int]]:
        """What ints and hexes can be that have few values in one range of constants."""
        found: dict[str, Sequence[int]] = {}
        for name, rules in self.tree.model.symbols.items():
            if len(rules.ranges) == 1 and rules.ranges[0].condition == ALWAYS:
                try:
                    low, high = (
                        _number(end) for end in (rules.ranges[0].low, rules.ranges[0].high)
                    )
                except ValueError:  # another symbol, or no number
                    continue
                if 0 <= high - low < MOST_CASES:
                    found[name] = range(low, high + 1)
        return found

    @cached_property
    def _strange(self) -> frozenset[str]:
        """Macros that are named as options are, and are none's, and that a file defines."""
        found = {macro for macros in self._index.redefining.values() for macro in macros}
        return frozenset(macro for macro in found if not self._is_option(macro))

    def _is_option(self, macro: str) -> bool:
        return macro.removeprefix(self.tree.prefix) in self.tree.types

    @cached_property
    def _redefined(self) -> Mapping[str, Collection[str]]:
        """Of files in which options' macros are defined or undefined: which.

        What gives a number to an option that has none is not counted: that is what it is for.
        """
        found: dict[str, set[str]] = {}
        for path, macros in self._index.redefining.items():
            if not any(map(self._is_option, macros)):
                continue
            plain = replace(self.kind.macros, settled=self.kind.settled)
            for macro, condition in conditional_file(self.text(path), plain).redefined:
                name = macro.removeprefix(self.tree.prefix)
                kind = self.tree.types.get(name)
                is_number = kind is not None and not kind.is_logical
                is_for_none = all_of((condition, plain.defined(macro))) == NEVER
                if kind is None or condition == NEVER or (is_number and is_for_none):
                    continue
                found.setdefault(path, set()).add(macro)
        for path in list(found):
            if path.endswith(HEADERS):
                for file in self._includers.all_of(path):
                    found.setdefault(file, set()).update(found[path])
        return found

    @cached_property
    def kind(self) -> TreeKind:
        """What is particular to the kind of tree."""
        return kind_of(self.tree, self.root)

    @cached_property
    def _index(self) -> IncludeIndex:
        return include_index(self.root, self.kind.other_folders, keep=self._keep, tell=self._tell)

    @cached_property
    def _includers(self) -> Includers:
        return Includers(self.root, self._index, self.kind.search)


def without_others(condition: Expression) -> Expression:
    """Return where a line is compiled by files that were asked where they are built.

    Of more than `MOST_INCLUDERS` a condition says only that one of the others may.
    """
    for text in free_terms(condition):
        if text.endswith(_OTHERS):
            condition = known(condition, text, False)
    return condition


def _number(end: Reference | Constant) -> int:
    """Return the number that an end of a range is.

    Raises:
        ValueError: it is a symbol's.
    """
    return int(end.text if isinstance(end, Constant) else end.name, 0)


def _met(configuration: Configuration, condition: Expression) -> bool | None:
    """Return whether a condition holds in a configuration; None: macros decide it."""
    if configuration.satisfies(certain(condition)):
        return True
    return None if configuration.satisfies(possible(condition)) else False


def _plain(route: Route) -> Route:
    """Return a route; where nothing is known of how it is built, in words that many share."""
    if route.condition == ALWAYS or possible(route.condition) != ALWAYS:
        return route
    free = Free("a file that includes it is built")
    return Route(free, free, route.terms)


def _guards(path: str, stack: Iterable[Guard]) -> Iterator[Term]:
    for guard in stack:
        yield Term(guard.condition, Location(path, guard.line), guard.text)


def _terms(routes: Sequence[Route]) -> Iterator[Term]:
    """Yield what says where a file is built, the ways that go through the same lines as one."""
    if not routes:
        return
    first = [term.location for term in routes[0].terms]
    same = [r.terms for r in routes if [term.location for term in r.terms] == first]
    for several in zip(*same, strict=True):
        condition = any_of(term.condition for term in several)
        yield replace(several[0], condition=condition)
