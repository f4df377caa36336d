# SPDX-License-Identifier: MIT
"""What a sweep would do."""

from __future__ import annotations

from collections.abc import Sequence

from kvariant.report.table import table_text
from kvariant.results import Cell, Outcome
from kvariant.words import listed


def dry_run_text(cells: Sequence[Cell], steps: Sequence[str]) -> str:
    """Return for each step how many cells would run, how many are reused, and why not."""
    rows = []
    for step in steps:
        mine = [cell for cell in cells if cell.step == step and not cell.test]
        ways: dict[tuple[str, str], list[str]] = {}
        for cell in mine:
            ways.setdefault((_will(cell), _why(cell)), []).append(cell.variant)
        for (will, why), names in ways.items():
            rows.append([step, f"{len(names)} {will}", why, listed(names)])
    return table_text(rows, indent=0)


def _will(cell: Cell) -> str:
    if cell.outcome is Outcome.MISSING:
        return "to run"
    return str(cell.outcome.value)


def _why(cell: Cell) -> str:
    return "" if cell.outcome is Outcome.REUSED else cell.reason
