# SPDX-License-Identifier: MIT
"""The state folder is ours: what is emptied or removed in it was made by us.

`.kvariant` is ours by its name, unless it is a link or a project is in it. A project may name any
other folder as its `state`; where that is one with files of its own, `out/` in it would be taken
for build folders and emptied. So another one bears our mark, which only an empty folder gets.
"""

from __future__ import annotations

import os
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error

NAME = ".kvariant"
"""The usual state folder."""
MARK = ".kvariant-state"
"""The file by which any other one is known."""
_TEXT = "kvariant keeps results and build folders here; all of it may be removed\n"
_PROJECTS = ("kvariant.toml", "pyproject.toml", "Kconfig")
"""What makes a folder a project's, whatever it is called."""


def claimed(state: Path) -> Path:
    """Return the state folder, made if it is not there, and known as ours from then on.

    Raises:
        InputError: it is there with files that are not ours [not-ours], or cannot be made.
        MissingError: the disk is full or read-only.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        if not _is_own(state):
            _require_empty(state)
            _write(state / MARK)
    except OSError as error:
        raise os_error(error, "cannot make the state folder") from None
    return state


def _write(mark: Path) -> None:
    """Write our mark, never through a link that somebody has put there."""
    handle = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(_TEXT)


def require_own(state: Path) -> None:
    """Refuse a folder that is not known as ours, unless it is empty; nothing is written.

    Raises:
        InputError: it has files that are not ours [not-ours], or may not be looked into.
    """
    try:
        if not _is_own(state):
            _require_empty(state)
    except OSError as error:
        raise os_error(error, "cannot look into the state folder") from None


def _is_own(state: Path) -> bool:
    mark = state / MARK
    if mark.is_file() and not mark.is_symlink():
        return True
    # A link of this name may lead to a home.
    is_named = state.name == NAME and not state.is_symlink()
    return is_named and not any((state / name).exists() for name in _PROJECTS)


def _require_empty(state: Path) -> None:
    others = sorted(path.name for path in state.iterdir() if path.name != MARK)
    if others:
        raise _not_ours(state, others)


def _not_ours(state: Path, others: list[str]) -> InputError:
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return InputError(
        Diagnostic(
            message=f"the state folder holds what kvariant did not make: {others[0]}{more}",
            code="not-ours",
            location=Location(str(state)),
            hint='name a folder of its own, like state = ".kvariant", or move these files away',
        )
    )


def database_in(state: Path) -> Path:
    """Return where the results database of a state folder is."""
    return state / "results.sqlite"
