# SPDX-License-Identifier: MIT
"""Cells: run, remember, reuse."""

from kvariant.sweep.cell import BUILT_IN, TEST, Cell, Failure, Outcome
from kvariant.sweep.failures import failing_file, passing_file, write_failures
from kvariant.sweep.findings import Finding, Observations
from kvariant.sweep.merging import Comparison, Results, compared
from kvariant.sweep.place import failure_fragment
from kvariant.sweep.request import Sweep
from kvariant.sweep.step import Step, Steps, built_in_steps
from kvariant.sweep.store import Past, Store
from kvariant.sweep.sweep import swept

__all__ = [
    "BUILT_IN",
    "TEST",
    "Cell",
    "Comparison",
    "Failure",
    "Finding",
    "Observations",
    "Outcome",
    "Past",
    "Results",
    "Step",
    "Steps",
    "Store",
    "Sweep",
    "built_in_steps",
    "compared",
    "failing_file",
    "failure_fragment",
    "passing_file",
    "swept",
    "write_failures",
]
