# SPDX-License-Identifier: MIT
"""Known failures: what the project says of a cell that fails, or that should and does not."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import replace

from kvariant.kconfig import Configuration
from kvariant.sweep.cell import Cell, Failure, Outcome
from kvariant.sweep.step import KnownFailure


def expected(
    cell: Cell, configuration: Configuration, known: Iterable[KnownFailure], again: str
) -> Cell:
    """Return a cell with what the project says of it: the first table that is about it counts.

    Args:
        cell: as it ended.
        configuration: its variant's values.
        known: the project's tables, in order.
        again: the command that replays it.
    """
    for one in known:
        if not _is_about(one, cell, configuration):
            continue
        if cell.verdict.is_bad:
            return replace(cell, known=one.reason)
        if one.strict and cell.is_good and bool(one.test) == bool(cell.test):
            message = f"passed although it is a known failure: {one.reason}"
            failure = Failure(message=message, again=again, test=cell.test)
            return replace(
                cell, outcome=Outcome.FAILED, ended=None, reason=message, failures=(failure,)
            )
    return cell


def _is_about(known: KnownFailure, cell: Cell, configuration: Configuration) -> bool:
    if known.where is not None and not configuration.satisfies(known.where):
        return False
    if known.step and known.step != cell.step:
        return False
    tests = [cell.test] if cell.test else [failure.test for failure in cell.failures]
    return not known.test or (
        bool(tests) and all(fnmatch.fnmatchcase(test, known.test) for test in tests)
    )
