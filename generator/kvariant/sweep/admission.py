# SPDX-License-Identifier: MIT
"""What may be begun in the time that is left.

A variant that is predicted to come to its end in time goes before one of which that is true of
its next cell alone: the former covers something, the latter is only further on the next time.
What nobody can predict is begun, as many at once as there are jobs, and measured.

Pure: predictions and the time that is left come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROUND = 0.5
"""The share of the time that is left which a round may take: its prediction may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A variant that has not ended."""

    name: str
    whole: float | None
    """Seconds until all its cells have ended; 0: nothing of it has to run; None: unknown."""
    following: float | None
    """Seconds until its next cell has ended; None: unknown."""


def next_fitting(candidates: Iterable[Candidate], left: float) -> str | None:
    """Return the first variant that may be begun, None if none may.

    Args:
        candidates: in the order in which they are to run.
        left: seconds.
    """
    further = None
    for one in candidates:
        if _fits(one.whole, left):
            return one.name
        if further is None and _fits(one.following, left):
            further = one.name
    return further


def next_round(
    candidates: Sequence[Candidate], left: float, jobs: int, overhead: float = 0.0
) -> list[str]:
    """Return the variants that are taken through their steps together, in their order.

    Where tests of many variants are run by one process, all are built first: so that a budget
    that ends then has not built what was never tested, they come in rounds. Each takes about
    half of the time that is left, so that there are few.

    Args:
        candidates: in the order in which they are to run.
        left: seconds.
        jobs: cells at once.
        overhead: seconds that a process of tests takes beside its tests.
    """
    free = [one.name for one in candidates if one.whole == 0]
    waiting = [one for one in candidates if one.whole != 0]
    room = left - overhead
    chosen = _filling(
        [(c.name, c.whole) for c in waiting if _fits(c.whole, room)], room * ROUND, jobs
    ) or _filling(
        [(c.name, c.following) for c in waiting if _fits(c.following, left)], left * ROUND, jobs
    )
    taken = {*free, *chosen}
    return [one.name for one in candidates if one.name in taken]


def fitting(
    cells: Sequence[tuple[str, float | None]], left: float, jobs: int, overhead: float = 0.0
) -> list[str]:
    """Return the first of some cells that are all predicted to end in time."""
    room = left - overhead
    return _filling([cell for cell in cells if _fits(cell[1], room)], room, jobs, least=0)


def _fits(seconds: float | None, left: float) -> bool:
    return seconds == 0 or (left > 0 and (seconds is None or seconds <= left))


def _filling(
    timed: Sequence[tuple[str, float | None]], room: float, jobs: int, least: int | None = None
) -> list[str]:
    """Return the first names that fill some seconds, one for each job at the least."""
    chosen: list[str] = []
    total, unknown = 0.0, 0
    for name, seconds in timed:
        is_full = (total + (seconds or 0.0)) / jobs > room or (seconds is None and unknown >= jobs)
        if is_full and len(chosen) >= (jobs if least is None else least):
            break
        chosen.append(name)
        total += seconds or 0.0
        unknown += seconds is None
    return chosen
