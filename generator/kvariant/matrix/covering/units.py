# SPDX-License-Identifier: MIT
"""Levels that can vary, each distinct literal once: what tuples are really made of.

    level      SWAP=n   SWAP=y   ZSWAP_ON=n   ZSWAP_ON=y   X86=n   X86=y
    literal    -14      14       -14          14           FALSE   TRUE
    unit       0        1        0            1            none    always

Symbols that always have the same value share their units: those of one literal, and those
of which unit propagation shows it (a half of eCos' literals, a sixth of Linux 2.6.28's).
Levels that are impossible, or in every configuration, have none. Whatever holds for tuples
of units holds for the tuples of their levels, which are only counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.propagation import State, assume, undo
from kvariant.space.simulate import packed

if TYPE_CHECKING:
    from kvariant.matrix.covering.levels import Levels, Row
    from kvariant.space.circuit import Literal
    from kvariant.space.sample import Solution

Units = npt.NDArray[np.bool_]
"""A row as one truth value per unit."""

Square = npt.NDArray[np.bool_]
"""A truth value for each pair of units, symmetric; on the diagonal, of single units."""

_ALWAYS, _IMPOSSIBLE = -2, -1
"""In place of a unit."""


class Vocabulary:
    """The units, and which pairs of them unit propagation leaves possible."""

    def __init__(self, levels: Levels, state: State) -> None:
        self.levels = levels
        values = np.asarray(state.value, dtype=np.int8)[levels.codes]
        free = free_codes(levels, state)
        self.codes = np.array(free, dtype=np.int64)
        """Literal code per unit; of several that are the same, the first."""
        self.of_code = np.full(len(state.value), -1, dtype=np.int64)
        """Unit per literal code, -1: none."""
        self.of_code[self.codes] = np.arange(len(free))
        possible = self._possible(state)
        firsts, groups = self._same(possible, state)
        self.codes = self.codes[firsts]
        self.of_code[free] = groups
        self.by_code = np.full(len(state.value), -1, dtype=np.int64)
        """The same for the unit's own literal code alone: no unit comes twice."""
        self.by_code[self.codes] = np.arange(len(self.codes))
        constant = np.where(values > 0, _ALWAYS, _IMPOSSIBLE)
        self._of_level = np.where(values == 0, self.of_code[levels.codes], constant)
        self.variables = self.codes >> 1
        self.signs = self.codes & 1 == 0
        self.literals: list[Literal] = [
            int(v) if s else -int(v) for v, s in zip(self.variables, self.signs, strict=True)
        ]
        self.possible = possible[np.ix_(firsts, firsts)] if len(firsts) < len(free) else possible
        """Pairs that unit propagation from neither of them excludes; a search takes more away."""

    def __len__(self) -> int:
        return len(self.codes)

    def _possible(self, state: State) -> Square:
        size = len(self)
        possible = np.ones((size, size), dtype=np.bool_)
        for unit, code in enumerate(self.codes.tolist()):
            before = state.size[0]
            if assume(state, code):
                trail = np.asarray(state.trail[before : state.size[0]], dtype=np.int64)
                false = self.of_code[trail ^ 1]
                possible[unit, false[false >= 0]] = False
            else:
                possible[unit] = False
            undo(state, before)
        possible &= possible.T
        return possible

    def _same(
        self, possible: Square, state: State
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the first of each group of units that are the same, and the group of each.

        Those that exclude the same others are asked about.
        """
        codes = self.codes.tolist()
        known: dict[bytes, int] = {}
        firsts: list[int] = []
        groups = np.zeros(len(codes), dtype=np.int64)
        for unit, row in enumerate(packed(possible)):
            first = known.setdefault(row.tobytes(), unit)
            one, other = codes[first], codes[unit]
            if first != unit and _implies(state, one, other) and _implies(state, other, one):
                groups[unit] = groups[first]
            else:
                groups[unit] = len(firsts)
                firsts.append(unit)
        return np.array(firsts, dtype=np.int64), groups

    def units_of(self, row: Row) -> Units:
        """Return a row's units."""
        found = np.zeros(len(self), dtype=np.bool_)
        own = self._of_level[row]
        found[own[own >= 0]] = True
        return found

    def units_in(self, solution: Solution) -> Units:
        """Return the units that a solution of the formula has."""
        found: Units = solution[self.variables] == self.signs
        return found

    def row(self, units: Units) -> Row:
        """Return the levels that a row of units has."""
        return np.flatnonzero(_padded(units, True)[self._of_level]).astype(np.int32)

    def level_pairs(self, pairs: Square, *, always: bool) -> int:
        """Return how many pairs of levels of different factors a set of pairs of units has.

        Invariant: two levels of one factor exclude each other, so no set has them.

        Args:
            always: whether the set has the pairs of levels that are in every configuration.
        """
        levels = range(len(self.levels))
        return sum(int(self._beyond(pairs, level, always).sum()) for level in levels)

    def listed_pairs(self, pairs: Square, most: int) -> list[tuple[int, int]]:
        """Return the first of these pairs of levels, as `level_pairs` counts them."""
        found: list[tuple[int, int]] = []
        for level in range(len(self.levels)):
            if len(found) >= most:
                break
            start = int(self.levels.first[self.levels.factor[level] + 1])
            others = np.flatnonzero(self._beyond(pairs, level, always=False)) + start
            found += [(level, int(other)) for other in others]
        return found[:most]

    def _beyond(self, pairs: Square, level: int, always: bool) -> npt.NDArray[np.bool_]:
        """Return which levels of later factors a level is paired with."""
        start = int(self.levels.first[self.levels.factor[level] + 1])
        own, others = self._of_level[level], self._of_level[start:]
        if own == _IMPOSSIBLE:
            return np.zeros(len(others), dtype=np.bool_)
        # A level that is always there is paired with what can be there at all.
        paired, constant = (
            (np.diagonal(pairs), always) if own == _ALWAYS else (pairs[own], bool(pairs[own, own]))
        )
        found: npt.NDArray[np.bool_] = _padded(paired, constant)[others]
        return found


def _implies(state: State, one: int, other: int) -> bool:
    """Return whether unit propagation shows that a literal implies another one."""
    return _follows(state, one, other) or _follows(state, other ^ 1, one ^ 1)


def _follows(state: State, one: int, other: int) -> bool:
    before = state.size[0]
    found = not assume(state, one) or state.value[other] > 0
    undo(state, before)
    return bool(found)


def free_codes(levels: Levels, state: State) -> list[int]:
    """Return the literal codes of the units, each once."""
    values = np.asarray(state.value, dtype=np.int8)[levels.codes]
    return list(dict.fromkeys(levels.codes[values == 0].tolist()))


def _padded(values: npt.NDArray[np.bool_], always: bool) -> npt.NDArray[np.bool_]:
    """Return values that `_ALWAYS` and `_IMPOSSIBLE` index too."""
    return np.concatenate([values, [always, False]])
