# SPDX-License-Identifier: MIT
"""The executor of this machine: threads that run jobs, and the processes that those start."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kvariant.sweep.executor import JobEnded
from kvariant.sweep.job_events import TICK, JobEvents, JobRaised

if TYPE_CHECKING:
    from kvariant.build import Processes
    from kvariant.steps.job import CellJob, CellResult


class LocalExecutor:
    """Runs each job in a thread of its own, `capacity` at a time."""

    def __init__(self, capacity: int, processes: Processes) -> None:
        """Take what runs commands.

        Args:
            capacity: jobs at once.
            processes: ended by `cancel`.
        """
        self.capacity = capacity
        self._processes = processes
        self._jobs: queue.SimpleQueue[CellJob | None] = queue.SimpleQueue()
        self._events = JobEvents()
        self._threads: list[threading.Thread] = []

    def submit(self, job: CellJob) -> None:
        """Take a job; a machine that has no thread left for it runs it here and now."""
        self._events.open += 1
        if self._events.open > len(self._threads) and len(self._threads) < self.capacity:
            thread = threading.Thread(target=self._work, name="kvariant-job", daemon=True)
            try:
                thread.start()
                self._threads.append(thread)
            except RuntimeError:
                if not self._threads:
                    self._run(job)
                    return
        self._jobs.put(job)

    def wait(self, seconds: float | None = None) -> Sequence[CellResult | JobEnded]:
        """Return what has happened; see `Executor`."""
        return self._events.wait(seconds)

    def stop(self) -> None:
        """Let what was submitted come to its end without second tries."""
        self._processes.stop()

    def cancel(self) -> None:
        """End what runs; a thread ends when the command that it waits for has."""
        self._processes.end()
        while True:
            try:
                self._jobs.get_nowait()
            except queue.Empty:
                break
        self.close()

    def close(self) -> None:
        """End the threads, each with the job that it is at."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            while thread.is_alive():  # not for ever: a signal is to be heard
                thread.join(TICK)
        self._threads.clear()
        self._events.open = 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._run(job)

    def _run(self, job: CellJob) -> None:
        try:
            job.run(self._processes, self._events.tell)
        except BaseException as error:  # the thread that waits is told, whatever it is
            self._events.tell(JobRaised(error))
        else:
            self._events.tell(JobEnded(job))
