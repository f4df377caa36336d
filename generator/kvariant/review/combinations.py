# SPDX-License-Identifier: MIT
"""Combinations of values of chosen symbols: how many there were and are, lost and won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.review.tree_changes import TreeChanges

COMPARED = 20_000
"""Up to so many combinations of a tree are compared one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combinations:
    """The combinations of values that some symbols have together."""

    symbols: tuple[str, ...]
    """Those that both trees have, as they are called now."""
    left_out: tuple[str, ...]
    """Those that only one of the trees has."""
    before: int
    after: int
    lost: tuple[tuple[str, ...], ...] | None
    """Values in the order of the symbols; None: there are too many to compare."""
    won: tuple[tuple[str, ...], ...] | None


def combinations(
    changes: TreeChanges, symbols: Sequence[str], *, time_limit: float = 60.0
) -> Combinations:
    """Count the combinations of some symbols' values in both trees.

    Args:
        symbols: of either tree.
        time_limit: seconds for each count.

    Raises:
        MissingError: time ran out [count], or there is no counter [no-counter].
    """
    was = {one.new: one.old for one in changes.renamed}
    is_now = {one.old: one.new for one in changes.renamed}
    before, after = changes.before.model.symbols, changes.after.model.symbols
    asked = tuple(dict.fromkeys(is_now.get(name, name) for name in symbols))
    both = tuple(n for n in asked if n in after and was.get(n, n) in before)
    old, new = changes.spaces
    olds = [was.get(name, name) for name in both]
    first = list(islice(old.projections(olds), COMPARED + 1))
    second = list(islice(new.projections(both), COMPARED + 1))
    left_out = tuple(name for name in asked if name not in both)
    if max(len(first), len(second)) > COMPARED:
        return Combinations(
            symbols=both,
            left_out=left_out,
            before=old.count(olds, time_limit=time_limit),
            after=new.count(both, time_limit=time_limit),
            lost=None,
            won=None,
        )
    one = {tuple(values[name] for name in olds) for values in first}
    other = {tuple(values[name] for name in both) for values in second}
    return Combinations(
        symbols=both,
        left_out=left_out,
        before=len(one),
        after=len(other),
        lost=tuple(sorted(one - other)),
        won=tuple(sorted(other - one)),
    )
