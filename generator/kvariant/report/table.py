# SPDX-License-Identifier: MIT
"""Plain tables: columns aligned, nothing truncated, colour only on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 10_000  # columns; a table is never wrapped or cut where it is not on a terminal


def table_text(rows: Iterable[Sequence[str]], header: Sequence[str] = (), indent: int = 2) -> str:
    """Return rows as aligned text without colour or trailing blanks."""
    table = Table(box=None, show_header=bool(header), pad_edge=False, padding=(0, 2, 0, 0))
    for title in header or next(iter(rows := list(rows)), ()):
        table.add_column(title if header else "", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # Not `capture()`: that flushes the standard output, which may be closed or full.
    text = io.StringIO()
    Console(file=text, width=_WIDE, color_system=None, force_terminal=False).print(table)
    lines = text.getvalue().splitlines()
    return "\n".join(f"{' ' * indent}{line}".rstrip() for line in lines)
