# SPDX-License-Identifier: MIT
"""Known failures: what the project says of a cell that fails, or that should and does not.

Each failure is judged by itself: a step in which two tests fail, one of them as
expected, has one new failure and one known one. A table whose last day is over knows
nothing any more; what it would have known is told as that.
"""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.results.cell import Cell, Failure, Outcome, failures_of

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.steps.step import KnownFailure


def expected(
    cells: Sequence[Cell],
    configuration: Configuration,
    known: Iterable[KnownFailure],
    again: str,
    today: datetime.date,
) -> list[Cell]:
    """Return a step's cell and those of its tests with what the project says of them.

    A failure is known by the first table that is about it, a cell if all its failures are.
    A test that passes against a strict table fails, and its step with it.

    Args:
        cells: the step's own, then its tests', as they ended.
        configuration: the values of their variant.
        known: the project's tables, in order.
        again: the command that replays the step.
        today: tables whose `until` is before it count no more.
    """
    step, *tests = cells
    about = [one for one in known if _is_about(one, step, configuration)]
    tables = [one for one in about if one.until is None or today <= one.until]
    over = [one for one in about if one not in tables]
    judged = [_judged(test, tables, over, again) for test in tests]
    passed = [
        f for test, cell in zip(tests, judged, strict=True) if test.is_good for f in cell.failures
    ]
    return [_failed(_judged(step, tables, over, again), passed), *judged]


def _judged(
    cell: Cell, tables: Sequence[KnownFailure], over: Sequence[KnownFailure], again: str
) -> Cell:
    if cell.is_good:
        reason = next((t.reason for t in tables if t.strict and _is_of(t, cell)), "")
        message = f"passed although it is a known failure: {reason}"
        failure = Failure(message=message, again=again, test=cell.test)
        return _failed(cell, [failure] if reason else [])
    if not cell.verdict.is_bad or cell.verdict is Outcome.MISSING or cell.is_of_machine:
        return cell
    failures = [
        replace(f, known=_reason(f.test, tables), expired=_expired(f.test, tables, over))
        for f in failures_of(cell)
    ]
    reasons = dict.fromkeys(failure.known for failure in failures)
    return replace(
        cell, failures=tuple(failures), known="" if "" in reasons else ", ".join(reasons)
    )


def _failed(cell: Cell, failures: Sequence[Failure]) -> Cell:
    """Return a cell with failures that it did not end with."""
    if not failures:
        return cell
    every = (*cell.failures, *failures)
    if cell.verdict.is_bad:
        return replace(cell, known="", failures=every)
    reason = failures[0].message
    return replace(cell, outcome=Outcome.FAILED, ended=None, reason=reason, failures=every)


def _is_about(known: KnownFailure, step: Cell, configuration: Configuration) -> bool:
    return known.step in ("", step.step) and (
        known.where is None or configuration.satisfies(known.where)
    )


def _is_of(known: KnownFailure, cell: Cell) -> bool:
    """Return whether a table without a test is met by a step, one with a test by that test."""
    return bool(known.test) == bool(cell.test) and fnmatch.fnmatchcase(cell.test, known.test)


def _reason(test: str, tables: Iterable[KnownFailure]) -> str:
    """Return why a test, or for "" the step itself, is known to fail, "" where it is not."""
    about = (t for t in tables if not t.test or (test and fnmatch.fnmatchcase(test, t.test)))
    return next((table.reason for table in about), "")


def _expired(test: str, tables: Sequence[KnownFailure], over: Sequence[KnownFailure]) -> str:
    """Return what was known of a failure until a day that is over, "" where something still is."""
    if _reason(test, tables) or not (reason := _reason(test, over)):
        return ""
    day = next(table.until for table in over if table.reason == reason)
    return f"{reason}, until {day}"
