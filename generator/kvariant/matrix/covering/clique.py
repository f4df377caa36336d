# SPDX-License-Identifier: MIT
"""Large sets of pairs of which no two fit into one row: a clique of exclusive pairs.

Pairs exclude each other if a unit of the one and a unit of the other are infeasible
together. There are too many pairs for a graph of them, so two searches take turns:

    starts     by rows: of each row one pair that no other row has, rows with the
               fewest such pairs first. In a least array with as many rows as a set has
               pairs each row has exactly one of the set, and had by no other row.
               By walks: from pairs that few rows have, the one that leaves most others.
               By products: of a group of exclusive units each with a group of its own.
    pools      the pairs that fit with at most two of a set, a few thousand of them,
               with their graph: swaps that keep or enlarge the set, with a tabu list
               (as in Battiti, Protasi: Reactive local search for the maximum clique
               problem, Algorithmica 29, 2001). What comes of it is left by half of
               the set being drawn anew: a pool around all of it holds little else.

How many of a set each pair of units fits with is one product of matrices, for all
pairs at once. Everything is counted in integers, so that it is the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import exclusive

if TYPE_CHECKING:
    from kvariant.matrix.covering.stock import Stock
    from kvariant.matrix.covering.units import Square

Pairs = npt.NDArray[np.int64]
"""Units, pairs x 2."""

_CANDIDATES = 200_000
"""Pairs that sets are made of: those that the fewest rows have."""

_OF_A_ROW = 1_000
"""Pairs that only one row has, of each row, from which a start by rows takes one."""

_WALKED = 30_000
"""Pairs that a walk chooses from."""

_SPREAD, _MOST = 1024, 20
"""A row more that has a pair weighs as much as a third of the range of the dice."""

_GROUPS = 300
"""Groups of exclusive units that are looked for; each with others gives a product."""

_LOOKED_AT = 8
"""Pairs of which the one that leaves most others is taken."""

_TABU, _TABU_MORE = 7, 20
"""Steps in which a pair that left does not come back: at least, and at random on top."""


_SETS, _PURSUED = 12, 3
"""Sets that are enlarged once, and the largest of them that are pursued."""

_STEPS, _POOL = 300, 1_000
"""Steps in the first pool of a set, and pairs in it."""

_LEFT_OUT = 50
"""Percent of a set that are left out, at random, before it is enlarged again. The least of
busybox, eCos and XSEngine over eight to sixteen runs are 18, 34 and 32; with 65 percent 17, 35
and 32, with 85 percent 17, 32 and 28."""

_AGAIN, _FEWER_STEPS, _SMALLER_POOL = 35, 200, 600
"""How often that is done with each; steps and pairs of its pools."""

_WORK = 300_000_000
"""Pairs times members of sets that are looked up for pools: half a second to one."""


_OCTET = 255
"""The most that a byte counts to."""

_KEPT = 100_000_000
"""Bytes of what is kept to be looked up again."""


class CliqueSearch:
    """Pairs of a complete array, and sets of them."""

    def __init__(self, stock: Stock, feasible: Square, dice: random.Random) -> None:
        self._feasible = feasible
        self._dice = dice
        self._rows = len(stock)
        self.pairs, times = stock.rare(_CANDIDATES)
        self._one, self._other = self.pairs[:, 0].copy(), self.pairs[:, 1].copy()
        self._kept: dict[tuple[int, int], npt.NDArray[np.uint8]] = {}
        """Of pairs that were in sets, who fits with them: most come again."""
        self._times = np.minimum(times, _MOST).astype(np.uint16)
        self._ones = np.flatnonzero(times == 1)
        self._row_of_one = stock.first_row(self.pairs[self._ones])

    def by_rows(self, tries: int) -> list[Pairs]:
        """Return a set from each of some tries, of pairs that one row has."""
        if not len(self._ones):
            return []
        return [self.pairs[self._by_rows()] for _ in range(tries)]

    def _by_rows(self) -> npt.NDArray[np.int64]:
        order = self._shuffled(self._row_of_one)
        rows = self._row_of_one[order]
        position = np.arange(len(rows)) - np.searchsorted(rows, rows)
        alive = self._ones[order[position < _OF_A_ROW]]
        rows = rows[position < _OF_A_ROW]
        found = []
        while len(alive):
            counts = np.bincount(rows, minlength=self._rows)
            fewest = np.flatnonzero(counts == counts[counts > 0].min())
            own = alive[rows == fewest[self._dice.randrange(len(fewest))]]
            best, kept = -1, np.zeros(0, dtype=np.bool_)
            for index in self._some(own):
                out = ~self._fit(index, alive)
                left = np.bincount(rows[out], minlength=self._rows)
                worth = int(np.count_nonzero(left)) * len(alive) + int(left.sum())
                if worth > best:
                    best, kept, taken = worth, out, index
            found.append(taken)
            alive, rows = alive[kept], rows[kept]
        return np.array(found, dtype=np.int64)

    def by_walks(self, tries: int) -> list[Pairs]:
        """Return a set from each of some walks."""
        if not len(self.pairs):
            return []
        return [self.pairs[self._walk()] for _ in range(tries)]

    def _walk(self) -> npt.NDArray[np.int64]:
        alive = np.sort(self._rarest(np.arange(len(self.pairs)), _WALKED))
        found = []
        while len(alive):
            kept = max(
                ((~self._fit(index, alive), index) for index in self._some(alive)),
                key=lambda one: np.count_nonzero(one[0]),
            )
            found.append(kept[1])
            alive = alive[kept[0]]
        return np.array(found, dtype=np.int64)

    def _some(self, indices: npt.NDArray[np.int64]) -> list[int]:
        if len(indices) <= _LOOKED_AT:
            return [int(i) for i in indices]
        return [int(indices[self._dice.randrange(len(indices))]) for _ in range(_LOOKED_AT)]

    def _fit(self, index: int, others: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        one, other = self.pairs[index]
        with_it = self._feasible[one] & self._feasible[other]
        found: npt.NDArray[np.bool_] = with_it.take(self.pairs[others, 0]) & with_it.take(
            self.pairs[others, 1]
        )
        return found

    def _rarest(self, indices: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
        """Return so many pairs at random, those that few rows have more likely."""
        if len(indices) <= most:
            return indices
        drawn = np.frombuffer(self._dice.randbytes(2 * len(indices)), dtype="<u2")
        key = self._times[indices] * np.uint16(_SPREAD) + drawn % np.uint16(3 * _SPREAD)
        return indices[np.argsort(key, kind="stable")[:most]]

    def _shuffled(self, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return indices ordered by group, at random within."""
        drawn = np.frombuffer(self._dice.randbytes(2 * len(groups)), dtype="<u2")
        order = np.argsort(drawn, kind="stable")
        return order[np.argsort(groups[order], kind="stable")]

    def products(self) -> Pairs:
        """Return exclusive pairs: of a group of exclusive units each with a group of its own.

            one of a choice   X86    X86    X86     ARM    ARM
            with              UP     SMP    NUMA    NOMMU  MMU

        Two such pairs differ in the first group, or else in the second.
        """
        feasible, excluded, dice = self._feasible, ~self._feasible, self._dice
        singles = np.flatnonzero(np.diagonal(feasible))[:, None].astype(np.int64)
        distinct: dict[tuple[int, ...], None] = {}
        for _ in range(min(_GROUPS, 4 * len(singles))):
            walked = exclusive(singles, excluded, dice, tries=1, enough=len(singles))
            distinct[tuple(sorted(singles[walked, 0].tolist()))] = None
        groups = list(distinct)
        member = np.zeros((len(groups), len(feasible)), dtype=np.float32)
        for row, group in zip(member, groups, strict=True):
            row[list(group)] = 1
        # fitting[g, u]: members of group g that fit into a row with unit u.
        fitting = member @ feasible.astype(np.float32)
        best = fitting.argmax(axis=0)
        first = groups[int(np.argmax(member @ fitting.max(axis=0)))]
        return np.array(
            [
                sorted((one, other))
                for one in first
                for other in groups[best[one]]
                if feasible[one, other]
            ],
            dtype=np.int64,
        ).reshape(-1, 2)

    def enlarged(self, sets: Sequence[Pairs], known: int, enough: int) -> Pairs:
        """Return the largest set that comes of some by swaps.

        Args:
            known: a lower bound; a set that stays far below it is not pursued.
        """
        sets = sorted(filter(len, sets), key=len, reverse=True)
        if not sets:
            return np.zeros((0, 2), dtype=np.int64)
        work = max(1, len(sets[0]) * len(self.pairs))
        sets = sets[: max(2, min(_SETS, _WORK // 2 // work))]
        left = _WORK - work * len(sets)
        sets = [self._swapped(own, _STEPS, _POOL) for own in sets]
        sets = sorted(sets, key=len, reverse=True)[:_PURSUED]
        for number in range(_AGAIN * len(sets)):
            best = max(sets, key=len)
            if 3 * len(best) < 2 * known or len(best) >= enough or left < 0:
                break
            own = sets[number % len(sets)]
            size = len(own) - len(own) * _LEFT_OUT // 100
            kept = own[sorted(self._dice.sample(range(len(own)), size))]
            left -= size * len(self.pairs)
            found = self._swapped(kept, _FEWER_STEPS, _SMALLER_POOL)
            if len(found) >= len(own):
                sets[number % len(sets)] = found
        return max(sets, key=len)

    def _swapped(self, own: Pairs, steps: int, size: int) -> Pairs:
        """Return a set, as large or larger, from a pool around a set."""
        pool = self._pool(own, size)
        one, other = pool[:, 0], pool[:, 1]
        with_it = self._feasible[one] & self._feasible[other]
        fit = with_it[:, one] & with_it[:, other]
        return pool[_swap(fit, len(own), min(steps, len(pool)), self._dice)]

    def _with(self, one: int, other: int) -> npt.NDArray[np.uint8]:
        """Return 1 for each pair that fits into a row with one, else 0."""
        found = self._kept.get((one, other))
        if found is None:
            with_it = self._feasible[one] & self._feasible[other]
            found = (with_it.take(self._one) & with_it.take(self._other)).view(np.uint8)
            if len(self._kept) * len(found) < _KEPT:
                self._kept[one, other] = found
        return found

    def _pool(self, own: Pairs, size: int) -> Pairs:
        """Return a set and pairs that fit with few of it: none, one, then two."""
        one, other = self._one, self._other
        fitting: npt.NDArray[Any] = np.zeros(
            len(one), dtype=np.uint8 if len(own) <= _OCTET else np.uint16
        )
        for first, second in own.tolist():
            fitting += self._with(first, second)
        width = len(self._feasible)
        parts = [own]
        for times, share in ((0, 4), (1, 3), (2, 4)):
            indices = np.flatnonzero(fitting == times)
            if times == 1:  # the set's own fit with themselves, and are there already
                numbers = one[indices] * width + other[indices]
                indices = indices[~np.isin(numbers, own @ [width, 1])]
            chosen = self._rarest(indices, size * share // 4)
            parts.append(self.pairs[np.sort(chosen)])
            size -= len(chosen)
        return np.concatenate(parts)


def _swap(
    fit: npt.NDArray[np.bool_], first: int, steps: int, dice: random.Random
) -> npt.NDArray[np.int64]:
    """Return the largest set that some steps from a set come by.

    Sets are the bits of numbers, so that a step takes as long for hundreds of pairs as for one.

    Args:
        fit: which pairs fit into one row; each fits with itself.
        first: the set to begin with is the first so many.
    """
    rows = [int.from_bytes(row.tobytes(), "little") for row in np.packbits(fit, 1, "little")]
    everything, count = (1 << len(rows)) - 1, len(rows)
    inside = best = (1 << first) - 1
    fits = _Fits(rows[:first])
    tabu, back = 0, [0] * (steps + _TABU + _TABU_MORE + 2)
    size = most = first
    for step in range(1, steps + 1):
        tabu &= ~back[step]
        free, once, twice = fits.few(everything)
        gone, some = 0, 0
        if free:
            taken = _freest(rows, free, count, dice)
        else:
            outside = ~(inside | tabu)
            some = once & outside or twice & outside
            if some:
                taken = _any(some, count, dice)
                gone = rows[taken] & inside
            else:
                taken, gone = -1, 1 << _any(inside, count, dice)
        if gone:
            until = step + _TABU + int(dice.random() * (1 + min(some.bit_count(), _TABU_MORE)))
            inside &= ~gone
            tabu |= gone
            back[until] |= gone
            size -= gone.bit_count()
            while gone:
                lowest = gone & -gone
                fits.remove(rows[lowest.bit_length() - 1])
                gone ^= lowest
        if taken >= 0:
            inside |= 1 << taken
            fits.add(rows[taken])
            size += 1
        if size > most:
            most, best = size, inside
        elif not size:
            break
    return np.array([index for index in range(count) if best >> index & 1], dtype=np.int64)


class _Fits:
    """How many of a set each pair fits with: a binary number for each, digit by digit."""

    def __init__(self, rows: Sequence[int]) -> None:
        self._digits = [0]
        for row in rows:
            self.add(row)

    def add(self, carry: int) -> None:
        """Count the pairs once more."""
        digits = self._digits
        for place, digit in enumerate(digits):
            digits[place] = digit ^ carry
            carry &= digit
            if not carry:
                return
        digits.append(carry)

    def remove(self, borrow: int) -> None:
        """Count the pairs once less."""
        digits = self._digits
        for place, digit in enumerate(digits):
            digits[place] = digit ^ borrow
            borrow &= ~digit
            if not borrow:
                return

    def few(self, everything: int) -> tuple[int, int, int]:
        """Return the pairs that are counted never, once and twice."""
        ones, *higher = self._digits
        twos = higher[0] if higher else 0
        more = 0
        for digit in higher[1:]:
            more |= digit
        low = everything & ~more
        return low & ~ones & ~twos, low & ones & ~twos, low & twos & ~ones


def _any(some: int, count: int, dice: random.Random) -> int:
    """Return a bit that is set, of a number with so many digits: the next from one at random."""
    place = int(dice.random() * count)
    rest = some >> place
    if rest:
        return place + (rest & -rest).bit_length() - 1
    return (some & -some).bit_length() - 1


def _freest(rows: Sequence[int], free: int, count: int, dice: random.Random) -> int:
    """Return which of some pairs excludes the most of those that could be taken."""
    some = [_any(free, count, dice) for _ in range(4 if free.bit_count() > 2 else 1)]
    return min(some, key=lambda index: (rows[index] & free).bit_count())
