# SPDX-License-Identifier: MIT
"""What an executor's own threads tell the one that waits: results, ends, and what was raised."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Sequence

from kvariant.steps.job import CellResult
from kvariant.sweep.executor import JobEnded

TICK = 0.2
"""Seconds between two looks at the work.

Python hears a signal when the main thread runs: one that comes as it begins to wait
without a limit, or to another thread, would be heard when the wait is over.
"""


class JobRaised:
    """What a job has raised, or what makes it impossible to go on."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


JobEvent = CellResult | JobEnded | JobRaised


class JobEvents:
    """A queue of events, and how many jobs are yet to end."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
        self.open = 0
        """Jobs that were submitted and have not ended."""

    def tell(self, event: JobEvent) -> None:
        """Add an event; any thread may."""
        self._events.put(event)

    def wait(
        self, seconds: float | None, look: Callable[[], bool] = lambda: False
    ) -> Sequence[CellResult | JobEnded]:
        """Return what has happened; see `Executor.wait`.

        Args:
            seconds: return, empty, if nothing has happened by then; None: wait on.
            look: called from time to time while nothing happens: whether to return; what it
                raises is raised.

        Raises: what a job has raised.
        """
        found: list[CellResult | JobEnded] = []
        until = None if seconds is None else time.monotonic() + seconds
        while self.open and not found:
            left = TICK if until is None else until - time.monotonic()
            try:
                event = self._events.get(timeout=max(0.0, min(TICK, left)))
                while True:
                    if isinstance(event, JobRaised):
                        raise event.error
                    if isinstance(event, JobEnded):
                        self.open -= 1
                    found.append(event)
                    event = self._events.get_nowait()
            except queue.Empty:
                if left <= 0:
                    break
                if not found and look():
                    break
        return found

    def forget(self) -> None:
        """Drop what has happened, and the jobs that have not ended."""
        with contextlib.suppress(queue.Empty):  # that was all
            while True:
                self._events.get_nowait()
        self.open = 0
