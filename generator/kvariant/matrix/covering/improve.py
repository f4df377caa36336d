# SPDX-License-Identifier: MIT
"""Large neighbourhood search: some rows at a time are replaced by one fewer.

    choose some rows -> the tuples that only they have -> a row fewer for these

How many are chosen follows from how attempts end: proven impossible, more; not
solved with the effort allowed, fewer. If all rows are chosen and one fewer is proven
impossible, the number of rows is the least there is.

Effort is counted in steps, of which this machine's processor does some millions a
second; never in seconds, so that rows are the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import exclusive
from kvariant.matrix.covering.rebuild import Rebuild, RebuildOutcome
from kvariant.matrix.covering.units import Square, Vocabulary
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch
from kvariant.space.solver import Clause

CONFLICTS = 5_000
"""Conflicts that an attempt may meet."""

_FIRST, _FEWEST = 8.0, 2.0
"""Rows chosen at first, and at least."""

_SPARE = 3
"""Of so many rows chosen, one has none of the exclusive pairs alone."""

_DRAWN = 2
"""Rows drawn for each that is chosen. With 1 the same time leaves 51 rows of eCos' 58, not
48; with more, the same rows come again and again."""

_LITERALS = 3_000_000
"""Literals that the copies of an attempt may have together."""


class Rows(Protocol):
    """A complete set of rows."""

    kept: int
    rows: npt.NDArray[np.bool_]

    @property
    def cost(self) -> int:
        """Return the steps that `lost` counts for."""
        ...

    def __len__(self) -> int: ...

    def alone(self) -> npt.NDArray[np.int64]:
        """Return for each row how many tuples no other row has."""
        ...

    def lost(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return tuples that are in no row but these."""
        ...

    def replace(self, indices: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_]) -> None:
        """Put rows in the place of others."""
        ...


@dataclass(slots=True)
class Improved:
    """How the search went."""

    attempts: int = 0
    found: int = 0
    least: int = 0
    """Rows that are needed, if that was proven; else 0."""


def improve(
    rows: Rows,
    units: Vocabulary,
    clauses: Sequence[Clause],
    feasible: Square,
    own: npt.NDArray[np.int64],
    *,
    effort: int,
    enough: int,
    least: int,
    random_seed: int,
    watch: SearchWatch = UNWATCHED,
) -> Improved:
    """Replace rows by fewer until the effort is spent or it is proven that none can go.

    Args:
        own: pairs that exclude each other; among rows that each have one of them, and have
            it alone, none can go.
        effort: steps that may be taken.
        enough: stop at so many rows.
        least: so many are needed, as far as is known.
        watch: may end it between attempts.
    """
    dice = random.Random(random_seed)
    rebuild = Rebuild(units, clauses, feasible, dice)
    done = Improved()
    wanted = _FIRST
    while rebuild.work + done.attempts * rows.cost < effort and len(rows) > max(
        enough, rows.kept, 1
    ):
        if watch.stop():
            break
        free = len(rows) - rows.kept
        most = min(free, max(2, _LITERALS // max(1, rebuild.literals)))
        size = min(most, round(wanted))
        chosen = _chosen(rows, own, size, dice)
        outcome, new = _attempt(rows, rebuild, chosen, feasible, dice)
        done.attempts += 1
        if new is not None:
            rows.replace(chosen, new)
            done.found += 1
            watch.rows(len(rows), least)
        elif outcome is RebuildOutcome.IMPOSSIBLE:
            if size == len(rows):
                done.least = len(rows)
                break
            if size == free:
                break
            wanted = min(wanted * 1.05 + 0.05, float(most))
        else:
            wanted = max(_FEWEST, wanted * 0.9)
    return done


def _chosen(
    rows: Rows, own: npt.NDArray[np.int64], size: int, dice: random.Random
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


def _attempt(
    rows: Rows,
    rebuild: Rebuild,
    chosen: npt.NDArray[np.int64],
    feasible: Square,
    dice: random.Random,
) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
    tuples = rows.lost(chosen)
    count = len(chosen) - 1
    old = rows.rows[chosen]
    if not len(tuples):
        return RebuildOutcome.FOUND, np.zeros((0, old.shape[1]), dtype=np.bool_)
    own = exclusive(tuples, ~feasible, dice, tries=4, enough=len(chosen))
    if len(own) > count:
        return RebuildOutcome.IMPOSSIBLE, None
    return rebuild.rows(tuples, own, _near(old, tuples[own], dice), CONFLICTS)


def _near(
    old: npt.NDArray[np.bool_], own: npt.NDArray[np.int64], dice: random.Random
) -> npt.NDArray[np.bool_]:
    """Return all but one of some rows, those that have exclusive tuples in their order."""
    left = list(range(len(old)))
    order = []
    for one in own:
        # No row has two of them, and each is in one of these rows.
        row = next(i for i in left if old[i, one].all())
        left.remove(row)
        order.append(row)
    left.pop(dice.randrange(len(left)))
    return old[order + left]
