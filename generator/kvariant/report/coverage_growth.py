# SPDX-License-Identifier: MIT
"""How the pairs of values that variants show grow with each variant, in the order they ran."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.plan.variant_table import VariantTable

MOST = 300
"""Varying symbols of which pairs are counted; of more, the first that templates read."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Pairs of values seen, after each variant."""

    title: str
    points: str
    """x,y of a line in a box of 100 by 100, y down; "" where there is none."""


def growth_of(table: VariantTable) -> Growth:
    """Return how pairs grow: of the values that varying symbols have in any variant."""
    varying = {name: column for name, column in table.symbols.items() if column.places}
    symbols = [n for n, c in varying.items() if c.is_read] or list(varying)
    chosen = [varying[name] for name in symbols[:MOST]]
    if len(chosen) < 2 or len(table.variants) < 2:
        return Growth("pairs of values seen: nothing to count", "")
    widths = [len(column.texts) for column in chosen]
    starts = np.cumsum([0, *widths])
    # For each variant the values that it has, as positions among all values.
    values = np.array([column.places for column in chosen]).T + starts[:-1]
    seen = np.zeros((starts[-1], starts[-1]), dtype=bool)
    pairs = []
    for row in values:
        seen[np.ix_(row, row)] = True
        pairs.append((int(seen.sum()) - int(np.trace(seen))) // 2)
    total = pairs[-1]
    step = 100 / (len(pairs) - 1)
    points = " ".join(f"{i * step:.1f},{100 - 100 * n / total:.1f}" for i, n in enumerate(pairs))
    left = f" of the first {MOST} options" if len(symbols) > MOST else ""
    seen_pairs = counted(total, "pair of values", "pairs of values")
    possible = sum(a * b for a, b in itertools.combinations(widths, 2))
    return Growth(f"{seen_pairs}{left} seen, of {possible:,} that these allow", points)
