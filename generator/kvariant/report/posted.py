# SPDX-License-Identifier: MIT
"""What reports have in common that are posted somewhere: in mail, in the summary of a CI job.

They are as long for a thousand variants as for twelve, and say no times: two runs that end
alike read alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from kvariant.report.document import FailureEntry, Part
from kvariant.words import listed

NAMES = 6
"""Failing variants that are named; the rest is counted."""
PARTS = (
    Part.HEADLINE,
    Part.COVERAGE,
    Part.STEPS,
    Part.NOT_RUN,
    Part.MACHINE,
    Part.UNREPORTED,
    Part.FAILURES,
    Part.MESSAGES,
    Part.WARNINGS,
    Part.SIZES,
    Part.CHANGES,
)
"""In the order in which they are told."""


def where(entry: FailureEntry) -> Iterator[str]:
    """Yield what is said of a failure before its explanation: where it is, if it was expected."""
    if entry.more:
        yield f"and {entry.more} more in the same variants"
    yield f"in {listed(entry.variants, NAMES)}"
    if entry.known:
        yield f"known: {entry.known}"
    if entry.was_known:
        yield f"was known: {entry.was_known}"


def beside(entry: FailureEntry) -> Iterator[str]:
    """Yield what is said after it: what explains it as well, and what passes."""
    yield from entry.notes
    if entry.nearest:
        yield f"passes nearest: {entry.nearest}"
