# SPDX-License-Identifier: MIT
"""What is mounted below a folder: a step may have bound a user's folder into its own.

A folder that is removed with all that is in it takes along what is mounted there, which is
somebody else's: `mount --bind /home {out}/root/home` of a step that was killed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

TABLE = Path("/proc/self/mountinfo")
"""See proc_pid_mountinfo(5): the fifth field of a line is where something is mounted."""
_ESCAPE = re.compile(rb"\\([0-7]{3})")


def mounted_in(path: Path) -> Path | None:
    """Return a place at or below a path where something is mounted, None without one.

    Args:
        path: a file or folder; what a link leads to is not below it.

    Where the kernel has no such list, what is mounted from another device is found.
    """
    if path.is_symlink():
        return None
    real = Path(os.path.realpath(path))
    try:
        lines = TABLE.read_bytes().splitlines()
    except OSError:
        folders = (Path(folder) for folder, _, _ in os.walk(real))
        return next((folder for folder in folders if os.path.ismount(folder)), None)
    fields = (line.split(b" ") for line in lines)
    places = (Path(os.fsdecode(_ESCAPE.sub(_byte, f[4]))) for f in fields if len(f) > 4)
    return next((place for place in places if place.is_relative_to(real)), None)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) & 0xFF])
