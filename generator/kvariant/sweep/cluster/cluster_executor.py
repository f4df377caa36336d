# SPDX-License-Identifier: MIT
"""The executor of a cluster: hands jobs to workers that Dask reaches, each to one of our choice.

Dask may run a task several times and blames it for every worker that is lost, even if it had
not begun. So no task is left to its scheduler's choice: each is for one worker, and what a lost
one had is handed out anew here, a job that was running there once.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import pickle
import platform
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.steps.environment import variables
from kvariant.sweep.cluster.cell_worker import Greeting, code_digest, end, leave, stop
from kvariant.sweep.cluster.dispatcher import Dispatcher, ToolsOf
from kvariant.sweep.cluster.machine_copies import MachineCopies
from kvariant.sweep.job_events import TICK, JobEvents

if TYPE_CHECKING:
    from kvariant.errors import Diagnostic
    from kvariant.steps.job import CellJob, CellResult
    from kvariant.sweep.cluster.dask_connection import DaskConnection
    from kvariant.sweep.executor import JobEnded

_END = 4.5
"""Seconds that ending what runs on all machines may take."""
_LATER = 1.0
"""The same once a machine has not answered in that time."""


class ClusterExecutor:
    """Runs jobs on the workers of a connection."""

    def __init__(
        self,
        connection: DaskConnection,
        state: Path,
        tools_of: ToolsOf,
        tools: Sequence[str],
        environment: dict[str, str],
        warn: Callable[[Diagnostic], None],
        roots: Sequence[Path] = (),
        made: Sequence[Path] = (),
    ) -> None:
        """Take a connection; see `begin`.

        Args:
            connection: to the scheduler.
            state: the state folder: there a machine sees whether the files are the same.
            tools_of: returns the programs that a job cannot do without.
            tools: all of them.
            environment: that of the commands, on this machine.
            warn: told of machines that get less to do than others.
            roots: the folders that a machine needs which does not see ours.
            made: those that the sweep has made and which travel as well.
        """
        self._client = connection.client
        self._session = f"kvariant-{uuid.uuid4().hex}"
        self._token = state / f"cluster-{self._session[-32:]}"
        self._token.write_text(self._session, encoding="utf-8")
        self._events = JobEvents()
        self._numbers = itertools.count()
        self._submitted: deque[tuple[int, CellJob, bytes]] = deque()
        """What the dispatcher's thread has not taken yet."""
        self._has_begun = False
        self._patience = _END
        self._threads = 0
        greeting = Greeting(
            code=code_digest(),
            token=self._token,
            text=self._session,
            tools=tuple(tools),
            environment=environment,
            build_variables=variables(()),
            host=platform.node(),
            is_starter=connection.launcher is not None and connection.launcher.is_local,
            roots=tuple(map(str, roots)),
            state=str(state),
        )
        copies = MachineCopies(self._client, roots, state, made)
        self._dispatcher = Dispatcher(
            connection, self._session, greeting, tools_of, copies, self._events.tell, warn
        )
        self._loop: asyncio.AbstractEventLoop = self._client.loop.asyncio_loop
        self._watching = asyncio.run_coroutine_threadsafe(self._dispatcher.watch(), self._loop)
        self._client.subscribe_topic(self._session, self._dispatcher.told)

    @property
    def capacity(self) -> int:
        """Jobs that it makes sense to have submitted at once, as the workers come and go."""
        return self._dispatcher.capacity

    def begin(self, seconds: float = 60.0) -> None:
        """Wait until the workers are there, or some of them for a while.

        Raises:
            MissingError: no worker that can be used has come [no-cluster].
        """
        self._has_begun = True
        self._wait_for_workers(seconds)
        self._threads = self._dispatcher.threads

    def _wait_for_workers(self, seconds: float) -> None:
        started = time.monotonic()
        while not self._dispatcher.is_complete:
            waited = time.monotonic() - started
            if self._watching.done():
                self._watching.result()
            if self._dispatcher.workers and waited > seconds / 4:
                return
            if waited > seconds or self._dispatcher.is_hopeless:
                raise self._dispatcher.nobody()
            time.sleep(0.02)

    def submit(self, job: CellJob) -> None:
        """Take a job; the first waits until there is a worker.

        Raises:
            MissingError: no worker that can be used has come [no-cluster].
        """
        if not self._has_begun:
            self.begin()
        self._events.open += 1
        self._submitted.append((next(self._numbers), job, pickle.dumps(job)))
        if len(self._submitted) == 1:  # its thread is woken once for many
            self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        """Give the dispatcher what was submitted; called in its thread."""
        self._dispatcher.take(self._taken())

    def _taken(self) -> Iterator[tuple[int, CellJob, bytes]]:
        while self._submitted:
            yield self._submitted.popleft()

    def wait(self, seconds: float | None = None) -> Sequence[CellResult | JobEnded]:
        """Return what has happened; see `Executor`."""
        return self._events.wait(seconds, self._look)

    def _look(self) -> bool:
        """Return whether a worker has come since the last look, and there is room for more jobs."""
        if self._watching.done():
            self._watching.result()
        before, self._threads = self._threads, self._dispatcher.threads
        return self._threads > before and self.capacity > self._events.open

    def stop(self) -> None:
        """Let what was submitted come to its end without second tries."""
        asyncio.run_coroutine_threadsafe(self._dispatcher.on_all(stop), self._loop)

    def cancel(self) -> None:
        """End what runs, on all machines, and forget the rest."""
        self._soon(self._dispatcher.cancel(end))
        self._events.forget()

    def close(self) -> None:
        """Leave the workers, which may be others' as well."""
        self._soon(self._dispatcher.leave(leave))
        self._watching.cancel()
        self._token.unlink(missing_ok=True)

    def _soon(self, work: Any) -> None:
        """Do something in the connection's thread, and wait for it, but not for ever."""
        future = asyncio.run_coroutine_threadsafe(
            asyncio.wait_for(work, self._patience), self._loop
        )
        until = time.monotonic() + self._patience + 1
        while time.monotonic() < until:
            try:
                future.result(TICK)
            except concurrent.futures.TimeoutError:
                if not future.done():
                    continue
                self._patience = _LATER
            except concurrent.futures.CancelledError:
                pass  # the connection is ending
            return
