# SPDX-License-Identifier: MIT
"""A copy of this process does something else, with its own input, output, session and end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from kvariant.sweep.cluster import forked_worker
from kvariant.sweep.cluster.forked_worker import ForkedWorker, fork_worker, may_fork

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux alone")


@pytest.fixture
def errors() -> Iterator[IO[bytes]]:
    """Yield a file for what it prints."""
    with tempfile.TemporaryFile() as file:
        yield file


def printed(errors: IO[bytes]) -> str:
    """Return what it has printed."""
    errors.seek(0)
    return errors.read().decode()


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def answering() -> int:
    """Answer a line, and end with a code when the input ends."""
    line = sys.stdin.buffer.readline()
    print("heard", line.decode().strip(), flush=True)
    print("session", os.getsid(0) == os.getpid(), flush=True)
    handles = [path for path in Path("/proc/self/fd").iterdir() if path.name not in "012"]
    # What stays is the folder that is read here; the other's pipe would be one, too.
    print("pipes", sum("pipe" in os.readlink(path) for path in handles if path.is_symlink()))  # noqa: PTH115
    while sys.stdin.buffer.read(1):
        pass
    return 7


def test_its_own_input_output_session_and_end(errors: IO[bytes]) -> None:
    """It hears what is said to it alone, has nothing else of ours, and ends when its input does."""
    worker = fork_worker(answering, "a title", errors)
    other = fork_worker(answering, "another", errors)  # has no end of the first one's input
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0.05)
    assert worker.poll() is None
    worker.stdin.write(b"hello\n")
    worker.stdin.flush()
    until(lambda: "pipes" in printed(errors))
    worker.stdin.close()
    assert worker.wait(20) == 7
    assert worker.poll() == 7
    assert printed(errors).splitlines() == ["heard hello", "session True", "pipes 0"]
    other.stdin.close()
    assert other.wait(20) == 7


def test_its_command_line(errors: IO[bytes]) -> None:
    """People tell it from the sweep, as far as there is room for it."""
    title = "kvariant.sweep.cluster.worker_process worker 1"
    worker = fork_worker(lambda: len(sys.stdin.read()), title, errors)
    line = Path(f"/proc/{worker.pid}/cmdline")
    until(lambda: line.read_bytes().startswith(title.encode()[:12]))
    assert not Path("/proc/self/cmdline").read_bytes().startswith(title.encode()[:12])
    worker.stdin.close()
    assert worker.wait(20) == 0


def test_killed_or_broken(errors: IO[bytes]) -> None:
    """A signal's end is told as that; what it raises is printed, and its code is 1."""
    worker = fork_worker(lambda: len(sys.stdin.read()), "a", errors)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(20) == -signal.SIGKILL
    worker.send_signal(signal.SIGKILL)  # it has ended: nobody else is meant
    worker.stdin.close()

    def broken() -> int:
        raise ValueError("broken")

    worker = fork_worker(broken, "a", errors)
    assert worker.wait(20) == 1
    assert printed(errors).endswith("ValueError: broken\n")
    worker.stdin.close()


def test_not_while_another_thread_runs() -> None:
    """A lock that it holds would never be given back."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    assert not may_fork()
    over.set()
    thread.join()


def test_no_further_process(errors: IO[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error as that of any command, and nothing stays open."""

    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(forked_worker.os, "fork", refused)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(OSError, match="unavailable"):
        fork_worker(answering, "a", errors)
    assert before == len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_one_that_somebody_else_has_collected(errors: IO[bytes]) -> None:
    """It has ended, whatever its code was."""
    worker = fork_worker(lambda: 0, "a", errors)
    os.waitpid(worker.pid, 0)
    assert isinstance(worker, ForkedWorker)
    assert worker.wait(5) == 0
    worker.stdin.close()
