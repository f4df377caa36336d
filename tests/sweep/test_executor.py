# SPDX-License-Identifier: MIT
"""What every executor keeps: each job's results once and in order, its end, nothing after a cancel.

Who writes another executor derives a class from `ExecutorContract` and gives it `executor`.
"""

from __future__ import annotations

import pickle
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kvariant.build import Processes
from kvariant.errors import Diagnostic, MissingError
from kvariant.results import Cell, Outcome
from kvariant.results.figures import Figures, WarningCount
from kvariant.steps.job import CellId, CellJob, CellResult, Emit
from kvariant.sweep.executor import Executor, JobEnded
from kvariant.sweep.in_memory_executor import InMemoryExecutor
from kvariant.sweep.local_executor import LocalExecutor


@dataclass(frozen=True)
class Echo:
    """A job that has a result for each of its variants: what a command printed."""

    variants: tuple[str, ...]
    folder: str
    command: str = "echo {}"
    fails: bool = False

    @property
    def cells(self) -> tuple[CellId, ...]:
        return tuple((variant, "echo") for variant in self.variants)

    def run(self, processes: Processes, emit: Emit) -> None:
        for variant in self.variants:
            if self.fails:
                raise MissingError(Diagnostic(message="the disk is full", code="disk"))
            command = ["sh", "-c", self.command.format(variant)]
            done = processes.run(command, Path(self.folder), 60)
            emit(result(variant, done.output.strip() or done.ending))


def result(variant: str, said: str) -> CellResult:
    """Return the result of a variant in which a command printed something."""
    figures = Figures(
        sizes={".text": len(said)}, warnings=(WarningCount(said, "-W", 1),), is_counted=True
    )
    cell = Cell(variant=variant, step="echo", outcome=Outcome.OK, reason=said, figures=figures)
    return CellResult(cells=(cell,))


def answers(job: CellJob) -> Iterable[CellResult]:
    """What the twin says: the same as if it had run it."""
    found: list[CellResult] = []
    job.run(Processes(), found.append)
    return found


def worked_off(executor: Executor, jobs: Iterable[CellJob]) -> list[CellResult | JobEnded]:
    """Submit jobs as there is room for them; return all that happened, in order."""
    left, running, events, grown = list(jobs), 0, [], 0
    while left or running:
        while left and running < executor.capacity:
            executor.submit(left.pop(0))
            running += 1
        happened = executor.wait()
        grown += not happened  # its capacity has, as a worker was started again
        assert grown < 10, "something that was submitted has not ended"
        running -= sum(isinstance(event, JobEnded) for event in happened)
        events += happened
    assert not executor.wait()
    return events


