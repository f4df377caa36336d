# SPDX-License-Identifier: MIT
"""The space: all configurations of a tree, exactly, as one circuit to ask questions of.

Names are loaded on first use: solvers and arrays take longer to load than a small tree to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.space.explain import Explanation
    from kvariant.space.fix import Fix
    from kvariant.space.packed import Assignments, Configurations
    from kvariant.space.sample import Method, Samples
    from kvariant.space.space import Space

__all__ = [
    "Assignments",
    "Configurations",
    "Explanation",
    "Fix",
    "Method",
    "Samples",
    "Space",
]

__getattr__ = on_first_use(
    __name__,
    {
        "explain": ("Explanation",),
        "fix": ("Fix",),
        "packed": ("Assignments", "Configurations"),
        "sample": ("Method", "Samples"),
        "space": ("Space",),
    },
)
