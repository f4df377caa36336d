# SPDX-License-Identifier: MIT
"""Smallest sets of columns that cover every row: all of them, and provably smallest.

A condition that holds in every failing variant excludes some passing ones; a
conjunction separates if together its conditions exclude all. The smallest
conjunctions are therefore the smallest covers of the passing variants.

Iterative deepening over the size: the row that fewest columns have must get one
of these, so the search branches on it; the last column is found for all rows at
once, by intersecting bit sets (the columns of each row). Columns tried before are
forbidden behind a branch, so that each cover is found once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kvariant.blame.conditions import Variants, members

EFFORT = 200_000
"""Branches of the search; beyond, a greedy cover stands in, and says so."""

LISTED = 10_000
"""Covers that are listed; there may be more."""

SHORT = 3
"""Conditions; longer conjunctions give way to several shorter ones of the same length."""


@dataclass(frozen=True, slots=True)
class Covers:
    """Equally small covers, each a tuple of columns in ascending order, sorted."""

    covers: tuple[tuple[int, ...], ...]
    is_smallest: bool = True
    """Whether no smaller one exists; False where the search became too long."""
    is_all: bool = True
    """Whether no other one is as small."""


def smallest_covers(columns: Sequence[int], rows: int, effort: int = EFFORT) -> Covers | None:
    """Return all smallest sets of columns that cover some rows, None if all do not suffice.

    Args:
        columns: the rows that each column has, as bits.
        rows: the rows to cover, as bits; none: the empty set covers them.
        effort: branches after which the answer is greedy.
    """
    if not rows:
        return Covers(((),))
    everything = 0
    for column in columns:
        everything |= column
    if rows & ~everything:
        return None
    search = _SmallestCover(columns, rows, effort)
    for size in range(1, rows.bit_count() + 1):
        found = sorted(search.covers(size))
        if search.exhausted:
            return Covers((_greedy(columns, rows),), is_smallest=False, is_all=False)
        if found:
            return Covers(tuple(found), is_all=len(found) < LISTED)
    raise AssertionError("a column for each row is a cover")


class _SmallestCover:
    def __init__(self, columns: Sequence[int], rows: int, effort: int) -> None:
        self._columns = [column & rows for column in columns]
        self._rows = rows
        self._left = effort
        # Equal rows need the same columns: one of each is enough.
        having: dict[int, int] = {}
        for row in members(rows):
            owners = sum(1 << c for c, column in enumerate(self._columns) if column >> row & 1)
            having.setdefault(owners, row)
        self._having = {row: owners for owners, row in having.items()}
        self._needed = sum(1 << row for row in self._having)
        self._columns = [column & self._needed for column in self._columns]
        self._most = max(column.bit_count() for column in self._columns)

    @property
    def exhausted(self) -> bool:
        """Whether the effort was spent before the search was done."""
        return self._left < 0

    def covers(self, size: int) -> list[tuple[int, ...]]:
        """Return the covers of exactly this size, if no smaller one exists."""
        found: list[tuple[int, ...]] = []
        for cover in self._search(self._needed, size, (1 << len(self._columns)) - 1):
            found.append(tuple(sorted(cover)))
            if len(found) == LISTED:
                break
        return found

    def _search(self, rows: int, size: int, allowed: int) -> Iterator[tuple[int, ...]]:
        self._left -= 1
        if self._left < 0 or rows.bit_count() > size * self._most:
            return
        if size == 1:
            for row in members(rows):
                allowed &= self._having[row]
                if not allowed:
                    return
            yield from ((column,) for column in members(allowed))
            return
        fewest = min(members(rows), key=lambda row: (self._having[row] & allowed).bit_count())
        for column in members(self._having[fewest] & allowed):
            rest = rows & ~self._columns[column]
            if rest:  # else a smaller cover would exist
                yield from ((column, *more) for more in self._search(rest, size - 1, allowed))
            allowed &= ~(1 << column)
            if self._left < 0:
                return


def _greedy(columns: Sequence[int], rows: int) -> tuple[int, ...]:
    """Return a cover: always the column with most of the rows that are left, then thinned."""
    chosen: list[int] = []
    left = rows
    while left:
        best = max(range(len(columns)), key=lambda c: ((columns[c] & left).bit_count(), -c))
        chosen.append(best)
        left &= ~columns[best]
    for column in list(chosen):
        others = 0
        for other in chosen:
            others |= columns[other] if other != column else 0
        if not rows & ~others:
            chosen.remove(column)
    return tuple(sorted(chosen))


@dataclass(slots=True)
class Implicants:
    """Short conjunctions that hold in some failing and in no passing variant."""

    sizes: dict[Variants, int]
    """By the failing variants in which one holds: conditions of the shortest such one."""
    is_all: bool
    """Whether all of at most `SHORT` conditions were looked at."""


def implicants(
    holds: Sequence[Variants], failing: Iterable[int], passing: Variants, effort: int = EFFORT
) -> Implicants:
    """Return the short conjunctions that no passing variant satisfies.

    Args:
        holds: the variants in which each condition holds.
        failing: positions of failing variants.
        passing: passing variants, as bits.
        effort: conjunctions that are looked at; shorter ones come first.
    """
    fails = sum(1 << variant for variant in failing)
    found: dict[Variants, int] = {}
    left = effort
    # Conditions that hold in the same variants are one here.
    columns = list(dict.fromkeys(h & (fails | passing) for h in holds if h & fails))
    open_: list[tuple[Variants, int]] = [(fails | passing, 0)]
    for size in range(1, SHORT + 1):
        longer: list[tuple[Variants, int]] = []
        for joint, first in open_:
            left -= len(columns) - first
            if left < 0:
                return Implicants(found, is_all=False)
            for index in range(first, len(columns)):
                both = joint & columns[index]
                if not both & fails or both == joint:
                    continue
                if both & passing:
                    longer.append((both, index + 1))
                else:
                    found.setdefault(both, size)
        open_ = longer
    return Implicants(found, is_all=True)


def cheapest(
    sizes: Mapping[Variants, int], failing: Variants, effort: int = EFFORT
) -> tuple[list[Variants], bool]:
    """Return sets that together have all failing variants, and whether none are cheaper.

    A set costs one more than the conditions of its conjunction, so that of equally
    many conditions the fewest terms win. `sizes` has all failing variants.
    """
    order = sorted(sizes, key=lambda bits: (-bits.bit_count() / (sizes[bits] + 1), bits))
    # One that has no more variants and costs no less is never needed.
    kept: list[Variants] = []
    for bits in sorted(order, key=lambda b: (sizes[b], -b.bit_count())):
        if not any(bits & ~other == 0 for other in kept):
            kept.append(bits)
    kept.sort(key=order.index)
    best = _greedily(kept, failing, sizes)
    best_cost = sum(sizes[bits] + 1 for bits in best)
    left = effort // 10

    def search(rest: Variants, chosen: list[Variants], cost: int) -> None:
        nonlocal best, best_cost, left
        left -= 1
        if not rest:
            best, best_cost = list(chosen), cost
            return
        row = min(members(rest), key=lambda row: sum(bits >> row & 1 for bits in kept))
        for bits in kept:
            if bits >> row & 1 and cost + sizes[bits] + 1 < best_cost and left > 0:
                search(rest & ~bits, [*chosen, bits], cost + sizes[bits] + 1)

    search(failing, [], 0)
    return best, left > 0


def is_only(sizes: Mapping[Variants, int], chosen: Sequence[Variants], failing: Variants) -> bool:
    """Return whether no set could stand in for one of those that were chosen, at no more cost."""
    for bits in chosen:
        others = 0
        for other in chosen:
            others |= other if other != bits else 0
        needed = failing & ~others
        if any(
            other not in chosen and not needed & ~other and size <= sizes[bits]
            for other, size in sizes.items()
        ):
            return False
    return True


def _greedily(
    kept: Sequence[Variants], failing: Variants, sizes: Mapping[Variants, int]
) -> list[Variants]:
    chosen: list[Variants] = []
    while failing:
        best = max(kept, key=lambda bits: (bits & failing).bit_count() / (sizes[bits] + 1))
        chosen.append(best)
        failing &= ~best
    return chosen
