# SPDX-License-Identifier: MIT
"""How the same work ended in earlier sweeps: what failed there and passes now is flaky.

The same is what has the same key; of a step that has none, the same command, values, tools
and what is made before it (see `baseline.PLAIN`), if no file was edited since that sweep ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.results.baseline import PLAIN, TOOLKIT, by_place, ended_at, text_by_place
from kvariant.results.cell import Cell
from kvariant.results.history import RAN

if TYPE_CHECKING:
    from kvariant.results.store import Past, Store

SWEEPS = 5
"""Earlier sweeps that are looked at."""

CellsByPlace = Mapping[tuple[str, str], Sequence[Cell]]
"""By variant and step: the step's own cell, then its tests."""
EarlierRuns = Sequence[CellsByPlace]
"""Of each earlier sweep, the last one first, what ran of the same in it."""


def earlier_runs(store: Store, matrix: str, edited: float) -> EarlierRuns:
    """Return how what failed in any of the last sweeps of a matrix ended in all but the last.

    Args:
        edited: when a file of the project was last changed that no sweep has made, in seconds
            since the epoch.

    Returns:
        Nothing where a row is damaged: this only explains.
    """
    try:
        return _earlier_runs(store, matrix, edited)
    except sqlite3.DatabaseError:
        return ()


def _earlier_runs(store: Store, matrix: str, edited: float) -> EarlierRuns:
    pasts: list[Past] = []
    for number in reversed(store.sweeps()):
        if len(pasts) > SWEEPS:
            break
        about = store.about(number)
        if about.get("matrix") == matrix and not about.get("extra"):
            pasts.append(store.past(number))
    if not pasts:
        return ()
    now, *before = pasts
    heads = {place: group[0] for place, group in by_place(now.cells).items()}
    plain = text_by_place(now.about.get(PLAIN))
    same = []
    for past in before:
        is_plain_same = ended_at(past.about) > edited and past.about.get(TOOLKIT) == now.about.get(
            TOOLKIT
        )
        then = text_by_place(past.about.get(PLAIN)) if is_plain_same else {}
        same.append(
            {
                place: group
                for place, group in by_place(past.cells).items()
                if group[0].outcome in RAN
                and not any(cell.is_of_machine for cell in group)
                and (now_head := heads.get(place)) is not None
                and _is_same(group[0].key, now_head.key, then.get(place), plain.get(place))
            }
        )
    bad = {place for sweep in same for place, group in sweep.items() if group[0].is_bad}
    found = [{place: sweep[place] for place in sweep if place in bad} for sweep in same]
    return [sweep for sweep in found if sweep]


def _is_same(key: str, key_now: str, plain: str | None, plain_now: str | None) -> bool:
    if key or key_now:
        return key == key_now
    return bool(plain) and plain == plain_now
