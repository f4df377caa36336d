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
from kvariant.matrix.covering.units import Square, Vocabulary

_WALKS = 20
"""Greedy walks to a set of exclusive pairs."""

_SWAPS = 300
"""Attempts to make the set larger by giving one pair up for two."""

_SAMPLE = 100_000
"""Pairs that walks are among; of more, drawn at random."""


def lower_bound(units: Vocabulary, feasible: Square, dice: random.Random, enough: int) -> int:
    """Return a proven lower bound for the rows that have all feasible pairs of units.

    Args:
        enough: the number at which to stop: so many rows are there.
    """
    if not len(units):
        return 1
    excluded = ~feasible
    bound = max(_free(units, feasible), 1)
    if bound < enough:
        bound = max(bound, len(_exclusive(feasible, excluded, dice, enough)))
    return bound


def _exclusive(
    feasible: Square, excluded: Square, dice: random.Random, enough: int
) -> npt.NDArray[np.int64]:
    """Return feasible pairs, none of which fits into a row with another."""
    tuples = _pairs(feasible, excluded)
    found = tuples[exclusive(tuples, excluded, dice, tries=_WALKS, enough=enough)]
    for _ in range(_SWAPS):
        if len(found) >= enough:
            break
        found = _swapped(found, tuples, excluded, dice)
    return found


def _pairs(feasible: Square, excluded: Square) -> npt.NDArray[np.int64]:
    """Return pairs to choose from: those whose units exclude most, as ever fewer fit with them."""
    degree = excluded.sum(axis=1, dtype=np.int64)
    size = len(feasible)
    order = np.argsort(-degree, kind="stable")[: max(2, int((2 * _SAMPLE) ** 0.5))]
    one, other = np.divmod(np.flatnonzero(feasible[np.ix_(order, order)].ravel()), len(order))
    ordered = one <= other if size == 1 else one < other
    one, other = order[one[ordered]], order[other[ordered]]
    if not len(one):
        one = other = np.flatnonzero(np.diagonal(feasible))[:1]
    return np.stack([one, other], axis=1)


def _swapped(
    found: npt.NDArray[np.int64],
    tuples: npt.NDArray[np.int64],
    excluded: Square,
    dice: random.Random,
) -> npt.NDArray[np.int64]:
    """Return the set without one of its pairs and with what then fits, if that is no less."""
    gone = dice.randrange(len(found))
    rest = np.delete(found, gone, axis=0)
    fits = np.ones(len(tuples), dtype=np.bool_)
    for one in rest:
        fits &= against(one, tuples, excluded)
    candidates = tuples[fits]
    added = candidates[exclusive(candidates, excluded, dice, tries=2, enough=len(found) + 1)]
    return np.concatenate([rest, added])


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
