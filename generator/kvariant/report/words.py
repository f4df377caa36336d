# SPDX-License-Identifier: MIT
"""How reports say numbers and lists: `1 variant`, `a, b and 3 more`, `14 ok, 4 failed`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kvariant.results import Outcome

NAMES = 4
"""Names, or reasons, that one line lists; the rest is counted."""


def counted(number: int, noun: str) -> str:
    """Return a number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(texts: Sequence[str], most: int = NAMES, between: str = ", ") -> str:
    """Return texts in a row; of more than `most`, how many there are besides."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more


def outcomes_text(counts: Counter[Outcome]) -> str:
    """Return counts in the order of the outcomes: `14 ok, 4 failed`."""
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
