# SPDX-License-Identifier: MIT
"""The last results of a revision: the sweeps that a database has of a clean checkout of it.

A sweep is a revision's if nothing was edited from its beginning to its end. Of several
sweeps of one revision (shards, single steps) each cell counts as it ended last.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kvariant.results.store import CHECKOUT, Store

if TYPE_CHECKING:
    from kvariant.results.cell import Cell

PLAIN = "plain"
"""The name under which a sweep has the digests of all but the sources that steps without keys
read, by variant and step."""
TOOLS = "tools"
"""The name under which a sweep has the digests of common tools, by their names."""
TOOLKIT = "toolkit"
"""The name under which a sweep has the digest of our own code."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What is known of a revision."""

    cells: Mapping[tuple[str, str], tuple[Cell, ...]]
    """By variant and step: the step's own cell, then its tests."""
    plain: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Of cells of steps without keys, the digests of what is known that they read."""
    ended: float = 0.0
    """When the last of its sweeps ended, in seconds since the epoch."""
    tools: Mapping[str, str] = field(default_factory=dict)
    toolkit: str = ""

    @property
    def when(self) -> str:
        """When it was swept, in UTC."""
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.ended))

    def changed_tools(self, now: Mapping[str, str]) -> list[str]:
        """Return the tools that are others now, or gone, or new."""
        return sorted(n for n in {*now, *self.tools} if now.get(n) != self.tools.get(n))


def baseline_of(store: Store, matrix: str, commit: str) -> Baseline | None:
    """Return the results of a revision in one matrix; None: the database has none.

    Args:
        commit: its full name.

    Raises:
        sqlite3.DatabaseError: a row is not as we write them.
    """
    cells: dict[tuple[str, str], tuple[Cell, ...]] = {}
    plain: dict[tuple[str, str], str] = {}
    last: Mapping[str, Any] | None = None
    for number in store.sweeps():
        past = store.past(number)
        if past.ended and past.about.get("matrix") == matrix and _is_of(past.about, commit):
            own = text_by_place(past.about.get(PLAIN))
            for place, some in by_place(past.cells).items():
                cells[place] = tuple(some)
                plain.pop(place, None)
                if place in own:
                    plain[place] = own[place]
            last = past.about
    if last is None:
        return None
    return Baseline(
        cells=cells,
        plain=plain,
        ended=_checkout(last)["ended"],
        tools=_texts(last.get(TOOLS)),
        toolkit=str(last.get(TOOLKIT, "")),
    )


def revisions_of(store: Store, matrix: str) -> list[str]:
    """Return the revisions of which there are results in a matrix, the last one first."""
    found = [
        str(_checkout(about)["revision"])
        for about in store.abouts()
        if about.get("matrix") == matrix and _is_clean(about)
    ]
    return list(dict.fromkeys(found))


def plain_record(digests: Mapping[tuple[str, str], str]) -> Mapping[str, Mapping[str, str]]:
    """Return the digests of plain cells as a sweep has them."""
    found: dict[str, dict[str, str]] = {}
    for (variant, step), text in digests.items():
        found.setdefault(variant, {})[step] = text
    return found


def _checkout(about: Mapping[str, Any]) -> Mapping[str, Any]:
    found = about.get(CHECKOUT)
    return found if isinstance(found, dict) else {}


def _is_clean(about: Mapping[str, Any]) -> bool:
    found = _checkout(about)
    is_whole = isinstance(found.get("revision"), str) and isinstance(
        found.get("ended"), int | float
    )
    return not about.get("extra") and found.get("clean") is True and is_whole


def _is_of(about: Mapping[str, Any], commit: str) -> bool:
    return _is_clean(about) and _checkout(about)["revision"] == commit


def ended_at(about: Mapping[str, Any]) -> float:
    """Return when a sweep came to its end, in seconds since the epoch; 0: it did not."""
    ended = _checkout(about).get("ended")
    return float(ended) if isinstance(ended, int | float) else 0.0


def by_place(cells: Iterable[Cell]) -> Mapping[tuple[str, str], Sequence[Cell]]:
    """Return cells by variant and step: the step's own, then its tests."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.variant, cell.step), []).append(cell)
    return found


def text_by_place(record: Any) -> Mapping[tuple[str, str], str]:
    """Return what `plain_record` made a record of; nothing where it is damaged."""
    if not isinstance(record, dict):
        return {}
    return {
        (variant, step): text
        for variant, own in record.items()
        if isinstance(own, dict)
        for step, text in own.items()
        if isinstance(text, str)
    }


def _texts(record: Any) -> Mapping[str, str]:
    if not isinstance(record, dict):
        return {}
    return {name: text for name, text in record.items() if isinstance(text, str)}
