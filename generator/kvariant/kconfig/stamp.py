# SPDX-License-Identifier: MIT
"""What tells one state of a file or folder from another, without reading it."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any


def stamp_of(path: str) -> Any:
    """Return what tells one state of a file or folder from another, None where it is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a tree has thousands
        if stat.S_ISDIR(status.st_mode):
            return sorted(
                (e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in os.scandir(path)
            )
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


def digest_of(path: str) -> str:
    """Return the digest of a file's content, "" where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def is_same(path: str, stamp: Any, digest: str) -> bool:
    """Return whether a file has its content: by its stamp, else by its digest.

    The time of the last change of status cannot be set back, so an edit that keeps size and
    time is seen.
    """
    return stamp_of(path) == stamp or digest_of(path) == digest != ""
