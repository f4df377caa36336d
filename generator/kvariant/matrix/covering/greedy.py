# SPDX-License-Identifier: MIT
"""Rows for all pairs: greedy, one level after the other.

A row begins with a pair that no row has yet and takes, step by step, the unit that
most such pairs want (`walk`). What these steps leave open is the solver's, which also
has the last word: where it finds no solution, the last step that it needed for that is
taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.compiled import cells, zeros
from kvariant.matrix.covering.propagation import State, fit_with
from kvariant.matrix.covering.uncovered import UncoveredPairs, remove_had
from kvariant.matrix.covering.witnesses import Witnesses
from kvariant.matrix.unfinished import SearchLog

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Square, Units, Vocabulary
    from kvariant.space.solver import Solver
from kvariant.matrix.covering.walk import Walk

_PROPAGATED, _SOLVED = 40, 2
"""Pairs a unit at which propagation, and at which the solver, decides on all that are left."""


class Greedy:
    """The pairs that no row has yet, and the next row for them."""

    def __init__(
        self, units: Vocabulary, state: State, solver: Solver, log: SearchLog | None = None
    ) -> None:
        """Prepare to search, from where the log says that it was."""
        log = log or SearchLog(None, bytes, len(units), 2)
        self._units = units
        self._state = state
        self._solver = solver
        self._log = log
        self.possible: Square = units.possible
        """Pairs not proven infeasible; when no pair is left, these are the feasible ones."""
        self._seen = zeros(len(state.value), np.int32)
        self._shut(log.excluded)
        self._left = UncoveredPairs(self.possible)
        self._left.take_all(log.table())
        self._witnesses: Witnesses | None = None

    @property
    def left(self) -> int:
        """How many pairs are in no row and not proven infeasible, each from both its units."""
        return self._left.total

    def unproven(self) -> Square:
        """Return the pairs that are in no row and not proven infeasible."""
        return self._left.square()

    def unproven_anew(self, rows: Sequence[Units]) -> Square:
        """Return the same for all rows there are, where a step may have been cut in its midst."""
        self._shut(self._log.excluded)
        left = self.possible.copy()
        if rows:
            remove_had(left, np.array(rows))
        return left

    def _shut(self, pairs: npt.NDArray[np.int32]) -> None:
        self.possible[pairs[:, 0], pairs[:, 1]] = False
        self.possible[pairs[:, 1], pairs[:, 0]] = False

    def rows(self) -> Iterator[Units]:
        """Yield rows until every pair is in one or proven infeasible; they are in the log."""
        sieves = [(_PROPAGATED, self._propagates), (_SOLVED, self._is_solved)]
        while self._left.total and not self._log.cut():
            done = self._log.sieve[0]
            if done < len(sieves) and self._left.total < sieves[done][0] * len(self._units):
                self._sift(sieves[done][1])
                continue
            counts = self._left.counts
            first = int(np.argmax(counts))
            partners = self._left.partners(first)
            second = int(partners[np.argmax(counts[partners])])
            pair = [self._units.literals[first], self._units.literals[second]]
            if self._solver.solve(pair):
                row = self._row(first, second)
                self._log.rows.append(row)
                self.take(row)
                yield row
            else:
                self._impossible([first, second])
            self._log.tick()

    def take(self, row: Units) -> None:
        """Note that a row is there."""
        self._left.take(row)

    def _sift(self, has: Callable[[int, Sequence[int]], Iterator[bool]]) -> None:
        """Remove pairs that are not possible: while they are there, rows are drawn to them."""
        done, start = self._log.sieve
        gone: list[tuple[int, int]] = []
        for one in np.flatnonzero(self._left.counts).tolist():
            if one < start:
                continue
            if self._log.cut():
                break
            others = [u for u in self._left.partners(one).tolist() if u >= one]
            possible = zip(others, has(one, others), strict=True)
            found = [(one, other) for other, is_possible in possible if not is_possible]
            self._log.exclude(found)
            self._log.sieve = (done, one + 1)
            self._log.tick()
            gone += found
        self._shut(np.array(gone, dtype=np.int32).reshape(-1, 2))
        self._left.remove(gone)
        if not self._log.cut():
            self._log.sieve = (done + 1, 0)

    def _propagates(self, one: int, others: Sequence[int]) -> Iterator[bool]:
        """Yield for each unit whether propagation leaves it possible together with one."""
        codes, found = cells(self._units.codes[list(others)]), zeros(len(others), np.int8)
        fit_with(self._state, int(self._units.codes[one]), codes, found, self._seen, one + 1)
        yield from map(bool, found)

    def _is_solved(self, one: int, others: Sequence[int]) -> Iterator[bool]:
        """Yield for each unit whether there is a solution that has it and one."""
        if self._witnesses is None:
            self._witnesses = Witnesses(self._units, *self._left.pairs())
        literals, witnesses = self._units.literals, self._witnesses
        unknown = witnesses.open(one)
        for other in others:
            if other not in unknown:
                yield True
                continue
            self._solver.prefer(witnesses.wanted())
            is_possible = self._solver.solve([literals[one], literals[other]])
            if is_possible:
                witnesses.show(self._units.units_in(self._solver.model()))
                unknown = witnesses.open(one)
            yield is_possible

    def _impossible(self, units: Sequence[int]) -> None:
        """Exclude a pair that the solver has just refused, or all of a unit that it refuses."""
        core = set(self._solver.core())
        refused = [unit for unit in dict.fromkeys(units) if self._units.literals[unit] in core]
        if len(refused) == 1:
            others = np.flatnonzero(self.possible[refused[0]]).tolist()
            self._exclude([(refused[0], other) for other in others])
        else:
            self._exclude([(units[0], units[-1])])

    def _exclude(self, pairs: Sequence[tuple[int, int]]) -> None:
        self._log.exclude(pairs)
        for one, other in pairs:
            self.possible[one, other] = self.possible[other, one] = False
        self._left.remove(pairs)

    def _row(self, first: int, second: int) -> Units:
        """Return a row with a feasible pair."""
        walk = Walk(self._units, self._state, self._left)
        walk.step(first)
        walk.step(second)
        walk.extend()
        while True:
            self._solver.prefer(walk.literals())
            steps = [self._units.literals[unit] for unit in walk.steps]
            if self._solver.solve(steps):
                break
            needed = set(self._solver.core())
            core = [i for i, literal in enumerate(steps) if literal in needed]
            # Invariant: the pair alone has a solution, so a later step is among them.
            one, other = walk.steps[core[0]], walk.steps[core[-1]]
            walk.take_back(core[-1])
            if len(core) <= 2:
                self._impossible([one, other])
            walk.extend()
        walk.close()
        return self._units.units_in(self._solver.model())
