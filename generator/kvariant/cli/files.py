# SPDX-License-Identifier: MIT
"""Single files that a command is asked to write."""

from __future__ import annotations

from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.render.writer import Writer


def write_file(path: Path, text: str) -> None:
    """Write a file; one that is there is replaced when the new one is whole.

    A device or a pipe (/dev/stdout, /dev/null) is written to, not replaced.

    Raises:
        InputError: its folder is not there [no-folder].
        MissingError: it cannot be written.
    """
    require_folder(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            error.filename = str(path)
            raise os_error(error, "cannot write the file") from None
        return
    Writer(path.parent).write_file(path.name, text)


def require_folder(path: Path) -> None:
    """Refuse a file that cannot be written, before work is done for it.

    Raises:
        InputError: its folder is not there [no-folder].
    """
    if not path.parent.is_dir():
        message = f"cannot write {path.name}: its folder is not there"
        raise InputError(
            Diagnostic(message=message, code="no-folder", location=Location(str(path)))
        )
