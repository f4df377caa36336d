# SPDX-License-Identifier: MIT
"""Fewer rows for the same tuples, by a solver that sees several rows at once.

For m rows there are m copies of the formula's variables. A tuple (a, b) is in row r
if a selector says so:

    selector r -> a in copy r        selector r -> b in copy r
    selector 1 or ... or selector m

Tuples that exclude each other are given a row each beforehand, which breaks most of
the symmetry; what is then left for a tuple are the copies that neither it nor what
they have already excludes, and where that is only one, it gets it (`_placed`). Tuples
enter as solutions leave them out, as few of them say it all. Exclusive tuples and
lazy ones are from Krupke, Moradi, Perk, Keldenich, Gehrke, Krieter, Thuem, Fekete: How
low can we go? Minimizing interaction samples for configurable systems, ACM TOSEM 2024.

A solver begins near the rows that are replaced: their values are what a decision tries
first. It begins anew for each attempt: with the copies kept from one to the next, what
it had learnt made the same rows cost a third more.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.space.solver import Clause, Trial, simplified

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Square, Vocabulary

FIRST = 200
"""Tuples to begin with, and the most that enter after a solution."""

_WRITTEN = 8
"""Steps that writing a literal counts for: literals that are propagated meanwhile."""

_AT_ONCE = 5_000
"""Conflicts, half a second of them, between two questions whether to give up."""

PATIENCE = 30
"""Solutions after which all tuples that are left out enter."""


class RebuildOutcome(enum.Enum):
    """How an attempt ended."""

    FOUND = "found"
    IMPOSSIBLE = "impossible"
    """Proven: so few rows cannot have the tuples."""
    UNKNOWN = "unknown"
    """The effort that it may take was not enough."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """What follows for tuples from those that have a row."""

    having: npt.NDArray[np.bool_]
    """Per copy and unit, whether the copy must have it."""
    fits: npt.NDArray[np.bool_]
    """Per copy and unit, whether the copy may have it."""
    open: npt.NDArray[np.bool_]
    """Per copy and tuple, whether the copy may have it."""


class Rebuild:
    """Looks for rows that have given tuples."""

    def __init__(
        self,
        units: Vocabulary,
        clauses: Sequence[Clause],
        feasible: Square,
        dice: random.Random,
        *,
        is_wide: bool = False,
        is_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare to look for rows.

        Args:
            is_wide: whether many rows at a time are looked for; see `Trial`.
            is_ended: asked now and then in an attempt whether to give it up.
        """
        self._units = units
        self._feasible = feasible
        self._is_wide, self._is_ended = is_wide, is_ended
        clauses = simplified(clauses, units.variables.tolist())
        used = {abs(literal) for clause in clauses for literal in clause}
        used.update(units.variables.tolist())
        number = {variable: i + 1 for i, variable in enumerate(sorted(used))}
        self._size = len(number)
        """Variables of a copy, numbered from 1."""
        self._clauses = [
            [number[x] if x > 0 else -number[-x] for x in clause] for clause in clauses
        ]
        self._literals = np.array([x for clause in self._clauses for x in clause], dtype=np.int64)
        ends = np.cumsum([len(clause) for clause in self._clauses], dtype=np.int64)
        self._starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
        self._variables = np.array([number[v] for v in units.variables.tolist()], dtype=np.int64)
        self._signed = np.where(units.signs, self._variables, -self._variables)
        self._signed_list: list[int] = self._signed.tolist()
        self._dice = dice
        self._copies: list[list[Clause]] = []
        """The clauses of each copy, as far as they were needed."""
        self.work = 0
        """Steps so far: literals written and propagated."""
        self.literals = sum(map(len, clauses))
        """Of a copy."""

    def rows(
        self,
        tuples: npt.NDArray[np.int64],
        own: Sequence[int],
        near: npt.NDArray[np.bool_],
        conflicts: int,
    ) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
        """Return rows that have all tuples, if they are found.

        Args:
            own: tuples that exclude each other, no more than the rows.
            near: as many rows, which the new ones may resemble.
            conflicts: the most that the solver may meet.
        """
        placed = self._placed(tuples, own, len(near))
        if placed is None:
            return RebuildOutcome.IMPOSSIBLE, None
        trial = Trial(is_wide=self._is_wide)
        try:
            return self._search(trial, tuples, placed, near, conflicts)
        finally:
            self.work += trial.propagations
            trial.close()

    def _placed(
        self, tuples: npt.NDArray[np.int64], own: Sequence[int], count: int
    ) -> _Placed | None:
        """Return what follows if exclusive tuples get a copy each; None: a contradiction."""
        having = np.zeros((count, len(self._units)), dtype=np.bool_)
        fits = np.ones((count, len(self._units)), dtype=np.bool_)

        def give(copy: int, index: int) -> None:
            for unit in tuples[index].tolist():
                having[copy, unit] = True
                fits[copy] &= self._feasible[unit]

        for copy, index in enumerate(own):
            give(copy, index)
        while True:
            possible: npt.NDArray[np.bool_] = fits[:, tuples[:, 0]] & fits[:, tuples[:, 1]]
            ways = possible.sum(axis=0)
            if not ways.all():
                return None
            forced = np.flatnonzero(ways == 1)
            copies = possible[:, forced].argmax(axis=0)
            new = ~having[copies[:, None], tuples[forced]].all(axis=1)
            if not new.any():
                return _Placed(having, fits, possible)
            for copy, index in zip(copies[new].tolist(), forced[new].tolist(), strict=True):
                give(copy, index)

    def _copy(self, number: int) -> list[Clause]:
        while len(self._copies) <= number:
            base = len(self._copies) * self._size
            self._copies.append(
                [[x + base if x > 0 else x - base for x in clause] for clause in self._clauses]
            )
        return self._copies[number]

    def _search(
        self,
        trial: Trial,
        tuples: npt.NDArray[np.int64],
        placed: _Placed,
        near: npt.NDArray[np.bool_],
        conflicts: int,
    ) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
        count = len(near)
        bases = np.arange(count, dtype=np.int64) * self._size
        for number in range(count):
            self._write(trial, number, placed)
        values = np.where(near == self._units.signs, self._variables, -self._variables)
        trial.prefer(_moved(values, bases[:, None]).ravel().tolist())
        # A tuple with one copy left is among what the copy must have.
        later = np.flatnonzero(placed.open.sum(axis=0) > 1)
        pending = self._some(later[~had(near, tuples[later])])
        top = count * self._size
        solutions = 0
        while True:
            for clauses, copies in self._wanted(tuples, placed, pending, top):
                trial.add(clauses)
                top += len(clauses) // 2
                self.work += _WRITTEN * (2 * len(clauses) + copies)
            solved, conflicts = self._solved(trial, conflicts)
            if not solved:
                return RebuildOutcome.UNKNOWN if solved is None else RebuildOutcome.IMPOSSIBLE, None
            rows = self._read(trial, bases)
            missing = np.flatnonzero(~had(rows, tuples))
            if not len(missing):
                return RebuildOutcome.FOUND, rows
            if conflicts <= 0 or self._is_ended():
                return RebuildOutcome.UNKNOWN, None
            solutions += 1
            pending = self._some(missing) if solutions < PATIENCE else missing.tolist()

    def _solved(self, trial: Trial, conflicts: int) -> tuple[bool | None, int]:
        """Return whether there is a solution, None if that takes longer, and the conflicts left."""
        while True:
            before = trial.conflicts
            solved = trial.solve(min(conflicts, _AT_ONCE))
            conflicts -= trial.conflicts - before
            if solved is not None or conflicts <= 0 or self._is_ended():
                return solved, conflicts

    def _write(self, trial: Trial, number: int, placed: _Placed) -> None:
        """Add a copy: what is decided in it, and the clauses that are not true by that."""
        known = np.zeros(self._size + 1, dtype=np.int8)
        signs = np.where(self._units.signs, 1, -1).astype(np.int8)
        out, having = ~placed.fits[number], placed.having[number]
        known[self._variables[out]] = -signs[out]
        known[self._variables[having]] = signs[having]
        decided = np.flatnonzero(known)
        base = number * self._size
        units = np.where(known[decided] > 0, decided + base, -decided - base)
        trial.add([x] for x in units.tolist())
        self.work += _WRITTEN * len(units)
        if not len(self._literals):
            return
        true = known[np.abs(self._literals)] * np.sign(self._literals) > 0
        left = np.flatnonzero(~np.logical_or.reduceat(true, self._starts))
        clauses = self._copy(number)
        trial.add(clauses[index] for index in left.tolist())
        self.work += _WRITTEN * len(left) * len(self._literals) // len(clauses)

    def _some(self, indices: npt.NDArray[np.int64]) -> list[int]:
        if len(indices) <= FIRST:
            return [int(i) for i in indices]
        return [int(indices[i]) for i in self._dice.sample(range(len(indices)), FIRST)]

    def _wanted(
        self, tuples: npt.NDArray[np.int64], placed: _Placed, indices: list[int], top: int
    ) -> Iterator[tuple[list[Clause], int]]:
        """Yield for each tuple clauses after which some copy has it, and how many may have it.

        Where a copy has one of its units anyway, the other is all that it takes.

        Args:
            top: after it, new variables are numbered.
        """
        pairs = tuples[indices].tolist()
        ways = placed.open[:, indices].T.tolist()
        has_ones = placed.having[:, tuples[indices, 0]].T.tolist()
        has_others = placed.having[:, tuples[indices, 1]].T.tolist()
        literals, size = self._signed_list, self._size
        for (one, other), way, has_one, has_other in zip(
            pairs, ways, has_ones, has_others, strict=True
        ):
            first, second = literals[one], literals[other]
            before, after = size if first > 0 else -size, size if second > 0 else -size
            some: Clause = []
            clauses = [some]
            for copy, is_open in enumerate(way):
                if not is_open:
                    continue
                if has_one[copy]:
                    some.append(second + copy * after)
                elif has_other[copy]:
                    some.append(first + copy * before)
                else:
                    top += 1
                    some.append(top)
                    clauses.append([-top, first + copy * before])
                    clauses.append([-top, second + copy * after])
            yield clauses, len(some)

    def _read(self, trial: Trial, bases: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        values = trial.model(len(bases) * self._size)
        found: npt.NDArray[np.bool_] = (
            values[bases[:, None] + self._variables - 1] == self._units.signs
        )
        return found


def _moved(literals: npt.NDArray[np.int64], bases: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return literals of the first copy as those of others."""
    return literals + np.where(literals > 0, bases, -bases)


def had(rows: npt.NDArray[np.bool_], tuples: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which tuples some row has."""
    found = np.zeros(len(tuples), dtype=np.bool_)
    one, other = tuples[:, 0], tuples[:, 1]
    for row in rows:
        found |= row.take(one) & row.take(other)
    return found


def in_order(old: npt.NDArray[np.bool_], own: npt.NDArray[np.int64]) -> list[int]:
    """Return the numbers of rows, first those that have exclusive tuples, in their order."""
    left = list(range(len(old)))
    order = []
    for one in own:
        # No row has two of them, and each is in one of these rows.
        row = next(i for i in left if old[i, one].all())
        left.remove(row)
        order.append(row)
    return order + left
