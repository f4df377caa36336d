# SPDX-License-Identifier: MIT
"""The last sweep, for commands that go on from it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kvariant.errors import KvariantError
from kvariant.project import NAMED, Project

if TYPE_CHECKING:
    from kvariant.results import Past


def last_sweep(project: Project) -> Past | None:
    """Return the last sweep; None also where its database cannot be read: `report` says why."""
    path = project.database
    if not path.is_file():
        return None
    from kvariant.results.databases import last_of  # where nothing was swept, none is loaded

    with contextlib.suppress(KvariantError):  # `report` says why
        return last_of(path)
    return None


def blame_command(past: Past, project: Project) -> str:
    """Return the command that explains what failed in a sweep."""
    matrix = past.about.get("matrix") or NAMED
    return "kvariant blame" if matrix == project.matrix else f"kvariant blame {matrix}"
