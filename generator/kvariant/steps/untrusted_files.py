# SPDX-License-Identifier: MIT
"""What steps leave in their folders, which may be anything: pipes, links, devices, nothing.

    a file to read       a pipe without a writer would keep us waiting, /dev/zero for ever
    a file to write      through a link we would write over somebody else's file
    a folder to empty    through a link we would empty somebody else's folder, and so
                         through what is mounted in it

So nothing here follows a link that stands where a file or folder of ours belongs, and a folder
with a mount in it is not removed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from kvariant.mounts import mounted_in
from kvariant.whole_file import put_file


def text_of(path: Path, limit: int, errors: str = "replace") -> str:
    """Return the text of a regular file; bytes that are no UTF-8 are replaced.

    Args:
        path: the file, or a link to one.
        limit: bytes that it may have.
        errors: what becomes of them; see `bytes.decode`.

    Raises:
        OSError: it is not there, is no regular file or larger.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        if status.st_size > limit:
            raise OSError(errno.EINVAL, f"Larger than {limit >> 20} MB", str(path))
        with open(handle, "rb", closefd=False) as stream:
            return stream.read(limit).decode(errors=errors)
    finally:
        os.close(handle)


def is_file(path: Path) -> bool:
    """Return whether a path is a regular file's; what cannot be a path at all is none.

    Unlike `Path.is_file` it does not mind names that are too long, and folders that we may not
    look into.
    """
    return os.path.isfile(path)  # noqa: PTH113 -- see above


def below(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield what `os.walk` does, of folders nested however deep; links are not followed.

    A list of folders may be cut: what is not in it any more is not gone into.
    """
    left = [str(folder)]
    while left:
        here = left.pop()
        folders: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    (folders if entry.is_dir(follow_symlinks=False) else names).append(entry.name)
        except OSError:  # it went, or may not be looked into
            continue
        yield here, folders, names
        left += [f"{here}/{name}" for name in reversed(folders)]


def state_of(path: Path) -> tuple[int, ...] | None:
    """Return what tells whether a file was written since; None: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    # The time of the last change of status cannot be set back.
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def is_below(path: Path, folder: Path) -> bool:
    """Return whether a path is in a folder, whatever links lead out of it."""
    try:
        return (path.parent.resolve() / path.name).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def write_text(path: Path, text: str) -> None:
    """Write a file in the place of whatever is there.

    Raises:
        OSError: it cannot be written.
    """
    if not _is_plain(path, stat.S_ISREG):
        clear(path)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text.encode(errors="replace"))


def put_text(path: Path, text: str) -> None:
    """Write a file in the place of whatever is there, whole or not at all where we are killed.

    Raises:
        OSError: it cannot be written.
    """
    if not _is_plain(path, stat.S_ISREG):
        clear(path)
    put_file(path, text.encode(errors="replace"))


def make_folder(folder: Path) -> None:
    """Make a folder that can be used; what is no folder gives way.

    Raises:
        OSError: it cannot be made.
    """
    if not _is_plain(folder, stat.S_ISDIR):
        clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        folder.chmod(0o755)


def clear(path: Path) -> None:
    """Remove what is at a path, if anything is: a link itself, a folder with all that is in it.

    Raises:
        OSError: it cannot be removed, or something is mounted in it.
    """
    if _is_plain(path, stat.S_ISDIR):
        if place := mounted_in(path):
            raise OSError(errno.EBUSY, "Something is mounted here", str(place))
        try:
            shutil.rmtree(path)
        except RecursionError:
            raise OSError(errno.ENAMETOOLONG, "Nested too deeply", str(path)) from None
    else:
        path.unlink(missing_ok=True)


def empty(folder: Path, spared: Collection[Path]) -> None:
    """Remove what is in a folder, but for some paths and the folders above them.

    What cannot be removed stays.
    """
    if not _is_plain(folder, stat.S_ISDIR):
        return
    with contextlib.suppress(OSError):  # somebody else has removed it
        for entry in folder.iterdir():
            if entry in spared:
                if not entry.is_mount():
                    empty(entry, spared)
                continue
            with contextlib.suppress(OSError):  # it stays, as is said above
                clear(entry)


def _is_plain(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether something of a kind is at a path, and no link to it."""
    try:
        return is_kind(path.lstat().st_mode)
    except OSError:
        return False
