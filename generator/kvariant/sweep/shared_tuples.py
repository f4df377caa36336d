# SPDX-License-Identifier: MIT
"""What variants are to cover, as columns of bits; of several trees, each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.matrix.coverage import SharedTuples
from kvariant.results.value_columns import values_of

if TYPE_CHECKING:
    from kvariant.plan.variant_table import VariantTable
    from kvariant.results.swept_coverage import CoverageGoal


def shared_tuples(
    goal: CoverageGoal | None, names: Sequence[str], columns: VariantTable
) -> SharedTuples | None:
    """Return what variants cover, each a lane; None: one thing each, or too much to be held.

    In that case they stand in the matrix's order where they take equally long: a covering
    array is chosen row by row, those that have the most first.
    """
    if goal is None or not goal.strength or not names:
        return None
    places = {name: place for place, name in enumerate(columns.variants)}
    try:
        parts = []
        for environment, symbols in goal.chosen_by.items():
            head = f"{environment}/" if environment else ""
            mine = [i for i, name in enumerate(names) if name.startswith(head)]
            values = values_of(columns, symbols, [places[names[i]] for i in mine])
            parts.append(SharedTuples.of(values, goal.strength).among(mine, len(names)))
    except InputError:
        return None
    return SharedTuples.joined(parts) if parts else None
