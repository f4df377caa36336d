# SPDX-License-Identifier: MIT
"""Evaluate a circuit for many inputs at once, 64 to a machine word.

A signal is a row of `uint64` words; bit `i % 64` of word `i // 64` belongs to lane
`i`. Gates are grouped by level (the longest path from an input) and by the signs
of their operands, so that a level is three NumPy operations however many gates it
has:

    slot   0      1 ... inputs       gates of level 1        gates of level 2 ...
           true                      a&b | a&~b | ~(a|b)     a&b | a&~b | ~(a|b)

Slots stay in this order and every operand is below its gate. Rows are gathered
with `take`, so a batch should have some 16 words or more: fewer lanes cost the
same. Cost for Linux 6.1 (about 10^5 gates): some 20 microseconds a lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kvariant.space.circuit import Circuit, Literal

Words = npt.NDArray[np.uint64]
"""Rows of packed lanes, or one such row."""

BATCH_WORDS = 32
"""Words per pass: enough to hide NumPy's overhead, few enough to stay near the caches."""

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def words_for(lanes: int) -> int:
    """Return how many words hold this many lanes."""
    return -(-lanes // 64)


def packed(lanes: npt.NDArray[np.bool_]) -> Words:
    """Pack rows of booleans (rows x lanes) into rows of words; spare bits are 0."""
    count = lanes.shape[-1]
    padded = np.zeros((*lanes.shape[:-1], words_for(count) * 64), dtype=np.bool_)
    padded[..., :count] = lanes
    octets = np.packbits(padded, axis=-1, bitorder="little")
    return np.ascontiguousarray(octets).view("<u8").astype(np.uint64, copy=False)


def unpacked(words: Words, lanes: int) -> npt.NDArray[np.bool_]:
    """Unpack rows of words into rows of booleans (rows x lanes)."""
    octets = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(octets, axis=-1, bitorder="little", count=lanes).astype(np.bool_)


class _GateGroup(NamedTuple):
    """Gates of one level whose operands have the same signs."""

    start: int
    stop: int
    left: npt.NDArray[np.intp]
    right: npt.NDArray[np.intp]
    kind: int
    """0: a & b, 1: a & ~b, 2: ~(a | b)."""


class Simulator:
    """The cone of some literals of a circuit, ready to run."""

    def __init__(self, circuit: Circuit, outputs: Sequence[Literal]) -> None:
        """Compile the cone of `outputs`; about a microsecond a gate."""
        nodes = circuit.cone(outputs)
        self.inputs = [node for node in nodes if not circuit.left[node]]
        """The input nodes in the cone, ascending: the rows that `run` takes."""
        slots, self._groups = _levelled(circuit, nodes, self.inputs)
        self._size = len(nodes) + 1
        literals = np.array([0, *outputs], dtype=np.int64)[1:]
        self._outputs = slots[np.abs(literals)]
        self._flips = np.where(literals < 0, _ALL, np.uint64(0)).astype(np.uint64)[:, None]

    @property
    def depth(self) -> int:
        """Return the number of groups, NumPy passes per batch."""
        return len(self._groups)

    def run(self, inputs: Words) -> Words:
        """Return the outputs' rows for the inputs' rows, in order.

        Args:
            inputs: one row for each of `self.inputs`.
        """
        width = inputs.shape[1]
        results = np.empty((len(self._outputs), width), dtype=np.uint64)
        for start in range(0, width, BATCH_WORDS):
            part = slice(start, min(width, start + BATCH_WORDS))
            results[:, part] = self._pass(inputs[:, part])
        return results

    def _pass(self, inputs: Words) -> Words:
        rows = np.empty((self._size, inputs.shape[1]), dtype=np.uint64)
        rows[0] = _ALL
        rows[1 : len(inputs) + 1] = inputs
        for start, stop, left, right, kind in self._groups:
            out = rows[start:stop]
            # Invariant: operands are in slots below `start`, so no row read is being written.
            np.take(rows, left, axis=0, out=out, mode="clip")
            other = np.take(rows, right, axis=0, mode="clip")
            if kind == 0:
                np.bitwise_and(out, other, out=out)
            elif kind == 1:
                np.bitwise_and(out, np.invert(other, out=other), out=out)
            else:
                np.invert(np.bitwise_or(out, other, out=out), out=out)
        found = np.take(rows, self._outputs, axis=0)
        found ^= self._flips
        return found


def _levelled(
    circuit: Circuit, nodes: Sequence[int], inputs: Iterable[int]
) -> tuple[npt.NDArray[np.intp], list[_GateGroup]]:
    """Return the slot of every node, and the groups in order."""
    level = [0] * (len(circuit) + 1)
    left, right = circuit.left, circuit.right
    groups: dict[tuple[int, int], list[int]] = {}
    for node in nodes:
        a, b = left[node], right[node]
        if a:
            depth = level[node] = max(level[abs(a)], level[abs(b)]) + 1
            groups.setdefault((depth, (a < 0) + (b < 0)), []).append(node)
    slots = np.zeros(len(circuit) + 1, dtype=np.intp)
    position = 1
    for node in inputs:
        slots[node] = position
        position += 1
    compiled = []
    for (_, kind), members in sorted(groups.items()):
        stop = position + len(members)
        slots[members] = np.arange(position, stop)
        # a < b, so in a mixed gate the first operand is the negative one
        first = [right[node] if kind == 1 else abs(left[node]) for node in members]
        second = [-left[node] if kind == 1 else abs(right[node]) for node in members]
        compiled.append(_GateGroup(position, stop, slots[first], slots[second], kind))
        position = stop
    return slots, compiled
