# SPDX-License-Identifier: MIT
"""Conditions of option values: each set of values once, in words that are read as they hold."""

from __future__ import annotations

import itertools

import pytest

from kvariant.blame.conditions import conditions
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.value import SymbolType

TRISTATE, BOOL = SymbolType.TRISTATE, SymbolType.BOOL


@pytest.mark.parametrize(
    ("kind", "texts", "said"),
    [
        (BOOL, "ny", {"S": "y", "!S": "n"}),
        (TRISTATE, "ny", {"S": "y", "!S": "n"}),
        (TRISTATE, "nm", {"S": "m", "S = n": "n"}),
        (TRISTATE, "my", {"S = m": "m", "S = y": "y"}),
        (
            TRISTATE,
            "nmy",
            {"S": "my", "S = n": "n", "S = m": "m", "S = y": "y", "S != m": "ny", "S != y": "nm"},
        ),
    ],
)
def test_a_negation_is_n(kind: SymbolType, texts: str, said: dict[str, str]) -> None:
    """`!S` is told of no option that is m: it holds there, and is read as if it were n."""
    found = {
        str(one): "".join(t for t in texts if t in one.texts)
        for one in conditions("S", kind, texts)
    }
    assert said == found


@pytest.mark.parametrize("texts", ["ny", "nm", "my", "nmy"])
def test_what_lacks_is_the_rest(texts: str) -> None:
    """The condition that takes a condition's place where it is to fail holds in all else."""
    for one, text in itertools.product(conditions("S", TRISTATE, texts), texts):
        lacking = Expression.parse(str(one.lacking))
        assert lacking.holds({"S": text}, {"S": TRISTATE}) != (text in one.texts)
