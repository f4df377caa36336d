# SPDX-License-Identifier: MIT
"""The independent verifier: does a written matrix keep what it promises?

It shares no code with the strategies (import-linter holds that) and uses none of
their ideas, so that a mistake of theirs is not repeated here:

    each row           resolved by the tree, value by value
    which rows have    one Python int for each value of each symbol: bit i is row i
    a tuple            is covered if the ints of its values have a bit in common
    a condition        worked out in each row; of no row, the space restricted to it is asked
    no row has it      a solver is asked for a configuration that has all its values
                       found: feasible, and the tree must resolve it to these values
                       none:  infeasible, proven by a complete search

Of a matrix of all that is distinct (`Promise.is_distinct`) it searches every combination of
values that there is, and looks for a row of the same values, or that is the same for
`Promise.same`.

What it relies on is the tree and, for infeasible tuples, the exact space. It cannot
tell whether a smaller matrix exists; a lower bound is only held against the rows.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import NEVER, And, Constant, Reference, every, with_m
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.matrix.combinations import LOGICAL, combinations, texts_of

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration, Tree
    from kvariant.matrix.promise import Promise
    from kvariant.matrix.written import Row, Written
    from kvariant.space import Space

LISTED = 1_000
"""Tuples that a verdict lists; more are only counted."""

_TRUE = "true"
_TRUTH = ("false", _TRUE)
"""What a condition is."""

Progress = Callable[[int, int], None]
"""Called with the absent tuples decided so far, and how many there are to decide."""

_Tuple = tuple[tuple[int, int], ...]
"""Index of a symbol or condition and of its value, for each of a tuple."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found, and everything that is not as the matrix says."""

    faults: tuple[Diagnostic, ...]
    """Rows, names, tuples, numbers and bounds that are wrong; empty if the matrix holds."""
    rows: int
    strength: int
    """Symbols in a tuple; 0: tuples were not counted."""
    combinations: int
    """All combinations of values of `strength` symbols."""
    covered: int
    """Combinations that a row has."""
    absent: int
    """Combinations that no row has."""
    decided: int
    """Absent ones looked at: all of them, or the sample that was asked for."""
    infeasible: int
    """Of the decided ones, those that no configuration has."""
    uncovered: tuple[Mapping[str, str], ...]
    """Of the decided ones, those that some configuration has: the first `LISTED`."""
    among: int | None = None
    """Given configurations that there were to choose from; None: the whole space."""
    is_distinct: bool = False
    """Whether a tuple is of all symbols, and a row may stand for several."""
    witness: str = ""
    """The tree's own tool, if it was asked about every row."""

    @property
    def left_out(self) -> int:
        """Return how many of the decided combinations are feasible."""
        return self.decided - self.infeasible

    @property
    def holds(self) -> bool:
        """Return whether nothing is wrong with what was looked at."""
        return not self.faults


def verify(
    space: Space,
    written: Written,
    promise: Promise,
    *,
    sample: int = 0,
    progress: Progress | None = None,
) -> Verdict:
    """Hold a written matrix against the tree and the space.

    Args:
        space: made anew for this, so that no strategy's solver is believed; its
            configurations satisfy `promise.where`.
        written: what is verified.
        promise: what it is verified for.
        sample: decide only so many of the combinations that no row has, drawn at
            random but always the same ones; 0: all.
        progress: told after each of them.

    Raises:
        InputError: a symbol is unknown, named twice, or no bool or tristate.

    Cost: 0.2 microseconds a combination, and one solve for each that no row has
    (some 50 microseconds on BusyBox, milliseconds on Linux).
    """
    rows, faults = _resolved(space.tree, written.variants, promise)
    if promise.is_distinct:
        verdict, wrong = _distinct(space, written, rows, promise, progress)
        return replace(verdict, faults=(*faults, *wrong, *_wrong_claims(written, verdict)))
    values = [*_values(space, promise), *(_TRUTH for _ in promise.conditions)]
    names = [*promise.symbols, *promise.conditions]
    grid = _Grid(names, values, [_told(row, promise) for row in rows])
    absent = sum(1 for _ in grid.absent(promise.strength))
    combinations = _combinations([len(texts) for texts in values], promise.strength)
    chosen = _drawn(absent, sample)
    decisions = _Decisions(space, promise, names, values)
    for index, combination in enumerate(grid.absent(promise.strength)):
        if index in chosen:
            decisions.decide(grid.named(combination), combination)
            if progress:
                progress(decisions.count, len(chosen))
    verdict = Verdict(
        faults=(),
        rows=len(rows),
        strength=promise.strength,
        combinations=combinations,
        covered=combinations - absent,
        absent=absent,
        decided=decisions.count,
        infeasible=decisions.infeasible,
        uncovered=tuple(decisions.feasible),
        among=None if promise.candidates is None else len(promise.candidates),
    )
    faults += [*decisions.faults, *_wrong_claims(written, verdict)]
    return replace(verdict, faults=tuple(faults))


