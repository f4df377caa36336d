# SPDX-License-Identifier: MIT
"""Git, asked so that it runs no program of anybody's configuration and tells paths as they are."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

COMMAND: Sequence[str] = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
"""What every call begins with."""
PLAIN_DIFFERENCE: Sequence[str] = ("--no-ext-diff", "--no-textconv", "--no-color")
"""What every `git diff` is asked with: drivers of a user's configuration are programs too."""


def asked(
    folder: Path, *words: str, given: bytes = b"", seconds: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a git command and return what it printed, and how it ended.

    Args:
        folder: where it runs.
        given: its standard input.
        seconds: what it may take; None: as long as it wants.

    Raises:
        OSError: there is no git, or it cannot be run.
        subprocess.TimeoutExpired: it took longer.
    """
    return subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        input=given,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


def complaint(ended: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line of what a command that failed has to say."""
    return ended.stderr.decode(errors="replace").strip().split("\n")[0].removeprefix("fatal: ")
