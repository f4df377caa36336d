# SPDX-License-Identifier: MIT
"""When the files of plans were last edited, asked where something goes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.sweep.project_files import edited_at

if TYPE_CHECKING:
    from kvariant.plan import Plans
    from kvariant.results import Past


def edited_since(before: Past | None, plans: Plans) -> float:
    """Return when anything was edited, in seconds since the epoch.

    All files are looked at only where a step without a key has run before: a key says itself
    whether what it is of is the same. Otherwise it is 0.
    """
    if before is None or all(cell.key for cell in before.cells if not cell.test):
        return 0.0
    project = plans.project
    roots = {project.root, *(plan.tree.root for plan in plans)}
    made = [path for path in (project.state, project.output) if path]
    return edited_at(sorted(roots), made)
