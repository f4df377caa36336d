# SPDX-License-Identifier: MIT
"""A row is removed, and what it alone had is put into the others: local search.

    complete array - the row that has fewest pairs alone -> pairs that no row has
    moves      a row is made anew for one of these pairs, with as much of what it alone
               has as goes: pairs come in and others fall out
    rebuilds   some rows are looked for by a solver that have all they had, and one more
               of these pairs: nothing falls out
    until every pair is in a row

A move is judged by the weights of what falls out and comes in, and one that is worse is made
with probability 1 / 2^(what it is worse by) [Kirkpatrick, Gelatt, Vecchi: Optimization by
simulated annealing, Science 220, 1983]. Each time that a pair is refused it weighs more
[Morris: The breakout method for escaping from local minima, AAAI 1993], so that the
search does not stay where one pair is left that goes nowhere. Moves come down to some
ten pairs within a second, and rebuilds from there to one or none.

Rows of a rebuild follow a chain: one that has little against the pair, one that has little
against something that falls out of the first, and so on. Rows drawn at random are five
times as long in coming down to the same number of pairs.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import against, exclusive
from kvariant.matrix.covering.propagation import State, assume, literals_of, undo
from kvariant.matrix.covering.rebuild import Rebuild, RebuildOutcome, had, in_order

if TYPE_CHECKING:
    from kvariant.matrix.covering.stock import Stock
    from kvariant.matrix.covering.units import Square, Units, Vocabulary
    from kvariant.space.solver import Solver

MOVES = 100
"""Moves before rebuilds; half of them are made in any case."""

FAILURES = 8
"""Rebuilds one after the other that find nothing, before moves again."""

CONFLICTS = 500
"""Conflicts that a rebuild may meet."""

_WEIGHT, _MORE = 5, 2
"""What a pair weighs, and what is added each time that it is refused."""

_TRIED = 3
"""Rows that are made anew for a pair, of which the best one counts."""

_FALLING = 3
"""Pairs that fall out of a row whose next rows are looked for."""

_DECIDED = 8
"""Steps that a unit of a row that is made anew counts for."""

_FIRST, _FEWEST, _MOST = 8.0, 3.0, 20.0
"""Rows of a rebuild at first, at least and at most."""

_NOISE = 1024

_Indices = npt.NDArray[np.int64]


class Removal:
    """Rows of which one was removed, and the pairs that no row has any more."""

    def __init__(
        self,
        stock: Stock,
        units: Vocabulary,
        feasible: Square,
        state: State,
        solver: Solver,
        rebuild: Rebuild,
        dice: random.Random,
    ) -> None:
        """Remove a row of complete rows, of which one at least may go; they stay as they are.

        Args:
            rebuild: counts the steps of all that is done here.
        """
        self.stock = stock.copy()
        self._units = units
        self._feasible, self._excluded = feasible, ~feasible
        self._state, self._solver, self._rebuild, self._dice = state, solver, rebuild, dice
        self._weights = np.full(stock.pairs, _WEIGHT, dtype=np.int32)
        self._size = _FIRST
        alone = self.stock.alone()
        least = stock.kept + int(np.argmin(alone[stock.kept :]))
        self.stock.replace(np.array([least]), np.zeros((0, len(units)), dtype=np.bool_))
        self.left: _Indices = self.stock.had_by_none()
        """Pairs, as the stock numbers them, that no row has."""

    def run(self, steps: int) -> bool:
        """Search on for about so many steps; return whether the rows are complete."""
        end = self._rebuild.work + steps
        while len(self.left) and self._rebuild.work < end:
            self._move_about(end)
            failures = 0
            while len(self.left) and failures < FAILURES and self._rebuild.work < end:
                failures = 0 if self._rebuilt() else failures + 1
        return not len(self.left)

    def _move_about(self, end: int) -> None:
        """Make moves until few pairs are left, as few as in the first half of them."""
        fewest = len(self.left)
        for number in range(MOVES):
            if not len(self.left) or self._rebuild.work >= end:
                return
            if number >= MOVES // 2 and len(self.left) <= fewest:
                return
            self._move()
            if number < MOVES // 2:
                fewest = min(fewest, len(self.left))

    def _move(self) -> None:
        """Make a row anew for a pair, unless too much falls out."""
        stock, dice = self.stock, self._dice
        index = int(self.left[dice.randrange(len(self.left))])
        pair = stock.units_of(np.array([index]))[0]
        ones, row_of_one = stock.ones()
        own = stock.units_of(ones)
        clash = against(pair, own, self._excluded)
        best: tuple[int, int, Units] | None = None
        for number in self._with_little_against(row_of_one[clash], self._weights[ones[clash]]):
            row = self._anew(number, pair, ones[(row_of_one == number) & ~clash])
            mine = row_of_one == number
            lost = mine & ~row[own].all(axis=1)
            found = row[stock.units_of(self.left)].all(axis=1)
            worse = int(self._weights[ones[lost]].sum() - self._weights[self.left[found]].sum())
            if best is None or worse < best[0]:
                best = worse, number, row
        if best is None or (best[0] > 0 and dice.getrandbits(best[0]) != 0):
            self._weights[index] += _MORE
            return
        stock.replace(np.array([best[1]]), best[2][None])
        self.left = stock.had_by_none()

    def _with_little_against(self, rows: _Indices, weights: npt.NDArray[np.int32]) -> list[int]:
        """Return some rows, more likely those in which little excludes a pair."""
        return self._drawn(rows, weights)[:_TRIED]

    def _drawn(self, rows: _Indices, weights: npt.NDArray[np.int32] | None = None) -> list[int]:
        """Return the rows that may be replaced, first those that come seldom in a list."""
        size, kept = len(self.stock), self.stock.kept
        count = np.bincount(rows, weights=weights, minlength=size)[kept:].astype(np.int64)
        noise = np.array([1 + self._dice.randrange(_NOISE) for _ in range(size - kept)])
        order: list[int] = (kept + np.argsort((2 * count + 1) * noise, kind="stable")).tolist()
        return order

    def _anew(self, number: int, pair: npt.NDArray[np.int64], wanted: _Indices) -> Units:
        """Return a row that has a pair, and as much as goes of what a row has.

        Args:
            wanted: pairs that matter, those first that weigh more.
        """
        state, codes = self._state, self._units.codes
        start = state.size[0]
        steps = [int(unit) for unit in pair]
        for unit in steps:
            assume(state, int(codes[unit]))  # Invariant: feasible, so there is no contradiction
        drawn = np.array([self._dice.randrange(_NOISE) for _ in wanted], dtype=np.int64)
        order = np.argsort(-_NOISE * self._weights[wanted].astype(np.int64) - drawn, kind="stable")
        first = dict.fromkeys(self.stock.units_of(wanted[order]).ravel().tolist())
        for unit in first:
            if self._decided(int(codes[unit])):
                steps.append(unit)
        for unit in np.flatnonzero(self.stock.rows[number]).tolist():
            self._decided(int(codes[unit]))
        near = literals_of(state.trail[start : state.size[0]])
        undo(state, start)
        self._rebuild.work += _DECIDED * len(near) + self.stock.cost // _TRIED
        return self._solved(near, [self._units.literals[unit] for unit in steps])

    def _decided(self, code: int) -> bool:
        """Make a literal true if that contradicts nothing; whether it was open, and is."""
        state = self._state
        if state.value[code] != 0:
            return False
        before = state.size[0]
        if assume(state, code):
            return True
        undo(state, before)
        return False

    def _solved(self, near: list[int], wanted: list[int]) -> Units:
        """Return a row of a solution with the first two literals, and others as far as they go."""
        solver = self._solver
        solver.prefer(near)
        while not solver.solve(wanted):
            core = set(solver.core())
            # Invariant: the pair has a solution, so a later literal is among them.
            del wanted[max(i for i, literal in enumerate(wanted) if literal in core)]
        return self._units.units_in(solver.model())

    def _rebuilt(self) -> bool:
        """Look for rows that have one pair more; return whether they are found."""
        stock, dice = self.stock, self._dice
        pair = stock.units_of(self.left[[dice.randrange(len(self.left))]])
        most = min(len(stock) - stock.kept, round(self._size))
        chosen = self._chain(pair[0], most)
        old, lost = stock.rows[chosen], stock.lost(chosen)
        self._rebuild.work += stock.cost
        own: list[int] = []
        if len(lost):
            own = exclusive(lost, self._excluded, dice, tries=2, enough=len(chosen))
        near = old[in_order(old, lost[own])]
        tuples = np.concatenate([lost, pair])
        outcome, new = self._rebuild.rows(tuples, own, near, CONFLICTS)
        if new is None:
            larger = outcome is RebuildOutcome.IMPOSSIBLE
            self._size = (
                min(_MOST, self._size * 1.03) if larger else max(_FEWEST, self._size * 0.93)
            )
            return False
        stock.replace(chosen, new)
        self.left = self.left[~had(new, stock.units_of(self.left))]
        return True

    def _chain(self, pair: npt.NDArray[np.int64], most: int) -> _Indices:
        """Return rows in which there is room for a pair, and for what it pushes out."""
        ones, row_of_one = self.stock.ones()
        own = self.stock.units_of(ones)
        chosen: list[int] = []
        falling = [pair]
        while len(chosen) < most:
            some = falling.pop(self._dice.randrange(len(falling))) if falling else None
            clash = np.zeros(len(own), dtype=np.bool_)
            if some is not None:
                clash = against(some, own, self._excluded)
            row = next(r for r in self._drawn(row_of_one[clash]) if r not in chosen)
            chosen.append(row)
            out = own[clash & (row_of_one == row)]
            drawn = self._dice.sample(range(len(out)), min(_FALLING, len(out)))
            falling += [out[index] for index in drawn]
        return np.array(sorted(chosen), dtype=np.int64)
