# SPDX-License-Identifier: MIT
"""Rows that cover all pairs, and which pairs are lost when some of them go.

    count[a, b]   rows that have units a and b: the product of the rows' matrix with
                  itself, which BLAS does faster than any loop over pairs

Memory is 5 bytes a pair of units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.units import Square, Units, Vocabulary
from kvariant.space.simulate import packed

Lost = npt.NDArray[np.int64]
"""Units, tuples x strength."""

_AT_ONCE = 64
"""Units whose pairs are looked at together."""


class Stock:
    """A complete set of rows; the first `kept` of them stay."""

    def __init__(
        self, units: Vocabulary, feasible: Square, rows: Sequence[Units], kept: int
    ) -> None:
        self.rows = np.array(rows, dtype=np.bool_).reshape(len(rows), len(units))
        self.kept = kept
        self._feasible = feasible
        self._count = _products(self.rows)
        # Levels that share a unit, and those that are always there, may leave it no other.
        self._alone = feasible.sum(axis=1) == np.diagonal(feasible)
        implied = _implied(units)
        # A pair is had by every row that has one of which it follows, so it is enough to
        # list those that follow from no other: of units, only what implies it strictly.
        self._stronger = packed((implied & ~implied.T).T)

    def __len__(self) -> int:
        return len(self.rows)

    def lost(self, indices: npt.NDArray[Any]) -> Lost:
        """Return pairs that are in no row but these, without pairs that follow from others."""
        pairs = self._lost(indices)
        return self._strongest(pairs, pairs)

    def _strongest(self, pairs: Square, among: Square) -> Lost:
        """Return pairs, each once, that follow from no other one in a set."""
        one, other = np.divmod(np.flatnonzero(pairs.ravel()), len(pairs))
        ordered = one <= other if len(pairs) <= 2 else one < other
        one, other = one[ordered], other[ordered]
        bits = packed(among)
        follows = _meet(self._stronger, bits, one, other) | _meet(self._stronger, bits, other, one)
        return np.stack([one[~follows], other[~follows]], axis=1)

    def _lost(self, indices: npt.NDArray[Any]) -> Square:
        found: Square = self._count == _products(self.rows[indices])
        found &= self._feasible
        # A single unit follows from any of its pairs: it counts where it has none.
        np.fill_diagonal(found, np.diagonal(found) & self._alone)
        return found

    def rare(self, most: int) -> tuple[Lost, npt.NDArray[np.int64]]:
        """Return pairs that few rows have and that follow from no other, the rarest first.

        Beside them, how many rows have each.
        """
        pairs, times = self._feasible & (self._count <= 1), 1
        while times < len(self.rows) and np.count_nonzero(pairs) < 4 * most:
            times += 1
            pairs = self._feasible & (self._count <= times)
        found = self._strongest(pairs, self._feasible)
        had = self._count[found[:, 0], found[:, 1]].astype(np.int64)
        order = np.argsort(had, kind="stable")[:most]
        return found[order], had[order]

    def first_row(self, pairs: Lost) -> npt.NDArray[np.int64]:
        """Return for each pair the first row that has it."""
        found = np.full(len(pairs), -1, dtype=np.int64)
        for number, row in reversed(list(enumerate(self.rows))):
            found[row[pairs].all(axis=1)] = number
        return found

    def replace(self, indices: npt.NDArray[Any], rows: npt.NDArray[np.bool_]) -> None:
        """Put rows in the place of others."""
        self._count -= _products(self.rows[indices])
        self._count += _products(rows)
        self.rows = np.concatenate([np.delete(self.rows, indices, axis=0), rows])

    def drop(self) -> None:
        """Remove rows that are not needed; the newest are tried last."""
        for index in range(len(self.rows) - 1, self.kept - 1, -1):
            on = np.flatnonzero(self.rows[index])
            if len(self.rows) > 1 and not self._is_needed(on):
                self._count[np.ix_(on, on)] -= 1
                self.rows = np.delete(self.rows, index, axis=0)

    def _is_needed(self, on: npt.NDArray[np.int64]) -> bool:
        """Return whether a row with these units has a pair that no other row has."""
        parts = (on[start : start + _AT_ONCE] for start in range(0, len(on), _AT_ONCE))
        return any((self._count[part][:, on] < 2).any() for part in parts)

    def covered_by(self, indices: npt.NDArray[Any]) -> Square:
        """Return the pairs that some of the rows have."""
        found: Square = _products(self.rows[indices]) > 0
        return found


def _products(rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return how many rows have each pair; exact, as no number reaches 2^24."""
    numbers = rows.astype(np.float32)
    found: npt.NDArray[np.float32] = numbers.T @ numbers
    return found


def _implied(units: Vocabulary) -> Square:
    """Return which unit implies which by unit propagation: it excludes its negation."""
    negated = units.of_code[units.codes ^ 1]
    found = np.zeros_like(units.excluded)
    has = negated >= 0
    found[:, has] = units.excluded[:, negated[has]]
    return found


def _meet(
    left: npt.NDArray[np.uint64],
    right: npt.NDArray[np.uint64],
    one: npt.NDArray[np.int64],
    other: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Return for each pair whether `left[one]` and `right[other]` have a bit in common."""
    found = np.zeros(len(one), dtype=np.bool_)
    for start in range(0, len(one), 4096):
        part = slice(start, start + 4096)
        found[part] = (left[one[part]] & right[other[part]]).any(axis=1)
    return found
