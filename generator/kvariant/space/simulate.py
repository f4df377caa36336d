# SPDX-License-Identifier: MIT
"""Evaluate a circuit for many inputs at once, 64 to a machine word.

A signal is a row of `uint64` words; bit `i % 64` of word `i // 64` belongs to lane
`i`. The same circuit runs in one of two forms, with the same results:

    levelled        levels of gates, a few NumPy operations each
    instructions    one loop of machine code over registers, where numba is installed

The second is made for what is worth the time that loading numba takes. Cost for Linux
6.1 (about 10^5 gates): some 8 microseconds a lane, and 3 as machine code. A batch should
have some 16 words or more: fewer lanes cost the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.space.levelled import Levelled

if TYPE_CHECKING:
    from kvariant.space.circuit import Circuit, Literal
    from kvariant.space.instructions import Instructions

Words = npt.NDArray[np.uint64]
"""Rows of packed lanes, or one such row."""

BATCH_WORDS = 32
"""Words that are a good batch."""

LOADING = 100_000_000
"""Gates times words whose time is about that of loading numba."""
_MANY = 4_000_000
"""The same, where it is loaded already: below it, levels are as fast."""


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


class Simulator:
    """The cone of some literals of a circuit, ready to run."""

    def __init__(self, circuit: Circuit, outputs: Sequence[Literal]) -> None:
        """Find the cone of `outputs`; it is compiled when it first runs."""
        self._circuit = circuit
        self._nodes = circuit.cone(outputs)
        self._outputs = list(outputs)
        self.inputs = [node for node in self._nodes if not circuit.left[node]]
        """The input nodes in the cone, ascending: the rows that `run` takes."""
        self._work = 0

    @cached_property
    def _levelled(self) -> Levelled:
        return Levelled(self._circuit, self._nodes, self.inputs, self._outputs)

    @cached_property
    def _instructions(self) -> Instructions | None:
        if find_spec("numba") is None:
            return None
        from kvariant.space.instructions import IS_COMPILED, Instructions

        if not IS_COMPILED:
            return None
        return Instructions(self._circuit, self._nodes, self.inputs, self._outputs)

    def run(
        self,
        bits: Words,
        sources: npt.NDArray[np.intp] | None = None,
        *,
        repeats: bool = False,
    ) -> Words:
        """Return the outputs' rows for the inputs' rows, in order.

        Args:
            bits: rows of words.
            sources: which of them each of `self.inputs` reads, -1 for one that is never true;
                None: one after the other.
            repeats: whether large batches are to be expected after this one.
        """
        results = np.empty((len(self._outputs), bits.shape[1]), dtype=np.uint64)
        if sources is None:
            sources = np.arange(len(self.inputs))
        bits = np.ascontiguousarray(bits)
        (self._form(bits.shape[1], repeats) or self._levelled).run(bits, sources, results)
        return results

    def _form(self, words: int, repeats: bool) -> Instructions | None:
        """Return the machine code, if it is there and worth it."""
        self._work += len(self._nodes) * (max(words, 1024) if repeats else words)
        least = _MANY if "kvariant.space.instructions" in sys.modules else LOADING
        return self._instructions if self._work >= least else None
