# SPDX-License-Identifier: MIT
"""Pairs that no row has yet: a matrix while there are many, lists when few are left.

What a search asks of them is a sum: how many pairs want a unit, over all units that
go with some given ones. As a matrix that is a sum of its rows, in bytes; as lists it
touches no more than the pairs themselves.

    source   0 0 0 2 2 ...        pairs in both directions, by their first unit
    target   4 7 9 0 5 ...
    start    0 3 3 5 ...          where a unit's pairs begin
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Square, Units

_AT_ONCE = 255
"""Rows of zeros and ones that a sum of bytes can hold."""

_FEW = 40
"""Pairs a unit below which lists are faster."""

_BLOCK = 512
"""Units whose pairs are looked at together."""

_Numbers = npt.NDArray[np.int64]


class Lists(NamedTuple):
    """The pairs as loops take them; a matrix without rows, or lists without pairs."""

    matrix: npt.NDArray[np.uint8]
    target: _Numbers
    start: _Numbers


class UncoveredPairs:
    """The pairs, with their number per unit."""

    def __init__(self, pairs: Square) -> None:
        self._matrix: npt.NDArray[np.uint8] | None = pairs.astype(np.uint8)
        self._source = self._target = self._start = np.zeros(0, dtype=np.int64)
        self.counts: _Numbers = np.count_nonzero(pairs, axis=1).astype(np.int64)
        """Pairs per unit; a unit by itself counts as one."""

    @property
    def total(self) -> int:
        """Return the number of pairs, each counted from both its units."""
        return int(self.counts.sum())

    def partners(self, unit: int) -> _Numbers:
        """Return the units that a unit has a pair with."""
        if self._matrix is not None:
            return np.flatnonzero(self._matrix[unit])
        return self._target[self._start[unit] : self._start[unit + 1]]

    def add(self, sums: _Numbers, units: _Numbers, weight: int) -> None:
        """Add to each unit's sum the weight for each of its pairs with given units."""
        units = units[self.counts[units] > 0]
        if not len(units):
            return
        if self._matrix is None:
            parts = [self._target[self._start[u] : self._start[u + 1]] for u in units.tolist()]
            if parts:
                np.add.at(sums, np.concatenate(parts), weight)
            return
        for start in range(0, len(units), _AT_ONCE):
            rows = self._matrix[units[start : start + _AT_ONCE]]
            sums += np.multiply(np.add.reduce(rows, axis=0, dtype=np.uint8), weight, dtype=np.int64)

    def take(self, row: Units) -> None:
        """Remove the pairs that a row has."""
        on = np.flatnonzero(row)
        if self._matrix is None:
            stays = ~(row[self._source] & row[self._target])
            self._list(self._source[stays], self._target[stays])
            return
        # The matrix is symmetric: a sum over the rows is the sum within each of them.
        taken = np.zeros(len(row), dtype=np.int64)
        self.add(taken, on, 1)
        self.counts[on] -= taken[on]
        off = (~row).astype(np.uint8)
        for start in range(0, len(on), _AT_ONCE):
            self._matrix[on[start : start + _AT_ONCE]] &= off
        if self.total < _FEW * len(row):
            source, target = np.divmod(np.flatnonzero(self._matrix.ravel()), len(row))
            self._matrix = None
            self._list(source, target)

    def take_all(self, rows: npt.NDArray[np.bool_]) -> None:
        """Remove the pairs that some rows have: of many faster than one row after the other."""
        if not len(rows):
            return
        if self._matrix is None:
            for row in rows:
                self.take(row)
            return
        remove_had(self._matrix, rows)
        self.counts = np.count_nonzero(self._matrix, axis=1).astype(np.int64)
        self.take(rows[-1])  # has none of them any more; lists where few are left

    def pairs(self) -> tuple[_Numbers, _Numbers]:
        """Return the pairs in both directions, by their first unit."""
        if self._matrix is None:
            return self._source, self._target
        source, target = np.nonzero(self._matrix)
        return source, target

    def lists(self) -> Lists:
        """Return the pairs for a loop that reads them."""
        if self._matrix is None:
            return Lists(np.zeros((0, 0), dtype=np.uint8), self._target, self._start)
        return Lists(self._matrix, self._target, self._start)

    def square(self) -> Square:
        """Return which pairs there are."""
        if self._matrix is not None:
            return self._matrix.view(np.bool_)
        found = np.zeros((len(self.counts), len(self.counts)), dtype=np.bool_)
        found[self._source, self._target] = True
        return found

    def remove(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Remove pairs."""
        both = {*pairs, *((other, one) for one, other in pairs)}
        if self._matrix is None and len(pairs) == 1:
            for one, other in both:
                self._remove_one(one, other)
            return
        if self._matrix is None:
            size = len(self.counts)
            gone = np.array([one * size + other for one, other in both], dtype=np.int64)
            stays = ~np.isin(self._source * size + self._target, gone)
            self._list(self._source[stays], self._target[stays])
            return
        for one, other in both:
            self.counts[one] -= self._matrix[one, other]
            self._matrix[one, other] = 0

    def _remove_one(self, one: int, other: int) -> None:
        """Remove a pair in one direction, if it is there."""
        start = int(self._start[one])
        found = np.flatnonzero(self.partners(one) == other)
        if len(found):
            index = start + int(found[0])
            self._source = np.delete(self._source, index)
            self._target = np.delete(self._target, index)
            self.counts[one] -= 1
            self._start[one + 1 :] -= 1

    def _list(self, source: _Numbers, target: _Numbers) -> None:
        self._source, self._target = source, target
        self.counts = np.bincount(source, minlength=len(self.counts)).astype(np.int64)
        self._start = np.concatenate([[0], np.cumsum(self.counts)])


def remove_had(pairs: npt.NDArray[Any], rows: npt.NDArray[np.bool_]) -> None:
    """Make the pairs that some rows have false, with little memory beside the pairs.

    Cost: a product of matrices, as BLAS does it.
    """
    numbers = rows.astype(np.float32)
    for start in range(0, len(pairs), _BLOCK):
        block = slice(start, start + _BLOCK)
        pairs[block][(numbers[:, block].T @ numbers) > 0] = 0
