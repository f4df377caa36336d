# SPDX-License-Identifier: MIT
"""Sweeps: every variant taken through its steps, each cell run, reused or skipped."""

from kvariant.sweep.request import Sweep
from kvariant.sweep.sweep import swept

__all__ = ["Sweep", "swept"]
