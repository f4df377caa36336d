# SPDX-License-Identifier: MIT
"""Which option values broke it: the smallest expression that separates failing from passing.

    failing       F                     what is found
    separable     one conjunction       the smallest conjunctions that hold in all of F
                                        and in no passing variant, every one of them
    otherwise     a disjunction         as few conjunctions as possible, each smallest
    twins         nothing exact         as above, without the passing variants that have
                                        the values of a failing one: it may fail
    no passing    `y`                   it always fails

Pure: what fails and what passes comes in, expressions come out. What the variants
at hand cannot tell apart is kept as several candidates; `blame` runs more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kvariant.blame.conditions import Condition, ConditionTable, Variants, members
from kvariant.blame.covers import (
    EFFORT,
    SHORT,
    Covers,
    cheapest,
    implicants,
    is_only,
    smallest_covers,
)
from kvariant.kconfig.expression import ALWAYS, And, Comparison, Expression, Or, every, some

LISTED = 100
"""Candidates that are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Conditions that hold together; none: always."""

    conditions: tuple[Condition, ...]

    @property
    def expression(self) -> Expression:
        """The conjunction in Kconfig's language."""
        terms = tuple(condition.expression for condition in self.conditions)
        return And(terms) if len(terms) > 1 else terms[0] if terms else ALWAYS

    def holds(self, values: Mapping[str, str]) -> bool:
        """Return whether all conditions hold under some values."""
        return all(values.get(c.symbol, "") in c.texts for c in self.conditions)

    def bounds(self, *left_out: str) -> dict[str, list[str]]:
        """Return for each symbol but some the values for which its conditions hold, sorted."""
        found: dict[str, frozenset[str]] = {}
        for c in self.conditions:
            if c.symbol not in left_out:
                found[c.symbol] = found.get(c.symbol, c.texts) & c.texts
        return {symbol: sorted(texts) for symbol, texts in found.items()}

    def __str__(self) -> str:
        return str(self.expression)


Classes = Callable[[Sequence[Conjunction]], Sequence[Sequence[Conjunction]]]
"""Puts conjunctions together that are the same in every valid configuration, in order."""


