# SPDX-License-Identifier: MIT
"""Large neighbourhood search: some rows at a time are replaced by one fewer.

    choose some rows -> the tuples that only they have -> a row fewer for these

How many are chosen follows from how attempts end: proven impossible, more; not
solved with the effort allowed, fewer. If all rows are chosen and one fewer is proven
impossible, the number of rows is the least there is.

A quick search takes so few that half of the attempts are proven impossible. Where attempts in a
row have found nothing, a row is removed instead and what it had is put into the others
(`removal`), for as many steps; and so in turns. A search that has a minute takes more, of which
a sixth are proven impossible: it finds what a quick one does not, however often it tries.

Effort is counted in steps, of which this machine's processor does some millions a
second; never in seconds, so that rows are the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import exclusive
from kvariant.matrix.covering.rebuild import Rebuild, RebuildOutcome, in_order
from kvariant.matrix.covering.removal import Removal
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch

if TYPE_CHECKING:
    from kvariant.matrix.covering.propagation import State
    from kvariant.matrix.covering.stock import Stock
    from kvariant.matrix.covering.units import Square, Vocabulary
    from kvariant.space.solver import Clause, Solver

_PATIENCE, CONFLICTS = 700, 5_000
"""Conflicts that an attempt may meet at first, and at most: more when it was not enough."""

_LONGER = 1.3
"""How much more it is after an attempt to which it was not enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a search goes about it: what there is time for."""

    larger: float
    """How many more rows are chosen after an attempt that was proven impossible."""
    smaller: float
    """How many fewer after one that was not solved with the effort allowed."""
    spread: float
    """How many more at most than that, as is drawn."""
    is_wide: bool
    """Whether neighbourhoods are so large that few are proven impossible: more patience, and
    no row is removed in turns."""


QUICK = Pace(larger=1.15, smaller=0.87, spread=0.0, is_wide=False)
"""Half of the attempts are proven impossible, in a hundredth of a second each."""

WIDE = Pace(larger=1.3, smaller=0.95, spread=0.6, is_wide=True)
"""A sixth of them; an attempt may take seconds. Of XSEngine's 40 rows 18 were never replaced in 43
attempts, 34 in nine of 14."""

_FIRST, _FEWEST = 8.0, 2.0
"""Rows chosen at first, and at least."""

_FAILED = 12
"""Attempts one after the other that find nothing, before it is tried in the other way."""

_STALLED = 2
"""How many times as long as until its last find a search goes on without another one, and some
steps more. On axTLS, toybox, busybox and soletta no find of twelve million steps came later."""

_SPARE = 3
"""Of so many rows chosen, one has none of the exclusive pairs alone."""

_DRAWN = 2
"""Rows drawn for each that is chosen. With 1 the same time leaves 51 rows of eCos' 58, not
48; with more, the same rows come again and again."""

_LITERALS = 3_000_000
"""Literals that the copies of an attempt may have together."""


class Improvement:
    """A search for fewer rows, which can be gone on with."""

    def __init__(
        self,
        rows: Stock,
        units: Vocabulary,
        clauses: Sequence[Clause],
        feasible: Square,
        own: npt.NDArray[np.int64],
        state: State,
        solver: Solver,
        *,
        enough: int,
        least: int,
        patience: int,
        dice: random.Random,
        pace: Pace = QUICK,
        watch: SearchWatch = UNWATCHED,
    ) -> None:
        """Prepare to search.

        Args:
            rows: complete ones, which are replaced by fewer.
            own: pairs that exclude each other; among rows that each have one of them, and have
                it alone, none can go.
            enough: it is over at so many rows.
            least: so many are needed, as far as is known.
            patience: steps after which it is over if nothing is found, beside twice as many
                as until the last find, and `_FAILED` attempts.
            watch: may end it between attempts.
        """
        self.rows = rows
        self.least = least
        self.attempts = self.found = 0
        self._enough, self._stalls_after = enough, patience
        self._units, self._feasible, self._own = units, feasible, own
        self._excluded = ~feasible
        self._state, self._solver, self._watch = state, solver, watch
        self._dice, self._pace = dice, pace
        self._rebuild = Rebuild(
            units, clauses, feasible, dice, is_wide=pace.is_wide, is_ended=watch.stop
        )
        self._end = 0
        """Steps at which it may be, of those that the rebuild counts."""
        self._patience, self._wanted = _PATIENCE, _FIRST
        self._longer, self._times = luby(), 1
        self._removal: Removal | None = None
        self._failed = self._since = self._last = self._attempts_then = 0
        self._is_stuck = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be found: proven, or enough, or nothing came for long."""
        rows, since = self.rows, self._rebuild.work - self._last
        is_long = since > self._stalls_after + _STALLED * self._last
        if is_long and self.attempts - self._attempts_then >= _FAILED:
            return True
        return self._is_stuck or len(rows) <= max(self._enough, self.least, rows.kept, 1)

    @property
    def is_ended(self) -> bool:
        """Whether somebody has ended it."""
        return self._watch.stop()

    def take(self, rows: npt.NDArray[np.bool_]) -> None:
        """Go on with other complete rows, of which the first ones are those that stay."""
        self.rows.exchange(rows)
        self._heard()

    def run(self, steps: int) -> None:
        """Search on for about so many steps, until it is over or the watch ends it.

        What an attempt took beyond them counts for the next ones.
        """
        self._end += steps
        end = self._end
        while self._rebuild.work < end and not self.is_over and not self.is_ended:
            if self._failed >= _FAILED and not self._pace.is_wide:
                self._remove(end)
            else:
                self._try()

    def _remove(self, end: int) -> None:
        """Do without a row for as long as attempts have failed."""
        rows, rebuild = self.rows, self._rebuild
        if self._removal is None:
            self._removal = Removal(
                rows, self._units, self._feasible, self._state, self._solver, rebuild, self._dice
            )
        before = rebuild.work
        if self._removal.run(min(before - self._since, end - before)):
            rows.become(self._removal.stock)
            self._heard()
        self._failed, self._since = 0, rebuild.work

    def _try(self) -> None:
        """Make an attempt to replace some rows by one fewer."""
        rows, dice, pace = self.rows, self._dice, self._pace
        free = len(rows) - rows.kept
        most = min(free, max(2, _LITERALS // max(1, self._rebuild.literals)))
        wanted = self._wanted
        if pace.spread:
            wanted *= 1 + pace.spread * dice.random()
        size = min(most, round(wanted))
        chosen = _chosen(rows, self._own, size, dice)
        outcome, new = self._attempt(chosen)
        self.attempts += 1
        self._rebuild.work += rows.cost
        self._failed += 1
        if new is not None:
            rows.replace(chosen, new)
            self._heard()
        elif outcome is RebuildOutcome.IMPOSSIBLE:
            if size == len(rows):
                self.least = len(rows)
            self._is_stuck = size == free
            self._wanted = min(self._wanted * pace.larger, float(most))
        else:
            self._wanted = max(_FEWEST, self._wanted * pace.smaller)
            self._patience = min(CONFLICTS, round(_LONGER * self._patience))
            if pace.is_wide and self._patience == CONFLICTS:
                self._times = next(self._longer)

    def _heard(self) -> None:
        """Begin anew after there are fewer rows."""
        self.found += 1
        self._watch.rows(len(self.rows), self.least)
        self._removal, self._failed = None, 0
        self._longer, self._times = luby(), 1
        self._since = self._last = self._rebuild.work
        self._attempts_then = self.attempts

    def _attempt(
        self, chosen: npt.NDArray[np.int64]
    ) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
        rows, dice = self.rows, self._dice
        tuples = rows.lost(chosen)
        count = len(chosen) - 1
        old = rows.rows[chosen]
        if not len(tuples):
            return RebuildOutcome.FOUND, np.zeros((0, old.shape[1]), dtype=np.bool_)
        known = _among(tuples, self._own) if self._pace.is_wide else []
        own = exclusive(tuples, self._excluded, dice, tries=4, enough=len(chosen), known=known)
        if len(own) > count:
            return RebuildOutcome.IMPOSSIBLE, None
        near = _near(old, tuples[own], dice)
        return self._rebuild.rows(tuples, own, near, self._times * self._patience)


def _among(tuples: npt.NDArray[np.int64], some: npt.NDArray[np.int64]) -> list[int]:
    """Return the indices of some tuples among others, as far as they are there."""
    wanted = {tuple(each) for each in some.tolist()}
    return [index for index, each in enumerate(tuples.tolist()) if tuple(each) in wanted]


def luby() -> Iterator[int]:
    """Yield 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ...: each power of two takes as long in all.

    Where nobody knows how long an attempt needs, no other order does much better
    [Luby, Sinclair, Zuckerman: Optimal speedup of Las Vegas algorithms, 1993].
    """
    number = 1
    while True:
        rest = number
        while rest & (rest + 1):  # not one less than a power of two
            rest -= (1 << (rest.bit_length() - 1)) - 1
        yield (rest + 1) // 2
        number += 1


def _chosen(
    rows: Stock, own: npt.NDArray[np.int64], size: int, dice: random.Random
) -> npt.NDArray[np.int64]:
    """Return some rows, one at least that has none of the exclusive pairs alone.

    Of those drawn beside it, the ones with the fewest pairs that no other row has.
    """
    has = rows.rows[:, own].all(axis=2)
    spare = np.flatnonzero(~(has & (has.sum(axis=0) == 1)).any(axis=1))
    spare = spare[spare >= rows.kept].tolist()
    first = dice.sample(spare, min(len(spare), max(1, size // _SPARE)))
    taken = {*range(rows.kept), *first}
    others = [index for index in range(len(rows)) if index not in taken]
    drawn = dice.sample(others, min(len(others), _DRAWN * (size - len(first))))
    alone = rows.alone()
    drawn.sort(key=lambda index: int(alone[index]))
    return np.array(sorted([*first, *drawn[: size - len(first)]]), dtype=np.int64)


def _near(
    old: npt.NDArray[np.bool_], own: npt.NDArray[np.int64], dice: random.Random
) -> npt.NDArray[np.bool_]:
    """Return all but one of some rows, those that have exclusive tuples in their order."""
    order = in_order(old, own)
    order.pop(len(own) + dice.randrange(len(old) - len(own)))
    return old[order]
