# SPDX-License-Identifier: MIT
"""How cells become rows of the results database, and rows cells again.

Tests of a step that have nothing to tell are in the row of the step, together. What a row
says is checked as far as reading it goes: SQLite's own check does not look into values.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kvariant.plan.variant_table import VariantTable
from kvariant.results.cell import Cell, Failure, Outcome
from kvariant.results.given_database import RowError, Unpacker

NOT_OURS = (
    *(ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, zlib.error),
)
"""What reading a damaged row ends in: SQLite's own check does not look into values."""


def told(error: Exception) -> str:
    """Return in words what reading a damaged row ended in."""
    return str(error) if isinstance(error, RowError) else "a row that is not as we write it"


def with_quiet_tests(cells: Iterable[Cell]) -> list[tuple[Cell, list[Cell]]]:
    """Return cells, those of steps with their tests that have nothing to tell."""
    every = list(cells)
    heads = {(cell.variant, cell.step): cell for cell in every if not cell.test}
    quiet: dict[tuple[str, str], list[Cell]] = {place: [] for place in heads}
    loud = []
    for cell in every:
        head = heads.get((cell.variant, cell.step))
        if cell.test and head is not None and head.key == cell.key and _is_quiet(cell):
            quiet[cell.variant, cell.step].append(cell)
        elif cell.test:
            loud.append(cell)
    return [*((head, quiet[place]) for place, head in heads.items()), *((c, []) for c in loud)]


def _is_quiet(cell: Cell) -> bool:
    told = cell.failures or cell.known or cell.log or cell.skipped
    return not told and not cell.verdict.is_bad


def quiet_tests(head: Cell, data: bytes, unpacker: Unpacker) -> Iterator[Cell]:
    """Yield the tests that are in a step's row."""
    for test, outcome, ended, reason, duration in json.loads(unpacker.text(data) or "[]"):
        unpacker.row()
        _require_texts(test, reason)
        yield Cell(
            variant=head.variant,
            step=head.step,
            test=test,
            outcome=Outcome(outcome),
            ended=Outcome(ended) if ended else None,
            reason=reason,
            duration=_seconds(duration),
            key=head.key,
        )


def row_of(cell: Cell, skips: str, tests: Iterable[Cell]) -> Sequence[object]:
    """Return the row of a cell: values in the order of the table's columns.

    Args:
        skips: the digest of the tests that did not run.
        tests: those of it that have nothing to tell.
    """
    failures = [
        [
            *(f.message, f.again, f.test, f.reads, f.needs, f.known, f.is_always_told),
            *(f.condition, f.expired, f.is_of_machine, f.at),
        ]
        for f in cell.failures
    ]
    quiet = [
        [c.test, c.outcome.value, c.ended.value if c.ended else "", c.reason, c.duration]
        for c in tests
    ]
    return (
        cell.variant,
        cell.step,
        cell.test,
        cell.outcome.value,
        cell.ended.value if cell.ended else "",
        cell.reason,
        cell.duration,
        cell.key,
        cell.known,
        json.dumps(failures),
        skips,
        packed(json.dumps(quiet)) if quiet else b"",
        packed(cell.log),
    )


def cell_of(row: Sequence[Any], skipped: Mapping[str, str], unpacker: Unpacker) -> Cell:
    """Return the cell of a row, but for tests that are in it.

    Raises:
        NOT_OURS: it is not as we write it.
    """
    variant, step, test, outcome, ended, reason, duration, key, known, failures, log = row
    return Cell(
        variant=variant,
        step=step,
        test=test,
        outcome=Outcome(outcome),
        ended=Outcome(ended) if ended else None,
        reason=reason,
        duration=_seconds(duration),
        key=key,
        known=known,
        failures=tuple(_failure(*row) for row in json.loads(failures)),
        skipped=skipped,
        log=unpacker.text(log),
    )


def columns_of(text: str) -> VariantTable:
    """Return what was seen, if each column has a value for each variant."""
    table = VariantTable.from_json(json.loads(text))
    _require_texts(*table.variants, *table.symbols, *table.asked)
    _require_texts(*table.chosen_by, *(n for names in table.chosen_by.values() for n in names))
    for column in table.symbols.values():
        _require_texts(*column.texts)
        _require_numbers(*column.places)
        if len(column.places or table.variants) != len(table.variants) or (
            table.variants
            and not 0
            <= min(column.places, default=0)
            <= max(column.places, default=0)
            < len(column.texts)
        ):
            raise RowError("a column that has not a value for each variant")
    _require_numbers(*table.asked.values())
    return table


def about_of(facts: Any) -> Mapping[str, Any]:
    """Return what a sweep was about, if it is of the kind that we write."""
    for name in ("variants", "steps", "dialects", "counted"):
        _require_texts(*facts.get(name, ()))
    _require_texts(*facts.get("reading", {}).values(), facts.get("matrix", ""))
    _require_numbers(*facts.get("places", ()))
    if "places" in facts and len(facts["places"]) != len(facts["variants"]):
        raise RowError("places of other variants")
    return {**facts}


def texts_by_name(record: Any) -> Mapping[str, str]:
    """Return a record of texts by name, if that is what it is."""
    _require_texts(*record, *record.values())
    return {**record}


def _require_texts(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise RowError("a value that is no text")


def _require_numbers(*values: object) -> None:
    if not all(type(value) is int for value in values):
        raise RowError("a value that is no whole number")


def _seconds(duration: float) -> float:
    if not 0 <= duration < 1e9:
        raise RowError(f"a cell of {duration} seconds")
    return duration


def _failure(
    message: str,
    again: str,
    test: str,
    reads: Sequence[str],
    needs: str,
    known: str = "",
    is_always_told: bool = True,
    condition: str = "",
    expired: str = "",
    is_of_machine: bool = False,
    at: str = "",
) -> Failure:
    """Return a failure of a row; earlier versions did not write the last values."""
    _require_texts(message, again, test, needs, known, *reads)
    return Failure(
        message=message,
        again=again,
        test=test,
        reads=tuple(reads),
        needs=needs,
        known=known,
        is_always_told=is_always_told,
        condition=condition,
        expired=expired,
        is_of_machine=is_of_machine,
        at=at,
    )


def packed(text: str) -> bytes:
    """Return a text as it is kept."""
    return zlib.compress(text.encode(), 1) if text else b""


def unpacked(data: bytes) -> str:
    """Return a kept text."""
    return zlib.decompress(data).decode() if data else ""
