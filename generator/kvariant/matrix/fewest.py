# SPDX-License-Identifier: MIT
"""The fewest configurations that have every combination, or as close as is affordable.

Set cover is hard in general and mostly easy here: a board has combinations that no
other board has, and must stay. What remains is made smaller until nothing changes

    a class whose lanes include another class's lanes     goes: it comes by itself
    a lane whose classes another lane has too             goes: the other one is as good
    a class that one lane has                             its lane is chosen

[Garfinkel and Nemhauser, Integer Programming, 1972, section 8.3], falls into parts
that share nothing, and each part is searched by branch and bound. The search counts
its work; where that runs out, the answer is what was found, and a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.space.simulate import Words, packed, unpacked

if TYPE_CHECKING:
    from kvariant.matrix.coverage import SharedTuples

WORK = 2_000_000
"""Classes looked at by branch and bound, all parts together; about a microsecond each."""

MOST_CLASSES = 6_000
"""Classes that are compared with one another; where more are left, there is no search."""

_Rows = npt.NDArray[np.bool_]
"""Classes x lanes."""


@dataclass(frozen=True, slots=True)
class Fewest:
    """Lanes that have every class."""

    lanes: tuple[int, ...]
    """Ascending; the fixed ones are among them."""
    least: int
    """No fewer lanes have every class."""


def fewest(cover: SharedTuples, fixed: tuple[int, ...] = ()) -> Fewest | None:
    """Return the fewest lanes, given fixed ones; None where it is too large to search."""
    chosen = set(fixed)
    bits = _left(cover.bits, chosen, cover.size)
    single = _popcounts(bits) == 1
    chosen |= set(np.flatnonzero(unpacked(bits[single], cover.size).any(axis=0)).tolist())
    bits = _left(bits, chosen, cover.size)
    if len(bits) > MOST_CLASSES:
        return None
    rows, lanes = _reduced(unpacked(bits, cover.size), np.arange(cover.size), chosen)
    least = len(chosen)
    work = WORK
    for part in _parts(rows):
        search = _SmallestRows([_mask(row) for row in part], work)
        work -= search.work
        chosen |= {int(lanes[index]) for index in search.best}
        least += search.least
    return Fewest(tuple(sorted(chosen)), least)


def _left(bits: Words, chosen: set[int], size: int) -> Words:
    """Return the rows that no chosen lane has."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[list(chosen)] = True
    return bits[~(bits & packed(mask)).any(axis=1)]


def _popcounts(bits: Words) -> npt.NDArray[np.int64]:
    octets = np.ascontiguousarray(bits).view(np.uint8)
    table = np.array([bin(octet).count("1") for octet in range(256)], dtype=np.int64)
    counts = np.zeros(len(bits), dtype=np.int64)
    for column in octets.T:
        counts += table[column]
    return counts


def _reduced(
    rows: _Rows, lanes: npt.NDArray[np.intp], chosen: set[int]
) -> tuple[_Rows, npt.NDArray[np.intp]]:
    """Return what is left when the three rules change nothing more; add to the chosen lanes."""
    before = (-1, -1)
    while before != rows.shape:
        before = rows.shape
        rows = rows[~_includes_another(rows)]
        used = rows.any(axis=0)
        rows, lanes = rows[:, used], lanes[used]
        needed = ~_includes_another(~rows.T)
        rows, lanes = rows[:, needed], lanes[needed]
        forced = rows[rows.sum(axis=1) == 1].any(axis=0)
        chosen |= set(lanes[forced].tolist())
        rows = rows[~rows[:, forced].any(axis=1)][:, ~forced]
        lanes = lanes[~forced]
    return rows, lanes


def _includes_another(rows: _Rows) -> npt.NDArray[np.bool_]:
    """Return which rows include another row; of equal rows, all but the first."""
    numbers = rows.astype(np.float32)  # exact: sums are below 2^24
    common = numbers @ numbers.T
    sizes = rows.sum(axis=1)
    subset = common == sizes[:, None]  # [i, j]: row i is within row j
    equal = subset & subset.T
    later = np.tri(len(rows), k=-1, dtype=np.bool_).T  # [i, j]: i is before j
    found: npt.NDArray[np.bool_] = ((subset & ~equal) | (equal & later)).any(axis=0)
    return found


def _parts(rows: _Rows) -> list[_Rows]:
    """Return the rows in groups that have no lane in common, in the order of their first rows."""
    left = np.ones(len(rows), dtype=np.bool_)
    parts = []
    while left.any():
        inside = np.zeros(len(rows), dtype=np.bool_)
        inside[np.argmax(left)] = True
        while True:
            grown = np.any(rows[:, np.any(rows[inside], axis=0)], axis=1)
            if (grown == inside).all():
                break
            inside = grown
        parts.append(rows[inside])
        left &= ~inside
    return parts


def _mask(row: npt.NDArray[np.bool_]) -> int:
    return sum(1 << int(lane) for lane in np.flatnonzero(row))


class _SmallestRows:
    """Branch and bound over classes as masks of lanes."""

    def __init__(self, rows: list[int], most: int) -> None:
        self.work = 0
        self.best = _greedy(rows)
        self.least = _apart(rows)
        self._most = most
        self._ended = True
        self._below(rows, [])
        if self._ended:
            self.least = len(self.best)

    def _below(self, rows: list[int], taken: list[int]) -> None:
        """Search what covers the rows, `taken` being chosen already."""
        if not rows:
            self.best = min(self.best, list(taken), key=len)
            return
        if len(taken) + _apart(rows) >= len(self.best):
            return
        if self.work >= self._most:
            self._ended = False
            return
        self.work += len(rows)
        tightest = min(rows, key=int.bit_count)
        counts = {lane: sum(row >> lane & 1 for row in rows) for lane in _lanes(tightest)}
        excluded = 0
        for lane in sorted(counts, key=lambda lane: (-counts[lane], lane)):
            # Later branches need not try this lane: what it can do was just searched.
            left = [row & ~excluded for row in rows if not row >> lane & 1]
            if all(left):
                self._below(left, [*taken, lane])
            excluded |= 1 << lane


def _greedy(rows: list[int]) -> list[int]:
    chosen = []
    while rows:
        counts: dict[int, int] = {}
        for row in rows:
            for lane in _lanes(row):
                counts[lane] = counts.get(lane, 0) + 1
        best = min(counts, key=lambda lane: (-counts[lane], lane))
        chosen.append(best)
        rows = [row for row in rows if not row >> best & 1]
    return chosen


def _apart(rows: list[int]) -> int:
    """Return how many rows, picked one by one, have no lane in common: each needs its own."""
    used = found = 0
    for row in sorted(rows, key=int.bit_count):
        if not row & used:
            used |= row
            found += 1
    return found


def _lanes(row: int) -> list[int]:
    return [lane for lane in range(row.bit_length()) if row >> lane & 1]
