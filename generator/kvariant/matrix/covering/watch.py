# SPDX-License-Identifier: MIT
"""What a search for rows tells while it goes on, and how it is ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _heard(_rows: int, _bound: int) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWatch:
    """Who listens to a search for rows."""

    stop: Callable[[], bool] = lambda: False
    """Asked between attempts to do with fewer rows: whether to end now."""
    rows: Callable[[int, int], None] = _heard
    """Told the number of rows, and of those needed at least (0: not known), as it changes."""


UNWATCHED = SearchWatch()
"""Nobody listens."""
