# SPDX-License-Identifier: MIT
"""All pairs: rows by `greedy`, fewer by `improve`, and what is known of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kvariant.matrix.covering.cover import Cover
from kvariant.matrix.covering.greedy import Greedy
from kvariant.matrix.covering.improve import QUICK, WIDE, Improvement
from kvariant.matrix.covering.levels import Levels, Row, problem
from kvariant.matrix.covering.lower_bound import LowerBound
from kvariant.matrix.covering.memory import can_improve
from kvariant.matrix.covering.propagation import State, copied
from kvariant.matrix.covering.side_by_side import side_by_side
from kvariant.matrix.covering.stock import Stock
from kvariant.matrix.covering.uncovered import remove_had
from kvariant.matrix.covering.units import Square, Units, Vocabulary
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch
from kvariant.matrix.strategy import LISTED, StrategyRequest, enough, with_limit
from kvariant.matrix.unfinished import (
    EVERY,
    SearchLog,
    Standing,
    UnfinishedStore,
    standing_text,
    told_where_cut,
)

if TYPE_CHECKING:
    from kvariant.space.solver import Solver

STEPS = 13_000_000
"""Steps of improvement that an effort of 1 allows at least: half a second to one."""

_SQUARE = 2
"""So many steps for each pair of units are allowed, if that is more: the rows that are
improved cost more, too."""

_BOUNDS = 12
"""Times at most that a better lower bound is looked for, once for each unit of effort."""

_COUNTED = 400_000
"""Pairs of units, each counted from both, that are proven or covered beyond a limit of rows, so
that the number of all that are feasible is known: a second or two."""

_NEAR = 3
"""Rows are improved for a limit that is at least one in so many of them: below, the first rows
have more pairs than the best of fewer, on five published models."""

_PATIENCE, _LONG_PATIENCE = 6, 2
"""A search is over that has found nothing for one in so many of its steps, beside some; the
latter where more than the least effort is asked for."""

_SIDE_BY_SIDE = 2
"""Units of effort from which on there are two searches side by side."""

_EARLY = 3
"""Times that a better lower bound is looked for before a long search, which its pairs lead."""

_ROUND = 3
"""Units of effort of a round: attempts of two that wait for each other are much shorter."""

_WORTH = 5
"""Attempts at improvement for which the effort must be enough, or none is made."""


class PairCover:
    """Covers all pairs of levels."""

    def __init__(
        self,
        levels: Levels,
        state: State,
        solver: Solver,
        store: UnfinishedStore | None = None,
        watch: SearchWatch = UNWATCHED,
    ) -> None:
        self._levels = levels
        self._units = Vocabulary(levels, state)
        self._state = state
        self._solver = solver
        self._store = store
        self._watch = watch

    def run(self, seeds: list[Row], request: StrategyRequest, effort: int) -> Cover:
        """Return rows that cover every feasible pair, after the given ones.

        Where a limit is met before that, or the watch ends the search, what is left is told.

        Args:
            request: its limits and its random seed.
            effort: of improvement, in units of `STEPS`.
        """
        units, watch = self._units, self._watch
        log = SearchLog(
            self._store, lambda: problem(self._levels, 2, seeds), len(units), 2, watch.cut
        )
        first = [units.units_of(row) for row in seeds]
        greedy = Greedy(units, self._state, self._solver, log)
        for row in first:
            greedy.take(row)
        with told_where_cut(log, lambda: self._standing(greedy, first, log)):
            if log.resumed is None and not can_improve(len(units)):
                pairs = self._levels.combinations(2)
                watch.told(
                    f"{pairs:,} pairs of values: to cover all takes hours; Ctrl-C ends it, and "
                    "--max-variants N takes the first N"
                )
            if log.resumed is not None:
                standing = self._standing(greedy, first, log)
                watch.told(f"going on from {standing_text(standing)}")
            self._search(greedy, [*first, *log.rows], enough(request))
            rows = [*first, *log.rows]
            if not rows:  # no pair needs one, or there was no time
                rows = [self._any()]
                greedy.take(rows[0])
            log.end(EVERY)
            request = with_limit(request, len(rows))
            if greedy.left or not can_improve(len(units)):
                return self._part(greedy, [rows], seeds, request.limit)
            return self._improved(greedy, rows, seeds, request, effort)

    def _search(self, greedy: Greedy, rows: list[Units], limit: int) -> None:
        """Look for rows until every pair is in one or proven infeasible, or there are enough."""
        watch = self._watch
        if limit and len(rows) >= limit and greedy.left > _COUNTED:
            return
        for number, _ in enumerate(greedy.rows(), len(rows) + 1):
            watch.rows(number, 0)
            if limit and number >= limit and greedy.left > _COUNTED:
                return

    def _improved(
        self,
        greedy: Greedy,
        rows: list[Units],
        seeds: list[Row],
        request: StrategyRequest,
        effort: int,
    ) -> Cover:
        """Return as few rows as the effort finds, of a set that is complete."""
        units, watch, feasible = self._units, self._watch, greedy.possible
        limit, random_seed = request.limit, request.random_seed
        stock = Stock(units, feasible, rows, len(seeds))
        stock.drop()
        bound = LowerBound(units, feasible, random.Random(random_seed))
        bound.raise_by(stock, thorough=False)
        least = bound.rows
        watch.rows(len(stock), least)
        if not limit and 0 < request.most < least:
            return self._cover(stock, feasible, seeds, least)
        steps = effort * max(STEPS, _SQUARE * len(units) ** 2)
        if limit * _NEAR < len(stock) and limit:
            return self._part(greedy, [rows], seeds, limit, least)
        if steps >= _WORTH * stock.cost and (not limit or len(stock) > limit):
            least = self._searched(stock, bound, limit, steps, effort, random_seed)
        for _ in range(min(max(1, effort), _BOUNDS)):
            if least < len(stock) and not watch.stop():
                bound.raise_by(stock, thorough=True)
                least = max(least, bound.rows)
        if limit and len(stock) > limit:
            return self._part(greedy, [rows, list(stock.rows)], seeds, limit, least)
        return self._cover(stock, feasible, seeds, least)

    def _searched(
        self, stock: Stock, bound: LowerBound, limit: int, steps: int, effort: int, random_seed: int
    ) -> int:
        """Replace rows by fewer; return how many are needed."""
        factors = self._levels.factors
        if effort >= _SIDE_BY_SIDE:
            for _ in range(_EARLY):
                bound.raise_by(stock, thorough=True)

        def search(
            rows: Stock, state: State, solver: Solver, dice: random.Random, watch: SearchWatch
        ) -> Improvement:
            return Improvement(
                rows,
                self._units,
                factors.formula.clauses,
                bound.feasible,
                bound.exclusive,
                state,
                solver,
                enough=limit,
                least=bound.rows,
                patience=steps // (_PATIENCE if effort < _SIDE_BY_SIDE else _LONG_PATIENCE),
                dice=dice,
                pace=QUICK if effort < _SIDE_BY_SIDE else WIDE,
                watch=watch,
            )

        first = search(stock, self._state, self._solver, random.Random(random_seed), self._watch)
        if effort < _SIDE_BY_SIDE or not can_improve(len(self._units), 2):
            first.run(steps)
            return first.least
        own, before = copied(self._state), stock.copy()

        def second(stop: Callable[[], bool]) -> Improvement:
            dice = random.Random(f"{random_seed} 2")
            return search(before, own, factors.solver(), dice, SearchWatch(stop=stop))

        rounds = -(-effort // _ROUND)
        side_by_side(first, second, rounds, steps // rounds)
        return first.least

    def _standing(self, greedy: Greedy, first: list[Units], log: SearchLog) -> Standing:
        """Return how far a search is that may have been cut in the middle of a step."""
        rows = [*first, *log.rows]
        left = greedy.unproven_anew(rows)
        return self._counted(greedy.possible, left, len(rows))

    def _counted(self, possible: Square, left: Square, rows: int) -> Standing:
        units = self._units
        count = units.level_pairs(possible, always=True)
        # Levels that are in every configuration are together in the first row.
        unproven = units.level_pairs(left, always=not rows)
        return Standing(
            rows=rows,
            strength=2,
            covered=count - unproven,
            infeasible=self._levels.combinations(2) - count,
            left=unproven,
        )

    def _part(
        self, greedy: Greedy, sets: list[list[Units]], seeds: list[Row], limit: int, least: int = 0
    ) -> Cover:
        """Return rows of a search that is not over or too large to be improved, or some of them.

        Of more than the limit, those of a set are taken that add most one after the other, or
        the first of those that were found, whichever cover more.
        """
        rows = sets[0]
        units, left = self._units, greedy.unproven()
        known = told = self._counted(greedy.possible, left, len(rows))
        uncovered = left
        if limit and len(rows) > limit:
            ways = [rows[:limit]]
            for some in sets:
                best = _most(np.array(some), greedy.possible, len(seeds), limit)
                ways.append([some[index] for index in best])
            for chosen in ways:
                other = greedy.possible.copy()
                remove_had(other, np.array(chosen))
                found = self._counted(greedy.possible, other, limit)
                if told is known or found.covered > told.covered:
                    told, taken, uncovered = found, chosen, other
            rows = taken
        return Cover(
            rows=[*seeds, *(units.row(row) for row in rows[len(seeds) :])],
            feasible=known.covered,
            infeasible=known.infeasible,
            covered=told.covered,
            uncovered=list(units.listed_pairs(uncovered & ~left, LISTED)),
            lower_bound=least,
            unproven=known.left,
        )

    def _any(self) -> Units:
        """Return a row where no pair needs one."""
        self._solver.solve()
        return self._units.units_in(self._solver.model())

    def _cover(self, stock: Stock, feasible: Square, seeds: list[Row], least: int) -> Cover:
        """Return rows that have all pairs."""
        units = self._units
        count = units.level_pairs(feasible, always=True)
        if (feasible & ~stock.covered_by(np.arange(len(stock)))).any():
            raise AssertionError("a feasible pair is in no row")
        return Cover(
            rows=[*seeds, *(units.row(row) for row in stock.rows[len(seeds) :])],
            feasible=count,
            infeasible=self._levels.combinations(2) - count,
            covered=count,
            uncovered=[],
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
