# SPDX-License-Identifier: MIT
"""The files of a new project."""

from kvariant.scaffold.scaffold import (
    CONFIGS,
    TEMPLATES,
    ScaffoldLanguage,
    adopting,
    new_project,
    without_prefix,
    workflow,
)

__all__ = [
    "CONFIGS",
    "TEMPLATES",
    "ScaffoldLanguage",
    "adopting",
    "new_project",
    "without_prefix",
    "workflow",
]
