# SPDX-License-Identifier: MIT
"""Steps: what is run in each variant, where, what it reads, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.loading import on_first_use

if TYPE_CHECKING:
    from kvariant.steps.step import Step, Steps, built_in_steps
    from kvariant.steps.workspace import failure_fragment

__all__ = ["Step", "Steps", "built_in_steps", "failure_fragment"]

__getattr__ = on_first_use(
    __name__,
    {
        "step": (
            "Step",
            "Steps",
            "built_in_steps",
        ),
        "workspace": ("failure_fragment",),
    },
)
