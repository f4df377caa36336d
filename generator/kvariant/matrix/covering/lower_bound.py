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

_GROUPS = 300
"""Groups of exclusive units that are looked for; each with others gives a set of pairs."""

_WALKS = 3
"""Greedy walks to a set of exclusive pairs."""

_SWAPS = 500
"""Attempts to make the set larger by giving one pair up for others."""

_CANDIDATES = 15_000
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
        bound = max(bound, _exclusive(stock, feasible, dice))
    return bound


def _exclusive(stock: Stock, feasible: Square, dice: random.Random) -> int:
    """Return how many pairs were found of which no two fit into one row."""
    excluded, enough = ~feasible, len(stock)
    product = _products(feasible, excluded, dice)
    pairs = np.concatenate([product, stock.rare(_CANDIDATES)])
    found = list(range(len(product)))
    walked = exclusive(pairs, excluded, dice, tries=_WALKS, enough=enough)
    if len(walked) > len(found):
        found = walked
    # fitting[i]: pairs of the set that fit into a row with pair i, itself among them.
    fitting = np.zeros(len(pairs), dtype=np.int64)
    for index in found:
        fitting += ~against(pairs[index], pairs, excluded)
    for _ in range(_SWAPS):
        free = np.flatnonzero(fitting == 0)
        if len(found) >= enough:
            break
        if not len(free):
            gone = found.pop(dice.randrange(len(found)))
            fitting -= ~against(pairs[gone], pairs, excluded)
            free = np.flatnonzero(fitting == 0)
        added = exclusive(pairs[free], excluded, dice, tries=2, enough=enough)
        for index in free[added].tolist():
            found.append(index)
            fitting += ~against(pairs[index], pairs, excluded)
    return len(found)


def _products(feasible: Square, excluded: Square, dice: random.Random) -> npt.NDArray[np.int64]:
    """Return exclusive pairs: of a group of exclusive units each with a group of its own.

        one of a choice   X86    X86    X86     ARM    ARM
        with              UP     SMP    NUMA    NOMMU  MMU

    Two such pairs differ in the first group, or else in the second.
    """
    singles = np.flatnonzero(np.diagonal(feasible))[:, None].astype(np.int64)
    distinct: dict[tuple[int, ...], None] = {}
    for _ in range(_GROUPS):
        walked = exclusive(singles, excluded, dice, tries=1, enough=len(singles))
        distinct[tuple(sorted(singles[walked, 0].tolist()))] = None
    groups = list(distinct)
    member = np.zeros((len(groups), len(feasible)), dtype=np.float32)
    for row, group in zip(member, groups, strict=True):
        row[list(group)] = 1
    # fitting[g, u]: members of group g that fit into a row with unit u.
    fitting = member @ feasible.astype(np.float32)
    best = fitting.argmax(axis=0)
    first = groups[int(np.argmax(member @ fitting.max(axis=0)))]
    return np.array(
        [
            sorted((one, other))
            for one in first
            for other in groups[best[one]]
            if feasible[one, other]
        ],
        dtype=np.int64,
    ).reshape(-1, 2)


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
    left = np.ones(len(ones), dtype=np.bool_)
    count = 0
    for best in np.argsort(-free.sum(axis=1), kind="stable").tolist():
        if left[best]:
            count += 1
            left &= free[best]
    return _katona(count)


def _katona(options: int) -> int:
    """Return the least number of rows that have all pairs of so many free bools."""
    if options < 2:
        return 2 if options else 1
    rows = 4
    while comb(rows - 1, rows // 2 - 1) < options:
        rows += 1
    return rows
