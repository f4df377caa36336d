# SPDX-License-Identifier: MIT
"""Results: how each cell ended, their database, and several sweeps put together."""

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
