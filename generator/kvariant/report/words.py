# SPDX-License-Identifier: MIT
"""How reports say numbers and lists: `1 variant`, `a, b and 3 more`."""

from __future__ import annotations

from collections.abc import Sequence

NAMES = 4
"""Names, or reasons, that one line lists; the rest is counted."""


_LONG = 10**15
"""A number from here on is rounded: nobody reads more digits, and they break the table."""


def rounded(number: int) -> str:
    """Return a count in full, one of very many configurations as `6.6860e287`, cut."""
    if number < _LONG:
        return f"{number:,}"
    digits = str(number)
    return f"{digits[0]}.{digits[1:5]}e{len(digits) - 1}"


def counted(number: int, noun: str) -> str:
    """Return a number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(texts: Sequence[str], most: int = NAMES, between: str = ", ") -> str:
    """Return texts in a row; of more than `most`, how many there are besides."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more
