# SPDX-License-Identifier: MIT
"""Fewer rows for the same tuples, by a solver that sees several rows at once.

For m rows there are m copies of the formula's variables. A tuple (a, b) is in row r
if a selector says so:

    selector r -> a in copy r        selector r -> b in copy r
    selector 1 or ... or selector m

Tuples that exclude each other are given a row each beforehand, which breaks most of
the symmetry. Tuples enter as solutions leave them out, as few of them say it all.
Both are from Krupke, Moradi, Perk, Keldenich, Gehrke, Krieter, Thuem, Fekete: How low
can we go? Minimizing interaction samples for configurable systems, ACM TOSEM 2024.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.units import Vocabulary
from kvariant.space.circuit import Literal
from kvariant.space.solver import Clause, Trial, simplified

FIRST = 200
"""Tuples to begin with, and the most that enter after a solution."""

PATIENCE = 30
"""Solutions after which all tuples that are left out enter."""


class RebuildOutcome(enum.Enum):
    """How an attempt ended."""

    FOUND = "found"
    IMPOSSIBLE = "impossible"
    """Proven: so few rows cannot have the tuples."""
    UNKNOWN = "unknown"
    """The effort that it may take was not enough."""


class Rebuild:
    """Looks for rows that have given tuples."""

    def __init__(self, units: Vocabulary, clauses: Sequence[Clause], dice: random.Random) -> None:
        self._units = units
        clauses = simplified(clauses, units.variables.tolist())
        used = {abs(literal) for clause in clauses for literal in clause}
        used.update(units.variables.tolist())
        number = {variable: i + 1 for i, variable in enumerate(sorted(used))}
        self._size = len(number)
        """Variables of a copy, numbered from 1."""
        self._clauses = [
            [number[x] if x > 0 else -number[-x] for x in clause] for clause in clauses
        ]
        self._variables = np.array([number[v] for v in units.variables.tolist()], dtype=np.int64)
        self._literals = np.where(units.signs, self._variables, -self._variables).tolist()
        self._dice = dice
        self.work = 0
        """Steps so far: literals written and propagated."""
        self.literals = sum(map(len, clauses))
        """Of a copy."""

    def rows(
        self, tuples: npt.NDArray[np.int64], own: Sequence[int], count: int, conflicts: int
    ) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
        """Return so many rows that have all tuples, if it is found.

        Args:
            own: tuples that exclude each other, fewer than `count` or as many.
            conflicts: the most that the solver may meet.
        """
        trial = Trial()
        try:
            return self._search(trial, tuples, own, count, conflicts)
        finally:
            self.work += trial.propagations
            trial.close()

    def _search(
        self,
        trial: Trial,
        tuples: npt.NDArray[np.int64],
        own: Sequence[int],
        count: int,
        conflicts: int,
    ) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
        for copy in range(count):
            trial.add([[self._in(copy, x) for x in clause] for clause in self._clauses])
        self.work += count * self.literals
        trial.add(
            [self._in(copy, self._literal(unit))]
            for copy, index in enumerate(own)
            for unit in tuples[index]
        )
        selector = count * self._size
        pending = self._some(np.arange(len(tuples)))
        solutions = 0
        while True:
            for index in pending:
                trial.add(self._wanted(tuples[index].tolist(), selector, count))
                selector += count
            self.work += len(pending) * count * 6
            before = trial.conflicts
            solved = trial.solve(conflicts)
            conflicts -= trial.conflicts - before
            if not solved:
                return RebuildOutcome.UNKNOWN if solved is None else RebuildOutcome.IMPOSSIBLE, None
            rows = self._read(trial, count)
            missing = np.flatnonzero(~had(rows, tuples))
            if not len(missing):
                return RebuildOutcome.FOUND, rows
            if conflicts <= 0:
                return RebuildOutcome.UNKNOWN, None
            solutions += 1
            pending = self._some(missing) if solutions < PATIENCE else missing.tolist()

    def _some(self, indices: npt.NDArray[np.int64]) -> list[int]:
        if len(indices) <= FIRST:
            return [int(i) for i in indices]
        return [int(indices[i]) for i in self._dice.sample(range(len(indices)), FIRST)]

    def _wanted(self, units: Sequence[int], selector: int, count: int) -> list[Clause]:
        """Return clauses after which some row has a tuple."""
        literals = [self._literal(unit) for unit in units]
        clauses = [
            [-(selector + copy + 1), self._in(copy, literal)]
            for copy in range(count)
            for literal in literals
        ]
        return [*clauses, [selector + copy + 1 for copy in range(count)]]

    def _literal(self, unit: int) -> Literal:
        return int(self._literals[unit])

    def _in(self, copy: int, literal: Literal) -> Literal:
        offset: int = copy * self._size
        return literal + offset if literal > 0 else literal - offset

    def _read(self, trial: Trial, count: int) -> npt.NDArray[np.bool_]:
        values = trial.model()[: count * self._size].reshape(count, self._size)
        found: npt.NDArray[np.bool_] = values[:, self._variables - 1] == self._units.signs
        return found


def had(rows: npt.NDArray[np.bool_], tuples: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which tuples some row has."""
    found = np.zeros(len(tuples), dtype=np.bool_)
    for row in rows:
        found |= row[tuples].all(axis=1)
    return found
