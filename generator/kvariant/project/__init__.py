# SPDX-License-Identifier: MIT
"""The project file: what it says, validated."""

from kvariant.project.project import Environment, Project

__all__ = ["Environment", "Project"]
