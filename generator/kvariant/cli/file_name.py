# SPDX-License-Identifier: MIT
"""The type of options that take a file or folder."""

from __future__ import annotations

import click


def file_name(text: str) -> str:
    """Return a name as it is: `-o "$OUT"` with nothing in OUT would mean the working folder.

    Raises:
        click.BadParameter: it is nothing, or what no system takes.
    """
    if not text.strip() or "\0" in text:
        raise click.BadParameter(f"{text!r} names no file or folder")
    return text
