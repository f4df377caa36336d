# SPDX-License-Identifier: MIT
"""Steps: what is run in each variant, where, what it reads, and what it says."""

from kvariant.steps.step import Step, Steps, built_in_steps
from kvariant.steps.workspace import failure_fragment

__all__ = ["Step", "Steps", "built_in_steps", "failure_fragment"]
