# SPDX-License-Identifier: MIT
"""What holds exactly where another expression is n, value by value."""

from __future__ import annotations

import itertools

import pytest

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.negation import negation

TYPES = {"A": SymbolType.BOOL, "T": SymbolType.TRISTATE, "U": SymbolType.TRISTATE,
         "N": SymbolType.INT}  # fmt: skip
VALUES = (("n", "y"), ("n", "m", "y"), ("n", "m", "y"), ("1", "5", "9"))


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "T",
        "!T",
        "!A",
        "!(T && U)",
        "!(A || !T) && U",
        "T = m || !U",
        "N > 4 && (A || T != y)",
        "!(N >= 5) || UNKNOWN",
        "!UNKNOWN",
        "!(T && !(U || !A))",
        "y",
        "n && A",
        "N",
    ],
)
def test_it_holds_where_the_other_does_not(text: str) -> None:
    """Of an expression and its negation one holds in each configuration, and one alone."""
    expression = Expression.parse(text)
    opposite = negation(expression, TYPES)
    for values in itertools.product(*VALUES):
        row = dict(zip(TYPES, values, strict=True))
        assert expression.holds(row, TYPES) != opposite.holds(row, TYPES), (row, str(opposite))
