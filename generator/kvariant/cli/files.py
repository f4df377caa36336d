# SPDX-License-Identifier: MIT
"""Single files that a command is asked to write."""

from __future__ import annotations

from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.render.writer import Writer


def write_file(path: Path, text: str) -> None:
    """Write a file; one that is there is replaced when the new one is whole.

    Raises:
        InputError: its folder is not there [no-folder].
        MissingError: it cannot be written.
    """
    if not path.parent.is_dir():
        message = f"cannot write {path.name}: its folder is not there"
        raise InputError(
            Diagnostic(message=message, code="no-folder", location=Location(str(path)))
        )
    Writer(path.parent).write_file(path.name, text)
