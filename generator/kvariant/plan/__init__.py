# SPDX-License-Identifier: MIT
"""Join tree, strategy and templates: the variants of a project."""

from kvariant.plan.facts import Facts, beyond, trees_at_hand
from kvariant.plan.generation import Generation
from kvariant.plan.plan import Plan, load_templates, load_tree, only_environment
from kvariant.plan.plans import Plans
from kvariant.plan.selection import Selection
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
