# SPDX-License-Identifier: MIT
"""Levels of all factors in one numbering, and rows as arrays of it.

    level     0       1       2       3       4
    is        SWAP=n  SWAP=y  UFFD=n  UFFD=m  UFFD=y
    factor    0       0       1       1       1

A row is an `int32` array with one level per factor: `[1, 3]` is SWAP=y, UFFD=m.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.propagation import code_of

if TYPE_CHECKING:
    from kvariant.space.factors import Factors
    from kvariant.space.sample import Solution

Row = npt.NDArray[np.int32]
"""A level per factor."""


class Levels:
    """The numbering, and what each level is in the formula."""

    def __init__(self, factors: Factors) -> None:
        self.factors = factors
        counts = [len(levels) for levels in factors.levels]
        self.first = np.cumsum([0, *counts]).astype(np.int32)
        """First level per factor, and the number of levels at the end."""
        self.factor = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        """Factor per level."""
        self.literals = np.array(
            [
                factors.literal(factor, level)
                for factor, count in enumerate(counts)
                for level in range(count)
            ],
            dtype=np.int64,
        )
        """Literal of the formula per level."""
        self.codes = np.array([code_of(int(x)) for x in self.literals], dtype=np.int32)
        """The same as codes of the propagation."""

    def __len__(self) -> int:
        return len(self.factor)

    def combinations(self, strength: int) -> int:
        """Return how many tuples of levels of different factors there are."""
        # Invariant: ways[k] is the number of tuples of k of the factors so far.
        ways = [1] + [0] * strength
        for count in np.diff(self.first).tolist():
            for k in range(strength, 0, -1):
                ways[k] += ways[k - 1] * count
        return ways[strength]

    def row(self, values: Mapping[str, str]) -> Row:
        """Return the levels of a configuration."""
        return np.array(
            [
                self.first[factor] + self.factors.levels[factor].index(values[name])
                for factor, name in enumerate(self.factors.names)
            ],
            dtype=np.int32,
        )

    def row_of(self, solution: Solution) -> Row:
        """Return the levels that a solution of the formula has."""
        true = solution[np.abs(self.literals)] == (self.literals > 0)
        return np.flatnonzero(true).astype(np.int32)

    def values(self, levels: Iterable[int]) -> dict[str, str]:
        """Return levels as symbols and values."""
        found = {}
        for level in levels:
            factor = int(self.factor[level])
            own = self.factors.levels[factor]
            found[self.factors.names[factor]] = own[int(level) - int(self.first[factor])]
        return found

    def assumptions(self, levels: Sequence[int] | npt.NDArray[Any]) -> list[int]:
        """Return the literals of levels."""
        return [int(literal) for literal in self.literals[np.asarray(levels, dtype=np.intp)]]


def problem(levels: Levels, strength: int, seeds: Iterable[Row]) -> bytes:
    """Return a digest of all that the rows of a search depend on: another one has others."""
    clauses = levels.factors.formula.clauses
    ends = np.cumsum([len(clause) for clause in clauses])
    flat = np.fromiter((literal for clause in clauses for literal in clause), dtype=np.int64)
    digest = hashlib.sha256(f"{strength} {levels.factors.names}".encode())
    digest.update(repr(levels.factors.levels).encode())
    for numbers in (ends, flat, levels.literals, *seeds):
        digest.update(np.int64(len(numbers)).tobytes() + np.ascontiguousarray(numbers).tobytes())
    return digest.digest()
