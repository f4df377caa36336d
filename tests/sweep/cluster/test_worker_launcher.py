# SPDX-License-Identifier: MIT
"""Workers that are started again when they end, and when that is given up."""

from __future__ import annotations

import contextlib
import sys

import pytest

from kvariant.sweep.cluster.worker_launcher import LaunchedWorker, WorkerLauncher


@pytest.mark.parametrize(("has_come", "starts"), [(False, 3), (True, 8)])
def test_ends_soon_after_a_start(*, has_come: bool, starts: int) -> None:
    """Three in a row are enough, unless it could be used: what ended it was not its start."""
    worker = LaunchedWorker("here", [sys.executable, "-c", "pass"], threads=1)
    launcher = WorkerLauncher([worker])
    with contextlib.closing(launcher):
        for _ in range(8):
            launcher.start()
            if worker.process is None:
                break
            launcher.came("another-1")
            if has_come:
                launcher.came(worker.worker_name)
            worker.process.wait(30)
        assert (worker.starts, worker.is_given_up) == (starts, not has_come)
