# SPDX-License-Identifier: MIT
"""Workers that were lost: when what they had begun may be begun elsewhere.

A worker that is cut off does not know that it is lost. It ends its commands when its lease
is over [`cell_worker.LEASE`], which is counted from an answer that has reached us; until then
two machines that see the same folder would write there at once. So its jobs wait for that.
Of a process that we have started on this machine it is known sooner that nothing of it runs:
its session's folder is locked until its commands are gone as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kvariant.sweep.cluster import cell_worker


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWorker:
    """A worker that is lost, and may go on for a while where we do not see it."""

    name: str
    """Dask's."""
    machine: str = ""
    """What messages call it."""
    host: str = ""
    guard: str
    """Its session's folder [`MachineFacts.guard`]."""
    heard: float
    """When its last answer came, by `cell_worker.clock`."""
    is_over: bool
    """Whether it has said that nothing of the session runs there any more."""
    jobs: Sequence[int]
    """What it was given, and has not ended."""
    batches: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Those of its batches that it may have begun, by their keys."""
    is_charged: bool = True
    """Whether the jobs that it was at may be the cause."""


@dataclass(slots=True)
class LostWorkers:
    """Those whose jobs wait."""

    has_ended: Callable[[str], bool]
    """Whether a worker is a process of this machine that has ended."""
    _waiting: list[LostWorker] = field(default_factory=list)

    def add(self, worker: LostWorker) -> None:
        """Take a worker for lost."""
        self._waiting.append(worker)

    def settled(self) -> Iterator[LostWorker]:
        """Yield, once, each of which nothing runs any more."""
        for worker in [*self._waiting]:
            if self._is_settled(worker):
                self._waiting.remove(worker)
                yield worker

    def forget(self) -> None:
        """Wait for nothing."""
        self._waiting.clear()

    def _is_settled(self, worker: LostWorker) -> bool:
        over = worker.heard + cell_worker.LEASE + cell_worker.SETTLED
        if worker.is_over or cell_worker.clock() >= over:
            return True
        return self.has_ended(worker.name) and cell_worker.is_settled(worker.guard)
