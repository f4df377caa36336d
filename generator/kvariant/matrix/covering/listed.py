# SPDX-License-Identifier: MIT
"""Rows for tuples that are listed: greedy, one level after the other.

A row begins with an uncovered tuple and takes, step by step, the level that most
uncovered tuples want: a tuple counts the more, the more of its levels the row
already has (as in AETG: Cohen, Dalal, Fredman, Patton: The AETG system, IEEE TSE
23(7), 1997, with unit propagation in place of its lists of forbidden pairs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.cover import Cover
from kvariant.matrix.covering.levels import Levels, Row, problem
from kvariant.matrix.covering.propagation import State, assume, literal_of, undo
from kvariant.matrix.covering.tuples import Table, all_tuples, had_by
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
    from kvariant.space.circuit import Literal
    from kvariant.space.solver import Solver

_LOOKED_AT = 30_000
"""Uncovered tuples that a step weighs; of more, equally spaced ones."""

_COUNTED = 20_000
"""Tuples that are proven or covered beyond a limit of rows, so that the number of all that are
feasible is known: a second or two."""

_CLOSER = 8.0
"""A tuple of which the row has one more level counts this many times as much."""


class ListedCover:
    """Covers listed tuples."""

    def __init__(
        self,
        levels: Levels,
        strength: int,
        state: State,
        solver: Solver,
        store: UnfinishedStore | None = None,
        watch: SearchWatch = UNWATCHED,
    ) -> None:
        self._levels = levels
        self._strength = strength
        self._store = store
        self._watch = watch
        self._state = state
        self._solver = solver
        self._status = np.zeros(len(levels), dtype=np.int8)
        self._table = all_tuples(levels, strength)

    def run(self, seeds: list[Row], request: StrategyRequest) -> Cover:
        """Return rows that cover every feasible tuple, after the given ones.

        Where a limit is met before that, or the watch ends the search, what is left is told.

        Args:
            request: its limits.
        """
        most = enough(request)
        levels, total, size = self._levels, len(self._table), len(self._levels)
        log = SearchLog(
            self._store,
            lambda: problem(levels, self._strength, seeds),
            size,
            self._strength,
            self._watch.cut,
        )
        self._remove_excluded()
        possible = len(self._table)
        feasible: list[Table] = []
        rows = [np.flatnonzero(row).astype(np.int32) for row in log.rows]

        def standing() -> Standing:
            # Counted anew: a step may have been cut in its midst.
            gone = len(np.unique(log.excluded, axis=0))
            had = np.zeros(len(whole), dtype=np.bool_)
            found = [*seeds, *(np.flatnonzero(row).astype(np.int32) for row in log.rows)]
            for row in found:
                had |= had_by(whole, row, size)
            covered = int(had.sum())
            return Standing(
                rows=len(found),
                strength=self._strength,
                covered=covered,
                infeasible=total - possible + gone,
                left=possible - gone - covered,
            )

        whole = self._table
        with told_where_cut(log, standing):
            if log.resumed is not None:
                self._watch.told(f"going on from {standing_text(standing())}")
                self._drop(log.excluded)
            feasible += [self._take(row) for row in (*seeds, *rows)]
            while len(self._table) and not log.cut():
                if most and len(rows) + len(seeds) >= most and len(self._table) > _COUNTED:
                    break
                seed = self._table[0]
                made = self._row(seed)
                if made is None:
                    log.exclude([tuple(seed.tolist())])
                    self._table = self._table[1:]
                else:
                    log.rows.append(_members(made, size))
                    feasible.append(self._take(made))
                    rows.append(made)
                    self._watch.rows(len(rows) + len(seeds), 0)
                log.tick()
            if not seeds and not rows:
                self._solver.solve()
                rows = [levels.row_of(self._solver.model())]
                feasible.append(self._take(rows[0]))
            log.end(EVERY)
            request = with_limit(request, len(rows) + len(seeds))
            return self._cover(feasible, seeds, rows, request, total)

    def _cover(
        self,
        feasible: list[Table],
        seeds: list[Row],
        rows: list[Row],
        request: StrategyRequest,
        total: int,
    ) -> Cover:
        size, unproven, limit = len(self._levels), len(self._table), request.limit
        found = np.concatenate([self._table[:0], *feasible])
        found = found[np.lexsort(found.T[::-1])]
        is_more = unproven and not limit and 0 < request.most < len(rows) + len(seeds)
        kept = [*seeds, *(rows if is_more else _needed(found, seeds, rows, size))]
        left = self._lacking(found, kept)
        if limit and len(kept) > limit:
            first, kept = [*seeds, *rows][:limit], _most(found, kept, len(seeds), limit, size)
            left = self._lacking(found, kept)
            if (others := self._lacking(found, first)).sum() < left.sum():
                kept, left = first, others
        return Cover(
            rows=kept,
            feasible=len(found),
            infeasible=total - len(found) - unproven,
            covered=len(found) - int(left.sum()),
            uncovered=[tuple(each) for each in found[left][:LISTED].tolist()],
            lower_bound=int(len(found) > 0 and not unproven),
            unproven=unproven,
        )

    def _lacking(self, found: Table, rows: list[Row]) -> npt.NDArray[np.bool_]:
        """Return which tuples no row has."""
        left = np.ones(len(found), dtype=np.bool_)
        for row in rows:
            left &= ~had_by(found, row, len(self._levels))
        return left

    def _drop(self, excluded: npt.NDArray[np.int32]) -> None:
        """Take proven tuples away."""
        size = len(self._levels)
        kind: type = int if size**self._strength < 1 << 62 else object
        bases = [size**k for k in reversed(range(self._strength))]

        def numbered(tuples: npt.NDArray[Any]) -> npt.NDArray[Any]:
            """Return a number for each tuple."""
            found: npt.NDArray[Any] = tuples.astype(kind) @ np.array(bases, dtype=kind)
            return found

        gone = np.isin(numbered(self._table), numbered(excluded))
        self._table = self._table[~gone]

    def _take(self, row: Row) -> Table:
        had = had_by(self._table, row, len(self._levels))
        found = self._table[had]
        self._table = self._table[~had]
        return found

    def _remove_excluded(self) -> None:
        """Drop tuples that unit propagation from one of their levels excludes."""
        if self._table.shape[1] == 1:
            return  # a row begins with each of them anyway, which tells at no extra cost
        size = len(self._levels)
        excluded = np.zeros((size, size), dtype=np.bool_)
        for level, code in enumerate(self._levels.codes.tolist()):
            before = self._state.size[0]
            consistent = assume(self._state, code)
            excluded[level] = self._read() < 0 if consistent else True
            undo(self._state, before)
        excluded |= excluded.T
        table = self._table
        bad = np.zeros(len(table), dtype=np.bool_)
        for first in range(table.shape[1]):
            for second in range(first, table.shape[1]):
                bad |= excluded[table[:, first], table[:, second]]
        self._table = table[~bad]

    def _read(self) -> npt.NDArray[np.int8]:
        """Return 1, 0, -1 per level: in the partial row, open, excluded."""
        values = np.asarray(self._state.value, dtype=np.int8)
        return values[self._levels.codes]

    def _row(self, seed: Table) -> Row | None:
        """Return a row with a tuple, None: proven infeasible."""
        state, codes = self._state, self._levels.codes
        before = state.size[0]
        if not all(assume(state, int(code)) for code in codes[seed]):
            undo(state, before)
            return None
        steps = self._extend()
        chosen = np.flatnonzero(self._read() > 0)
        undo(state, before)
        wanted = self._levels.assumptions(chosen)
        self._solver.prefer(wanted)
        if not self._solver.solve(wanted) and not self._is_solved(
            self._levels.assumptions(seed), [literal_of(code) for code in steps]
        ):
            return None
        return self._levels.row_of(self._solver.model())

    def _is_solved(self, seed: list[Literal], steps: list[Literal]) -> bool:
        """Return whether a tuple has a solution; it has as many of some steps as it can.

        Of the steps that exclude each other the last is taken back.
        """
        if not self._solver.solve(seed):
            return False
        while not self._solver.solve([*seed, *steps]):
            core = set(self._solver.core())
            # Invariant: the seed alone has a solution, so a step is among them.
            del steps[max(i for i, literal in enumerate(steps) if literal in core)]
        return True

    def _extend(self) -> list[int]:
        """Add levels to the partial row until no uncovered tuple wants more; return their codes."""
        if self._table.shape[1] == 1:
            return self._extend_in_order()
        steps: list[int] = []
        step = max(1, len(self._table) // _LOOKED_AT)
        table = self._table[::step]
        state, codes = self._state, self._levels.codes
        while True:
            status = self._read()[table]
            table = table[(status >= 0).all(axis=1) & (status == 0).any(axis=1)]
            if not len(table):
                return steps
            status = self._read()[table]
            weight = _CLOSER ** status.sum(axis=1)
            score = np.zeros(len(self._levels))
            for column in range(table.shape[1]):
                still = status[:, column] == 0
                score += np.bincount(
                    table[still, column], weight[still], minlength=len(self._levels)
                )
            code = int(codes[np.argmax(score)])
            before = state.size[0]
            if assume(state, code):
                steps.append(code)
                continue
            undo(state, before)
            if not assume(state, code ^ 1):
                undo(state, before)
                return steps

    def _extend_in_order(self) -> list[int]:
        """Do the same for single levels, which are all worth the same: the first is next."""
        state, steps = self._state, []
        for code in self._levels.codes[self._table[:, 0]].tolist():
            if state.value[code] != 0:
                continue
            before = state.size[0]
            if assume(state, code):
                steps.append(code)
                continue
            undo(state, before)
            if not assume(state, code ^ 1):
                undo(state, before)
                break
        return steps


def _members(row: Row, size: int) -> npt.NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    found[row] = True
    return found


def _needed(table: Table, seeds: list[Row], rows: list[Row], size: int) -> list[Row]:
    """Return rows without those whose tuples the others have; the newest are tried last."""
    times = np.zeros(len(table), dtype=np.int32)
    for row in [*seeds, *rows]:
        times += had_by(table, row, size)
    kept = []
    for row in rows:
        mask = had_by(table, row, size)  # looked up anew: all at once are a byte a row and tuple
        if (times[mask] > 1).all():
            times -= mask
        else:
            kept.append(row)
    return kept


def _most(table: Table, rows: list[Row], kept: int, limit: int, size: int) -> list[Row]:
    """Return the first `kept` rows and, one after the other, those that add most tuples."""
    left = np.packbits(np.ones(len(table), dtype=np.bool_))
    had = [np.packbits(had_by(table, row, size)) for row in rows]
    chosen: list[int] = []
    others = list(range(kept, len(rows)))
    while len(chosen) < limit:
        if len(chosen) < kept:
            best = len(chosen)
        else:
            best = others.pop(int(np.argmax([_bits(had[i] & left) for i in others])))
        left &= ~had[best]
        chosen.append(best)
    return [rows[i] for i in chosen]


def _bits(packed: npt.NDArray[np.uint8]) -> int:
    return int(np.unpackbits(packed).sum())
