# SPDX-License-Identifier: MIT
"""Changed values and drops, folded: one row for all configurations and symbols alike."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.review.drops import Drop
    from kvariant.review.responsible import Cause, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One change of value that symbols have alike in the same configurations."""

    symbols: tuple[str, ...]
    """As they are called now; `OLD, now NEW` is in `renamed`."""
    renamed: tuple[str, ...]
    """What they were called before, in the same order."""
    old: str | None
    new: str | None
    lanes: tuple[int, ...]
    cause: Cause
    drops: tuple[Drop, ...] = ()
    """Asked-for values that are dropped with it."""


def folded(
    told: Sequence[Told], dropped: Sequence[Drop], settable: Set[str]
) -> tuple[tuple[ValueRow, ...], tuple[Drop, ...]]:
    """Return rows, and the drops that are in none.

    First come those with drops, then those of most configurations, then those of symbols
    that somebody can set.

    Rows of one edit and the same configurations are one if the values are the same.
    """
    alike: dict[tuple[Cause, str | None, str | None, tuple[int, ...]], list[Told]] = {}
    for one in told:
        key = one.cause, one.change.old, one.change.new, one.lanes
        alike.setdefault(key, []).append(one)
    left = list(dropped)
    rows = []
    for (cause, old, new, lanes), several in alike.items():
        names = {name for t in several for name in (t.change.symbol, t.change.old_name)}
        within = set(lanes)
        mine = [
            drop
            for drop in left
            if drop.symbol in names and within.issuperset(drop.lanes) and drop.got in (new, None)
        ]
        left = [drop for drop in left if drop not in mine]
        rows.append(
            ValueRow(
                symbols=tuple(t.change.symbol for t in several),
                renamed=tuple(t.change.old_name for t in several),
                old=old,
                new=new,
                lanes=lanes,
                cause=cause,
                drops=tuple(mine),
            )
        )
    rows.sort(key=lambda row: (not row.drops, -len(row.lanes), not settable & {*row.symbols}))
    return tuple(rows), tuple(left)
