# SPDX-License-Identifier: MIT
"""How messages say numbers and lists: `1 variant`, `a, b and 3 more`."""

from __future__ import annotations

from collections.abc import Sequence

NAMES = 4
"""Names, or reasons, that one line lists; the rest is counted."""


_READ = 400
"""Characters that are shown of a text nobody reads to its end."""
_LONG = 10**15
"""A number from here on is rounded: nobody reads more digits, and they break the table."""


def rounded(number: int) -> str:
    """Return a count in full, one of very many configurations as `6.6860e287`, cut."""
    if number < _LONG:
        return f"{number:,}"
    digits = str(number)
    return f"{digits[0]}.{digits[1:5]}e{len(digits) - 1}"


def shortened(text: str, rest: str) -> str:
    """Return a text; of one that nobody reads to its end the beginning, and where the rest is.

    Args:
        text: of one line.
        rest: what has all of it: `kvariant report --json`.
    """
    if len(text) <= _READ + len(rest) + 40:
        return text
    return f"{text[:_READ]}... ({len(text) - _READ:,} characters more: {rest})"


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number and its noun: `0 rows`, `1 row`, `2 rows`.

    Args:
        number: how many there are.
        noun: what there is, if it is one.
        nouns: what there are otherwise, if that is not `noun` with an s.
    """
    return f"{number:,} {agreeing(number, noun, nouns or f'{noun}s')}"


def agreeing(number: int, one: str, many: str) -> str:
    """Return the form of a word that agrees with a number: `is` or `are`, `it` or `them`."""
    return one if number == 1 else many


def tuple_noun(strength: int) -> str:
    """Return what values of so many symbols together are called."""
    return {1: "value", 2: "pair", 3: "triple"}.get(strength, f"{strength}-tuple")


def listed(texts: Sequence[str], most: int = NAMES, between: str = ", ") -> str:
    """Return texts in a row; of more than `most`, how many there are besides."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more
