# SPDX-License-Identifier: MIT
"""A sweep's result: the matrix for people, the same as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kvariant.report.table import table_text
from kvariant.sweep import TEST, Cell, Outcome, distinct_failures

FORMAT = 1


def sweep_text(cells: Sequence[Cell], steps: Sequence[str], seconds: float) -> str:
    """Return the matrix (a row per variant, a column per step) and each distinct failure."""
    variants = list(dict.fromkeys(cell.variant for cell in cells))
    by_place = {(cell.variant, cell.step): cell for cell in cells}
    rows = [
        [variant, *(_cell_text(by_place.get((variant, step))) for step in steps)]
        for variant in variants
    ]
    rows.append(["", *(_column_text([c for c in cells if c.step == step]) for step in steps)])
    lines = [table_text(rows, ["", *(step for step in steps)], indent=0), ""]
    failures = distinct_failures(cells)
    lines.append(f"{len(variants)} variants, {len(cells)} cells: {_counts(cells)}; {seconds:.1f} s")
    if failures:
        cell_count = len({(c.variant, c.step) for _, where in failures for c in where})
        lines.append(f"{len(failures)} distinct failures in {cell_count} cells")
    for failure, where in failures:
        names = [cell.variant for cell in where]
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        lines.append(f"  {failure.message}")
        lines.append(f"    in      {', '.join(names[:4])}{more}")
        lines.append(f"    again:  {failure.again}")
    return "\n".join(lines)


def sweep_json(cells: Sequence[Cell], seconds: float) -> dict[str, object]:
    """Return a sweep's cells and distinct failures as JSON-ready values; durations in seconds."""
    return {
        "format": FORMAT,
        "cells": [
            {
                "variant": c.variant,
                "step": c.step,
                "outcome": c.outcome.value,
                "reason": c.reason,
                "duration": round(c.duration, 4),
                "key": c.key,
            }
            for c in cells
        ],
        "failures": [
            {"message": f.message, "again": f.again, "variants": [c.variant for c in where]}
            for f, where in distinct_failures(cells)
        ],
        "duration": round(seconds, 4),
    }


def cell_line(cell: Cell) -> str:
    """Return one ended cell as a line of progress."""
    return f"{cell.variant}  {cell.step}  {_cell_text(cell)}"


def _cell_text(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    time = f" {cell.duration:.1f} s" if cell.duration >= 0.05 else ""
    match cell.outcome:
        case Outcome.OK if cell.step == TEST:
            return f"{cell.reason}{time}"
        case Outcome.OK:
            return f"ok, {cell.reason}{time}"
        case Outcome.REUSED:
            return f"reused ({cell.reason})" if cell.step == TEST else "reused"
        case Outcome.SKIPPED:
            return f"skipped: {cell.reason}"
        case outcome:
            return f"{outcome.value.upper()} {cell.reason}{time}"


def _column_text(cells: Sequence[Cell]) -> str:
    seconds = sum(cell.duration for cell in cells)
    return f"{_counts(cells)}{f' {seconds:.1f} s' if seconds >= 0.05 else ''}"


def _counts(cells: Sequence[Cell]) -> str:
    counts = Counter(cell.outcome for cell in cells)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
