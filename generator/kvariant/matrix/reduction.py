# SPDX-License-Identifier: MIT
"""How few of given configurations keep a share of what they exercise together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.matrix.fewest import fewest
from kvariant.matrix.swaps import Swaps

if TYPE_CHECKING:
    from kvariant.matrix.coverage import SharedTuples

PERCENTS = (100, 99, 95, 90)
"""Shares that are asked for unless somebody says otherwise."""

SLACKS = (0.0, 0.01, 0.03, 0.06)
"""Greedy choices from which exchanges begin: the plain one, others more and more random."""

STEPS = 60
"""Exchanges with which one configuration fewer is tried from each of them."""

MORE_STEPS = 1_000
"""The same from where that came closest."""

MOST_WORK = 500_000_000
"""Exchanges times classes of tuples: some 20 nanoseconds each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """Some of the configurations, and how much of all tuples they keep."""

    lanes: tuple[int, ...]
    """Which configurations, ascending."""
    covered: int
    """Tuples that they have."""
    total: int
    """Tuples that all configurations have."""
    least: int = 0
    """No fewer configurations keep as much as was asked for; 0: not known."""

    @property
    def is_smallest(self) -> bool:
        """Whether it is proven that there is no smaller one."""
        return self.least == len(self.lanes)


def reductions(
    cover: SharedTuples, percents: Sequence[int] = PERCENTS, fixed: Sequence[int] = ()
) -> list[Reduction]:
    """Return for each share the fewest configurations found that keep it.

    Args:
        percents: shares of all tuples, 1 to 100.
        fixed: configurations that are kept in any case.

    What keeps all is mostly proven to be the smallest; what keeps less is the best of
    several greedy choices, improved by exchanges. The same cover gives the same answer.

    Cost: on U-Boot's 867 different configurations and 735,445 pairs half a minute.
    """
    return [_reduction(cover, percent, tuple(fixed)) for percent in percents]


def most(cover: SharedTuples, limit: int, fixed: Sequence[int] = ()) -> Reduction:
    """Return at most `limit` configurations that keep as many tuples as was found possible.

    Fewer where fewer keep them all. The fixed ones are kept in any case, also where
    they are more than the limit.
    """
    closest: tuple[int, int, list[int]] = (-1, 0, [])
    swaps = Swaps(cover, fixed)
    for start, slack in enumerate(SLACKS):
        draw = random.Random(start)
        swaps.become([])
        swaps.grow(cover.total, limit, draw, slack)
        swaps.improve(cover.total, _steps(cover, STEPS), draw)
        swaps.trim(swaps.covered)
        closest = max(closest, (swaps.covered, -len(swaps.chosen), swaps.chosen))
    swaps.become(closest[2])
    swaps.improve(cover.total, _steps(cover, MORE_STEPS), random.Random(len(SLACKS)))
    swaps.trim(swaps.covered)
    return Reduction(lanes=tuple(swaps.chosen), covered=swaps.covered, total=cover.total)


def _reduction(cover: SharedTuples, percent: int, fixed: tuple[int, ...]) -> Reduction:
    goal = -(-cover.total * percent // 100)
    exact = fewest(cover, fixed) if goal == cover.total else None
    if exact is not None and exact.least == len(exact.lanes):
        lanes = exact.lanes
    else:
        lanes = _searched(cover, goal, fixed)
        if exact is not None and len(exact.lanes) <= len(lanes):
            lanes = exact.lanes
    return Reduction(
        lanes=lanes,
        covered=cover.covered(lanes),
        total=cover.total,
        least=exact.least if exact else 0,
    )


def _searched(cover: SharedTuples, goal: int, fixed: tuple[int, ...]) -> tuple[int, ...]:
    """Return the fewest configurations with so many tuples that the search finds."""
    best: list[int] | None = None
    closest: tuple[int, list[int]] = (-1, [])
    swaps = Swaps(cover, fixed)
    for start, slack in enumerate(SLACKS):
        draw = random.Random(start)
        swaps.become([])
        swaps.grow(goal, cover.size, draw, slack)
        swaps.trim(goal)
        if best is None or len(swaps.chosen) < len(best):
            best = swaps.chosen
        while _cut(swaps, len(best) - 1) and swaps.improve(goal, _steps(cover, STEPS), draw):
            swaps.trim(goal)
            best = swaps.chosen
        closest = max(closest, (swaps.covered - goal * len(swaps.chosen), swaps.chosen))
    assert best is not None
    swaps.become(closest[1])
    draw = random.Random(len(SLACKS))
    while _cut(swaps, len(best) - 1) and swaps.improve(goal, _steps(cover, MORE_STEPS), draw):
        swaps.trim(goal)
        best = swaps.chosen
    return tuple(best)


def _steps(cover: SharedTuples, most: int) -> int:
    """Return how many exchanges to try: few among a few, and few where each takes long."""
    return min(most, 10 * cover.size, MOST_WORK // max(1, len(cover.weights)))


def _cut(swaps: Swaps, size: int) -> bool:
    """Take the cheapest lanes out down to a size; return whether the fixed ones leave that."""
    while len(swaps.chosen) > size:
        lane = swaps.cheapest()
        if lane is None:
            return False
        swaps.remove(lane)
    return True
