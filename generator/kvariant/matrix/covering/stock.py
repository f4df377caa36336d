# SPDX-License-Identifier: MIT
"""Rows that cover all pairs, and which pairs are lost when some of them go.

A pair is had by every row that has one of which it follows, so only those that follow
from no other are kept: of two million pairs of BusyBox 850,000, of three million of
eCos 220,000.

    one, other   units per pair
    times        rows that have it

Who has a pair is looked up where it is asked for: a unit is a word whose bits are rows,
and the words of a pair's units have in common the rows that have the pair.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.space.simulate import packed, unpacked

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Square, Units, Vocabulary

Lost = npt.NDArray[np.int64]
"""Units, tuples x strength."""

_Rows = npt.NDArray[Any]

_SHORT = 1 << 15
"""Numbers of rows below it take two bytes."""

_BLOCK = 1 << 15
"""Pairs that are looked up together: their words remain in the processor's cache."""

_WORD = 64
"""Rows that a word has bits for."""


_BITS = np.array([number.bit_count() for number in range(256)], dtype=np.uint8)
"""Bits that are set in each octet."""


class Stock:
    """A complete set of rows; the first `kept` of them stay."""

    def __init__(
        self, units: Vocabulary, feasible: Square, rows: Sequence[Units], kept: int
    ) -> None:
        self.rows = np.array(rows, dtype=np.bool_).reshape(len(rows), len(units))
        self.kept = kept
        strongest = _strongest(units, feasible)
        one, other = np.divmod(np.flatnonzero(strongest.ravel()), max(1, len(units)))
        del strongest
        self._one, self._other = one, other
        kind = np.int16 if len(rows) < _SHORT else np.int32
        self._times: _Rows = np.zeros(len(one), dtype=kind)
        self._count(self.rows, 1)
        self._alone: npt.NDArray[np.int64] | None = None
        self._ones: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def cost(self) -> int:
        """Return the steps of improvement that looking up what is lost counts for."""
        return len(self._one) // 16 + 5_000

    @property
    def pairs(self) -> int:
        """Return how many pairs there are that follow from no other."""
        return len(self._one)

    def copy(self) -> Stock:
        """Return the same rows, to be replaced by themselves."""
        other = copy.copy(self)
        other._times = self._times.copy()
        return other

    def become(self, other: Stock) -> None:
        """Have the rows of a copy."""
        self.rows, self._times = other.rows, other._times
        self._changed()

    def exchange(self, rows: npt.NDArray[np.bool_]) -> None:
        """Have other rows that have all pairs; the first of both are those that stay."""
        own = {row.tobytes() for row in self.rows}
        wanted = {row.tobytes() for row in rows}
        gone = [i for i, row in enumerate(self.rows) if row.tobytes() not in wanted]
        new = np.array([row.tobytes() not in own for row in rows], dtype=np.bool_)
        self.replace(np.array(gone, dtype=np.int64), rows[new])

    def units_of(self, pairs: npt.NDArray[np.int64]) -> Lost:
        """Return the units of pairs given by number."""
        return self._pairs(pairs)

    def had_by_none(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the pairs that no row has; a complete set has none."""
        return np.flatnonzero(self._times == 0)

    def ones(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the numbers of the pairs that one row has, and that row."""
        if self._ones is None:
            ones = np.flatnonzero(self._times == 1)
            self._ones = ones, self.first_row(self._pairs(ones))
        return self._ones

    def _pairs(self, indices: npt.NDArray[Any]) -> Lost:
        return np.stack([self._one[indices], self._other[indices]], axis=1)

    def _had(self, row: Units) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = row.take(self._one) & row.take(self._other)
        return found

    def lost(self, indices: npt.NDArray[Any]) -> Lost:
        """Return pairs that are in no row but these, without pairs that follow from others."""
        return self._pairs(self._lost(indices))

    def _lost(self, indices: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        parts = [np.zeros(0, dtype=np.int64)]
        for start, having in self._counted(self.rows[indices]):
            times = self._times[start : start + len(having)]
            parts.append(np.flatnonzero((having == times) & (having > 0)) + start)
        return np.concatenate(parts)

    def _counted(self, rows: npt.NDArray[np.bool_]) -> Iterator[tuple[int, _Rows]]:
        """Yield how many of some rows have each pair: block by block, and where it begins."""
        words = list(packed(rows.T).T.copy())
        for start in range(0, len(self._one), _BLOCK):
            one, other = self._one[start : start + _BLOCK], self._other[start : start + _BLOCK]
            having: _Rows = np.zeros(len(one), dtype=self._times.dtype)
            for word in words:
                having += bits_set(word.take(one) & word.take(other))
            yield start, having

    def _count(self, rows: npt.NDArray[np.bool_], times: int) -> None:
        """Note that rows are there so many times more."""
        for first in range(0, len(rows), _WORD):
            for start, having in self._counted(rows[first : first + _WORD]):
                self._times[start : start + len(having)] += having * times

    def rare(self, most: int) -> tuple[Lost, npt.NDArray[np.int64]]:
        """Return pairs that few rows have and that follow from no other, the rarest first.

        Beside them, how many rows have each.
        """
        times = np.minimum(self._times, np.int16(_SHORT - 1)).astype(np.int16)
        order = np.argsort(times, kind="stable")[:most]
        return self._pairs(order), self._times[order].astype(np.int64)

    def first_row(self, pairs: Lost) -> npt.NDArray[np.int64]:
        """Return for each pair the first row that has it."""
        return self._first(pairs[:, 0], pairs[:, 1]).astype(np.int64)

    def _first(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> _Rows:
        """Return for each pair the first row that has it, -1 where none has."""
        masks = packed(self.rows.T)
        kind = np.int16 if len(self.rows) < _SHORT else np.int32
        found: _Rows = np.empty(len(one), dtype=kind)
        for start in range(0, len(one), _BLOCK):
            block = slice(start, start + _BLOCK)
            both = masks[one[block]] & masks[other[block]]
            word = (both != 0).argmax(axis=1)
            bits = both[np.arange(len(both)), word]
            # The lowest bit is a power of two, which a float holds exactly.
            _, exponent = np.frexp((bits & (~bits + np.uint64(1))).astype(np.float64))
            found[block] = np.where(bits, 64 * word + exponent - 1, -1)
        return found

    def alone(self) -> npt.NDArray[np.int64]:
        """Return for each row how many pairs no other row has."""
        if self._alone is None:
            self._alone = np.bincount(self.ones()[1], minlength=len(self.rows))
        return self._alone

    def replace(self, indices: npt.NDArray[Any], rows: npt.NDArray[np.bool_]) -> None:
        """Put rows in the place of others."""
        self._count(self.rows[indices], -1)
        self._count(rows, 1)
        self.rows = np.concatenate([np.delete(self.rows, indices, axis=0), rows])
        self._changed()

    def _changed(self) -> None:
        self._alone = self._ones = None

    def drop(self) -> None:
        """Remove rows that are not needed; the newest are tried first."""
        index = len(self.rows)
        while len(self.rows) > 1:
            needed = self.alone() > 0
            needed[: self.kept] = True
            others = np.flatnonzero(~needed[:index])
            if not len(others):
                return
            index = int(others[-1])
            self._times -= self._had(self.rows[index])
            self.rows = np.delete(self.rows, index, axis=0)
            self._changed()

    def covered_by(self, indices: npt.NDArray[Any]) -> Square:
        """Return the pairs that some of the rows have."""
        rows = self.rows[indices]
        bits, size = packed(rows), rows.shape[1]
        found = np.zeros((size, size), dtype=np.bool_)
        for unit in range(size):
            having = bits[rows[:, unit]]
            found[unit] = unpacked(np.bitwise_or.reduce(having, axis=0, keepdims=True), size)[0]
        return found


def bits_set(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """Return how many bits of each word are set."""
    if hasattr(np, "bitwise_count"):  # of NumPy 2
        found: npt.NDArray[np.uint8] = np.bitwise_count(words)
        return found
    octets = _BITS[words.view(np.uint8)].reshape(len(words), 8)
    return octets.sum(axis=1, dtype=np.uint8)  # type: ignore[no-any-return]


def _strongest(units: Vocabulary, feasible: Square) -> Square:
    """Return the feasible pairs, each once, that follow from no other feasible one.

    (a, b) follows from (c, b) if c implies a, and not the other way round; also from b
    alone, if b implies a. For b alone stands any pair of b with what it does not imply:
    where there is none, b with what it implies has to stay.
    """
    implied = _implied(units, feasible)
    more = feasible & ~implied
    np.fill_diagonal(more, False)
    among = feasible.copy()
    np.fill_diagonal(among, np.diagonal(feasible) & more.any(axis=1))
    del more
    stronger = implied & ~implied.T
    bits = packed(among)
    size = len(units)
    weak = np.zeros_like(bits)
    for unit in range(size):
        own = np.flatnonzero(stronger[:, unit])
        if len(own):
            weak[unit] = np.bitwise_or.reduce(bits[own], axis=0)
    del implied, stronger, among
    follows = unpacked(weak, size)
    found: Square = feasible & ~follows & ~follows.T
    # A single unit follows from any of its pairs: it counts where it has none. Levels that
    # share a unit, and those that are always there, may leave it no other.
    alone = feasible.sum(axis=1) == np.diagonal(feasible)
    diagonal = np.diagonal(feasible) & alone
    found = np.triu(found, 1)
    np.fill_diagonal(found, diagonal)
    return found


def _implied(units: Vocabulary, feasible: Square) -> Square:
    """Return which unit implies which: it is infeasible with its negation."""
    negated = units.of_code[units.codes ^ 1]
    found = np.zeros_like(feasible)
    has = negated >= 0
    found[:, has] = ~feasible[:, negated[has]]
    return found
