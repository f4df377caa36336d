# SPDX-License-Identifier: MIT
"""How many tuples of values some configurations have together: exact, at any size.

    lanes 0 1    A=n 1 1    B=n 1 0    B=y 0 1    pairs: (A=n, B=n) and (A=n, B=y), so 2

Nothing is listed: values that the same lanes have are counted as one class, and of the
last symbol of a tuple all classes are asked at once. So there is no limit for memory, as
`SharedTuples` has one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kvariant.matrix.coverage import ExercisedValues, Numbers, merged_rows

if TYPE_CHECKING:
    from kvariant.space.simulate import Words


def tuple_count(values: ExercisedValues, strength: int, lanes: Sequence[int] | None = None) -> int:
    """Return how many tuples of values of `strength` symbols some lanes have.

    Cost: for pairs, a nanosecond for each pair of classes and 64 lanes.

    Args:
        lanes: the lanes that count; None: all.
    """
    kept = values if lanes is None else values.of_lanes(lanes)
    if not kept.size:
        return 0
    bits, counts = merged_rows(kept.bits, np.ones(len(kept.keys), dtype=np.int64))
    every = np.full(bits.shape[1], ~np.uint64(0), dtype=np.uint64)
    return _below(bits, counts, every, strength)


def _below(bits: Words, counts: Numbers, common: Words, strength: int) -> int:
    """Return how many tuples of values of some classes have a lane in common with others.

    Values of one class are of different symbols, as they share a lane; two values of one
    symbol never do, so that what shares a lane is of different symbols.
    """
    shared = bits & common
    is_met = shared.any(axis=1)
    bits, counts, shared = bits[is_met], counts[is_met], shared[is_met]
    if strength == 1:
        return int(counts.sum())
    total = 0
    for first in range(len(bits)):
        number = int(counts[first])
        # So many of the first class, the others of classes behind it.
        total += math.comb(number, strength)
        for taken in range(1, strength):
            ways = math.comb(number, taken)
            if ways:
                rest = _below(
                    bits[first + 1 :], counts[first + 1 :], shared[first], strength - taken
                )
                total += ways * rest
    return total
