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
from typing import TYPE_CHECKING

import numpy as np

from kvariant.matrix.covering.clique import CliqueSearch, Pairs

if TYPE_CHECKING:
    from kvariant.matrix.covering.stock import Stock
    from kvariant.matrix.covering.units import Square, Vocabulary

_BY_ROWS = 20_000
"""Rows of all starts by rows together, of which there are `_STARTS` at most."""

_STARTS, _WALKS = 12, 11

_CLOSE = 19
"""Twentieths of the rows at which a set by rows needs no other starts beside it."""


class LowerBound:
    """A proven lower bound for the rows that have all feasible pairs of units."""

    def __init__(self, units: Vocabulary, feasible: Square, dice: random.Random) -> None:
        self.feasible = feasible
        """Pairs of units that some row has."""
        self._dice = dice
        self._free = _free(units, feasible) if len(units) else 1
        self.exclusive: Pairs = np.zeros((0, 2), dtype=np.int64)
        """Pairs of which no two fit into one row."""

    @property
    def rows(self) -> int:
        """Return the bound."""
        return max(1, self._free, len(self.exclusive))

    def raise_by(self, stock: Stock, *, thorough: bool) -> None:
        """Look for a better bound.

        Args:
            stock: complete rows. They say which pairs are promising, and when to stop.
            thorough: whether to go on where the rows are far from a quick bound.
        """
        enough = len(stock)
        if self.rows >= enough or not len(self.feasible):
            return
        search = CliqueSearch(stock, self.feasible, self._dice)
        sets = [self.exclusive, *search.by_rows(max(1, min(_STARTS, _BY_ROWS // enough)))]
        self.exclusive = max(sets, key=len)
        if self.rows >= enough:
            return
        if 20 * len(self.exclusive) < _CLOSE * enough:
            if not thorough:
                return
            sets += [search.products(), *search.by_walks(_WALKS)]
        self.exclusive = search.enlarged(sets, self._free, enough)


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