def _values(space: Space, promise: Promise) -> list[tuple[str, ...]]:
    """Return the texts of each symbol's type; of numbers and texts those that were chosen among."""
    found, tree = [], space.tree
    given = [] if promise.candidates is None else [*promise.included, *promise.candidates]
    for name, times in Counter(promise.symbols).items():
        symbol = tree.symbols.get(name)
        if symbol is None:
            message, hint = f"no symbol is named {name}", symbol_hint(name, tree.symbols)
            raise InputError(Diagnostic(message=message, code="unknown-symbol", hint=hint))
        is_known = symbol.type in LOGICAL or name in space.chosen
        if not is_known or times > 1:
            wrong = "is named twice" if times > 1 else f"is {symbol.type.value}"
            message = f"{name} {wrong}; tuples are of bools and tristates, each once"
            raise InputError(Diagnostic(message=message, code="tuples"))
        is_given = given and symbol.type not in LOGICAL
        texts = dict.fromkeys(c[name] for c in given) if is_given else texts_of(space, [name])[name]
        found.append(tuple(texts))
    return found


def _combinations(sizes: Sequence[int], strength: int) -> int:
    """Return how many ways there are to take `strength` symbols and a value of each."""
    ways = [1] + [0] * strength
    for size in sizes:
        for taken in range(strength, 0, -1):
            ways[taken] += ways[taken - 1] * size
    return ways[strength] if strength else 0


def _drawn(count: int, sample: int) -> range | set[int]:
    """Return which of so many to look at."""
    if not 0 < sample < count:
        return range(count)
    return set(random.Random(0).sample(range(count), sample))


# Rows


def _resolved(
    tree: Tree, rows: Sequence[Row], promise: Promise
) -> tuple[list[Configuration], list[Diagnostic]]:
    """Return the rows' configurations, and what is wrong with them."""

    def whole(configuration: Configuration) -> tuple[str, ...]:
        return tuple(configuration[name] for name in tree.symbols)

    included = {whole(kept): kept for kept in promise.included}
    missing = dict(included)
    allowed, given = None, {}
    if promise.candidates is not None:
        given = {whole(one): one for one in promise.candidates}
        allowed = {*included, *given}
    found, faults = [], []
    for row in rows:
        configuration = tree.resolve(row.assignment)
        found.append(configuration)
        values = whole(configuration)
        missing.pop(values, None)
        # Given files may ask for what does not take: nobody promised that, and it is told.
        texts = [] if values in given else [*_dropped(row, configuration, included.get(values))]
        if promise.where and not configuration.satisfies(promise.where):
            because = configuration.because(promise.where)
            texts.append(f"does not satisfy {promise.where}: {because}")
        if allowed is not None and values not in allowed:
            texts.append("is none of the configurations to choose from")
        faults += [_fault(f"{row.name}: {text}", "row") for text in texts]
    for name, times in Counter(row.name for row in rows).items():
        if times > 1:
            faults.append(_fault(f"{times} rows are named {name}", "row"))
    faults += [
        _fault(f"no row has the included configuration {_shown(kept.assignment)}", "included")
        for kept in missing.values()
    ]
    return found, faults


def _dropped(row: Row, got: Configuration, kept: Configuration | None) -> Iterator[str]:
    """Yield what a row asks for and does not get, unless its fragment permits that."""
    permitted = {d.symbol for d in kept.dropped if d.allowed is not None} if kept else set()
    for name, text in row.assignment.items():
        if name not in got:
            yield f"no symbol is named {name}"
        elif got[name] != text and name not in permitted:
            yield f"{name}={text} resolves to {got[name] or 'empty'}"


# Tuples


