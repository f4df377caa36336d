# SPDX-License-Identifier: MIT
"""Workers that we start ourselves: processes of this machine, or of others through ssh.

Each is held by its standard input: when that closes, it ends itself with all that it runs,
so that no worker outlives the sweep, however that ends. One that is lost is started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from kvariant.sweep.cluster.forked_worker import ForkedWorker, fork_worker, may_fork

_TIMES = 50
"""Starts of one worker that lived, each; more would hide a machine that cannot do the work."""
_YOUNG = 10.0
"""Seconds: a worker that ended before, and had not come, had hardly begun."""
_YOUNG_TIMES = 3
"""Such ends in a row after which it is not started again."""


@dataclass(slots=True)
class LaunchedWorker:
    """A worker and the command that starts it."""

    name: str
    """The machine, for messages."""
    command: Sequence[str]
    threads: int
    process: subprocess.Popen[bytes] | ForkedWorker | None = None
    errors: IO[bytes] | None = None
    began: float = 0.0
    starts: int = 0
    young: int = 0
    """Ends in a row soon after a start, before it had come."""
    has_come: bool = False
    """Whether it could be used since its last start: what ends it then is not its start."""

    @property
    def is_given_up(self) -> bool:
        """Whether it is not started again."""
        return self.starts >= _TIMES or self.young >= _YOUNG_TIMES

    @property
    def worker_name(self) -> str:
        """What it is called in Dask: each start has a name of its own."""
        return f"{self.name}-{self.starts}"

    @property
    def is_held(self) -> bool:
        """Whether it runs, as far as we know: it ends with its connection to us."""
        return self.process is not None and self.process.poll() is None

    def complaint(self) -> str:
        """Return the last line that it has printed, "" for none."""
        if self.errors is None:
            return ""
        self.errors.seek(max(0, self.errors.seek(0, os.SEEK_END) - 4096))
        lines = self.errors.read().decode(errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


@dataclass(slots=True)
class WorkerLauncher:
    """Starts workers, and starts again what was lost."""

    workers: Sequence[LaunchedWorker]
    is_local: bool = False
    """Whether they are processes of this machine."""
    welcome: Mapping[str, Any] = field(default_factory=dict)
    """What each is told: see `worker_process`."""
    program: Callable[[], int] | None = None
    """What a copy of this process is to do that is a worker; None: each is a new process."""

    def start(self) -> None:
        """Start what does not run and may be started."""
        for worker in self.workers:
            if worker.is_held:
                continue
            if worker.process is not None:
                lived = time.monotonic() - worker.began
                is_young = lived < _YOUNG and not worker.has_come
                worker.young = worker.young + 1 if is_young else 0
                _close(worker.process)
                worker.process = None
            if not worker.is_given_up:
                self._start(worker)

    def came(self, name: str) -> None:
        """Note that the worker that Dask calls so can be used."""
        for worker in self.workers:
            worker.has_come |= worker.worker_name == name

    def _start(self, worker: LaunchedWorker) -> None:
        if worker.errors is None:
            worker.errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the worker
        worker.starts += 1
        worker.has_come = False
        worker.began = time.monotonic()
        if self.program is not None and may_fork():
            title = f"{_MODULE} {worker.name}"
            worker.process = fork_worker(self.program, title, worker.errors)
        else:
            worker.process = subprocess.Popen(
                worker.command,
                stdin=subprocess.PIPE,
                stdout=worker.errors,
                stderr=worker.errors,
                start_new_session=True,  # Ctrl-C is for us
            )
        if self.welcome:
            self._greet(worker)

    def greet(self, welcome: Mapping[str, Any]) -> None:
        """Tell all that were started, and those that will be, how to reach the scheduler."""
        self.welcome = welcome
        for worker in self.workers:
            if worker.process is not None:
                self._greet(worker)

    def _greet(self, worker: LaunchedWorker) -> None:
        assert worker.process is not None
        assert worker.process.stdin is not None
        said = {**self.welcome, "name": worker.worker_name, "threads": worker.threads}
        with contextlib.suppress(BrokenPipeError):  # it has ended: the next look sees it
            worker.process.stdin.write(json.dumps(said).encode() + b"\n")
            worker.process.stdin.flush()

    def holds(self, name: str) -> bool:
        """Return whether a worker of that name runs: one whose ssh has ended is on its way out."""
        return any(worker.is_held and worker.worker_name == name for worker in self.workers)

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            if worker.process is not None:
                _close(worker.process)
        until = time.monotonic() + 3
        for worker in self.workers:
            if worker.process is None:
                continue
            try:
                worker.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.send_signal(signal.SIGKILL)
                worker.process.wait()
        for worker in self.workers:
            if worker.errors is not None:
                worker.errors.close()


def local_workers(count: int) -> list[LaunchedWorker]:
    """Return workers of this machine, one job at a time each.

    They look for modules where we do, whatever stands in the folder that we are in.
    """
    path = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109  as Python has it
    program = (
        f"import os, sys; sys.path[:] = {path!r}; from {_MODULE} import main; os._exit(main())"
    )
    command = [sys.executable, "-c", program]
    return [LaunchedWorker(f"worker {i + 1}", command, 1) for i in range(count)]


def ssh_workers(hosts: Sequence[str], python: str) -> list[LaunchedWorker]:
    """Return a worker on each of some machines, a job a core at a time.

    Args:
        hosts: as ssh knows them.
        python: what runs Python there; a shell of theirs reads it.
    """
    found = []
    for host in hosts:
        remote = f"exec {python} -m {shlex.quote(_MODULE)}"
        command = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=5"]
        found.append(LaunchedWorker(host, [*command, host, remote], 0))
    return found


_MODULE = "kvariant.sweep.cluster.worker_process"


def _close(process: subprocess.Popen[bytes] | ForkedWorker) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it has ended
            process.stdin.close()
