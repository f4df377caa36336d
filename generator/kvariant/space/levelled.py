# SPDX-License-Identifier: MIT
"""A circuit's cone by levels, for few and large NumPy operations.

A gate's level is the longest path to it from an input. Signals are rows of words in one
table, each in the polarity in which it is read, or in both:

    row    0     1      2 ...     ...        a level
    is     true  false  inputs    ~inputs    gates read plain | in both | inverted | ~both

so that every gate of a level is the conjunction of two rows: a level is two gathers, one
conjunction and at most two inversions, however many gates it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.space.circuit import Circuit, Literal

PASS_WORDS = 24
"""Words per pass: enough to hide NumPy's overhead, few enough to stay near the caches."""

_Rows = npt.NDArray[np.intp]
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class _GateLevel(NamedTuple):
    """Rows of one level: where each part starts, and the operands of all but the last."""

    plain: int
    both: int
    inverted: int
    inverses: int
    stop: int
    left: _Rows
    right: _Rows


class Levelled:
    """The cone of some literals, ready to run."""

    def __init__(
        self, circuit: Circuit, nodes: Sequence[int], inputs: Sequence[int], outputs: list[Literal]
    ) -> None:
        """Lay out the rows; about a microsecond a gate.

        Args:
            nodes: the cone, ascending.
            inputs: the input nodes among them, in the order of the rows that they read.
        """
        size = len(circuit) + 1
        left, right = (np.array(side, dtype=np.int64) for side in (circuit.left, circuit.right))
        cone = np.array(nodes, dtype=np.int64)
        gates = cone[left[cone] != 0]
        literals = np.array(outputs, dtype=np.int64)
        # Row of a literal: at `size + literal`, so that -x has a place of its own.
        row = np.full(2 * size, -1, dtype=np.intp)
        row[size + 1], row[size - 1] = 0, 1
        is_read = np.zeros(2 * size, dtype=np.bool_)
        for side in (left, right):
            is_read[size + side[gates]] = True
        plain, inverse = is_read[size:], is_read[size:0:-1]
        for literal in np.abs(literals):
            plain[literal] |= not inverse[literal]

        entries = np.array(inputs, dtype=np.int64)
        row[size + entries] = np.arange(2, len(entries) + 2)
        self._inputs = len(entries)
        flipped = entries[inverse[entries]]
        self._flipped = row[size + flipped]
        position = len(entries) + 2
        row[size - flipped] = np.arange(position, position + len(flipped))
        position += len(flipped)

        self._levels: list[_GateLevel] = []
        self._widest = len(flipped)
        for members in _by_level(circuit, gates):
            in_both = plain[members] & inverse[members]
            parts = [
                members[plain[members] & ~in_both], members[in_both], members[~plain[members]],
            ]  # fmt: skip
            ordered = np.concatenate(parts)
            bounds = np.cumsum([position, *map(len, parts), len(parts[1])]).tolist()
            row[size + parts[0]] = np.arange(bounds[0], bounds[1])
            row[size + parts[1]] = np.arange(bounds[1], bounds[2])
            row[size - parts[2]] = np.arange(bounds[2], bounds[3])
            row[size - parts[1]] = np.arange(bounds[3], bounds[4])
            operands = (row[size + side[ordered]] for side in (left, right))
            self._levels.append(_GateLevel(*bounds, *operands))
            self._widest = max(self._widest, len(members))
            position = bounds[4]
        self._size = position
        found = row[size + literals]
        opposite = row[size - literals]
        self._outputs = np.where(found >= 0, found, opposite)
        self._flips = np.where(found < 0, _ALL, np.uint64(0)).astype(np.uint64)[:, None]

    @property
    def depth(self) -> int:
        """Return the number of levels."""
        return len(self._levels)

    def run(
        self,
        bits: npt.NDArray[np.uint64],
        sources: npt.NDArray[np.intp],
        results: npt.NDArray[np.uint64],
    ) -> None:
        """Write the outputs' rows into `results`.

        Args:
            bits: rows of words, as wide as the results.
            sources: the row of each input, -1 where it is never true.
        """
        width = results.shape[1]
        most = min(width, PASS_WORDS)
        rows = np.empty((self._size, most), dtype=np.uint64)
        other = np.empty((self._widest, most), dtype=np.uint64)
        absent = np.flatnonzero(sources < 0) + 2
        for start in range(0, width, PASS_WORDS):
            stop = min(width, start + PASS_WORDS)
            if stop - start < most:
                most = stop - start
                rows, other = rows.reshape(-1), other.reshape(-1)
                rows = rows[: self._size * most].reshape(self._size, most)
                other = other[: self._widest * most].reshape(self._widest, most)
            if len(bits):
                part, entries = bits[:, start:stop], rows[2 : self._inputs + 2]
                np.take(part, sources, axis=0, out=entries, mode="clip")
            rows[absent] = 0
            self._pass(rows, other)
            found = np.take(rows, self._outputs, axis=0, mode="clip")
            np.bitwise_xor(found, self._flips, out=results[:, start:stop])

    def _pass(self, rows: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> None:
        rows[0], rows[1] = _ALL, 0
        begin, count = self._inputs + 2, len(self._flipped)
        np.invert(rows[self._flipped], out=rows[begin : begin + count])
        for plain, both, inverted, inverses, stop, left, right in self._levels:
            # Operands are in rows below `plain`: no row that is read is being written.
            out, second = rows[plain:inverses], other[: inverses - plain]
            np.take(rows, left, axis=0, out=out, mode="clip")
            np.take(rows, right, axis=0, out=second, mode="clip")
            np.bitwise_and(out, second, out=out)
            if stop > inverses:
                np.invert(rows[both:inverted], out=rows[inverses:stop])
            if inverses > inverted:
                np.invert(rows[inverted:inverses], out=rows[inverted:inverses])


def _by_level(circuit: Circuit, gates: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return the gates of each level, in node order."""
    level = [0] * (len(circuit) + 1)
    left, right = circuit.left, circuit.right
    for node in gates.tolist():
        a, b = level[abs(left[node])], level[abs(right[node])]
        level[node] = (a if a > b else b) + 1
    if not len(gates):
        return []
    own = np.array(level, dtype=np.int32)[gates]
    order = np.argsort(own, kind="stable")
    bounds = np.flatnonzero(np.diff(own[order])) + 1
    return np.split(gates[order], bounds)
