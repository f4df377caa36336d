# SPDX-License-Identifier: MIT
"""The files of a new project."""

from kvariant.scaffold.scaffold import Language, adopting, new_project, without_prefix, workflow

__all__ = ["Language", "adopting", "new_project", "without_prefix", "workflow"]
