# SPDX-License-Identifier: MIT
"""Plans: tree, strategy and templates joined into the variants of a project.

Names are loaded on first use: who asks for a tree does not pay for strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.plan.facts import Facts, beyond, trees_at_hand
    from kvariant.plan.generation import Generation
    from kvariant.plan.plan import Plan, load_templates
    from kvariant.plan.plans import Plans
    from kvariant.plan.selection import Selection
    from kvariant.plan.trees import load_tree, only_environment
    from kvariant.plan.variant import Matrix, Variant

__all__ = [
    "Facts",
    "Generation",
    "Matrix",
    "Plan",
    "Plans",
    "Selection",
    "Variant",
    "beyond",
    "load_templates",
    "load_tree",
    "only_environment",
    "trees_at_hand",
]

__getattr__ = on_first_use(
    __name__,
    {
        "facts": ("Facts", "beyond", "trees_at_hand"),
        "generation": ("Generation",),
        "plan": ("Plan", "load_templates"),
        "plans": ("Plans",),
        "selection": ("Selection",),
        "trees": ("load_tree", "only_environment"),
        "variant": ("Matrix", "Variant"),
    },
)
