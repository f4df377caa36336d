# SPDX-License-Identifier: MIT
"""How long cells will take, by how long they took.

    the cell itself       as long as when it last ran
    never run             the median of its step's: of those of this sweep, else of all
    cut by a budget       at least as long as it had run by then
    a step never run      unknown, until the first of its cells has ended

What this sweep measures moves the rest: if steps take twice as long as they did, as on another
machine, those that are left are predicted to take twice as long.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kvariant.results.history import RAN, History

if TYPE_CHECKING:
    from kvariant.results.cell import Cell
    from kvariant.steps.job import CellId

_SAMPLES = 3
"""Cells of a step that have to have ended before the others are corrected by them."""
_WINDOW = 25
"""The last cells of a step by which the others are predicted."""


class Predictions:
    """The times of the cells of one sweep."""

    def __init__(self, history: Mapping[CellId, History]) -> None:
        """Take what is known from earlier sweeps."""
        self._history = history
        self._before: dict[str, list[float]] = {}
        self._now: dict[str, list[float]] = {}
        self._ratios: dict[str, list[float]] = {}
        self._medians: dict[str, float | None] = {}
        for (_, step), one in history.items():
            if one.seconds is not None:
                self._before.setdefault(step, []).append(one.seconds)

    def of(self, cell: CellId) -> float | None:
        """Return how many seconds a cell will take; None: unknown."""
        known, step = self._history.get(cell, History()), cell[1]
        own = known.seconds
        found = self._median(step) if own is None else own * self._ratio(step)
        return known.at_least or None if found is None else max(found, known.at_least)

    def of_all(self, cells: Iterable[CellId]) -> float | None:
        """Return how long cells take one after the other; None: some step is unknown."""
        total = 0.0
        for cell in cells:
            if (seconds := self.of(cell)) is None:
                return None
            total += seconds
        return total

    def ended(self, cell: Cell) -> None:
        """Learn from a cell that has ended."""
        if cell.outcome not in RAN or cell.duration <= 0:
            return
        step, seconds = cell.step, cell.duration
        self._now.setdefault(step, []).append(seconds)
        if known := self._history.get((cell.variant, step), History()).seconds:
            self._ratios.setdefault(step, []).append(seconds / known)
        self._medians.pop(step, None)

    def _median(self, step: str) -> float | None:
        if step not in self._medians:
            times = self._now.get(step, ())[-_WINDOW:] or self._before.get(step)
            self._medians[step] = statistics.median(times) if times else None
        return self._medians[step]

    def _ratio(self, step: str) -> float:
        ratios = self._ratios.get(step, ())
        return statistics.median(ratios[-_WINDOW:]) if len(ratios) >= _SAMPLES else 1.0
