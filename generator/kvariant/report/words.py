# SPDX-License-Identifier: MIT
"""How reports say numbers and lists: `1 variant`, `a, b and 3 more`."""

from __future__ import annotations

from collections.abc import Sequence

NAMES = 4
"""Names, or reasons, that one line lists; the rest is counted."""


def counted(number: int, noun: str) -> str:
    """Return a number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(texts: Sequence[str], most: int = NAMES, between: str = ", ") -> str:
    """Return texts in a row; of more than `most`, how many there are besides."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more
