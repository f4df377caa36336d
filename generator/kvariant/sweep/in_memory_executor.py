# SPDX-License-Identifier: MIT
"""An executor that runs nothing: it answers jobs from memory, for tests of what schedules them.

Jobs and results are pickled on their way, as they would be to another machine.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kvariant.steps.job import CellJob, CellResult
from kvariant.sweep.executor import JobEnded

Answers = Callable[[CellJob], Iterable[CellResult]]


class InMemoryExecutor:
    """Answers the oldest job each time it is waited for."""

    def __init__(self, answers: Answers, capacity: int = 1) -> None:
        """Take what stands for running a job.

        Args:
            answers: returns the results of a job, or raises what running it would.
            capacity: jobs at once.
        """
        self.capacity = capacity
        self._answers = answers
        self._waiting: deque[CellJob] = deque()
        self.is_stopping = False

    def submit(self, job: CellJob) -> None:
        """Take a job."""
        self._waiting.append(pickle.loads(pickle.dumps(job)))

    def wait(self, seconds: float | None = None) -> Sequence[CellResult | JobEnded]:
        """Return the results of the oldest job, and its end; it takes no time."""
        if not self._waiting:
            return []
        job = self._waiting.popleft()
        results = [pickle.loads(pickle.dumps(r)) for r in self._answers(job)]
        return [*results, JobEnded(job)]

    def stop(self) -> None:
        """Note it."""
        self.is_stopping = True

    def cancel(self) -> None:
        """Forget what was submitted."""
        self.is_stopping = True
        self._waiting.clear()
