# SPDX-License-Identifier: MIT
"""The state folder is ours: what is emptied or removed in it was made by us.

`.kvariant` is ours by its name. A project may name any other folder as its `state`; where that
is one with files of its own, `out/` in it would be taken for build folders and emptied. So
another one bears our mark, which only an empty folder gets.
"""

from __future__ import annotations

from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error

NAME = ".kvariant"
"""The usual state folder."""
MARK = ".kvariant-state"
"""The file by which any other one is known."""
_TEXT = "kvariant keeps results and build folders here; all of it may be removed\n"
_BEFORE = ("results.sqlite", "chosen")
"""What versions that set no mark left in theirs."""


def claimed(state: Path) -> Path:
    """Return the state folder, made if it is not there, and known as ours from then on.

    Raises:
        InputError: it is there with files that are not ours [not-ours], or cannot be made.
        MissingError: the disk is full or read-only.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        mark = state / MARK
        if state.name == NAME or mark.is_file():
            return state
        others = sorted(path.name for path in state.iterdir() if path.name != MARK)
        if others and not any(name in others for name in _BEFORE):
            raise _not_ours(state, others)
        mark.write_text(_TEXT, encoding="utf-8")
    except OSError as error:
        raise os_error(error, "cannot make the state folder") from None
    return state


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
