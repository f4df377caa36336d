# SPDX-License-Identifier: MIT
"""All pairs: rows by `greedy`, fewer by `improve`, and what is known of them."""

from __future__ import annotations

import random

import numpy as np

from kvariant.matrix.covering.cover import Cover
from kvariant.matrix.covering.greedy import Greedy
from kvariant.matrix.covering.improve import improve
from kvariant.matrix.covering.levels import Levels, Row
from kvariant.matrix.covering.lower_bound import LowerBound
from kvariant.matrix.covering.propagation import State
from kvariant.matrix.covering.stock import Stock
from kvariant.matrix.covering.units import Square, Vocabulary
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch
from kvariant.matrix.strategy import LISTED
from kvariant.space.solver import Solver

STEPS = 10_000_000
"""Steps of improvement that an effort of 1 allows at least: one to three seconds."""

_SQUARE = 2
"""A step for each so many pairs of units is allowed, if that is more: the rows that are
improved cost more, too."""

_BOUNDS = 12
"""Times at most that a better lower bound is looked for, once for each unit of effort."""

_WORTH = 5
"""Attempts at improvement for which the effort must be enough, or none is made."""


class PairCover:
    """Covers all pairs of levels."""

    def __init__(self, levels: Levels, state: State, solver: Solver) -> None:
        self._levels = levels
        self._units = Vocabulary(levels, state)
        self._greedy = Greedy(self._units, state, solver)
        self._solver = solver

    def run(
        self,
        seeds: list[Row],
        limit: int,
        effort: int,
        random_seed: int,
        watch: SearchWatch = UNWATCHED,
    ) -> Cover:
        """Return rows that cover every feasible pair, after the given ones.

        Args:
            limit: the most rows, given ones counted; 0: as many as are needed.
            effort: of improvement, in units of `STEPS`.
        """
        units, greedy = self._units, self._greedy
        rows = [units.units_of(row) for row in seeds]
        for row in rows:
            greedy.take(row)
        for row in greedy.rows():
            rows.append(row)
            watch.rows(len(rows), 0)
        if not rows:
            rows.append(self._any())
        feasible = greedy.possible
        stock = Stock(units, feasible, rows, len(seeds))
        stock.drop()
        bound = LowerBound(units, feasible, random.Random(random_seed))
        bound.raise_by(stock, thorough=False)
        least = bound.rows
        watch.rows(len(stock), least)
        steps = effort * max(STEPS, len(units) ** 2 // _SQUARE)
        if steps >= _WORTH * stock.cost and (not limit or len(stock) > limit):
            done = improve(
                stock,
                units,
                self._levels.factors.formula.clauses,
                feasible,
                bound.exclusive,
                effort=steps,
                enough=max(least, limit),
                least=least,
                random_seed=random_seed,
                watch=watch,
            )
            least = max(least, done.least)
        for _ in range(min(max(1, effort), _BOUNDS)):
            if least < len(stock) and not watch.stop():
                bound.raise_by(stock, thorough=True)
                least = max(least, bound.rows)
        return self._cover(stock, feasible, seeds, limit, least)

    def _any(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return a row where no pair needs one."""
        self._solver.solve()
        return self._units.units_in(self._solver.model())

    def _cover(
        self, stock: Stock, feasible: Square, seeds: list[Row], limit: int, least: int
    ) -> Cover:
        units, levels = self._units, self._levels
        count = units.level_pairs(feasible, always=True)
        covered, uncovered = count, []
        chosen = np.arange(len(stock))
        if limit and len(stock) > limit:
            chosen = np.array(_most(stock.rows, feasible, len(seeds), limit))
        left = feasible & ~stock.covered_by(chosen)
        if len(chosen) == len(stock) and left.any():
            raise AssertionError("a feasible pair is in no row")
        if len(chosen) < len(stock):
            uncovered = units.listed_pairs(left, LISTED)
            covered = count - units.level_pairs(left, always=False)
        return Cover(
            rows=[*seeds, *(units.row(row) for row in stock.rows[chosen[len(seeds) :]])],
            feasible=count,
            infeasible=levels.combinations(2) - count,
            covered=covered,
            uncovered=list(uncovered),
            lower_bound=least,
        )


def _most(
    rows: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    feasible: Square,
    kept: int,
    limit: int,
) -> list[int]:
    """Return the first `kept` rows and, one after the other, those that add most pairs."""
    left = feasible.copy()
    chosen: list[int] = []
    others = list(range(kept, len(rows)))
    while len(chosen) < limit:
        if len(chosen) < kept:
            best = len(chosen)
        else:
            gains = [int(left[np.ix_(rows[i], rows[i])].sum()) for i in others]
            best = others.pop(int(np.argmax(gains)))
        left[np.ix_(rows[best], rows[best])] = False
        chosen.append(best)
    return chosen
