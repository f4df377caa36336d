# SPDX-License-Identifier: MIT
"""The space: all configurations of a tree, exactly, as one circuit to ask questions of."""

from kvariant.space.explain import Explanation
from kvariant.space.fix import Fix
from kvariant.space.interrupt import leave_signals_to_python
from kvariant.space.packed import Assignments, Configurations
from kvariant.space.sample import Method, Samples
from kvariant.space.space import Space

leave_signals_to_python()

__all__ = [
    "Assignments",
    "Configurations",
    "Explanation",
    "Fix",
    "Method",
    "Samples",
    "Space",
]
