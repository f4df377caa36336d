# SPDX-License-Identifier: MIT
"""Distinct failures: equal ones folded over variants, each with the option values it goes with.

    the cells say                                      they are
    one message in several variants                    one finding
    several tests or messages in the same variants     one finding, also where some of the
                                                       tests did not run in some of them
    one test with different messages                   one finding where one short
                                                       conjunction separates them all

A variant counts as passing where its step, and of a failing test the test, ran and
did not fail so; where it did not run, something else came first, or the machine was
broken, nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from kvariant.blame.attribution import (
    Attribution,
    Classes,
    Conjunction,
    Neighbour,
    apart,
    attribute,
    nearest_passing,
)
from kvariant.blame.conditions import ConditionTable
from kvariant.blame.covers import SHORT
from kvariant.kconfig.expression import Expression, is_variable, some
from kvariant.results.cell import Cell, Failure, Outcome, failures_of
from kvariant.results.masking import alike

if TYPE_CHECKING:
    from kvariant.kconfig.value import SymbolType, ValueTexts
    from kvariant.results.merge import MergedResults

_TREE = 1
"""Rank of the tree itself: behind symbols that are read, before the many that merely differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One distinct failure."""

    step: str
    messages: tuple[str, ...]
    """What went wrong, each message once, in the order seen."""
    failing: tuple[str, ...]
    """The variants that fail so, in order."""
    passing: tuple[str, ...]
    """Those that are known not to."""
    unrun: tuple[str, ...] = ()
    """Those in which the step, or every test that fails so, did not run."""
    known: str
    """Why it is known to fail, "" where it is not."""
    expired: str = ""
    """Why, and until which day, it was known to; "" where it never was, or still is."""
    again: str
    """The command that replays it in the first variant."""
    attribution: Attribution
    symbols: tuple[str, ...]
    """The symbols that it was explained by: those that are read, or all that vary."""
    nearest: str = ""
    """The passing variant that is nearest to a failing one, "" if none passes."""
    nearest_to: str = ""
    """That failing one; the first where none passes."""
    differing: tuple[str, ...] = ()
    """The symbols in which these two differ."""
    suspects: tuple[str, ...] = ()
    """The symbols that the files named in the messages read, in Kconfig order."""
    needs: str = ""
    """The expression under which the test runs that fails, "" where nobody knows."""
    hypotheses: tuple[str, ...] = ()
    """Expressions of which each may say where it fails: where the lines are that it points at."""
    tests: tuple[str, ...] = ()
    """The tests that fail so, each once, in the order seen; none where the step has none."""

    @property
    def message(self) -> str:
        """The first message."""
        return self.messages[0]


@dataclass(frozen=True, slots=True)
class _Group:
    """What is taken for one failure while folding."""

    step: str
    failures: tuple[Failure, ...]
    variants: tuple[int, ...]
    known: str = ""
    hypotheses: tuple[str, ...] = ()
    """Of each message, where the lines are that it points at; none where that is not known."""

    @property
    def suspects(self) -> frozenset[str]:
        """The symbols that the files named in its messages read, or lines are rendered by."""
        read = frozenset(name for failure in self.failures for name in failure.reads)
        return read.union(*(Expression.parse(text).symbols for text in self.hypotheses))

    @property
    def needs(self) -> str:
        """The expression under which any of its tests runs, "" where that is always."""
        needs = dict.fromkeys(failure.needs for failure in self.failures)
        return "" if "" in needs else " || ".join(f"({text})" for text in needs)


@dataclass(frozen=True, slots=True)
class _Rest:
    """The variants that do not fail with a group, as positions; those without the step in none."""

    passing: tuple[int, ...]
    unrun: tuple[int, ...]
    otherwise: tuple[int, ...]
    """They failed with something else before it."""


@dataclass(frozen=True, slots=True)
class _Head:
    """A step's own cell as every group asks for it, where it is not one of the group's."""

    position: int
    cell: Cell
    is_unrun: bool
    is_broken: bool
    """Whether it ended badly, and not by failing tests alone."""
    tests: frozenset[str]
    messages: frozenset[tuple[str, str]]
    """Of its failures, each with its test, folded."""

    @classmethod
    def of(cls, position: int, cell: Cell, failures: Sequence[Failure]) -> _Head:
        """Return what is asked of a cell and its failures."""
        verdict = cell.verdict
        only_tests = verdict is Outcome.FAILED and all(f.test for f in failures)
        return cls(
            position,
            cell,
            is_unrun=verdict in (Outcome.SKIPPED, Outcome.MISSING) or cell.is_of_machine,
            is_broken=verdict.is_bad and not only_tests,
            tests=frozenset(f.test for f in failures),
            messages=frozenset(map(_folded_failure, failures)),
        )


def _union(parts: Sequence[_Group]) -> _Group:
    return _Group(
        parts[0].step,
        tuple(dict.fromkeys(failure for part in parts for failure in part.failures)),
        tuple(sorted({variant for part in parts for variant in part.variants})),
        parts[0].known,
        tuple(dict.fromkeys(text for part in parts for text in part.hypotheses)),
    )


class Observations:
    """Cells and the values of their variants, ready to be asked for findings."""

    def __init__(
        self,
        cells: Iterable[Cell],
        configurations: Mapping[str, ValueTexts],
        types: Mapping[str, SymbolType],
        read: Collection[str] = (),
        settable: Collection[str] = (),
        classes: Classes = apart,
        asked: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Take what a sweep, or several, found.

        Args:
            cells: any; those of variants without a configuration are left out.
            configurations: every variant's values, by name, in order.
            types: of the symbols, in Kconfig order.
            read: symbols that the templates and steps read: explanations are made of
                these where they suffice. None: that is not known.
            settable: symbols that people can set, preferred among equals.
            classes: puts explanations together that are the same wherever they are asked.
            asked: by variant, the symbols that it asks for; of equals the least is preferred.
        """
        self.names = tuple(configurations)
        self._values = list(configurations.values())
        self._types = types
        self._read = frozenset(read)
        self._settable = frozenset(settable)
        self._classes = classes
        self._asked = asked
        # A step's own cell has the failures of its tests as well.
        cells = [c for c in cells if c.variant in configurations]
        heads = [c for c in cells if not c.test]
        self._cells = list(zip(heads, _plain(heads), strict=True))
        """Each with its failures."""
        self._listing = {c.step for c in cells if c.test}
        """Steps whose tests have cells of their own."""
        self._tests = _that_ran(c for c in cells if c.test)
        self._position = {name: i for i, name in enumerate(self.names)}
        self._table: ConditionTable | None = None
        self._all: ConditionTable | None = None
        self._known: dict[tuple[tuple[int, ...], tuple[int, ...], frozenset[str]], Attribution] = {}
        self._holding_in: dict[Expression, frozenset[str]] = {}

    @classmethod
    def of(cls, results: MergedResults, classes: Classes = apart) -> Observations:
        """Return what the results of sweeps say of failures; `classes` as above."""
        columns = results.columns
        return cls(
            results.cells,
            columns.configurations(),
            columns.types,
            columns.read,
            columns.settable,
            classes,
            columns.asked,
        )

    def findings(self) -> tuple[Finding, ...]:
        """Return the distinct failures, those with most variants first."""
        groups = self._together(self._joined(self._folded()))
        found = [self._finding(group) for group in groups]
        found.sort(key=lambda finding: -len(finding.failing))  # stable: then as seen
        return tuple(found)

    @property
    def symbols(self) -> Collection[str]:
        """The symbols there are, in Kconfig order."""
        return self._types.keys()

    def explained(
        self, having: Iterable[str], lacking: Iterable[str], suspects: Collection[str] = ()
    ) -> Attribution:
        """Return which option values go with what some variants have and others lack.

        Args:
            having: names of variants, at least one.
            lacking: names of others; of those in neither nothing is known.
            suspects: symbols that are likelier to be of it than others.
        """
        return self._explained(self._positions(having), self._positions(lacking), suspects)

    def holding(self, expression: Expression) -> frozenset[str]:
        """Return the variants in which an expression holds."""
        if expression not in self._holding_in:
            self._holding_in[expression] = frozenset(
                name
                for name, values in zip(self.names, self._values, strict=True)
                if expression.holds(values, self._types)
            )
        return self._holding_in[expression]

    def within(self, finding: Finding) -> Finding | None:
        """Return a failure as these variants alone show it, None if it is in none of them.

        Args:
            finding: what some observations found, these variants' among them.
        """
        told = finding.failing, finding.passing, finding.unrun
        mine = [tuple(name for name in names if name in self._position) for names in told]
        count = sum(map(len, mine)) + finding.attribution.otherwise
        if mine == list(told) and count == len(self.names):
            return finding  # there are no other variants
        failing, passing, unrun = mine
        if not failing:
            return None
        attribution = self._explained(
            self._positions(failing), self._positions(passing), finding.suspects
        )
        attribution = attribution.folded(self._classes)
        return replace(
            finding,
            failing=failing,
            passing=passing,
            unrun=unrun,
            attribution=attribution,
            symbols=self._symbols(attribution),
        )

    def told(self, finding: Finding, terms: Sequence[Conjunction]) -> Finding:
        """Return a finding with another explanation, of which the terms are known."""
        attribution = finding.attribution
        failing, passing = map(self._positions, (finding.failing, finding.passing))
        told = replace(
            attribution,
            terms=tuple((term,) for term in terms),
            groups=tuple(tuple(self._holding(term, failing)) for term in terms),
            against=len({v for term in terms for v in self._holding(term, passing)}),
            more=0,
            is_only=True,
            same=(),
        )
        return replace(finding, attribution=told)

    def _positions(self, names: Iterable[str]) -> tuple[int, ...]:
        return tuple(self._position[name] for name in names)

    def _holding(self, term: Conjunction, variants: Iterable[int]) -> Iterator[int]:
        """Yield the variants in which a conjunction holds."""
        expression = term.expression
        yield from (v for v in variants if expression.holds(self._values[v], self._types))

    # Folding

    def _folded(self) -> list[_Group]:
        """Return each message with its variants."""
        seen: dict[tuple[str, str, str, str], tuple[Failure, list[int]]] = {}
        lines: dict[tuple[str, str, str, str], list[str]] = {}
        """Where the lines are that a message points at, in its variants."""
        for cell, failures in self._cells:
            for failure in failures:
                if failure.is_of_machine:
                    continue
                key = (cell.step, failure.known, failure.test, folded_message(failure.message))
                entry = seen.setdefault(key, (failure, []))
                lines.setdefault(key, []).append(failure.condition)
                if (position := self._position[cell.variant]) not in entry[1]:
                    entry[1].append(position)
        return [
            _Group(key[0], (failure,), tuple(sorted(variants)), key[1], _any_of(lines[key]))
            for key, (failure, variants) in seen.items()
        ]

    def _joined(self, groups: Sequence[_Group]) -> list[_Group]:
        """Join the messages of one test where one short conjunction explains them together.

        An assertion shows values, which differ between variants that fail for one cause.
        """
        by_test: dict[tuple[str, str, str], list[_Group]] = {}
        for number, group in enumerate(groups):
            test = group.failures[0].test or f"\0{number}"  # messages without a test stay alone
            by_test.setdefault((group.step, group.known, test), []).append(group)
        joined: list[_Group] = []
        for parts in by_test.values():
            union = _union(parts)
            if len(parts) > 1:  # in different variants: any of the lines
                every = [text for part in parts for text in part.hypotheses or ("",)]
                union = replace(union, hypotheses=_any_of(every))
            joined += [union] if len(parts) == 1 or self._is_one(union) else parts
        return joined

    def _together(self, groups: Sequence[_Group]) -> list[_Group]:
        """Make one of what fails in the same variants, as far as it ran there.

        One fault fails many tests, and each runs where its own conditions hold.
        """
        same: dict[tuple[str, str, tuple[int, ...]], list[_Group]] = {}
        for group in groups:
            same.setdefault((group.step, group.known, group.variants), []).append(group)
        found: list[_Group] = []
        for group in sorted(map(_union, same.values()), key=lambda one: -len(one.variants)):
            wider = next((i for i, other in enumerate(found) if self._follows(group, other)), None)
            if wider is None:
                found.append(group)
            else:
                found[wider] = _union((found[wider], group))
        return found

    def _follows(self, group: _Group, wider: _Group) -> bool:
        """Return whether a group fails nowhere but in a wider one, and there wherever it ran."""
        if (group.step, group.known) != (wider.step, wider.known):
            return False
        others = set(wider.variants).difference(group.variants)
        is_within = len(others) == len(wider.variants) - len(group.variants)
        return is_within and others.issubset(self._rest(group).unrun)

    def _is_one(self, group: _Group) -> bool:
        passing = self._rest(group).passing
        attribution = self._explained(group.variants, passing, group.suspects)
        (first, *_), *more = attribution.terms
        return not more and not attribution.against and len(first.conditions) <= SHORT

    def _rest(self, group: _Group) -> _Rest:
        """Return what is known of the variants that are not of a group."""
        messages = {_folded_failure(f) for f in group.failures}
        tests = {f.test for f in group.failures if f.test}
        # Of what is told only where it fails, a step that ran and says nothing had none.
        listed = {f.test for f in group.failures if f.test and f.is_always_told}
        passing, unrun, otherwise = [], [], []
        variants = set(group.variants)
        for head in self._heads.get(group.step, ()):
            if (position := head.position) in variants:
                continue
            if head.is_unrun:
                unrun.append(position)
            elif (
                head.is_broken
                # The same test failed otherwise, or the same failure is known there.
                or not head.tests.isdisjoint(tests)
                or not head.messages.isdisjoint(messages)
            ):
                otherwise.append(position)
            elif listed and not self._ran(head.cell, listed):
                unrun.append(position)
            else:
                passing.append(position)
        return _Rest(tuple(sorted(passing)), tuple(sorted(unrun)), tuple(sorted(otherwise)))

    @cached_property
    def _heads(self) -> Mapping[str, Sequence[_Head]]:
        """The steps' own cells, by step."""
        found: dict[str, list[_Head]] = {}
        for cell, failures in self._cells:
            head = _Head.of(self._position[cell.variant], cell, failures)
            found.setdefault(cell.step, []).append(head)
        return found

    def _ran(self, cell: Cell, tests: Collection[str]) -> bool:
        """Return whether any of some tests ran in a cell that did not break off.

        One is enough: tests that fail together are taken for one failure.
        """
        if cell.step in self._listing:
            ran = self._tests.get((cell.variant, cell.step), frozenset())
            return not ran.isdisjoint(tests)
        return any(test not in cell.skipped for test in tests)

    # Explaining

    def _finding(self, group: _Group) -> Finding:
        rest = self._rest(group)
        attribution = replace(
            self._explained(group.variants, rest.passing, group.suspects).folded(self._classes),
            unrun=len(rest.unrun),
            otherwise=len(rest.otherwise),
        )
        near = self._nearest(group, rest.passing)
        return Finding(
            step=group.step,
            messages=tuple(dict.fromkeys(told(f) for f in group.failures)),
            known=group.known,
            expired=next((f.expired for f in group.failures if f.expired), ""),
            failing=tuple(self.names[v] for v in group.variants),
            passing=tuple(self.names[v] for v in rest.passing),
            unrun=tuple(self.names[v] for v in rest.unrun),
            again=group.failures[0].again,
            attribution=attribution,
            symbols=self._symbols(attribution),
            nearest=self.names[near.passing] if near else "",
            nearest_to=self.names[near.failing if near else group.variants[0]],
            differing=near.symbols if near else (),
            suspects=tuple(name for name in self._types if name in group.suspects),
            needs=group.needs,
            hypotheses=group.hypotheses,
            tests=tuple(dict.fromkeys(f.test for f in group.failures if f.test)),
        )

    def _explained(
        self, having: Sequence[int], lacking: Sequence[int], suspects: Collection[str] = ()
    ) -> Attribution:
        """Explain by the symbols that are read; by all where these do not suffice.

        A thousand warnings may be in the same few variants: what was explained is kept.
        """
        asked = (tuple(having), tuple(lacking), frozenset(suspects))
        if asked not in self._known:
            self._known[asked] = self._explained_anew(*asked)
        return self._known[asked]

    def _explained_anew(
        self, having: Sequence[int], lacking: Sequence[int], suspects: Collection[str]
    ) -> Attribution:
        explained = partial(attribute, preferred=self._rank, suspects=suspects)
        if self._read:
            found = explained(self.table, having, lacking)
            if not found.twins:
                return found
        return explained(self._everything, having, lacking)

    def _symbols(self, attribution: Attribution) -> tuple[str, ...]:
        if self._read and attribution.table is self.table:
            return tuple(name for name in self._types if name in self._read)
        return tuple(dict.fromkeys(c.symbol for c in self._everything.conditions))

    def _nearest(self, group: _Group, passing: Sequence[int]) -> Neighbour | None:
        # Of equally near ones, that which was asked for in the fewest words.
        failing = sorted(group.variants, key=lambda v: self._asked.get(self.names[v], 0))
        return nearest_passing(self._everything, failing, passing, self._settable or None)

    def _rank(self, symbol: str) -> int:
        if is_variable(symbol):
            return _TREE
        return 2 * (symbol not in self._read) + (symbol not in self._settable)

    @property
    def table(self) -> ConditionTable:
        """The conditions of the symbols that are read, or of all where that is not known."""
        if self._table is None:
            self._table = ConditionTable(self._values, self._types, self._read or None)
        return self._table

    @property
    def _everything(self) -> ConditionTable:
        if self._all is None:
            self._all = ConditionTable(self._values, self._types)
        return self._all


