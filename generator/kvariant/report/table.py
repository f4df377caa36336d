# SPDX-License-Identifier: MIT
"""Plain tables: columns aligned, nothing wrapped or cut, without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

_GAP = 2
"""Blanks between columns."""


def table_text(rows: Iterable[Sequence[str]], header: Sequence[str] = (), indent: int = 2) -> str:
    """Return rows as aligned text without colour or trailing blanks.

    A cell of several lines makes a row of as many. What a character takes of a line is what a
    terminal gives it: two columns for Chinese, none for what is set over another.
    """
    every = [[_lines(cell) for cell in row] for row in ([header] if header else [])]
    every += [[_lines(cell) for cell in row] for row in rows]
    columns = max(map(len, every), default=0)
    widths = [
        max((cell_len(line) for row in every if i < len(row) for line in row[i]), default=0) + _GAP
        for i in range(columns)
    ]
    return "\n".join(
        (" " * indent + _line(row, number, widths)).rstrip()
        for row in every
        for number in range(max(map(len, row), default=1))
    )


def _lines(cell: str) -> list[str]:
    """Return the lines of a cell; a newline at its end begins none."""
    return cell.removesuffix("\n").expandtabs().split("\n")


def _line(row: Sequence[Sequence[str]], number: int, widths: Sequence[int]) -> str:
    """Return one line of a row, padded by what a terminal makes of each text."""
    texts = [cell[number] if number < len(cell) else "" for cell in row]
    padded = (
        text + " " * (width - cell_len(text)) for text, width in zip(texts, widths, strict=False)
    )
    return "".join(padded)
