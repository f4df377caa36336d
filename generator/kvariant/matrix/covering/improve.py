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
from kvariant.matrix.covering.units import Vocabulary
from kvariant.space.solver import Clause

CONFLICTS = 5_000
"""Conflicts that an attempt may meet."""

_FIRST, _FEWEST = 8.0, 2.0
"""Rows chosen at first, and at least."""

_LITERALS = 3_000_000
"""Literals that the copies of an attempt may have together."""


class Rows(Protocol):
    """A complete set of rows."""

    kept: int

    def __len__(self) -> int: ...

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
    *,
    effort: int,
    enough: int,
    cost: int,
    random_seed: int,
) -> Improved:
    """Replace rows by fewer until the effort is spent or it is proven that none can go.

    Args:
        effort: steps that may be taken.
        enough: stop at so many rows.
        cost: steps that `rows.lost` counts for.
    """
    dice = random.Random(random_seed)
    rebuild = Rebuild(units, clauses, dice)
    done = Improved()
    wanted = _FIRST
    while rebuild.work + done.attempts * cost < effort and len(rows) > max(enough, rows.kept, 1):
        free = len(rows) - rows.kept
        most = min(free, max(2, _LITERALS // max(1, rebuild.literals)))
        size = min(most, round(wanted))
        chosen = np.array(sorted(dice.sample(range(free), size)), dtype=np.int64) + rows.kept
        outcome, new = _attempt(rows, rebuild, chosen, units, dice)
        done.attempts += 1
        if new is not None:
            rows.replace(chosen, new)
            done.found += 1
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


def _attempt(
    rows: Rows,
    rebuild: Rebuild,
    chosen: npt.NDArray[np.int64],
    units: Vocabulary,
    dice: random.Random,
) -> tuple[RebuildOutcome, npt.NDArray[np.bool_] | None]:
    tuples = rows.lost(chosen)
    count = len(chosen) - 1
    if not len(tuples):
        return RebuildOutcome.FOUND, np.zeros((0, len(units)), dtype=np.bool_)
    own = exclusive(tuples, units.excluded, dice, tries=4, enough=len(chosen))
    if len(own) > count:
        return RebuildOutcome.IMPOSSIBLE, None
    return rebuild.rows(tuples, own, count, CONFLICTS)
