# SPDX-License-Identifier: MIT
"""A circuit's cone as instructions over few registers, for one loop of machine code.

    operation     effect
    load          register = row of the inputs, or zeros
    both          register = a & b, each of them inverted or not
    store         row of the results = register, inverted or not

Gates stand in node order. A register is some words of a signal; one whose signal is not
read again takes the next one, so that those of Linux 6.1 (some 9,000 at a time for 163,000
gates) stay in the caches while a chunk of lanes is evaluated.

Only loaded where numba is (`compiled`): as Python it is slower than `levelled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.compiled import IS_COMPILED, compiled

if TYPE_CHECKING:
    from kvariant.space.circuit import Circuit, Literal

__all__ = ["IS_COMPILED", "Instructions"]

MOST_WORDS = 128
"""Words of a register: loads and stores want many side by side, the caches few."""

_LOAD, _STORE, _STORE_INVERTED = 4, 5, 6
"""Operations; 0 to 3 are gates: bit 0 inverts the first operand, bit 1 the second."""


class Instructions:
    """The cone of some literals, ready to run."""

    def __init__(
        self, circuit: Circuit, nodes: Sequence[int], inputs: Sequence[int], outputs: list[Literal]
    ) -> None:
        """Assign registers; a tenth of a microsecond a gate.

        Args:
            nodes: the cone, ascending.
            inputs: the input nodes among them, in the order of the rows that they read.
        """
        size = len(circuit) + 1
        row_of_input = np.full(size, -1, dtype=np.int64)
        row_of_input[np.array(inputs, dtype=np.int64)] = np.arange(len(inputs))
        literals = np.array(outputs, dtype=np.int64)
        order = np.argsort(np.abs(literals), kind="stable")
        starts = np.searchsorted(np.abs(literals)[order], np.arange(size + 1))
        self._operations, self._registers = _lowered(
            np.array(circuit.left, dtype=np.int64),
            np.array(circuit.right, dtype=np.int64),
            np.array(nodes, dtype=np.int64),
            row_of_input,
            starts,
            order,
            literals < 0,
        )

    def run(
        self, bits: npt.NDArray[np.uint64], sources: npt.NDArray[np.intp], results: Any
    ) -> None:
        """Write the outputs' rows into `results`.

        Args:
            bits: rows of words, as wide as the results.
            sources: the row of each input, -1 where it is never true.
        """
        chunks = max(1, -(-results.shape[1] // MOST_WORDS))
        words = -(-results.shape[1] // chunks)
        registers = np.empty((self._registers, words), dtype=np.uint64)
        _run(self._operations, sources, registers, bits, results)


@compiled
def _lowered(
    left: Any, right: Any, nodes: Any, row_of_input: Any, starts: Any, order: Any, flips: Any
) -> Any:  # pragma: no cover - machine code
    """Return operations (operation, register or row, first, second), and how many registers."""
    last = np.zeros(len(left), dtype=np.int64)
    for node in nodes:
        if left[node] != 0:
            last[abs(left[node])] = node
            last[abs(right[node])] = node
    operations = np.empty((2 * len(nodes) + len(order) + 1, 4), dtype=np.uint32)
    register = np.full(len(left), -1, dtype=np.int64)
    free = np.empty(len(nodes) + 2, dtype=np.int64)
    count, free_count, top = 0, 0, 1
    register[1] = 0  # holds the constant, and is never free
    for position in range(starts[1], starts[2]):
        row = order[position]
        operations[count, 0] = _STORE_INVERTED if flips[row] else _STORE
        operations[count, 1], operations[count, 2], operations[count, 3] = row, 0, 0
        count += 1
    for node in nodes:
        if left[node] == 0 and last[node] != 0:
            continue  # loaded where it is first read
        new = node
        for step in range(3):
            if step < 2:
                if left[node] == 0:
                    continue
                new = abs(left[node]) if step == 0 else abs(right[node])
                if register[new] >= 0:
                    continue
            else:
                new = node
                if left[node] != 0:
                    a, b = abs(left[node]), abs(right[node])
                    first, second = register[a], register[b]
                    if last[a] == node and a != 1:
                        free[free_count] = first
                        free_count += 1
                    if last[b] == node and b != 1:
                        free[free_count] = second
                        free_count += 1
            if free_count:
                free_count -= 1
                register[new] = free[free_count]
            else:
                register[new] = top
                top += 1
            if left[new] == 0:
                operations[count, 0] = _LOAD
                operations[count, 1] = register[new]
                operations[count, 2], operations[count, 3] = row_of_input[new], 0
            else:
                operations[count, 0] = (left[node] < 0) + 2 * (right[node] < 0)
                operations[count, 1] = register[new]
                operations[count, 2], operations[count, 3] = first, second
            count += 1
            for position in range(starts[new], starts[new + 1]):
                row = order[position]
                operations[count, 0] = _STORE_INVERTED if flips[row] else _STORE
                operations[count, 1], operations[count, 2] = row, register[new]
                operations[count, 3] = 0
                count += 1
        if last[node] == 0:
            free[free_count] = register[node]
            free_count += 1
    return operations[:count].copy(), top


@compiled
def _run(
    operations: Any, sources: Any, registers: Any, bits: Any, results: Any
) -> None:  # pragma: no cover - machine code
    """Do all operations for one chunk of lanes after the other."""
    zero, ones = np.uint64(0), np.uint64(0xFFFF_FFFF_FFFF_FFFF)
    words, width = registers.shape[1], results.shape[1]
    registers[0, :] = ones
    for start in range(0, width, words):
        size = min(words, width - start)
        for i in range(operations.shape[0]):
            operation, target = operations[i, 0], operations[i, 1]
            if operation < 4:
                left_mask = ones if operation & 1 else zero
                right_mask = ones if operation & 2 else zero
                out = registers[target]
                left, right = registers[operations[i, 2]], registers[operations[i, 3]]
                for word in range(size):
                    out[word] = (left[word] ^ left_mask) & (right[word] ^ right_mask)
            elif operation == _LOAD:
                row = sources[operations[i, 2]]
                if row < 0:
                    registers[target, :] = zero
                else:
                    for word in range(size):
                        registers[target, word] = bits[row, start + word]
            else:
                mask = ones if operation == _STORE_INVERTED else zero
                kept = registers[operations[i, 2]]
                for word in range(size):
                    results[target, start + word] = kept[word] ^ mask
