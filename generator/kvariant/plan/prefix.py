# SPDX-License-Identifier: MIT
"""What stands before a symbol's name in a project's configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.kconfig.presets import place_of

if TYPE_CHECKING:
    from kvariant.project import Project


def prefix_of(project: Project) -> str:
    """Return what the project file says, else what the tree's own tool writes.

    Raises:
        InputError: there is no such preset [preset].
    """
    if project.config_prefix is not None:
        return project.config_prefix
    return place_of(project.kconfig, project.preset).preset.prefix
