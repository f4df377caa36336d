# SPDX-License-Identifier: MIT
"""In which order variants run when time is short.

    1.  those in which something failed when they last ran
    2.  those that have never run
    3.  all others

and within each the one next that adds most new tuples for each second that it is predicted
to take: the greedy of budgeted maximum coverage (S. Khuller, A. Moss, J. Naor, "The budgeted
maximum coverage problem", Information Processing Letters 70, 1999), which is stopped where the
time ends. Whenever that is, what has run is the first part of one order.

Pure: what has ended, what ran before and how long it takes come in.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kvariant.matrix.coverage import SharedTuples


class Urgency(enum.IntEnum):
    """Which of the three; the smaller is the sooner."""

    FAILED = 0
    NEVER_RAN = 1
    RAN = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """A variant that is to run."""

    lane: int
    """Its place in the matrix, and among the lanes of the tuples."""
    urgency: Urgency
    seconds: float | None
    """How long it is predicted to take; None: nobody knows."""


def prioritized(
    waiting: Iterable[Waiting], tuples: SharedTuples | None, ended: Collection[int] = ()
) -> list[int]:
    """Return lanes in the order in which they run.

    Of equals, a shorter one goes first, then the one that stands first in the matrix. Where
    none of a group has a known time, one counts as long as the other; one that has none among
    others takes as long as their mean.

    Args:
        waiting: what is to run.
        tuples: what the lanes have; None: each lane is one tuple of its own, so that the
            shortest go first.
        ended: lanes whose tuples are covered already.
    """
    gains = _Gains(tuples, ended)
    groups: dict[Urgency, list[Waiting]] = {}
    for one in waiting:
        groups.setdefault(one.urgency, []).append(one)
    return [
        lane
        for urgency in sorted(groups)
        for lane in _greedy(sorted(groups[urgency], key=lambda w: w.lane), gains)
    ]


def _greedy(group: Sequence[Waiting], gains: _Gains) -> list[int]:
    lanes = np.array([one.lane for one in group], dtype=np.intp)
    seconds = _seconds(group)
    if not gains.is_counted:
        return [int(lane) for lane in lanes[np.lexsort((lanes, seconds))]]
    taken = np.zeros(len(group), dtype=np.bool_)
    order: list[int] = []
    for _ in group:
        rates = np.where(taken, -1.0, gains.of(lanes) / seconds)
        equal = np.flatnonzero(rates == rates.max())
        best = int(equal[np.lexsort((lanes[equal], seconds[equal]))[0]])
        taken[best] = True
        gains.take(int(lanes[best]))
        order.append(int(lanes[best]))
    return order


_LEAST = 1e-3
"""Seconds that anything takes at least, so that a rate is a number."""


def _seconds(group: Sequence[Waiting]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    known = [one.seconds for one in group if one.seconds is not None]
    usual = sum(known) / len(known) if known else 1.0
    found = [usual if one.seconds is None else one.seconds for one in group]
    return np.maximum(np.array(found, dtype=np.float64), _LEAST)


class _Gains:
    """New tuples of each lane, as lanes are taken one after the other."""

    def __init__(self, tuples: SharedTuples | None, ended: Collection[int]) -> None:
        self.is_counted = tuples is not None
        """Whether there are tuples: otherwise each lane adds one, whatever was taken."""
        if tuples is None:
            return
        self._tuples = tuples
        self._gains = tuples.gains.copy()
        self._is_new = np.ones(len(tuples.bits), dtype=np.bool_)
        for lane in ended:
            self.take(lane)

    def of(
        self, lanes: np.ndarray[tuple[int], np.dtype[np.intp]]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self._gains[lanes]

    def take(self, lane: int) -> None:
        """Count a lane's tuples as covered."""
        classes = self._tuples.classes(lane)
        new = classes[self._is_new[classes]]
        self._is_new[new] = False
        self._gains -= self._tuples.weight_in_lanes(new)
