# SPDX-License-Identifier: MIT
"""Tuples of which no two fit into one row: each needs a row of its own.

Their number is a lower bound for the rows, and in a search for rows they can be
given one each beforehand. Two tuples exclude each other if a unit of the one
excludes a unit of the other, which is enough for a proof but not needed for truth.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.matrix.covering.units import Square

_LOOKED_AT = 8
"""Candidates of which the one with the most further candidates is taken."""


def exclusive(
    tuples: npt.NDArray[np.int64],
    excluded: Square,
    dice: random.Random,
    *,
    tries: int,
    enough: int,
    known: Sequence[int] = (),
) -> list[int]:
    """Return indices of tuples that exclude each other, as many as some tries find.

    Args:
        tries: greedy walks, each from a tuple drawn at random.
        enough: the number at which to stop.
        known: indices of some that do, from which the first walk goes on.
    """
    best = _walk(tuples, excluded, dice, known) if known else []
    if len(best) >= enough:
        return best
    for _ in range(tries):
        found = _walk(tuples, excluded, dice)
        if len(found) > len(best):
            best = found
        if len(best) >= enough:
            break
    return best


def _walk(
    tuples: npt.NDArray[np.int64], excluded: Square, dice: random.Random, known: Sequence[int] = ()
) -> list[int]:
    candidates = np.arange(len(tuples))
    *found, taken = known or [dice.randrange(len(tuples))]
    for index in found:
        candidates = candidates[against(tuples[index], tuples[candidates], excluded)]
    while True:
        found.append(taken)
        candidates = candidates[against(tuples[taken], tuples[candidates], excluded)]
        if not len(candidates):
            return found
        some = candidates
        if len(candidates) > _LOOKED_AT:
            some = candidates[[dice.randrange(len(candidates)) for _ in range(_LOOKED_AT)]]
        left = [int(against(tuples[i], tuples[candidates], excluded).sum()) for i in some]
        taken = int(some[np.argmax(left)])


def against(
    one: npt.NDArray[np.int64], tuples: npt.NDArray[np.int64], excluded: Square
) -> npt.NDArray[np.bool_]:
    """Return which tuples one tuple excludes."""
    out = np.logical_or.reduce(excluded[one], axis=0)
    found: npt.NDArray[np.bool_] = np.logical_or.reduce(out[tuples], axis=1)
    return found
