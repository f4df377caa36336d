# SPDX-License-Identifier: MIT
"""What globs of configurations match: files, and what has the name of one but cannot be read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location


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