class _Grid:
    """Which rows have which value of which symbol."""

    def __init__(
        self,
        symbols: Sequence[str],
        values: Sequence[Sequence[str]],
        rows: Sequence[Mapping[str, str]],
    ) -> None:
        self._symbols, self._values = symbols, values
        self._all = (1 << len(rows)) - 1
        # bits[s][v] has bit r set if row r has value v of symbol s.
        self._bits = [
            [sum(1 << r for r, row in enumerate(rows) if row[name] == text) for text in texts]
            for name, texts in zip(symbols, values, strict=True)
        ]

    def named(self, combination: _Tuple) -> dict[str, str]:
        """Return a combination as symbol -> value text."""
        return {self._symbols[s]: self._values[s][v] for s, v in combination}

    def absent(self, strength: int) -> Iterator[_Tuple]:
        """Yield each combination of values of `strength` symbols that no row has."""
        if strength:
            yield from self._absent(strength, 0, self._all, ())

    def _absent(self, more: int, first: int, rows: int, taken: _Tuple) -> Iterator[_Tuple]:
        """Yield those that add values of `more` symbols, from `first` on, to the taken ones."""
        for s in range(first, len(self._bits) - more + 1):
            for v, bits in enumerate(self._bits[s]):
                if more > 1:
                    yield from self._absent(more - 1, s + 1, rows & bits, (*taken, (s, v)))
                elif not rows & bits:
                    yield (*taken, (s, v))


@dataclass(slots=True)
class _Decisions:
    """Decides combinations that no row has, one after the other."""

    space: Space
    promise: Promise
    names: Sequence[str]
    values: Sequence[Sequence[str]]
    count: int = 0
    infeasible: int = 0
    feasible: list[Mapping[str, str]] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    _witnesses: list[list[int]] = field(init=False)
    """Which configurations met so far have which value, as in `_Grid`."""
    _met: int = 0
    _spaces: dict[tuple[tuple[str, str], ...], Space | None] = field(default_factory=dict)
    """The configurations in which some conditions are true or false."""

    def __post_init__(self) -> None:
        self._witnesses = [[0] * len(texts) for texts in self.values]
        if self.promise.candidates is not None:
            for configuration in (*self.promise.included, *self.promise.candidates):
                self._meet(configuration)

    def decide(self, wanted: dict[str, str], combination: _Tuple) -> None:
        """Decide one, and count it."""
        self.count += 1
        if not self._is_met(combination) and not self._is_solved(wanted):
            self.infeasible += 1
        elif len(self.feasible) < LISTED:
            self.feasible.append(wanted)

    def _is_met(self, combination: _Tuple) -> bool:
        """Return whether a configuration that is there already has it."""
        found = (1 << self._met) - 1
        for s, v in combination:
            found &= self._witnesses[s][v]
        return bool(found)

    def _is_solved(self, wanted: dict[str, str]) -> bool:
        """Return whether the space has a configuration for it, which the tree confirms."""
        if self.promise.candidates is not None:
            return False
        of_symbols = {n: t for n, t in wanted.items() if n not in self.promise.conditions}
        within = self._within({n: t for n, t in wanted.items() if n not in of_symbols})
        solution = None if within is None else within.solve(of_symbols)
        if solution is None:
            return False
        configuration, faults = _confirmed(self.space, self.promise, wanted, solution)
        self.faults += faults
        self._meet(configuration)
        return True

    def _within(self, wanted: Mapping[str, str]) -> Space | None:
        """Return the configurations in which conditions are as wanted, None if none has them."""
        key = tuple(wanted.items())
        if not key:
            return self.space
        if key not in self._spaces:
            types = self.space.tree.types
            has_modules = self.space.model.modules in self.space.model.symbols
            m = And((Constant("m"), Reference(self.space.model.modules))) if has_modules else NEVER
            terms = []
            for name, text in key:
                condition = with_m(self.promise.conditions[name], m)
                terms.append(condition if text == _TRUE else complement(condition, types))
            try:
                self._spaces[key] = self.space.restricted(every(terms))
            except InputError:
                self._spaces[key] = None
        return self._spaces[key]

    def _meet(self, configuration: Configuration) -> None:
        told = _told(configuration, self.promise)
        for name, texts, bits in zip(self.names, self.values, self._witnesses, strict=True):
            bits[texts.index(told[name])] |= 1 << self._met
        self._met += 1


def _told(configuration: Configuration, promise: Promise) -> Mapping[str, str]:
    """Return a configuration's values, with whether each condition holds in it."""
    if not promise.conditions:
        return configuration
    holding = promise.conditions.items()
    own = {name: _TRUTH[configuration.satisfies(condition)] for name, condition in holding}
    return {**{name: configuration[name] for name in promise.symbols}, **own}


