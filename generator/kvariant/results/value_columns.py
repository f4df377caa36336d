# SPDX-License-Identifier: MIT
"""The stored values of variants as columns of bits, in which combinations are counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kvariant.kconfig import Configuration, SymbolType
from kvariant.kconfig.branch_condition import TRUTH, BranchCondition
from kvariant.matrix.coverage import ExercisedValues
from kvariant.plan.variant_table import Column, VariantTable
from kvariant.space.simulate import packed, words_for

_ORDER = {"n": 0, "m": 1, "y": 2}
_MODULES = "MODULES"
"""The symbol that a bare m in a condition hangs on."""


def values_of(
    table: VariantTable, symbols: Sequence[str], places: Sequence[int]
) -> ExercisedValues:
    """Return the values of some symbols in some variants, a lane for each of these.

    A name may be a condition's: its values are worked out.

    Args:
        table: symbols that it does not have are left out.
        places: of the variants in the table.
    """
    keys: list[tuple[str, str]] = []
    rows = []
    lanes = np.array(places, dtype=np.intp)
    for name in symbols:
        column = table.symbols.get(name) or _of_condition(table, name)
        if column is None or not len(lanes):
            continue
        for text, row in _rows(column, lanes):
            keys.append((name, text))
            rows.append(row)
    width = len(lanes)
    if not rows:
        return ExercisedValues((), np.zeros((0, words_for(width)), dtype=np.uint64), width)
    return ExercisedValues(tuple(keys), packed(np.array(rows, dtype=np.bool_)), width)


def _of_condition(table: VariantTable, name: str) -> Column | None:
    """Return the values of a condition in all variants; None: it is none, or reads what is gone."""
    condition = BranchCondition.named(name)
    if condition is None:
        return None
    types = table.types
    rows = table.configurations([*condition.expression.symbols, _MODULES])
    texts = [
        condition.text(Configuration(values_=row, types=types, assignment={}))
        for row in rows.values()
    ]
    return Column(SymbolType.BOOL, TRUTH, tuple(map(TRUTH.index, texts)))


def _rows(
    column: Column, lanes: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """Return the values that a symbol has in some variants, each with where."""
    every = (
        np.array(column.places, dtype=np.intp)[lanes]
        if column.places
        else np.zeros(len(lanes), dtype=np.intp)
    )
    found = []
    for place in sorted(set(every.tolist()), key=lambda p: (_ORDER.get(column.texts[p], 3), p)):
        found.append((column.texts[place], every == place))
    return found
