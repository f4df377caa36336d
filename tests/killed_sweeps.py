# SPDX-License-Identifier: MIT
"""What must be the same of two sweeps, one of which was killed on its way."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import programs

STEP = programs.kvariant("sweep", "--json", "-j", "2")


def killed_after(project: Path, seconds: float, command: Sequence[str] = STEP) -> bool:
    """Start a sweep, kill it and nothing else after a time; return whether it was still running."""
    with programs.Popen(
        command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True


def verdicts(record: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return how each cell ended, whether it was run, reused or merged, and with what reason."""
    return {
        (cell["variant"], cell["step"], cell.get("test", "")): (
            cell.get("ended", cell["outcome"]),
            # How much there was to do differs, of course.
            "" if cell["step"] in ("generate", "build") else cell["reason"],
        )
        for cell in record["cells"]
    }


def left_over(mark: str) -> list[int]:
    """Return the processes whose command line has a text, once those being killed are gone."""
    deadline = time.monotonic() + 10
    while found := [pid for pid in _pids() if mark in _command_line(pid)]:
        if time.monotonic() > deadline:
            return found
        time.sleep(0.05)
    return []


def _pids() -> list[int]:
    found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in found if pid != os.getpid()]


def _command_line(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")