def _confirmed(
    space: Space, promise: Promise, wanted: Mapping[str, str], solution: Configuration
) -> tuple[Configuration, list[Diagnostic]]:
    """Return what the tree makes of a space's configuration: it is not taken at its word."""
    configuration = space.tree.resolve(solution.assignment)
    where, told = promise.where, _told(configuration, promise)
    if all(told[name] == text for name, text in wanted.items()) and (
        where is None or configuration.satisfies(where)
    ):
        return configuration, []
    asked = dict(solution.assignment)
    return configuration, [_fault(f"{asked} does not resolve to {_shown(wanted)}", "space")]


# Everything that is distinct


def _distinct(
    space: Space,
    written: Written,
    rows: Sequence[Configuration],
    promise: Promise,
    progress: Progress | None,
) -> tuple[Verdict, list[Diagnostic]]:
    """Look for a row for each combination of values that there is."""
    texts = texts_of(space, promise.symbols)
    same = promise.same or (lambda values: tuple(values[name] for name in promise.symbols))
    ours: dict[Hashable, list[int]] = {}
    for index, row in enumerate(rows):
        ours.setdefault(same(row), []).append(index)
    faults = [*_repeated(written, rows, promise, ours)]
    expected = (written.tuples.feasible or 0) if written.tuples else 0
    found, uncovered = 0, []
    for wanted, witness in combinations(space, texts):
        configuration, fault = _confirmed(space, promise, wanted, witness)
        faults += fault
        found += 1
        if same(configuration) not in ours:
            uncovered.append(wanted)
        if progress:
            progress(found, max(found, expected))
    total = math.prod(map(len, texts.values()))
    verdict = Verdict(
        faults=(),
        rows=len(rows),
        strength=len(texts),
        combinations=total,
        covered=found - len(uncovered),
        absent=total - found + len(uncovered),
        decided=total - found + len(uncovered),
        infeasible=total - found,
        uncovered=tuple(uncovered[:LISTED]),
        is_distinct=True,
    )
    return verdict, faults


def _repeated(
    written: Written,
    rows: Sequence[Configuration],
    promise: Promise,
    ours: Mapping[Hashable, Sequence[int]],
) -> Iterator[Diagnostic]:
    """Yield a fault for each row that is the same as one before; included ones may be."""
    included = [dict(configuration) for configuration in promise.included]
    for indices in ours.values():
        chosen = [i for i in indices if dict(rows[i]) not in included]
        kept = [i for i in indices if i not in chosen]
        for index in chosen if kept else chosen[1:]:
            first = written.variants[(kept or chosen)[0]].name
            yield _fault(f"{written.variants[index].name}: is the same variant as {first}", "row")


# Claims


def _wrong_claims(written: Written, verdict: Verdict) -> Iterator[Diagnostic]:
    """Yield what is wrong with the numbers of a matrix."""
    claims = written.tuples
    is_complete = claims is None or claims.covered == claims.feasible
    unproven = claims.unproven if claims else 0
    if is_complete and written.lower_bound > verdict.rows:  # of fewer rows, some may do less
        text = f"at least {written.lower_bound} are said to be needed, there are {verdict.rows}"
        yield _fault(text, "lower-bound")
    if not verdict.combinations:
        return
    feasible_said = claims.feasible if claims else None
    said_left_out = feasible_said - claims.covered if claims and feasible_said is not None else 0
    said_left_out += unproven
    if verdict.left_out > said_left_out:
        for wanted in verdict.uncovered:
            yield _fault(f"{_shown(wanted)} is feasible and in no row", "uncovered")
    if claims is None:
        return
    found = {"covered": (claims.covered, verdict.covered)}
    if unproven or feasible_said is None:
        # What the search did not come to is the verifier's to decide: only the sum is said.
        found["all"] = claims.covered + claims.infeasible + unproven, verdict.combinations
        if verdict.decided == verdict.absent and claims.infeasible > verdict.infeasible:
            found["infeasible"] = claims.infeasible, verdict.infeasible
    elif verdict.decided == verdict.absent:
        feasible = verdict.covered + verdict.left_out
        found["feasible"] = feasible_said, feasible
        found["infeasible"] = claims.infeasible, verdict.infeasible
    else:  # of a sample only the sum is known
        found["feasible and infeasible"] = (
            feasible_said + claims.infeasible,
            verdict.combinations,
        )
    for what, (said, counted) in found.items():
        if said != counted:
            yield _fault(f"{said:,} tuples are said to be {what}, counted {counted:,}", "count")


def _fault(message: str, code: str) -> Diagnostic:
    return Diagnostic(message=message, code=f"verify-{code}")


def _shown(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in values.items())