class ExecutorContract:
    """Derived for each executor."""

    @pytest.fixture
    def executor(self) -> Executor:
        """Return the executor, with room for two."""
        raise NotImplementedError

    def test_each_result_once_before_the_end_of_its_job(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        """Results of a job come in order, each before the job's end, none is lost."""
        jobs = [Echo(tuple(f"v{i}-{k}" for k in range(i % 4)), str(tmp_path)) for i in range(25)]
        events = worked_off(executor, jobs)
        ends = [event.job for event in events if isinstance(event, JobEnded)]
        assert sorted(job.cells for job in ends) == sorted(job.cells for job in jobs)
        for job in jobs:
            mine = [e for e in events if isinstance(e, CellResult) and e.id in job.cells]
            assert [e.id for e in mine] == list(job.cells)
            assert [e.cells[0].reason for e in mine] == list(job.variants)
            assert mine == [result(name, name) for name in job.variants]
            end = events.index(JobEnded(next(j for j in ends if j.cells == job.cells)))
            assert all(events.index(e) < end for e in mine)

    def test_results_come_while_a_job_goes_on(self, executor: Executor, tmp_path: Path) -> None:
        """A job of many variants is no single result."""
        events = worked_off(executor, [Echo(("a", "b", "c"), str(tmp_path))])
        assert Counter(type(event) for event in events) == {CellResult: 3, JobEnded: 1}

    def test_waiting_has_an_end(self, executor: Executor, tmp_path: Path) -> None:
        """Who waits for so long and no longer goes on when that is over, and loses nothing."""
        started = time.monotonic()
        assert not executor.wait(0)
        executor.submit(Echo(("a",), str(tmp_path), "sleep 0.2; echo {}"))
        events = [*executor.wait(0.01)]
        assert time.monotonic() - started < 15
        while not any(isinstance(event, JobEnded) for event in events):
            events += executor.wait(0.05)
        assert [e.id[0] for e in events if isinstance(e, CellResult)] == ["a"]

    def test_what_a_job_raises(self, executor: Executor, tmp_path: Path) -> None:
        """It is raised where somebody waits, and what else was submitted can be cancelled."""
        executor.submit(Echo(("a",), str(tmp_path), fails=True))
        with pytest.raises(MissingError):
            all(iter(executor.wait, []))
        executor.cancel()
        assert not executor.wait()

    def test_cancelled(self, executor: Executor, tmp_path: Path) -> None:
        """After a cancel nothing runs any more, and nothing is told."""
        executor.submit(Echo(("a",), str(tmp_path)))
        executor.submit(Echo(("b",), str(tmp_path)))
        executor.cancel()
        assert not executor.wait()

    def test_jobs_and_results_are_plain(self, executor: Executor, tmp_path: Path) -> None:
        """What was pickled and read again runs the same."""
        job = pickle.loads(pickle.dumps(Echo(("a", "b"), str(tmp_path))))
        events = [e for e in worked_off(executor, [job]) if isinstance(e, CellResult)]
        assert pickle.loads(pickle.dumps(events)) == events == [result("a", "a"), result("b", "b")]


class TestInMemoryExecutor(ExecutorContract):
    """The twin."""

    @pytest.fixture
    def executor(self) -> Executor:
        return InMemoryExecutor(answers, 2)


class TestLocalExecutor(ExecutorContract):
    """Threads and processes of this machine."""

    @pytest.fixture
    def executor(self) -> Iterable[LocalExecutor]:
        executor = LocalExecutor(2, Processes())
        yield executor
        executor.close()

    def test_cancel_ends_commands(self, executor: LocalExecutor, tmp_path: Path) -> None:
        """What runs is ended, what waits is not begun, and cancelling returns when all is gone."""
        command = "echo $$ >{}.pid; exec sleep 60"
        for variant in "abc":
            executor.submit(Echo((variant,), str(tmp_path), command))
        while len([*tmp_path.glob("*.pid")]) < 2:
            time.sleep(0.01)
        started = time.monotonic()
        executor.cancel()
        assert time.monotonic() - started < 15
        assert not (tmp_path / "c.pid").exists()

    def test_jobs_run_side_by_side(self, executor: LocalExecutor, tmp_path: Path) -> None:
        """Two jobs that wait for each other both end."""
        meet = "touch {0}; while [ ! -e {1} ]; do sleep 0.01; done; echo met"
        jobs = [Echo((a,), str(tmp_path), meet.format(a, b)) for a, b in (("x", "y"), ("y", "x"))]
        events = worked_off(executor, jobs)
        assert [e.cells[0].reason for e in events if isinstance(e, CellResult)] == ["met"] * 2

    def test_no_thread_to_be_had(
        self, executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A machine without a free thread runs one job after the other."""

        def refused(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", refused)
        events = worked_off(executor, [Echo(("a",), str(tmp_path)), Echo(("b",), str(tmp_path))])
        assert [e.id[0] for e in events if isinstance(e, CellResult)] == ["a", "b"]

    def test_a_signal_to_another_thread(self, executor: LocalExecutor, tmp_path: Path) -> None:
        """Ctrl-C is heard at once, whichever thread the system gives it to."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        executor.submit(Signalling(("a",), str(tmp_path), "exec sleep 60"))
        started = time.monotonic()
        try:
            with pytest.raises(KeyboardInterrupt):
                all(iter(executor.wait, []))
        finally:
            signal.signal(signal.SIGINT, before)
        executor.cancel()
        assert time.monotonic() - started < 15


@dataclass(frozen=True)
class Signalling(Echo):
    """A job whose thread gets a SIGINT."""

    def run(self, processes: Processes, emit: Emit) -> None:
        time.sleep(0.5)  # by now the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        super().run(processes, emit)
