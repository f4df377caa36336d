# SPDX-License-Identifier: MIT
"""An executor: takes jobs and hands back results, wherever it runs them.

Who writes another one proves it by `ExecutorContract` in tests/sweep/test_executor.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kvariant.steps.job import CellJob, CellResult


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job that is done: no more results of it will come."""

    job: CellJob


class Executor(Protocol):
    """Runs jobs. One thread asks; where the work is done is the executor's own affair."""

    @property
    def capacity(self) -> int:
        """Jobs that it makes sense to have submitted at once."""

    def submit(self, job: CellJob) -> None:
        """Take a job; it is begun as soon as there is room."""

    def wait(self, seconds: float | None = None) -> Sequence[CellResult | JobEnded]:
        """Wait for something to happen, and return what has, in its order.

        Args:
            seconds: return, empty, if nothing has happened by then; None: wait on.

        It returns, empty as well, when `capacity` has grown: who waits may have more to submit.
        A result comes before the end of its job, and may come twice where a job was run
        twice. With no job submitted there is nothing to wait for: it is empty.

        Raises: what a job raises.
        """

    def stop(self) -> None:
        """Let what was submitted come to its end without second tries."""

    def cancel(self) -> None:
        """End what runs and forget the rest; when it returns, nothing of it runs any more."""
