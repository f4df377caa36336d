# SPDX-License-Identifier: MIT
"""Cells: run, remember, reuse."""

from kvariant.sweep.cell import BUILT_IN, TEST, Cell, Failure, Outcome
from kvariant.sweep.place import failure_fragment
from kvariant.sweep.step import Step, Steps, built_in_steps
from kvariant.sweep.store import Past, Store
from kvariant.sweep.sweep import Sweep, distinct_failures

__all__ = [
    "BUILT_IN",
    "TEST",
    "Cell",
    "Failure",
    "Outcome",
    "Past",
    "Step",
    "Steps",
    "Store",
    "Sweep",
    "built_in_steps",
    "distinct_failures",
    "failure_fragment",
]
