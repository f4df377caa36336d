# SPDX-License-Identifier: MIT
"""Files that are written whole or not at all: laid out beside their place, then renamed to it.

    .NAME.RANDOM.kvariant-new

Each writer lays out under a name of its own: of two who write one file at once, the content of
the later one stays, and neither sees the other's. He holds a lock on what he lays out; a file
that is called so and that nobody holds is a killed run's, and the next writer removes it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from pathlib import Path

SUFFIX = ".kvariant-new"
"""Long enough that nothing else in a folder is called so."""
_LAID_OUT = re.compile(rf"\..*\.[0-9a-f]{{12}}{re.escape(SUFFIX)}", re.DOTALL)
_SHOWN = 50
"""Characters of a file's name in that of its lay-out: a name has 255 bytes at most."""


def replace_file(path: Path, content: bytes, *, is_tidy: bool = False) -> None:
    """Bring a file to a content, whole or not at all, also where the power fails.

    A symbolic link stays one, and the file keeps its permissions.

    Args:
        is_tidy: that nothing abandoned is in its folder, so that of many files in one folder
            not each looks through all.

    Raises:
        OSError: it cannot be written.
    """
    path = path.resolve()
    if not is_tidy:
        remove_abandoned(path.parent)
    mode = None
    if path.exists():
        if not path.is_file():
            raise OSError(errno.EEXIST, "Not a regular file", str(path))
        mode = stat.S_IMODE(path.stat().st_mode) & 0o777
    _put(path, content, mode, is_lasting=True)


def put_file(path: Path, content: bytes) -> None:
    """Bring a file to a content, whole or not at all where the run is killed.

    What is at its path gives way. After a power failure it may be empty.

    Raises:
        OSError: it cannot be written, or a folder is there.
    """
    _put(path, content, None, is_lasting=False)


def keep_file(path: Path, content: bytes) -> None:
    """Bring a file of a cache to a content, whole or not at all; it is nobody else's to read.

    After a power failure it may be empty or gone: who reads a cache makes it anew.

    Raises:
        OSError: it cannot be written.
    """
    _put(path, content, 0o600, is_lasting=False)


def is_laid_out(name: str) -> bool:
    """Return whether a file is called as what is laid out here."""
    return _LAID_OUT.fullmatch(name) is not None


def remove_abandoned(folder: Path) -> None:
    """Remove what killed runs have laid out in a folder; what cannot be removed stays."""
    with contextlib.suppress(OSError):  # it hinders nobody: each has a name of its own
        for entry in os.scandir(folder):
            if is_laid_out(entry.name) and entry.is_file(follow_symlinks=False):
                _remove_abandoned(Path(entry.path))


def _put(path: Path, content: bytes, mode: int | None, *, is_lasting: bool) -> None:
    new, handle = _begun(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            if mode is not None:
                os.fchmod(handle, mode)
            stream.write(content)
            stream.flush()
            if is_lasting:
                os.fsync(handle)
            new.replace(path)  # before the lock goes with the stream
    except BaseException:  # Ctrl-C as well
        new.unlink(missing_ok=True)
        raise


def _begun(path: Path) -> tuple[Path, int]:
    """Make the file in which a content is laid out; return it open, with its lock held."""
    while True:
        new = path.with_name(f".{path.name[:_SHOWN]}.{secrets.token_hex(6)}{SUFFIX}")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        # A file system without locks: then nobody takes it for abandoned either.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return new, handle
        os.close(handle)  # somebody has met it before it was locked


def _remove_abandoned(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is laid out at this moment, or came to its place
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(handle)
