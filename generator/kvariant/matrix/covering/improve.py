# SPDX-License-Identifier: MIT
"""Large neighbourhood search: some rows at a time are replaced by one fewer.

    choose some rows -> the tuples that only they have -> a row fewer for these

How many are chosen follows from how attempts end: proven impossible, more; not
solved with the effort allowed, fewer. If all rows are chosen and one fewer is proven
impossible, the number of rows is the least there is.

Where attempts in a row have found nothing, a row is removed instead and what it had is put into
the others (`removal`), for as many steps; and so in turns.

Effort is counted in steps, of which this machine's processor does some millions a
second; never in seconds, so that rows are the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.exclusive import exclusive
from kvariant.matrix.covering.propagation import State
from kvariant.matrix.covering.rebuild import Rebuild, RebuildOutcome, in_order
from kvariant.matrix.covering.removal import Removal
from kvariant.matrix.covering.stock import Stock
from kvariant.matrix.covering.units import Square, Vocabulary
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch
from kvariant.space.solver import Clause, Solver

_PATIENCE, CONFLICTS = 1_000, 5_000
"""Conflicts that an attempt may meet at first, and at most: more when it was not enough."""

_FIRST, _FEWEST = 8.0, 2.0
"""Rows chosen at first, and at least."""

_FAILED = 12
"""Attempts one after the other that find nothing, before it is tried in the other way."""

_SPARE = 3
"""Of so many rows chosen, one has none of the exclusive pairs alone."""

_DRAWN = 2
"""Rows drawn for each that is chosen. With 1 the same time leaves 51 rows of eCos' 58, not
48; with more, the same rows come again and again."""

_LITERALS = 3_000_000
"""Literals that the copies of an attempt may have together."""


@dataclass(slots=True)
class Improved:
    """How the search went."""

    attempts: int = 0
    found: int = 0
    least: int = 0
    """Rows that are needed, if that was proven; else 0."""


def improve(
    rows: Stock,
    units: Vocabulary,
    clauses: Sequence[Clause],
    feasible: Square,
    own: npt.NDArray[np.int64],
    state: State,
    solver: Solver,
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
    excluded, done, patience = ~feasible, Improved(), _PATIENCE
    wanted = _FIRST
    removal: Removal | None = None
    failed, since = 0, 0
    while rebuild.work < effort and len(rows) > max(enough, rows.kept, 1):
        if watch.stop():
            break
        if failed >= _FAILED:
            if removal is None:
                removal = Removal(rows, units, feasible, state, solver, rebuild, dice)
            before = rebuild.work
            if removal.run(min(before - since, effort - before)):
                rows.become(removal.stock)
                removal = None
                done.found += 1
                watch.rows(len(rows), least)
            failed, since = 0, rebuild.work
            continue
        free = len(rows) - rows.kept
        most = min(free, max(2, _LITERALS // max(1, rebuild.literals)))
        size = min(most, round(wanted))
        chosen = _chosen(rows, own, size, dice)
        outcome, new = _attempt(rows, rebuild, chosen, excluded, dice, patience)
        done.attempts += 1
        rebuild.work += rows.cost
        failed += 1
        if new is not None:
            rows.replace(chosen, new)
            done.found += 1
            watch.rows(len(rows), least)
            removal, failed, since = None, 0, rebuild.work
        elif outcome is RebuildOutcome.IMPOSSIBLE:
            if size == len(rows):
                done.least = len(rows)
                break
            if size == free:
                break
            wanted = min(wanted * 1.15, float(most))
        else:
            wanted = max(_FEWEST, wanted * 0.87)
            patience = min(CONFLICTS, 2 * patience)
    return done


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


def _attempt(
    rows: Stock,
    rebuild: Rebuild,
    chosen: npt.NDArray[np.int64],
    excluded: Square,
    dice: random.Random,
    conflicts: int,
) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
    tuples = rows.lost(chosen)
    count = len(chosen) - 1
    old = rows.rows[chosen]
    if not len(tuples):
        return RebuildOutcome.FOUND, np.zeros((0, old.shape[1]), dtype=np.bool_)
    own = exclusive(tuples, excluded, dice, tries=4, enough=len(chosen))
    if len(own) > count:
        return RebuildOutcome.IMPOSSIBLE, None
    return rebuild.rows(tuples, own, _near(old, tuples[own], dice), conflicts)


def _near(
    old: npt.NDArray[np.bool_], own: npt.NDArray[np.int64], dice: random.Random
) -> npt.NDArray[np.bool_]:
    """Return all but one of some rows, those that have exclusive tuples in their order."""
    order = in_order(old, own)
    order.pop(len(own) + dice.randrange(len(old) - len(own)))
    return old[order]
