# SPDX-License-Identifier: MIT
"""How one cell ended, in a few words: an entry of the matrix, a line of progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kvariant.results import TEST, Cell, Outcome
from kvariant.words import shortened

WHOLE = "kvariant report --json"
"""What tells messages in full, however long they are."""


def cell_line(cell: Cell) -> str:
    """Return one ended cell as a line of progress: of one that failed, the first message."""
    message = cell.unexpected[0].message if cell.is_bad and cell.unexpected else ""
    told = f"  {message}" if message and cell.reason not in message else ""
    return shortened(f"{cell.variant}  {cell.step}  {cell_text(cell)}{told}", WHOLE)


def cell_text(cell: Cell) -> str:
    """Return how a cell ended, and how long that took: `ok 0.3 s`, `FAILED exit code 1`."""
    time = f" {cell.duration:.1f} s" if cell.duration >= 0.05 else ""
    known = " (known)" if cell.known else ""
    if cell.is_left:
        return f"left: {cell.reason}"
    match cell.outcome:
        case Outcome.OK if cell.step == TEST:
            return f"{cell.reason}{time}"
        case Outcome.OK | Outcome.FLAKY:
            reason = f", {cell.reason}" if cell.reason else ""
            return f"{cell.outcome.value}{reason}{time}"
        case Outcome.REUSED if cell.verdict.is_bad:
            return f"reused, {cell.verdict.value.upper()}{known}"
        case Outcome.REUSED:
            return f"reused ({cell.reason})" if cell.step == TEST else "reused"
        case Outcome.SKIPPED:
            return f"skipped: {cell.reason}"
        case Outcome.MERGED:
            bad = f", {cell.verdict.value.upper()}" if cell.verdict.is_bad else ""
            return f"merged {cell.reason}{bad}{known}"
        case outcome:
            return f"{outcome.value.upper()} {cell.reason}{time}{known}"


def verdict_text(cell: Cell) -> str:
    """Return how a cell ended, without what differs between variants: `ok`, `FAILED`."""
    if cell.is_left:
        return "left"
    if cell.known:
        return f"{cell.verdict.value}, known"
    word: str = cell.verdict.value.upper() if cell.is_bad else cell.outcome.value
    return f"{word}: {cell.reason}" if cell.outcome is Outcome.SKIPPED else word


def column_text(cells: Sequence[Cell]) -> str:
    """Return how several cells ended, and how long they took together: `14 ok, 4 failed 9.1 s`."""
    seconds = sum(cell.duration for cell in cells)
    ended = outcomes_text(Counter(cell.outcome for cell in cells))
    return f"{ended}{f' {seconds:.1f} s' if seconds >= 0.05 else ''}"


def outcomes_text(counts: Counter[Outcome]) -> str:
    """Return counts in the order of the outcomes: `14 ok, 4 failed`."""
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
