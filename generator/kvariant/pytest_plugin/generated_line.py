# SPDX-License-Identifier: MIT
"""The line of generated code that a failing test points at: the deepest in its traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType


def generated_line(error: BaseException, folder: Path) -> str:
    """Return the deepest line of an exception that is in a folder, as `PATH:LINE` below it.

    What an exception was raised from, or while handling which, is asked where the exception
    itself came by no file of the folder. Returns "" where none did.
    """
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        lines = list(_lines(at, folder))
        if lines:
            return lines[-1]
        at = at.__cause__ or at.__context__
    return ""


def _lines(error: BaseException, folder: Path) -> Iterator[str]:
    """Yield the lines in a folder by which an exception came, the deepest last."""
    frame: TracebackType | None = error.__traceback__
    while frame is not None:
        yield from _below(frame.tb_frame.f_code.co_filename, frame.tb_lineno, folder)
        frame = frame.tb_next
    if isinstance(error, SyntaxError):  # no frame is of a module that cannot be read
        yield from _below(error.filename or "", error.lineno or 0, folder)


def _below(name: str, line: int, folder: Path) -> Iterator[str]:
    path, start = (os.path.normpath(Path(one).absolute()) for one in (name, folder))
    if line and path.startswith(f"{start}{os.sep}"):
        yield f"{os.path.relpath(path, start)}:{line}"
