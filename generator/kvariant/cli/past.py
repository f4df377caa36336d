# SPDX-License-Identifier: MIT
"""The last sweep, as far as the next command goes on from it."""

from __future__ import annotations

import contextlib

from kvariant.errors import KvariantError
from kvariant.project import NAMED, Project
from kvariant.results import Past
from kvariant.results.databases import last_of


def last_sweep(project: Project) -> Past | None:
    """Return the last sweep; None also where its database cannot be read: `report` says why."""
    path = project.state / "results.sqlite"
    with contextlib.suppress(KvariantError):
        return last_of(path)
    return None


def blame_command(past: Past, project: Project) -> str:
    """Return the command that explains what failed in a sweep."""
    matrix = past.about.get("matrix") or NAMED
    return "kvariant blame" if matrix == project.matrix else f"kvariant blame {matrix}"
