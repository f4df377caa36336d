# SPDX-License-Identifier: MIT
"""What the search for a covering array hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.matrix.covering.levels import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Rows, and what is known of the tuples of levels."""

    rows: list[Row]
    """Given ones first."""
    feasible: int
    """Proven so, by a row or by the search."""
    infeasible: int
    covered: int
    uncovered: list[tuple[int, ...]]
    """Levels of feasible tuples that no row has: the first `strategy.LISTED`."""
    lower_bound: int
    """No fewer rows can have all feasible tuples; 0: nothing is known."""
    unproven: int = 0
    """In no row, and not proven infeasible: the search ended before."""
