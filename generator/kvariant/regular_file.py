# SPDX-License-Identifier: MIT
"""Reading of regular files only: a pipe without a writer would keep us waiting for ever.

Standard input, and what a shell puts in the place of `<(command)`, are pipes on purpose: those
below /dev and /proc are read.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

_GIVEN = ("/dev/fd/", "/dev/stdin", "/proc/")
_EMPTY = "/dev/null"


def require_readable(path: str | os.PathLike[str]) -> None:
    """Refuse what cannot be read to its end.

    Raises:
        OSError: it is not there, or a pipe, a socket or a device.
    """
    mode = os.stat(path).st_mode  # noqa: PTH116 -- thousands of Kconfig files
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # reading a folder says what it is
        return
    if not os.fspath(path).startswith((*_GIVEN, _EMPTY)):
        raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))


def read_text(path: Path, errors: str = "strict") -> str:
    """Return the text of a file.

    Args:
        path: the file.
        errors: what becomes of bytes that are not UTF-8; see `bytes.decode`.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    require_readable(path)
    return path.read_text(encoding="utf-8", errors=errors)


def read_lines(path: Path, errors: str = "strict") -> str:
    """Return the text of a file in the lines that compilers and git count.

    A carriage return that no newline follows ends none.

    Raises:
        OSError, UnicodeDecodeError: as `read_text`.
    """
    require_readable(path)
    return path.read_bytes().decode("utf-8", errors).replace("\r\n", "\n")


def record_of(path: Path) -> dict[str, Any] | None:
    """Return the JSON object that a file of ours holds.

    Returns None where there is none or it is damaged: what it said is found out anew.
    """
    try:
        found = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
