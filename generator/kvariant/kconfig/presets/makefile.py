# SPDX-License-Identifier: MIT
"""What a kernel-like Makefile says of its tree."""

from __future__ import annotations

import re
from pathlib import Path

from kvariant.regular_file import read_text


def text_of(path: Path) -> str:
    """Return a file's text, "" where it cannot be read."""
    try:
        return read_text(path, "replace")
    except OSError:
        return ""


def assigned(path: Path, name: str) -> str:
    """Return what a Makefile assigns to a variable first, "" where it does not.

    A value that other variables are part of is returned as it is written.
    """
    found = re.search(
        rf"^(?:export[ \t]+)?{re.escape(name)}[ \t]*[:?]?=[ \t]*(.*?)[ \t]*(?:#.*)?$",
        text_of(path),
        re.MULTILINE,
    )
    return found[1] if found else ""


def version(path: Path, keys: tuple[str, ...] = ("VERSION", "PATCHLEVEL", "SUBLEVEL")) -> str:
    """Return VERSION.PATCHLEVEL.SUBLEVEL of a kernel-like Makefile, "" where unreadable."""
    parts = [assigned(path, key).partition(" ")[0] for key in keys]
    return ".".join(filter(None, parts)) + assigned(path, "EXTRAVERSION").partition(" ")[0]
