# SPDX-License-Identifier: MIT
"""The time of a sweep, against the time of its commands alone.

Commands are what steps start: compilers, pytest, a project's own. All else is ours:
starting up, choosing, generating, keys, the database, the report, and waiting.

    least   seconds in which no order of the same commands could have been done: their
            sum over the jobs, or the longest chain of one variant, whose steps wait for
            each other. R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM
            Journal on Applied Mathematics 17 (1969), section 2.
    over    what the sweep took beyond that, as a share of it

With one job that is the sweep's time against the sum of its commands' times. Work of
ours that runs beside commands makes those slower and hides in their time: it shows in
the CPU times, which say nothing of waiting. So a program is told both.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kvariant.results.cell import GENERATE, Cell

LEAST_COMMANDS = 1.0
"""Seconds of commands below which a share of them says nothing."""


class Stopwatch:
    """Adds up how long commands run; it is told of them as a `Watch`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}
        self._seconds = 0.0
        self._is_elsewhere = False
        self.has_begun = False
        """Whether any command has begun, or may have on another machine."""

    @property
    def seconds(self) -> float | None:
        """Of all commands that have ended, those that ran side by side each in full; None: they
        ran on other machines."""
        return None if self._is_elsewhere else self._seconds

    def began(self, group: int) -> None:
        """A command has begun."""
        self.has_begun = True
        with self._lock:
            self._began[group] = time.perf_counter()

    def ended(self, group: int) -> None:
        """A command has ended."""
        with self._lock:
            self._seconds += time.perf_counter() - self._began.pop(group)

    def is_left_to_others(self) -> None:
        """From here on commands run on other machines, which do not tell of them."""
        self._is_elsewhere = self.has_begun = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a sweep took; all in seconds."""

    seconds: float
    """From the command's start to its report."""
    jobs: int
    """Commands that may run at once."""
    commands: float | None
    """The time that commands ran, added up; None: on other machines, which do not tell."""
    longest: float
    """The time that cells of one variant took one after the other: the most of any variant."""
    own_cpu: float
    """CPU time of this process since it began."""
    commands_cpu: float | None
    """CPU time of all commands and of what they waited for; None as `commands`."""

    @classmethod
    def of(
        cls, cells: Iterable[Cell], *, seconds: float, jobs: int, commands: float | None
    ) -> Cost:
        """Return what a sweep took that ends now, in this process.

        Args:
            cells: those that ended.
            seconds: how long it took.
            jobs: how many commands could run at once.
            commands: how long they ran; None: not as children of this process.
        """
        chains: dict[str, float] = defaultdict(float)
        for cell in cells:
            if not cell.test and cell.step != GENERATE:
                chains[cell.variant] += cell.duration
        own = os.times()
        return cls(
            seconds=seconds,
            jobs=jobs,
            commands=commands,
            longest=max(chains.values(), default=0.0),
            own_cpu=own.user + own.system,
            commands_cpu=None if commands is None else own.children_user + own.children_system,
        )

    @property
    def least(self) -> float | None:
        """The time below which the commands alone cannot have been done; None as `commands`."""
        if self.commands is None:
            return None
        return max(self.commands / self.jobs, min(self.longest, self.commands))

    @property
    def over(self) -> float | None:
        """What was taken beyond `least`, as a share of it; None: hardly anything ran, or nobody
        knows."""
        least = self.least
        if self.commands is None or least is None or self.commands < LEAST_COMMANDS:
            return None
        return max(0.0, self.seconds / least - 1)
