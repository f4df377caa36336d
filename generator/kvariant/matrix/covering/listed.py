# SPDX-License-Identifier: MIT
"""Rows for tuples that are listed: greedy, one level after the other.

A row begins with an uncovered tuple and takes, step by step, the level that most
uncovered tuples want: a tuple counts the more, the more of its levels the row
already has (as in AETG: Cohen, Dalal, Fredman, Patton: The AETG system, IEEE TSE
23(7), 1997, with unit propagation in place of its lists of forbidden pairs).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.cover import Cover
from kvariant.matrix.covering.levels import Levels, Row
from kvariant.matrix.covering.propagation import State, assume, undo
from kvariant.matrix.covering.tuples import Table, all_tuples, had_by
from kvariant.matrix.strategy import LISTED
from kvariant.space.solver import Solver

_LOOKED_AT = 30_000
"""Uncovered tuples that a step weighs; of more, equally spaced ones."""

_CLOSER = 8.0
"""A tuple of which the row has one more level counts this many times as much."""


class ListedCover:
    """Covers listed tuples."""

    def __init__(self, levels: Levels, strength: int, state: State, solver: Solver) -> None:
        self._levels = levels
        self._state = state
        self._solver = solver
        self._status = np.zeros(len(levels), dtype=np.int8)
        self._table = all_tuples(levels, strength)

    def run(self, seeds: list[Row], limit: int) -> Cover:
        """Return rows that cover every feasible tuple, after the given ones.

        Args:
            limit: the most rows, given ones counted; 0: as many as are needed.
        """
        total = len(self._table)
        self._remove_excluded()
        feasible: list[Table] = []
        rows: list[Row] = []
        for row in seeds:
            feasible.append(self._take(row))
        while len(self._table):
            seed = self._table[0]
            made = self._row(seed)
            if made is None:
                self._table = self._table[1:]
                continue
            feasible.append(self._take(made))
            rows.append(made)
        found = np.concatenate([self._table, *feasible])
        found = found[np.lexsort(found.T[::-1])]
        kept = [*seeds, *_needed(found, seeds, rows, len(self._levels))]
        if limit and len(kept) > limit:
            kept = _most(found, kept, len(seeds), limit, len(self._levels))
        left = np.ones(len(found), dtype=np.bool_)
        for row in kept:
            left &= ~had_by(found, row, len(self._levels))
        return Cover(
            rows=kept,
            feasible=len(found),
            infeasible=total - len(found),
            covered=len(found) - int(left.sum()),
            uncovered=[tuple(each) for each in found[left][:LISTED].tolist()],
            lower_bound=int(len(found) > 0),
        )

    def _take(self, row: Row) -> Table:
        had = had_by(self._table, row, len(self._levels))
        found = self._table[had]
        self._table = self._table[~had]
        return found

    def _remove_excluded(self) -> None:
        """Drop tuples that unit propagation from one of their levels excludes."""
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
        self._extend()
        chosen = np.flatnonzero(self._read() > 0)
        undo(state, before)
        wanted = self._levels.assumptions(chosen)
        self._solver.prefer(wanted)
        if not self._solver.solve(wanted) and not self._solver.solve(
            self._levels.assumptions(seed)
        ):
            return None
        return self._levels.row_of(self._solver.model())

    def _extend(self) -> None:
        """Add levels to the partial row until no uncovered tuple wants more."""
        step = max(1, len(self._table) // _LOOKED_AT)
        table = self._table[::step]
        state, codes = self._state, self._levels.codes
        while True:
            status = self._read()[table]
            table = table[(status >= 0).all(axis=1) & (status == 0).any(axis=1)]
            if not len(table):
                return
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
            if not assume(state, code):
                undo(state, before)
                if not assume(state, code ^ 1):
                    undo(state, before)
                    return


def _needed(table: Table, seeds: list[Row], rows: list[Row], size: int) -> list[Row]:
    """Return rows without those whose tuples the others have; the newest are tried last."""
    had = [had_by(table, row, size) for row in rows]
    times = np.zeros(len(table), dtype=np.int32)
    for row in seeds:
        times += had_by(table, row, size)
    for mask in had:
        times += mask
    kept = []
    for row, mask in zip(rows, had, strict=True):
        if (times[mask] > 1).all():
            times -= mask
        else:
            kept.append(row)
    return kept


def _most(table: Table, rows: list[Row], kept: int, limit: int, size: int) -> list[Row]:
    """Return the first `kept` rows and, one after the other, those that add most tuples."""
    left = np.ones(len(table), dtype=np.bool_)
    had = [had_by(table, row, size) for row in rows]
    chosen: list[int] = []
    others = list(range(kept, len(rows)))
    while len(chosen) < limit:
        if len(chosen) < kept:
            best = len(chosen)
        else:
            best = others.pop(int(np.argmax([int((had[i] & left).sum()) for i in others])))
        left &= ~had[best]
        chosen.append(best)
    return [rows[i] for i in chosen]
