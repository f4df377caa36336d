# SPDX-License-Identifier: MIT
"""Workers of this machine keep what every executor keeps, are lost, and end what they run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from kvariant.build import Processes
from kvariant.errors import Diagnostic
from kvariant.results import Outcome
from kvariant.steps.job import CellResult, Emit
from kvariant.sweep.cluster.cluster_executor import ClusterExecutor
from kvariant.sweep.cluster.dask_connection import connected
from kvariant.sweep.cluster.location import ClusterLocation
from kvariant.sweep.executor import JobEnded
from sweep.test_executor import Echo, ExecutorContract, worked_off

# Dask leaves sockets and pipes to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture
def warnings() -> list[Diagnostic]:
    """Return a list for what is said of machines."""
    return []


@pytest.fixture
def executor(tmp_path: Path, warnings: list[Diagnostic]) -> Iterable[ClusterExecutor]:
    """Yield an executor with two workers."""
    state = tmp_path / "state"
    state.mkdir()
    with connected(ClusterLocation.parse("2"), {}, state) as connection:
        found = ClusterExecutor(
            connection, state, lambda _: (), ["sh"], dict(os.environ), warnings.append
        )
        found.begin()
        yield found
        found.close()


class TestClusterExecutor(ExecutorContract):
    """Two workers of this machine."""

    @pytest.fixture
    def executor(self, executor: ClusterExecutor) -> ClusterExecutor:
        return executor


@dataclass(frozen=True)
class Deadly(Echo):
    """A job that ends the worker that runs it, as long as there are fewer such ends than wanted."""

    times: int = 1

    def run(self, processes: Processes, emit: Emit) -> None:
        for count in range(self.times):
            mark = Path(self.folder) / f"{self.variants[0]}-{count}"
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        super().run(processes, emit)


def results(events: Iterable[CellResult | JobEnded]) -> dict[str, CellResult]:
    """Return the last result of each variant."""
    return {event.id[0]: event for event in events if isinstance(event, CellResult)}


def test_a_worker_that_is_lost(executor: ClusterExecutor, tmp_path: Path) -> None:
    """What it ran runs elsewhere once; what it had not begun is none the worse for it."""
    jobs = [Echo((f"v{i}",), str(tmp_path)) for i in range(30)]
    jobs[5:5] = [Deadly(("once",), str(tmp_path))]
    found = results(worked_off(executor, jobs))
    assert len(found) == 31
    assert {r.cells[0].outcome for r in found.values()} == {Outcome.OK}


def test_a_cell_that_is_lost_twice(executor: ClusterExecutor, tmp_path: Path) -> None:
    """It is an error of the machines, which are named, and all others end well."""
    jobs = [Echo((f"v{i}",), str(tmp_path)) for i in range(30)]
    jobs[5:5] = [Deadly(("ever",), str(tmp_path), times=100)]
    found = results(worked_off(executor, jobs))
    cell = found.pop("ever").cells[0]
    assert cell.outcome is Outcome.ERROR
    assert "lost with its machine twice: " in cell.reason
    assert os.uname().nodename in cell.reason
    assert cell.failures[0].is_of_machine
    assert len(found) == 30
    assert {r.cells[0].outcome for r in found.values()} == {Outcome.OK}
    assert len([*tmp_path.glob("ever-*")]) == 2


def test_cancel_ends_commands(executor: ClusterExecutor, tmp_path: Path) -> None:
    """Within five seconds nothing of what any worker ran is left, and nothing else begins."""
    command = "echo $$ >{0}.tmp; mv {0}.tmp {0}.pid; exec sleep 60"
    for variant in "abc":
        executor.submit(Echo((variant,), str(tmp_path), command))
    while len([*tmp_path.glob("*.pid")]) < 2:
        time.sleep(0.01)
    started = time.monotonic()
    executor.cancel()
    assert time.monotonic() - started < 5
    for path in tmp_path.glob("*.pid"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)
    assert len([*tmp_path.glob("*.pid")]) == 2


def test_short_jobs_do_not_wait_behind_a_long_one(
    executor: ClusterExecutor, tmp_path: Path
) -> None:
    """What was sent together with a job that takes long is run by another worker meanwhile."""
    jobs = [Echo((f"v{i}",), str(tmp_path)) for i in range(60)]
    until = tmp_path / "others"
    wait = f"while [ ! -e {until} ]; do sleep 0.05; done; echo {{}}"
    jobs[40:40] = [Echo(("long",), str(tmp_path), wait)]
    left = {job.variants[0] for job in jobs}
    waiting = list(jobs)
    running = 0
    while left or running:
        while waiting and running < executor.capacity:
            executor.submit(waiting.pop(0))
            running += 1
        for event in executor.wait(20):
            if isinstance(event, CellResult):
                left.discard(event.id[0])
            else:
                running -= 1
        if left == {"long"}:
            until.touch()
        assert running or waiting or not left