LINES = 4
"""Different conditions of lines that one message may point at."""


def _any_of(conditions: Sequence[str]) -> tuple[str, ...]:
    """Return one expression for some conditions: none where one is not known, or for many."""
    texts = list(dict.fromkeys(conditions))
    if "" in texts or len(texts) > LINES:
        return ()
    return (str(some(Expression.parse(text) for text in texts)),)


def _that_ran(tests: Iterable[Cell]) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the tests that ran, by variant and step."""
    ran: dict[tuple[str, str], set[str]] = {}
    for cell in tests:
        if cell.verdict not in (Outcome.SKIPPED, Outcome.MISSING):
            ran.setdefault((cell.variant, cell.step), set()).add(cell.test)
    return {place: frozenset(names) for place, names in ran.items()}


def _plain(cells: Sequence[Cell]) -> list[tuple[Failure, ...]]:
    """Return the failures of each cell, the same words for the same failure."""
    every = [(cell, failure) for cell in cells for failure in failures_of(cell)]
    said = [((cell.step, f.test), cell.variant, f.message) for cell, f in every]
    messages = iter(alike(said, folded_message))
    return [
        tuple(replace(failure, message=next(messages)) for failure in failures_of(cell))
        for cell in cells
    ]


def told(failure: Failure) -> str:
    """Return a failure's one line: its test, then its message."""
    is_said = not failure.test or failure.message.startswith(f"{failure.test}: ")
    return failure.message if is_said else f"{failure.test}: {failure.message}"


