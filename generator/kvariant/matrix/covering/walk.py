# SPDX-License-Identifier: MIT
"""A row on its way: decisions, what follows from them, and what is still wanted.

Step by step a row takes the unit that most pairs want which no row has yet: `CLOSER` for
each whose other unit the row has, 1 for each whose other unit is open (as in AETG: Cohen,
Dalal, Fredman, Patton: The AETG system, IEEE TSE 23(7), 1997). Unit propagation follows
each step.

What a unit is worth changes only by the pairs of the units that a step decides, so that a
row costs no more than going through all pairs once, whatever its number of steps. Where
numba is installed the steps are one loop of machine code, which takes the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.compiled import IS_COMPILED, compiled
from kvariant.matrix.covering.propagation import State, assume, literals_of, undo

if TYPE_CHECKING:
    from kvariant.matrix.covering.uncovered import Lists, UncoveredPairs
    from kvariant.matrix.covering.units import Vocabulary
    from kvariant.space.circuit import Literal

CLOSER = 8
"""A pair of which the row has one unit counts this many times as much.

Measured on nine published models with 2, 8 and 32: 8 is never more than two rows worse
than the best of them."""

_SHUT = 1 << 40
"""More than any unit is worth."""

_PLACES = 6
"""Of 2^6 units together the one that is worth most is kept."""


class Walk:
    """Decisions, and what follows from them."""

    def __init__(
        self,
        units: Vocabulary,
        state: State,
        left: UncoveredPairs,
    ) -> None:
        self._units = units
        self._state = state
        self._left = left
        self._score = left.counts.copy()
        """What each unit is worth; `_SHUT` less if it is decided or was taken back."""
        self._refused: list[int] = []
        """Units that were taken back."""
        self._start = state.size[0]
        self.steps: list[int] = []
        """Units decided on, in order."""
        self._before: list[int] = []
        """Used part of the trail before each step."""
        self._machine = _Machine(units, state) if IS_COMPILED else None

    def literals(self) -> list[Literal]:
        """Return all that is decided."""
        return literals_of(self._state.trail[self._start : self._state.size[0]])

    def step(self, unit: int) -> bool:
        """Decide on a unit, unless it is decided; False: a contradiction, and nothing is done."""
        code = int(self._units.codes[unit])
        before = self._state.size[0]
        if self._state.value[code] > 0:
            return True
        if not assume(self._state, code):
            undo(self._state, before)
            return False
        self.steps.append(unit)
        self._before.append(before)
        self._note(before, 1)
        return True

    def extend(self) -> None:
        """Decide until nothing more is wanted, or a unit can be neither true nor false."""
        if self._machine:
            self._note_steps(self._machine.steps(self._score, self._left.lists(), [], True))
            return
        while True:
            unit = int(np.argmax(self._score))
            if self._score[unit] <= 0:
                return
            if self.step(unit):
                continue
            before = self._state.size[0]
            if not assume(self._state, int(self._units.codes[unit]) ^ 1):
                undo(self._state, before)
                # Invariant: these steps have no solution, which the solver will notice.
                self.steps.append(unit)
                self._before.append(before)
                return
            self._note(before, 1)

    def take_back(self, index: int) -> None:
        """Undo a step, and take those after it again as far as they go without it."""
        before, later = self._before[index], self.steps[index + 1 :]
        unit = self.steps[index]
        self._note(before, -1)
        undo(self._state, before)
        del self.steps[index:], self._before[index:]
        again = [other for other in later if other not in self._refused]
        if self._machine:
            self._note_steps(self._machine.steps(self._score, self._left.lists(), again, False))
        else:
            for other in again:
                self.step(other)
        self._refused.append(unit)
        self._score[unit] -= _SHUT

    def _note_steps(self, steps: _Steps) -> None:
        units, before = steps
        self.steps += units
        self._before += before

    def close(self) -> None:
        """Give the state back as it was."""
        undo(self._state, self._start)

    def _note(self, before: int, sign: int) -> None:
        """Count what was decided since, or discount it."""
        size = self._state.size[0]
        new = np.asarray(self._state.trail[before:size], dtype=np.int64)
        true, false = self._units.by_code[new], self._units.by_code[new ^ 1]
        true, false = true[true >= 0], false[false >= 0]
        self._score[true] -= sign * _SHUT
        self._score[false] -= sign * _SHUT
        self._left.add(self._score, true, sign * (CLOSER - 1))
        self._left.add(self._score, false, -sign)


_Steps = tuple[list[int], list[int]]
"""Units that were decided on, and the used part of the trail before each."""


class _Machine:
    """Many steps at once."""

    def __init__(self, units: Vocabulary, state: State) -> None:
        self._codes, self._by_code, self._state = units.codes, units.by_code, state
        size = len(units)
        self._steps, self._before = np.zeros((2, size), dtype=np.int64)
        self._best = np.zeros((size >> _PLACES) + 1, dtype=np.int64)
        self._stale = np.ones(len(self._best), dtype=np.bool_)
        self._sums = np.zeros((2, size), dtype=np.uint8)

    def steps(
        self, score: npt.NDArray[np.int64], left: Lists, wanted: list[int], is_open: bool
    ) -> _Steps:
        """Decide on some units as far as that goes, and then, if asked, on what is wanted most."""
        self._stale[:] = True
        count = _stepped(
            self._state,
            score,
            left.matrix,
            left.target,
            left.start,
            self._codes,
            self._by_code,
            np.array(wanted, dtype=np.int64),
            is_open,
            self._steps,
            self._before,
            self._best,
            self._stale,
            self._sums,
        )
        return self._steps[:count].tolist(), self._before[:count].tolist()


@compiled
def _stepped(
    state: State,
    score: Any,
    matrix: Any,
    target: Any,
    start: Any,
    codes: Any,
    by_code: Any,
    wanted: Any,
    is_open: bool,
    steps: Any,
    before: Any,
    best: Any,
    stale: Any,
    sums: Any,
) -> int:
    """Note steps, and return how many there were."""
    count = 0
    for unit in wanted:
        used = state.size[0]
        if state.value[codes[unit]] > 0:
            continue
        if not assume(state, codes[unit]):
            undo(state, used)
            continue
        steps[count], before[count] = unit, used
        count += 1
        _noted(state, score, matrix, target, start, by_code, used, stale, sums)
    while is_open:
        unit = _most_wanted(score, best, stale)
        if score[unit] <= 0:
            break
        used = state.size[0]
        if assume(state, codes[unit]):
            steps[count], before[count] = unit, used
            count += 1
        else:
            undo(state, used)
            if not assume(state, codes[unit] ^ 1):
                undo(state, used)
                steps[count], before[count] = unit, used
                count += 1
                break
        _noted(state, score, matrix, target, start, by_code, used, stale, sums)
    return count


@compiled
def _noted(
    state: State,
    score: Any,
    matrix: Any,
    target: Any,
    start: Any,
    by_code: Any,
    used: int,
    stale: Any,
    sums: Any,
) -> None:
    """Count what was decided since so much of the trail was used."""
    size = len(score)
    for kind in range(2):
        weight = CLOSER - 1 if kind == 0 else -1
        added = 0
        for position in range(used, state.size[0]):
            unit = by_code[state.trail[position] ^ kind]
            if unit < 0:
                continue
            score[unit] -= _SHUT
            stale[unit >> _PLACES] = True
            if not len(matrix):
                for index in range(start[unit], start[unit + 1]):
                    other = target[index]
                    score[other] += weight
                    stale[other >> _PLACES] = True
                continue
            row, own = matrix[unit], sums[kind]
            for other in range(size):
                own[other] += row[other]
            added += 1
            if added == 255:
                for other in range(size):
                    score[other] += weight * int(own[other])
                own[:] = 0
                added = 0
        if len(matrix):
            own = sums[kind]
            for other in range(size):
                score[other] += weight * int(own[other])
            own[:] = 0
            stale[:] = True


@compiled
def _most_wanted(score: Any, best: Any, stale: Any) -> int:
    """Return the first unit that is worth most."""
    size, most = len(score), 0
    for block in range(len(best)):
        if stale[block]:
            stale[block] = False
            worth = -_SHUT - _SHUT
            for unit in range(block << _PLACES, min(size, (block + 1) << _PLACES)):
                worth = max(worth, score[unit])
            best[block] = worth
        if best[block] > best[most]:
            most = block
    for unit in range(most << _PLACES, min(size, (most + 1) << _PLACES)):
        if score[unit] == best[most]:
            return unit
    return 0
