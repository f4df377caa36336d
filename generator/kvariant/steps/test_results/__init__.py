# SPDX-License-Identifier: MIT
"""Results of foreign test runners: text in, one outcome per test out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.steps.test_results.junit import parse_junit
from kvariant.steps.test_results.ktap import parse_ktap
from kvariant.steps.test_results.outcome import TestOutcome, folded
from kvariant.steps.test_results.tap import parse_tap

__all__ = ["KINDS", "TestOutcome", "parse_results"]

_PARSERS: Mapping[str, Callable[[str], Iterable[TestOutcome]]] = {
    "junit": parse_junit,
    "tap": parse_tap,
    "ktap": parse_ktap,
}
KINDS = tuple(_PARSERS)
"""The formats that `results = "KIND:PATH"` may name."""


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
        return folded(_PARSERS[kind](text))
    except ValueError as error:
        raise InputError(
            Diagnostic(
                message=f"cannot read {kind} results: {error}", code="results", location=location
            )
        ) from None
