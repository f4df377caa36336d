# SPDX-License-Identifier: MIT
"""A worker that can be used, with the batches of jobs that it was given."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kvariant.sweep.cluster import cell_worker

if TYPE_CHECKING:
    from kvariant.sweep.cluster.cell_worker import MachineFacts


@dataclass(slots=True, eq=False)
class Batch:
    """Jobs that were sent at once, to be run one after the other."""

    numbers: list[int]
    sent: float
    place: int
    """How many were sent before it, to whichever worker."""
    key: str
    future: Any = None
    follower: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None
    """Asks the worker for what has not begun."""
    is_answered: bool = False
    """Whether its answers are here, and what it has left is on its way."""
    is_asked: bool = False
    """Whether it has answered: what is left has begun."""


@dataclass(slots=True, eq=False)
class ClusterWorker:
    """A worker that can be used."""

    address: str
    name: str
    """The machine, as messages name it."""
    dask_name: str
    threads: int
    facts: MachineFacts
    batches: list[Batch] = field(default_factory=list)
    """What it was given, the oldest first; the first `threads` of them may have begun."""
    heard: float = field(default_factory=cell_worker.clock)
    """When its last answer came."""
    echo: float = 0.0
    """What that was: its own clock."""
    last_beat: float = 0.0
    beating: asyncio.Task[None] | None = None
    lacks: dict[str, str] = field(default_factory=dict)
    """Tool -> how it differs from ours."""

    @property
    def count(self) -> int:
        """How many jobs it has."""
        return sum(len(batch.numbers) for batch in self.batches)
