# SPDX-License-Identifier: MIT
"""How many rows are needed at least, whatever the search finds.

    exclusive   feasible pairs of which no two fit into one row: one row each
    free        k units that nothing binds to each other: the least N with
                C(N - 1, floor(N / 2) - 1) >= k [Katona: Two applications (for search
                theory and truth functions) of Sperner type theorems, 1973; Kleitman,
                Spencer: Families of k-independent sets, 1973]

The larger of the two holds.
"""

from __future__ import annotations

import random
from math import comb

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import against, exclusive
from kvariant.matrix.covering.stock import Stock
from kvariant.matrix.covering.units import Square, Vocabulary

_WALKS = 3
"""Greedy walks to a set of exclusive pairs."""

_SWAPS = 400
"""Attempts to make the set larger by giving one pair up for others."""

_CANDIDATES = 20_000
"""Pairs that the set is chosen from: those that the fewest rows have."""


def lower_bound(
    units: Vocabulary,
    feasible: Square,
    stock: Stock,
    dice: random.Random,
) -> int:
    """Return a proven lower bound for the rows that have all feasible pairs of units.

    Args:
        stock: complete rows. They say which pairs are promising, and when to stop.
    """
    if not len(units):
        return 1
    bound = max(_free(units, feasible), 1)
    if bound < len(stock):
        pairs = _candidates(stock)
        bound = max(bound, _exclusive(pairs, ~feasible, dice, len(stock)))
    return bound


def _candidates(stock: Stock) -> npt.NDArray[np.int64]:
    """Return pairs that follow from no other, those in the fewest rows first."""
    pairs = stock.lost(np.arange(len(stock)))
    times = stock.times(pairs)
    return pairs[np.argsort(times, kind="stable")[:_CANDIDATES]]


def _exclusive(
    pairs: npt.NDArray[np.int64], excluded: Square, dice: random.Random, enough: int
) -> int:
    """Return how many pairs were found of which no two fit into one row."""
    if not len(pairs):
        return 0
    found = exclusive(pairs, excluded, dice, tries=_WALKS, enough=enough)
    # fitting[i]: pairs of the set that fit into a row with pair i, itself among them.
    fitting = np.zeros(len(pairs), dtype=np.int64)
    for index in found:
        fitting += ~against(pairs[index], pairs, excluded)
    for _ in range(_SWAPS):
        if len(found) >= enough:
            break
        gone = found.pop(dice.randrange(len(found)))
        fitting -= ~against(pairs[gone], pairs, excluded)
        free = np.flatnonzero(fitting == 0)
        added = exclusive(pairs[free], excluded, dice, tries=2, enough=enough)
        for index in free[added].tolist():
            found.append(index)
            fitting += ~against(pairs[index], pairs, excluded)
    return len(found)


def _free(units: Vocabulary, feasible: Square) -> int:
    """Return the bound from units that are free of each other, found greedily."""
    negated = units.of_code[units.codes ^ 1]
    ones = np.flatnonzero((negated >= 0) & units.signs)
    if not len(ones):
        return 1
    # Free: all four combinations are feasible.
    both = [ones, negated[ones]]
    free = np.ones((len(ones), len(ones)), dtype=np.bool_)
    for one in both:
        for other in both:
            free &= feasible[np.ix_(one, other)]
    candidates = np.arange(len(ones))
    count = 0
    while len(candidates):
        best = candidates[np.argmax(free[np.ix_(candidates, candidates)].sum(axis=1))]
        count += 1
        candidates = candidates[free[best, candidates]]
        candidates = candidates[candidates != best]
    return _katona(count)


def _katona(options: int) -> int:
    """Return the least number of rows that have all pairs of so many free bools."""
    if options < 2:
        return 2 if options else 1
    rows = 4
    while comb(rows - 1, rows // 2 - 1) < options:
        rows += 1
    return rows
