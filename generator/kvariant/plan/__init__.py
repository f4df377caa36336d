# SPDX-License-Identifier: MIT
"""Join tree, strategy and templates: the variants of a project.

Names are loaded on first use: who asks for a tree does not pay for strategies.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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

_HOMES = {
    "Facts": "facts",
    "Generation": "generation",
    "Matrix": "variant",
    "Plan": "plan",
    "Plans": "plans",
    "Selection": "selection",
    "Variant": "variant",
    "beyond": "facts",
    "load_templates": "plan",
    "load_tree": "trees",
    "only_environment": "trees",
    "trees_at_hand": "facts",
}
"""The modules of this package that names stand in."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kvariant.plan' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kvariant.plan.{_HOMES[name]}"), name)
