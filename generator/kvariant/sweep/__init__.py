# SPDX-License-Identifier: MIT
"""Cells: run, remember, reuse."""

from kvariant.sweep.cell import Cell, Failure, Outcome, Step
from kvariant.sweep.store import Store
from kvariant.sweep.sweep import Sweep, distinct_failures

__all__ = ["Cell", "Failure", "Outcome", "Step", "Store", "Sweep", "distinct_failures"]
