# SPDX-License-Identifier: MIT
"""Results: how each cell ended, their database, and several sweeps put together.

Names are loaded on first use: how a cell ended is told without a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.results.cell import BUILD, BUILT_IN, GENERATE, TEST, Cell, Failure, Outcome
    from kvariant.results.compare import SweepComparison, compared
    from kvariant.results.merge import MergedResults
    from kvariant.results.store import Kept, Past, Store

__all__ = [
    "BUILD",
    "BUILT_IN",
    "GENERATE",
    "TEST",
    "Cell",
    "Failure",
    "Kept",
    "MergedResults",
    "Outcome",
    "Past",
    "Store",
    "SweepComparison",
    "compared",
]

__getattr__ = on_first_use(
    __name__,
    {
        "cell": ("BUILD", "BUILT_IN", "Cell", "Failure", "GENERATE", "Outcome", "TEST"),
        "compare": ("SweepComparison", "compared"),
        "merge": ("MergedResults",),
        "store": ("Kept", "Past", "Store"),
    },
)
