# SPDX-License-Identifier: MIT
"""What globs of configurations match: files, and what has the name of one but cannot be read."""

from __future__ import annotations

import errno
import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location

_DOUBLED = re.compile(r"(?<![^/])(?:\*\*/+)+(?=\*\*(?:/|\Z))")
_ANY_DEPTH = re.compile(r"(?<![^/])\*\*(?:/+|\Z)")


def undoubled(pattern: str) -> str:
    """Return a glob with `**` for `**/**`, each of which would be tried at each depth."""
    return _DOUBLED.sub("", pattern)


def paths_matching(pattern: str) -> list[str]:
    """Return what a glob matches, sorted: `**` stands for folders at any depth, hidden ones not.

    `glob.glob` goes through links in a circle, twice at each turn where there are two of them.
    Here no folder is gone into again below itself.
    """
    return sorted(set(_matching(undoubled(pattern))))


def paths_of(pattern: str, code: str = "no-fragment") -> list[Path]:
    """Return the files that a FILE|GLOB argument means, sorted.

    Args:
        code: of the error.

    Raises:
        InputError: a glob matches none.
    """
    if not glob.has_magic(pattern):
        return [Path(pattern)]
    found = [Path(path) for path in paths_matching(pattern)]
    if not found:
        raise InputError(
            Diagnostic(message="no file matches", code=code, location=Location(pattern))
        )
    return found


def _matching(pattern: str) -> Iterator[str]:
    mark = _ANY_DEPTH.search(pattern)
    if mark is None:
        yield from glob.iglob(pattern)  # noqa: PTH207 -- a pattern may be absolute
        return
    rest = pattern[mark.end() :] or ("" if mark[0].endswith("/") else "*")
    for start in _matching(pattern[: mark.start()]) if mark.start() else ("",):
        for folder in _folders(start):
            yield from _matching(f"{glob.escape(folder)}{rest}") if rest else (folder,)


def _folders(start: str, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[str]:
    """Yield a folder and those below it, as prefixes of paths: `configs/`, "" for this one."""
    try:
        status = os.stat(start or ".")  # noqa: PTH116 -- "" is no path
        here = (status.st_dev, status.st_ino)
        if here in above:
            return
        with os.scandir(start or ".") as entries:
            names = [e.name for e in entries if e.is_dir() and not e.name.startswith(".")]
    except OSError:  # no folder, or one that may not be looked into
        return
    yield start
    for name in sorted(names):
        yield from _folders(f"{start}{name}/", above | {here})


def readable_files(matches: Iterable[Path], key: str) -> tuple[Path, ...]:
    """Return the files among what globs match; folders are left out.

    Args:
        matches: in the order in which they are returned.
        key: what has the globs, for messages: `configs`, `--config`.

    Raises:
        InputError: one is a link to nothing, a pipe, or not permitted to be read: its
            variant would be missing, and nobody told [file].
    """
    found = tuple(matches)
    wrong = [trouble for path in found if (trouble := _unreadable(path, key)) is not None]
    if wrong:
        raise InputError(*wrong)
    return tuple(path for path in found if not path.is_dir())


def _unreadable(path: Path, key: str) -> Diagnostic | None:
    """Return what is wrong with a match, None where it is a file or a folder."""
    where = Location(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        target = f", a link to {path.readlink()}" if path.is_symlink() else ""
        return Diagnostic(
            message=f"{key} matches what cannot be read: {error.strerror}{target}",
            code="file",
            location=where,
            hint="mend or remove it, or let the globs leave it out",
        )
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return Diagnostic(
        message=f"{key} matches what is no file",
        code="file",
        location=where,
        hint="remove it, or let the globs leave it out",
    )
