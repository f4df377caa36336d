# SPDX-License-Identifier: MIT
"""A sweep: every variant taken through its steps, each cell run, reused, merged or skipped."""

from kvariant.sweep.request import Sweep
from kvariant.sweep.sweep import swept

__all__ = ["Sweep", "swept"]
