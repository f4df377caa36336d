# SPDX-License-Identifier: MIT
"""Results of foreign test runners: text in, one outcome per test out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.steps.test_results.outcome import TestOutcome, folded

__all__ = ["KINDS", "TestOutcome", "parse_results"]

KINDS = ("junit", "tap", "ktap")
"""The formats that `results = "KIND:PATH"` may name; each has a module, loaded on first use."""


def parse_results(
    kind: str, text: str, location: Location | None = None
) -> tuple[TestOutcome, ...]:
    """Return every test of a results file, each once, in order of first report.

    Args:
        kind: one of `KINDS`.
        text: the file's content.
        location: the file, for messages.

    Raises:
        InputError: the text is not of this kind [results].
    """
    try:
        return folded(_parser(kind)(text))
    except ValueError as error:
        raise InputError(
            Diagnostic(
                message=f"cannot read {kind} results: {error}", code="results", location=location
            )
        ) from None


def _parser(kind: str) -> Callable[[str], Iterable[TestOutcome]]:
    module = importlib.import_module(f"kvariant.steps.test_results.{kind}")
    parser: Callable[[str], Iterable[TestOutcome]] = getattr(module, f"parse_{kind}")
    return parser
