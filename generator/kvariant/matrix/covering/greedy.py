# SPDX-License-Identifier: MIT
"""Rows for all pairs: greedy, one level after the other, on a matrix of pairs.

A row begins with a pair that no row has yet and takes, step by step, the unit that
most such pairs want: `CLOSER` for each whose other unit the row has, 1 for each
whose other unit is open (as in AETG: Cohen, Dalal, Fredman, Patton: The AETG system,
IEEE TSE 23(7), 1997). Unit propagation follows each step. What these steps leave
open is the solver's, which also has the last word: where it finds no solution, the
last step that it needed for that is taken back.

    open[u]     pairs that want u, and whose other unit is open
    closer[u]   pairs that want u, and whose other unit the row has

Both are sums of rows of the matrix and change only by the rows of the units that a
step decides, so that a row costs about (units)^2 bytes of reading, whatever its
number of steps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.propagation import State, assume, undo
from kvariant.matrix.covering.units import Square, Units, Vocabulary
from kvariant.space.circuit import Literal
from kvariant.space.solver import Solver

CLOSER = 8
"""A pair of which the row has one unit counts this many times as much.

Measured on nine published models with 2, 8 and 32: 8 is never more than two rows worse
than the best of them."""

_AT_ONCE = 255
"""Rows of zeros and ones that a sum of bytes can hold."""


class Greedy:
    """The pairs that no row has yet, and the next row for them."""

    def __init__(self, units: Vocabulary, state: State, solver: Solver) -> None:
        self._units = units
        self._state = state
        self._solver = solver
        self.possible: Square = ~units.excluded
        """Pairs not proven infeasible; when no pair is left, these are the feasible ones."""
        self._left = self.possible.astype(np.uint8)
        self._counts = self._left.sum(axis=1, dtype=np.int64)
        self._total = int(self._counts.sum())

    def rows(self) -> Iterator[Units]:
        """Yield rows until every pair is in one or proven infeasible."""
        while self._total:
            first = int(np.argmax(self._counts))
            second = int(np.argmax(np.where(self._left[first], self._counts, -1)))
            pair = [self._units.literals[first], self._units.literals[second]]
            if self._solver.solve(pair):
                row = self._row(first, second)
                self.take(row)
                yield row
            else:
                self._exclude(first, second)

    def take(self, row: Units) -> None:
        """Note that a row is there."""
        on = np.flatnonzero(row)
        # The matrix is symmetric: a sum over the rows is the sum within each of them.
        taken = self._sum(on)[on]
        self._counts[on] -= taken
        self._total -= int(taken.sum())
        off = (~row).astype(np.uint8)
        for start in range(0, len(on), _AT_ONCE):
            part = on[start : start + _AT_ONCE]
            self._left[part] &= off

    def _exclude(self, first: int, second: int) -> None:
        for one, other in {(first, second), (second, first)}:
            self._left[one, other] = 0
            self.possible[one, other] = False
            self._counts[one] -= 1
            self._total -= 1

    def _row(self, first: int, second: int) -> Units:
        """Return a row with a feasible pair."""
        state = self._state
        before = state.size[0]
        steps = self._steps(first, second)
        trail = [_literal(int(code)) for code in state.trail[before : state.size[0]]]
        undo(state, before)
        self._solver.prefer(trail)
        while not self._solver.solve(steps):
            needed = set(self._solver.core())
            # Invariant: the pair alone has a solution, so a later step is among them.
            last = max(i for i, literal in enumerate(steps) if literal in needed)
            del steps[last]
        return self._units.units_in(self._solver.model())

    def _steps(self, first: int, second: int) -> list[Literal]:
        """Return a row's decisions, left standing in the state as far as they propagate."""
        state, of_code = self._state, self._units.of_code
        closer = np.zeros(len(self._units), dtype=np.int64)
        wanted = self._counts.copy()
        decided = np.zeros(len(self._units), dtype=np.bool_)
        has_left = self._counts > 0
        steps: list[Literal] = []
        unit = first
        while True:
            code = int(self._units.codes[unit])
            before = state.size[0]
            if assume(state, code):
                steps.append(_literal(code))
            else:
                # Invariant: it is no unit of the pair, which has a solution.
                undo(state, before)
                if not assume(state, code ^ 1):
                    undo(state, before)
                    return steps
            new = np.asarray(state.trail[before : state.size[0]], dtype=np.int64)
            true, false = of_code[new], of_code[new ^ 1]
            true, false = true[true >= 0], false[false >= 0]
            decided[true] = decided[false] = True
            gained = self._sum(true[has_left[true]])
            closer += gained
            wanted -= gained
            wanted -= self._sum(false[has_left[false]])
            if len(steps) == 1 and second != first and not decided[second]:
                unit = second
                continue
            score = CLOSER * closer + wanted
            score[decided] = 0
            unit = int(np.argmax(score))
            if score[unit] <= 0:
                return steps

    def _sum(self, units: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the sum of rows of the matrix; six times faster in bytes than in words."""
        found = np.zeros(len(self._units), dtype=np.int64)
        for start in range(0, len(units), _AT_ONCE):
            rows = self._left[units[start : start + _AT_ONCE]]
            found += np.add.reduce(rows, axis=0, dtype=np.uint8)
        return found


def _literal(code: int) -> Literal:
    return -(code >> 1) if code & 1 else code >> 1
