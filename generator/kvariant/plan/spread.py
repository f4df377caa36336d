# SPDX-License-Identifier: MIT
"""A few of very many combinations: those first that add most pairs of values.

    rows of a covering array of pairs, as many as are wanted      matrix.t_wise
    without those that are the same variant as one before
    further combinations, drawn at random, until there are enough

It is what `distinct` does with a limit where there are more combinations than can be
looked at. What the rows leave uncovered is counted in pairs.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.kconfig.value import ValueTexts
from kvariant.matrix.coverage import ExercisedValues, SharedTuples
from kvariant.matrix.strategy import LISTED
from kvariant.matrix.t_wise import t_wise

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration
    from kvariant.matrix import StrategyRequest, Tuples
    from kvariant.space import Space
    from kvariant.space.packed import NamedValue

STRENGTH = 2
"""Pairs."""
_TRIES = 20
"""Combinations drawn for each further variant that is wanted, at most."""

VariantKey = Callable[[ValueTexts], Hashable]


def spread(
    space: Space, request: StrategyRequest, key: VariantKey | None
) -> tuple[list[Configuration], Tuples]:
    """Return at most `request.limit` configurations, no two the same variant, and their pairs.

    Args:
        request: its included configurations come first.
        key: what configurations have in common that are the same variant; None: their values.

    Raises:
        InputError: as `t_wise`.

    Cost: that of a covering array without improvement, and of rendering what is chosen.
    """
    symbols = request.symbols
    strength = min(STRENGTH, len(symbols))
    chosen = t_wise(space, replace(request, strength=strength), effort=0)
    assert chosen.tuples is not None
    same = key or (lambda row: tuple(row[name] for name in symbols))
    rows: dict[Hashable, Configuration] = {}
    left_out = []
    for row in chosen.configurations:
        if rows.setdefault(same(row), row) is not row:
            left_out.append(row)
    drawn = _drawn(space, request)
    for _ in range(_TRIES * request.limit):
        if len(rows) >= request.limit:
            break
        further = next(drawn, None)
        if further is None:
            break
        rows.setdefault(same(further), further)
    found = list(rows.values())
    return found, _tuples(chosen.tuples, found, left_out, symbols)


def most_pairs(
    rows: Sequence[ValueTexts], symbols: Sequence[str], count: int, taken: Sequence[ValueTexts]
) -> list[int]:
    """Return which rows to take, each adding most pairs of values to those before.

    Args:
        count: how many at most.
        taken: rows that come before.

    What a row adds only becomes less, so that one whose gain is looked at again and is still
    the largest is the best (lazy greedy: Minoux, Accelerated greedy algorithms for maximizing
    submodular set functions, 1978).
    """
    known: set[tuple[NamedValue, ...]] = set()

    def pairs(row: ValueTexts) -> list[tuple[NamedValue, ...]]:
        return [*itertools.combinations([(name, row[name]) for name in symbols], STRENGTH)]

    for row in taken:
        known.update(pairs(row))
    # Of equal gain the first row: the index decides.
    queue = [(-len(symbols) * len(symbols), index) for index in range(len(rows))]
    chosen: list[int] = []
    while queue and len(chosen) < count:
        gain, index = heapq.heappop(queue)
        new = [pair for pair in pairs(rows[index]) if pair not in known]
        if -len(new) > gain and queue and (-len(new), index) > queue[0]:
            heapq.heappush(queue, (-len(new), index))
            continue
        known.update(new)
        chosen.append(index)
    return chosen


def _drawn(space: Space, request: StrategyRequest) -> Iterator[Configuration]:
    """Yield configurations of which no two have the same values of the symbols."""
    factors = space.factors(request.symbols)
    literals = [x for own in factors.literals for x in own.values() if abs(x) != 1]
    dice = random.Random(request.random_seed)
    solver = factors.solver()
    try:
        while True:
            solver.prefer([x if dice.random() < 0.5 else -x for x in literals])
            if not solver.solve():
                return
            values = solver.model()
            yield factors.decode([values])[0]
            solver.add([-abs(x) if values[abs(x)] else abs(x) for x in literals])
    finally:
        solver.close()


def _tuples(
    counts: Tuples,
    rows: Sequence[Configuration],
    left_out: Sequence[Configuration],
    symbols: Sequence[str],
) -> Tuples:
    """Return what rows have of the tuples that a larger set of rows was counted for."""
    covered = SharedTuples.of(ExercisedValues.of(rows, symbols), counts.strength).total
    every = ExercisedValues.of([*rows, *left_out], symbols)
    lost = every.uncovered(range(len(rows)), counts.strength, LISTED)
    missing = [*lost, *(one for one in counts.uncovered if not _has(rows, one))]
    return replace(counts, covered=covered, uncovered=tuple(missing[:LISTED]))


def _has(rows: Sequence[Mapping[str, str]], values: Mapping[str, str]) -> bool:
    return any(all(row[name] == text for name, text in values.items()) for row in rows)
