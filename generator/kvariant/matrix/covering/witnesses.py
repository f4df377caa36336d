# SPDX-License-Identifier: MIT
"""Which pairs are possible, as solutions show it: one shows thousands of pairs at once.

A solver that is asked for each pair by itself answers the same for most of them, at the
price of a whole solution each. Here a solution shows all pairs that it has, and the next
one is drawn to those that are not shown yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Units, Vocabulary
    from kvariant.space.circuit import Literal


class Witnesses:
    """Pairs that may be possible, and which of them a solution has been seen to have."""

    def __init__(
        self, units: Vocabulary, source: npt.NDArray[np.int64], target: npt.NDArray[np.int64]
    ) -> None:
        """Take pairs in both directions, ordered by their first unit."""
        self._source, self._target = source, target
        self._start = np.searchsorted(source, np.arange(len(units) + 1))
        self._open = np.ones(len(source), dtype=np.bool_)
        self._literals = np.array(units.literals, dtype=np.int64)
        self._negated = units.of_code[units.codes ^ 1]

    def open(self, unit: int) -> set[int]:
        """Return the units that nothing has shown to be possible with a unit."""
        own = slice(self._start[unit], self._start[unit + 1])
        found: list[int] = self._target[own][self._open[own]].tolist()
        return set(found)

    def show(self, row: Units) -> None:
        """Note that a solution has these units."""
        self._open &= ~(row.take(self._source) & row.take(self._target))

    def wanted(self) -> list[Literal]:
        """Return of each variable the literal that more open pairs want, if they want any."""
        counts = np.bincount(self._source[self._open], minlength=len(self._literals))
        against = np.where(self._negated >= 0, counts[self._negated], 0)
        found: list[Literal] = self._literals[counts > against].tolist()
        return found