def apart(conjunctions: Sequence[Conjunction]) -> Sequence[Sequence[Conjunction]]:
    """Return each conjunction as a class of its own: of no configuration anything is known."""
    return [[one] for one in conjunctions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One distinct failure, and the option values that it goes with."""

    terms: tuple[tuple[Conjunction, ...], ...]
    """The disjunction's terms; of each, the equally good conjunctions, best first."""
    groups: tuple[tuple[int, ...], ...]
    """For each term, the failing variants that it explains, as positions; one of each state."""
    failing: int
    """Variants that fail; the expression holds in all of them."""
    passing: int
    """Variants that pass."""
    against: int
    """Passing variants in which the expression holds: 0 but for twins."""
    more: int = 0
    """Equally good conjunctions that are not listed."""
    is_smallest: bool = True
    """Whether nothing smaller separates; False where the search became too long."""
    is_only: bool = True
    """Whether the failing variants fall to these terms alone, and to no others as short."""
    table: ConditionTable = field(repr=False, compare=False)
    """The conditions it is made of."""
    twins: tuple[tuple[int, int], ...] = ()
    """Failing and passing variants with the same values, as positions."""
    same: tuple[Conjunction, ...] = ()
    """Where there is one term: what is the same as its best in every valid configuration."""
    unrun: int = 0
    """Variants in which what fails did not run."""
    otherwise: int = 0
    """Variants that failed with something else before it."""
    said: Expression | None = None
    """What is told in place of the best candidate: it was put to the test by itself."""
    is_proven: bool = False
    """Whether variants were run that leave no other explanation."""

    @property
    def expression(self) -> Expression:
        """The best candidate."""
        if self.said is not None:
            return self.said
        return disjunction(term[0] for term in self.terms)

    @property
    def candidates(self) -> tuple[Expression, ...]:
        """Equally good expressions, best first, at most `LISTED`."""
        if self.said is not None:
            return (self.said,)
        choices = itertools.islice(itertools.product(*self.terms), LISTED)
        return tuple(disjunction(choice) for choice in choices)

    @property
    def is_certain(self) -> bool:
        """Whether the variants at hand leave one candidate."""
        if self.said is not None:
            return True
        ways = math.prod(len(term) for term in self.terms)
        return self.is_only and self.more == 0 and ways == 1

    def folded(self, classes: Classes) -> Attribution:
        """Return it with one conjunction of each class of equal ones, the best."""
        groups = [classes(term) for term in self.terms]
        return replace(
            self,
            terms=tuple(tuple(group[0] for group in term) for term in groups),
            same=tuple(groups[0][0][1:]) if len(groups) == 1 else (),
        )

    def __str__(self) -> str:
        all_of_them = f"{self.failing} of {self.failing}"
        others = f"; {self.unrun} did not run it" if self.unrun else ""
        others += f"; {self.otherwise} failed otherwise" if self.otherwise else ""
        if not self.passing and self.said is None:
            return f"always fails: {all_of_them}{others}"
        support = f"{all_of_them} against {self.against} of {self.passing}{others}"
        if self.against:
            return f"may fail if {self.expression}: {support}"
        return f"fails {'iff' if self.is_proven else 'where'} {self.expression}: {support}"


def disjunction(terms: Iterable[Conjunction]) -> Expression:
    """Return the terms as one expression."""
    expressions = tuple(term.expression for term in terms)
    return Or(expressions) if len(expressions) > 1 else expressions[0]


def refutation(terms: Iterable[Conjunction]) -> Expression:
    """Return what holds exactly where no term does."""
    return every(some(condition.lacking for condition in term.conditions) for term in terms)


def attribute(
    table: ConditionTable,
    failing: Collection[int],
    passing: Collection[int],
    *,
    preferred: Callable[[str], int] = lambda _: 0,
    suspects: Collection[str] = (),
    effort: int = EFFORT,
) -> Attribution:
    """Return the smallest expressions that hold in the failing variants and in no passing one.

    Args:
        table: the variants' values.
        failing: positions of the variants that fail for this cause, at least one.
        passing: positions of those that do not. Variants in neither have not run.
        preferred: rank of a symbol among equally small candidates, lowest best.
        suspects: symbols that the failing file reads: the more of them, the better.
        effort: branches of the search after which it is greedy.

    Order: candidates by how many suspects they have, then by the ranks of their symbols,
    those that compare least first, then in Kconfig order.
    """
    finder = _Finder(table, failing, passing, preferred, suspects, effort)
    return finder.attribution()


@dataclass(frozen=True, slots=True)
class _Grouping:
    """Failing variants by the terms that explain them."""

    groups: Sequence[tuple[int, ...]]
    is_smallest: bool = True
    """Whether no shorter expression is known."""
    is_only: bool = True
    """See `Attribution.is_only`."""


class _Finder:
    def __init__(
        self,
        table: ConditionTable,
        failing: Collection[int],
        passing: Collection[int],
        preferred: Callable[[str], int],
        suspects: Collection[str],
        effort: int,
    ) -> None:
        self._table = table
        self._failing = tuple(failing)
        self._states = dict(zip(self._failing, table.states(failing), strict=True))
        by_state: dict[int, int] = {}
        for variant, state in self._states.items():
            by_state.setdefault(state, variant)
        self._distinct = tuple(by_state.values())
        """One failing variant of each state."""
        passing_states = dict(zip(passing, table.states(passing), strict=True))
        self._twins = tuple(
            (by_state[state], variant)
            for variant, state in passing_states.items()
            if state in by_state
        )
        self._all_passing = _bits(passing)
        self._passing = self._all_passing & ~_bits(twin for _, twin in self._twins)
        self._passing_states = list(
            dict.fromkeys(s for v, s in passing_states.items() if self._passing >> v & 1)
        )
        self._preferred = preferred
        self._suspects = frozenset(suspects)
        self._effort = effort
        self._is_only = True

    def attribution(self) -> Attribution:
        """Return the smallest expression and its equals."""
        grouping = self._grouping()
        is_smallest = grouping.is_smallest
        pairs, more = [], 0
        for group in grouping.groups:
            covers, conjunctions = self._conjunctions(group)
            is_smallest &= covers.is_smallest
            more += max(0, len(conjunctions) - LISTED) + (not covers.is_all)
            pairs.append((tuple(conjunctions[:LISTED]), group))
        order = self._table.conditions.index
        pairs.sort(
            key=lambda pair: (
                -self._support(pair[0][0]).bit_count(),
                [order(condition) for condition in pair[0][0].conditions],
            )
        )
        terms = [term for term, _ in pairs]
        expressed = 0
        for term in terms:
            expressed |= self._support(term[0])
        return Attribution(
            terms=tuple(terms),
            groups=tuple(group for _, group in pairs),
            failing=len(self._failing),
            passing=self._all_passing.bit_count(),
            against=(expressed & self._all_passing).bit_count(),
            more=more,
            is_smallest=is_smallest,
            is_only=grouping.is_only,
            table=self._table,
            twins=self._twins,
        )

    def _support(self, conjunction: Conjunction) -> Variants:
        """Return the variants in which a conjunction holds."""
        holding = (1 << self._table.count) - 1
        for condition in conjunction.conditions:
            holding &= self._table.holds[self._table.conditions.index(condition)]
        return holding

    def _shared(self, group: Sequence[int]) -> int:
        """Return the conditions that hold in all variants of a group, as bits."""
        shared = self._states[group[0]]
        for variant in group:
            shared &= self._states[variant]
        return shared

    def _separable(self, shared: int) -> bool:
        """Return whether these conditions hold together in no passing variant."""
        return all(shared & ~state for state in self._passing_states)

    def _conjunctions(self, group: Sequence[int]) -> tuple[Covers, list[Conjunction]]:
        """Return the smallest conjunctions of a separable group, best first."""
        conditions = list(members(self._shared(group)))
        holds = self._table.holds
        columns = [self._passing & ~holds[condition] for condition in conditions]
        covers = smallest_covers(columns, self._passing, self._effort)
        assert covers is not None
        found = [tuple(conditions[column] for column in cover) for cover in covers.covers]
        found.sort(key=self._rank)
        table = self._table.conditions
        return covers, [Conjunction(tuple(table[i] for i in chosen)) for chosen in found]

    def _rank(self, chosen: tuple[int, ...]) -> tuple[object, ...]:
        conditions = [self._table.conditions[i] for i in chosen]
        others = sum(c.symbol not in self._suspects for c in conditions)
        ranks = sorted((self._preferred(c.symbol) for c in conditions), reverse=True)
        # `AUDIT` says in fewer words what `AUDIT_DAYS != ""` may say as well.
        compared = sum(isinstance(c.expression, Comparison) for c in conditions)
        return others, ranks, compared, chosen

    # Several conjunctions

    def _grouping(self) -> _Grouping:
        """Return the failing variants of each term.

        One conjunction if it is short, else the cheapest set of conjunctions.
        """
        alone = _Grouping([self._distinct])
        if not self._passing:
            return alone
        single = self._size(self._distinct) if self._separable(self._shared(self._distinct)) else 0
        if 0 < single <= SHORT:
            return alone
        found = implicants(self._table.holds, self._distinct, self._passing, self._effort)
        for variant in self._distinct:
            if not any(failing >> variant & 1 for failing in found.sizes):
                found.sizes[1 << variant] = self._size((variant,))
        chosen, is_smallest = cheapest(found.sizes, _bits(self._distinct), self._effort)
        if single and single + 1 <= sum(found.sizes[bits] + 1 for bits in chosen):
            return alone
        return _Grouping(
            [tuple(members(bits)) for bits in chosen],
            is_smallest=is_smallest and found.is_all,
            is_only=is_only(found.sizes, chosen, _bits(self._distinct)),
        )

    def _size(self, group: Sequence[int]) -> int:
        _, conjunctions = self._conjunctions(group)
        return len(conjunctions[0].conditions)


def _bits(variants: Iterable[int]) -> Variants:
    return sum(1 << variant for variant in variants)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest passing variant of a failing one."""

    failing: int
    passing: int
    symbols: tuple[str, ...]
    """Those in which they differ, in Kconfig order."""


def _first_of_each(variants: Iterable[int], states: Iterable[int]) -> Mapping[int, int]:
    """Return by state the first variant that has it, in order."""
    found: dict[int, int] = {}
    for variant, state in zip(variants, states, strict=True):
        found.setdefault(state, variant)
    return found


def nearest_passing(
    table: ConditionTable,
    failing: Collection[int],
    passing: Collection[int],
    said: Collection[str] | None = None,
) -> Neighbour | None:
    """Return the passing variant that differs from a failing one in the fewest symbols.

    Args:
        said: the symbols that people set; the others follow from them, so that they
            count last and are named only where nothing else differs.

    Returns None if none passes. Ties: the first failing, then the first passing.
    """
    owner = [c.symbol for c in table.conditions]
    # Many variants may be alike in all that is known: of these the first will do.
    first_of = _first_of_each(passing, table.states(passing))
    tried: set[int] = set()
    best: tuple[int, int] | None = None
    found = None
    for state, variant in _first_of_each(failing, table.states(failing)).items():
        for values, other in first_of.items():
            if (difference := state ^ values) in tried:
                continue
            tried.add(difference)
            symbols = tuple(dict.fromkeys(owner[index] for index in members(difference)))
            chosen = tuple(symbol for symbol in symbols if said is None or symbol in said)
            distance = len(chosen), len(symbols)
            if best is None or distance < best:
                best, found = distance, Neighbour(variant, other, chosen or symbols)
    return found
