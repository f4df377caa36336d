# SPDX-License-Identifier: MIT
"""What a search for rows tells while it goes on, and how it is ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _heard(_rows: int, _bound: int) -> None:
    pass


def _told(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWatch:
    """Who listens to a search for rows."""

    stop: Callable[[], bool] = lambda: False
    """Asked between attempts to do with fewer rows: whether to end now."""
    cut: Callable[[], bool] = lambda: False
    """Asked between rows: whether to end now, though not all tuples are in one."""
    rows: Callable[[int, int], None] = _heard
    """Told the number of rows, and of those needed at least (0: not known), as it changes."""
    told: Callable[[str], None] = _told
    """Told that a search goes on from where it was cut, and how far it is."""


UNWATCHED = SearchWatch()
"""Nobody listens."""
