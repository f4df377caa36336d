# SPDX-License-Identifier: MIT
"""Cells: run, remember, reuse."""

from kvariant.sweep.cell import BUILT_IN, TEST, Cell, Failure, Outcome
from kvariant.sweep.store import Store
from kvariant.sweep.sweep import Sweep, distinct_failures

__all__ = ["BUILT_IN", "TEST", "Cell", "Failure", "Outcome", "Store", "Sweep", "distinct_failures"]
