# SPDX-License-Identifier: MIT
"""Local search for a few configurations that have many of the combinations.

A step takes one chosen lane out and puts another one in: the exchange that gains
most, or loses least, and undoes no recent one [Glover, Tabu Search I, ORSA Journal
on Computing, 1989]. What every possible exchange would change is kept up to date, so
that a step costs what the two lanes' tuples cost, and not a pass over all tuples:

    gain[l]         tuples that l has and no chosen lane
    overlap[c][l]   tuples that c alone of the chosen ones has, and l too
    c out, l in     gain[l] + overlap[c][l] - overlap[c][c]

Steps are counted and ties are drawn from a given generator, so that the same cover
gives the same answer on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.matrix.coverage import SharedTuples

_Classes = npt.NDArray[np.intp]

SHORTEST, LONGEST = 4, 12
"""Steps for which an exchanged lane stays where it is; drawn anew at each step."""


class Swaps:
    """Chosen lanes, and what exchanging any of them would change."""

    def __init__(self, cover: SharedTuples, fixed: Iterable[int] = ()) -> None:
        """Choose the fixed lanes, which are never taken out."""
        self._cover = cover
        self._times = np.zeros(len(cover.weights), dtype=np.int32)
        # Of a class that one chosen lane has, the sum of its chosen lanes is that lane.
        self._owners = np.zeros(len(cover.weights), dtype=np.int64)
        self._gains = cover.gains.copy()
        self._overlaps: dict[int, npt.NDArray[np.float64]] = {}
        self.covered = 0
        """Tuples that the chosen lanes have together."""
        for lane in fixed:
            self.add(lane)
        self.fixed = frozenset(self._overlaps)

    @property
    def chosen(self) -> list[int]:
        """Return the chosen lanes, ascending."""
        return sorted(self._overlaps)

    def add(self, lane: int) -> None:
        """Choose a lane; one that is chosen already stays so."""
        if lane in self._overlaps:
            return
        classes = self._cover.classes(lane)
        times = self._times[classes]
        shared = classes[times == 1]
        self._by_owner(shared, -1)
        overlap = self._cover.weight_in_lanes(classes[times == 0])
        self._overlaps[lane] = overlap
        self._gains -= overlap
        self.covered += int(overlap[lane])
        self._times[classes] += 1
        self._owners[classes] += lane

    def remove(self, lane: int) -> None:
        """Take a lane out."""
        classes = self._cover.classes(lane)
        overlap = self._overlaps.pop(lane)
        self._gains += overlap
        self.covered -= int(overlap[lane])
        self._times[classes] -= 1
        self._owners[classes] -= lane
        self._by_owner(classes[self._times[classes] == 1], 1)

    def become(self, lanes: Sequence[int]) -> None:
        """Choose these lanes and no others beside the fixed ones."""
        for lane in set(self._overlaps) - set(lanes) - self.fixed:
            self.remove(lane)
        for lane in sorted(lanes):
            self.add(lane)

    def grow(self, goal: int, most: int, draw: random.Random, slack: float = 0.0) -> None:
        """Choose the lane that gains most, again and again [Chvatal, 1979].

        Args:
            goal: tuples at which to stop.
            most: lanes at which to stop.
            draw: decides between equals.
            slack: lanes that gain up to this share less count as equal.
        """
        while self.covered < goal and len(self._overlaps) < most:
            best = float(self._gains.max(initial=0))
            if best <= 0:
                return
            equal = np.flatnonzero(self._gains >= best * (1 - slack))
            self.add(int(equal[draw.randrange(len(equal))]))

    def loss(self, lane: int) -> int:
        """Return how many tuples go when a chosen lane does."""
        return int(self._overlaps[lane][lane])

    def cheapest(self) -> int | None:
        """Return the chosen lane whose loss is the least, None where all are fixed."""
        free = [lane for lane in self.chosen if lane not in self.fixed]
        return min(free, key=lambda lane: (self.loss(lane), lane), default=None)

    def trim(self, goal: int) -> None:
        """Take out lanes as long as the goal is kept, the cheapest first."""
        while (lane := self.cheapest()) is not None and self.covered - self.loss(lane) >= goal:
            self.remove(lane)

    def improve(self, goal: int, steps: int, draw: random.Random) -> bool:
        """Exchange lanes until the goal is reached; leave the best lanes found chosen.

        Returns:
            Whether it is reached within so many steps.
        """
        size = self._cover.size
        until = np.zeros(size, dtype=np.int64)
        best, found = self.covered, self.chosen
        for step in range(steps):
            free = [lane for lane in self.chosen if lane not in self.fixed]
            if self.covered >= goal or not free or len(self._overlaps) == size:
                break
            overlaps = np.array([self._overlaps[lane] for lane in free])
            lanes = np.array(free)
            change = self._gains + overlaps - overlaps[np.arange(len(free)), lanes][:, None]
            recent = until > step
            barred = (recent[None, :] | recent[lanes][:, None]) & (self.covered + change <= best)
            change[barred] = -np.inf
            change[:, self.chosen] = -np.inf
            most = change.max()
            if most == -np.inf:
                continue
            equal = np.flatnonzero(change == most)
            out, new = divmod(int(equal[draw.randrange(len(equal))]), size)
            self.remove(free[out])
            self.add(new)
            # What went out stays out longer than what came in stays in: there are more of it.
            until[free[out]] = step + 1 + draw.randint(SHORTEST, LONGEST)
            until[new] = step + 1 + draw.randint(1, max(1, min(LONGEST, len(free) // 3)))
            if self.covered > best:
                best, found = self.covered, self.chosen
        if self.covered < best:
            self.become(found)
        return self.covered >= goal

    def _by_owner(self, classes: _Classes, sign: int) -> None:
        """Add to the overlaps of the lanes that alone have some classes, or take away."""
        if not len(classes):
            return
        owners = self._owners[classes]
        order = np.argsort(owners, kind="stable")
        classes, owners = classes[order], owners[order]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        for start, stop in zip(starts, [*starts[1:], len(owners)], strict=True):
            part = self._cover.weight_in_lanes(classes[start:stop])
            self._overlaps[int(owners[start])] += sign * part
