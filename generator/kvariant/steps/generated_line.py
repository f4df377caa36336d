# SPDX-License-Identifier: MIT
"""The line of a variant's own files that a failure points at, as far as the output says it.

include/x.h:12:9: error: ...                  what compilers say
  --> src/x.rs:12:9                           one that says it in the line behind
File "python/x.py", line 12, in f             the deepest frame of Python's traceback
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from kvariant.steps.untrusted_files import is_file

_PLACE = re.compile(r"(?P<path>[^\s:()'\"`<>]+):(?P<line>\d{1,9})(?=[:,)\s]|$)")
_BEHIND = re.compile(r"\s*-->\s*(?P<path>[^:]+):(?P<line>\d{1,9})(?!\d)")
_FRAME = re.compile(r"^\s*File \"(?P<path>[^\"\n]+)\", line (?P<line>\d{1,9})(?!\d)", re.MULTILINE)


def generated_line(message: str, log: str, out: Path, folder: Path) -> str:
    """Return the line that a failure points at, as `PATH:LINE` below a variant's folder.

    Args:
        message: the line that tells the failure, as it was printed.
        log: all that was printed.
        out: the variant's folder.
        folder: where the command ran, to which relative paths are relative.

    Returns "" where it points at no file of the variant, or nobody can tell.
    """
    for match in _matches(message, log):
        if path := _below(match["path"], out, folder):
            return f"{path}:{match['line']}"
    return ""


def _matches(message: str, log: str) -> Iterator[re.Match[str]]:
    found = list(_PLACE.finditer(message))
    yield from found[:1]  # of more the first is where it is, the others say why
    if not found:
        lines = log.splitlines()
        at = next((i for i, line in enumerate(lines) if line.strip() == message.strip()), None)
        if at is not None and at + 1 < len(lines) and (match := _BEHIND.match(lines[at + 1])):
            yield match
            return
        yield from reversed(list(_FRAME.finditer(log)))


def _below(text: str, out: Path, folder: Path) -> str:
    """Return a path relative to a variant's folder, "" where it is not in there."""
    for start in (folder, out):  # a command may have gone there
        path = os.path.normpath(start / text)
        if is_file(Path(path)):
            is_within = path.startswith(f"{os.path.normpath(out)}{os.sep}")
            return os.path.relpath(path, out) if is_within else ""
    return ""