def _folded_failure(failure: Failure) -> tuple[str, str]:
    return failure.test, folded_message(failure.message)


def folded_message(message: str) -> str:
    """Return a message without what differs between variants and from run to run.

    Lines, addresses and sizes do; numbers of processes, and times.
    """
    for pattern in (_PLACE, _OFFSET, _ADDRESS, _SIZE, _PROCESS, _TIME):
        message = pattern.sub("", message)
    return message


_PLACE = re.compile(r"(?<=[\w)]):\d+(?::\d+)?(?=:)")
_OFFSET = re.compile(r"(?<=[\w\]])\+0x[0-9a-f]+(?=\))")
"""A linker's place: `a.c:(.text+0x11): undefined reference`."""
_ADDRESS = re.compile(r"(?<=\b0x)[0-9a-f]{8,}\b")
_SIZE = re.compile(r"(?<=overflowed by )\d+(?= bytes)")
"""A linker's: region `FLASH' overflowed by 20 bytes."""
_PROCESS = re.compile(r"(?<===)\d+(?===)|(?<=') \(\d+\)(?= panicked )|(?<=\(pid=)\d+(?=\))")
"""The number of one, as sanitizers and valgrind say it, and Rust that of a thread."""
_TIME = re.compile(
    r"(?<=\[) *\d+\.\d+(?=\])|(?<![\w.])\d+(?:\.\d+ ?(?:m?s|sec(?:onds)?)| ?ms)(?![\w.])"
)
"""A kernel's stamp, and how long something took."""
