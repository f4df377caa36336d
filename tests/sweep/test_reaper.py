# SPDX-License-Identifier: MIT
"""The reaper, with the shell that waits and without one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kvariant.build import MARK
from kvariant.sweep.reaper import reaper

OURS = f"ours-{os.getpid()}"
"""No two runs of these tests beside each other have the same."""


class _KilledError(Exception):
    """What stands for a sweep's death: its end of the pipe closes, and it says nothing."""


@pytest.fixture(params=["/bin/sh", "/no/such/shell"])
def state(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, int]]:
    """A state folder, and an open handle of it."""
    monkeypatch.setattr("kvariant.sweep.reaper._SHELL", request.param)
    (tmp_path / "begun_with.json").write_text("{}", encoding="utf-8")
    os.utime(tmp_path / "begun_with.json", (0, 0))
    handle = os.open(tmp_path, os.O_RDONLY)
    yield tmp_path, handle
    os.close(handle)


def started(mark: str = "") -> subprocess.Popen[bytes]:
    """Start what runs for a long time, the leader of a group."""
    process = subprocess.Popen(
        ["/bin/sleep", "600"], start_new_session=True, env={MARK: mark} if mark else {}
    )
    # Whose parent has not asked how it ended has not gone: init asks for those of the killed.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def is_noted(folder: Path) -> bool:
    """Return whether the time is noted at which nothing ran any more."""
    return time.time() - (folder / "begun_with.json").stat().st_mtime < 60


def test_what_a_killed_sweep_was_running_is_ended(state: tuple[Path, int]) -> None:
    """Its groups that have not ended, and processes with its mark; no others."""
    folder, handle = state
    groups = [started() for _ in range(4)]
    marked, other = started(f"{OURS}-7-"), started(f"others-{os.getpid()}-7-")
    try:
        with contextlib.suppress(_KilledError), reaper(handle, OURS) as guard:
            for process in groups:
                guard.began(process.pid)
            guard.ended(groups[1].pid)
            guard.ended(groups[3].pid)
            guard.ended(1)  # of which it was never told
            raise _KilledError
        # it has ended when the block has
        assert [groups[n].wait(5) for n in (0, 2)] == [-9, -9]
        assert [groups[n].poll() for n in (1, 3)] == [None, None]
        assert (marked.wait(5), other.poll()) == (-9, None)
        assert is_noted(folder)
    finally:
        for process in (*groups, marked, other):
            process.kill()
            process.wait()


def test_a_sweep_that_ends_leaves_no_daemon(state: tuple[Path, int]) -> None:
    """What has its mark is ended, then too."""
    folder, handle = state
    marked, other = started(f"{OURS}-7-"), started(f"others-{os.getpid()}-7-")
    try:
        with reaper(handle, OURS):
            pass
        assert (marked.wait(5), other.poll()) == (-9, None)
        assert is_noted(folder)
    finally:
        for process in (marked, other):
            process.kill()
            process.wait()


def test_a_group_that_runs_when_a_sweep_ends_is_ended(state: tuple[Path, int]) -> None:
    """Whatever the reason for which nobody waited for it."""
    folder, handle = state
    group = started()
    try:
        with reaper(handle, OURS) as guard:
            guard.began(group.pid)
        assert group.wait(5) == -9
        assert is_noted(folder)
    finally:
        group.kill()
        group.wait()


def test_nothing_is_left_to_be_ended(state: tuple[Path, int]) -> None:
    """After thousands of commands that have ended the time is noted, and that is all."""
    folder, handle = state
    with reaper(handle, OURS) as guard:
        for number in range(100_000, 103_000):
            guard.began(number)
            if number >= 100_003:
                guard.ended(number - 3)
        for number in range(102_997, 103_000):
            guard.ended(number)
        assert guard.knows_of_none
    assert is_noted(folder)
