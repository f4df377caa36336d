# SPDX-License-Identifier: MIT
"""Leases: what a lost worker had begun is begun elsewhere when nothing of it can run any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from kvariant.build import Processes
from kvariant.sweep.cluster import cell_worker
from kvariant.sweep.cluster.lost_workers import LostWorker, LostWorkers

HERE = SimpleNamespace(address="here")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock whose time is set."""
    clock = SimpleNamespace(time=100.0)
    monkeypatch.setattr(cell_worker, "clock", lambda: clock.time)
    return clock


def lost(heard: float, *, is_over: bool = False, guard: str = "/nowhere") -> LostWorker:
    """Return a worker that was last heard of at a time."""
    return LostWorker(name="alpha-1", guard=guard, heard=heard, is_over=is_over, jobs=[1, 2])


def test_jobs_wait_for_the_lease(now: SimpleNamespace) -> None:
    """Of a worker that may be cut off; not of one that has said that it is over."""
    workers = LostWorkers(lambda _: False)
    workers.add(lost(100.0))
    workers.add(lost(100.0, is_over=True))
    assert [True] == [one.is_over for one in workers.settled()]
    now.time = 100.0 + cell_worker.LEASE + cell_worker.SETTLED - 0.1
    assert [] == [*workers.settled()]
    now.time += 0.2
    assert [[1, 2]] == [[*one.jobs] for one in workers.settled()]
    assert [] == [*workers.settled()], "each once"


def test_the_worker_ends_before_the_controller_goes_on(
    now: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever words and answers are lost or late on their way: its lease is counted from an
    answer that has arrived, so it is over before its jobs begin elsewhere."""
    session = cell_worker._Session(Processes(), lambda: None, "", now.time)
    monkeypatch.setitem(cell_worker._sessions, "s", session)
    heard, echo = now.time, 0.0
    # Answers that arrive, one that does not, and a word from before that comes late.
    for arrives, sent in [(True, None), (True, None), (False, None), (False, "the first echo")]:
        now.time += 2
        given = {"here": 0.0 if sent else echo}
        said = cell_worker.beat("s", given, HERE)
        assert said == now.time
        if arrives:
            heard, echo = now.time, said
        assert session.heard <= heard
    now.time += 60
    cell_worker.beat("s", {"here": echo}, HERE)  # it was on its way for a minute
    assert session.heard <= heard
    session.is_over = True
    assert cell_worker.beat("s", {}, HERE) is False
    session.running = 1
    assert cell_worker.beat("s", {}, HERE) is not False, "a command is being ended"
    assert cell_worker.beat("nobody", {}, HERE) is False


PROGRAM = """
import sys, threading, time
from pathlib import Path
from kvariant.sweep.cluster import cell_worker
session = cell_worker._opened()
command = ["sh", "-c", "echo $$ >pid.new; mv pid.new pid; exec sleep 60"]
run = lambda: session.processes.run(command, Path.cwd(), 60)
threading.Thread(target=run, daemon=True).start()
while not Path("pid").exists():
    time.sleep(0.01)
print(session.guard, flush=True)
time.sleep(60)
"""


def test_a_process_of_this_machine_is_known_to_be_gone(tmp_path: Path) -> None:
    """Its folder is locked while it lives, and when it was killed until its commands are gone."""
    worker = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    guard = worker.stdout.readline().strip()
    command = int((tmp_path / "pid").read_text())
    workers = LostWorkers(lambda _: worker.poll() is not None)
    workers.add(lost(cell_worker.clock(), guard=guard))
    assert not cell_worker.is_settled(guard)
    assert [] == [*workers.settled()]
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    began = time.monotonic()
    while not [*workers.settled()]:
        assert time.monotonic() - began < cell_worker.LEASE / 2
        time.sleep(0.002)
    with pytest.raises(ProcessLookupError):
        os.kill(command, 0)
    Path(guard).rmdir()
    assert cell_worker.is_settled(guard), "a folder that is gone is nobody's"
