# SPDX-License-Identifier: MIT
"""Whether anything in a project has changed since a sweep was cut, by the times of its files.

    <state>/begun_with.json    {"format": 1, "sweep": 7, "files": ["/p/Kconfig", ...]}

It lists the files that were there when the sweep began. Its own time is when nothing of that
sweep ran any more: the reaper sets it, however the sweep ended. A listed file that is newer,
or gone, was changed by somebody else since. What steps wrote while they ran is older, and a
file that was not there is no matter: it may be a report.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from kvariant.errors import os_error
from kvariant.regular_file import record_of
from kvariant.steps.untrusted_files import below
from kvariant.whole_file import replace_file

FORMAT = 1
NAME = "begun_with.json"
_LEFT_OUT = (".git", "__pycache__")
"""Folders whose files nobody edits."""


def note(state: Path, sweep: int, files: Iterable[str]) -> None:
    """Note that a sweep begins, and which files are there.

    Raises:
        MissingError: the disk is full.
    """
    record = {"format": FORMAT, "sweep": sweep, "files": list(files)}
    try:
        replace_file(state / NAME, json.dumps(record).encode())
    except OSError as error:
        raise os_error(error, "cannot note which files there are") from None


def renew(state: Path) -> None:
    """Let what was written until now, a report of the sweep itself, be no change."""
    with contextlib.suppress(OSError):  # then the next sweep runs what it need not
        os.utime(state / NAME)


def forget(state: Path) -> None:
    """Let no later sweep go on with the last one by its files."""
    try:
        (state / NAME).unlink(missing_ok=True)
    except OSError as error:
        raise os_error(error, "cannot remove a file of ours") from None


def files_of(roots: Iterable[Path], but: Collection[Path]) -> list[str]:
    """Return all files below some folders, sorted, but for those that sweeps, git and Python make.

    Args:
        but: folders that are left out.
    """
    left_out = {str(path) for path in but}
    found: set[str] = set()
    for root in roots:
        for folder, folders, names in below(root):
            folders[:] = [
                n for n in folders if n not in _LEFT_OUT and f"{folder}/{n}" not in left_out
            ]
            found.update(f"{folder}/{name}" for name in names)
    return sorted(found)


def is_unchanged_since(state: Path, sweep: int) -> bool:
    """Return whether every file that was there when a sweep began is as that sweep left it."""
    path = state / NAME
    try:
        until = path.stat().st_mtime_ns
        record = record_of(path) or {}
        if (record["format"], record["sweep"]) != (FORMAT, sweep):
            return False
        told = _own_streams()
        for name in record["files"]:
            status = os.lstat(name)
            is_newer = max(status.st_mtime_ns, status.st_ctime_ns) > until
            if is_newer and (status.st_dev, status.st_ino) not in told:
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def edited_at(roots: Iterable[Path], but: Collection[Path]) -> float:
    """Return when anything below some folders was last changed, in seconds since the epoch.

    A file that is gone has changed its folder. What we print into does not count.

    Args:
        roots: of the project and its trees.
        but: folders that are left out: what sweeps make.
    """
    told = _own_streams()
    left_out = {str(path) for path in but}
    latest = 0.0
    for root in roots:
        for folder, folders, names in below(root):
            folders[:] = [
                n for n in folders if n not in _LEFT_OUT and f"{folder}/{n}" not in left_out
            ]
            is_told = False
            for path in (*(f"{folder}/{name}" for name in names), folder):
                try:
                    status = os.lstat(path)
                except OSError:  # it went meanwhile
                    continue
                if (status.st_dev, status.st_ino) in told:
                    is_told = True
                elif path != folder or not is_told:
                    latest = max(latest, status.st_mtime, status.st_ctime)
    return latest


def _own_streams() -> set[tuple[int, int]]:
    """Return the files that we print into: a shell has emptied them before we began."""
    found = set()
    for stream in (0, 1, 2):
        try:
            status = os.fstat(stream)
        except OSError:
            continue  # a stream that is closed
        found.add((status.st_dev, status.st_ino))
    return found
