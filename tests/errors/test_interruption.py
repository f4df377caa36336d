"""Ctrl-C and kill -9 while variants are written or built."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .case import sound_project
from .test_messages import contents

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_every_moment(tmp_path: Path, name: str) -> None:
    """Struck at any file operation, every variant is old or new, and a second run repairs.

    What others put into the folder stays; after Ctrl-C nothing of ours lies about.
    """
    project = sound_project(tmp_path / "project")
    (project / "configs/gone.config").write_text("CONFIG_NET=y\n")
    done = subprocess.run(
        [sys.executable, HERE / "interrupted.py", tmp_path, name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    *problems, last = done.stdout.splitlines()
    assert problems == []
    moments = re.fullmatch(r"(\d+) moments", last)
    assert moments
    assert int(moments[1]) > 30, "the run made file operations, and each was struck"


def test_interrupt_while_waiting(tmp_path: Path) -> None:
    """Ctrl-C while another run holds the output folder ends at once, with code 130."""
    project = sound_project(tmp_path / "project")
    (project / "generated").mkdir()
    before = contents(project)
    handle = os.open(project / "generated", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with started(project, "generate") as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line == "waiting for another kvariant in this output folder\n"
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
    finally:
        os.close(handle)
    assert errors == "\ninterrupted\n"
    assert process.returncode == 130
    assert contents(project) == before


def test_interrupt_while_compiling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a hanging compiler with all its children, and does not wait for it."""
    project = sound_project(tmp_path / "project")
    gcc = tmp_path / "bin/gcc"
    gcc.parent.mkdir()
    gcc.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo gcc 0\n'
        f"sleep 600 &\necho $$ $! > {tmp_path}/pids.part\n"
        f"mv {tmp_path}/pids.part {tmp_path}/pids\nsleep 600\n"
    )
    gcc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{gcc.parent}:{os.environ['PATH']}")
    with started(project, "sweep", "--step", "build", "-j", "1") as process:
        deadline = time.monotonic() + 20
        while not (tmp_path / "pids").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    kept = "2 of 4 cells have ended and are kept (kvariant report)"
    assert output == ""
    assert errors == f"{kept}; the same command goes on from there\n\ninterrupted\n"
    assert process.returncode == 130
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        assert not is_running(pid)


@contextmanager
def started(project: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start kvariant in a project; it is gone when the context ends, whatever it does."""
    with subprocess.Popen(
        [sys.executable, "-m", "kvariant", *arguments],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_running(pid: int) -> bool:
    """Return whether a process is there and is no zombie that nobody has collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
