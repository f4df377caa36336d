# SPDX-License-Identifier: MIT
"""Complements, held against what expressions are over all values."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kvariant.kconfig import SymbolType
from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import Expression


def joined(parts: tuple[str, str, str]) -> str:
    """Two expressions with an operator between them, as one."""
    return f"({''.join(parts)})"


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions that are made of others."""
    pairs = st.tuples(inner, st.sampled_from([" && ", " || "]), inner).map(joined)
    return pairs | inner.map("!({})".format)


ATOMS = st.sampled_from(["A", "B", "T = m", "T != y", "m"])


@given(st.recursive(ATOMS, larger, max_leaves=6))
def test_complements_of_three_values(text: str) -> None:
    """What holds exactly where an expression does not, m counted as holding."""
    types = {"A": SymbolType.TRISTATE, "B": SymbolType.BOOL, "T": SymbolType.TRISTATE}
    expression = Expression.parse(text)
    found = complement(expression, types)
    for a, b, t in itertools.product("nmy", "ny", "nmy"):
        values = {"A": a, "B": b, "T": t}
        assert found.holds(values, types) != expression.holds(values, types), (str(found), values)
