# SPDX-License-Identifier: MIT
"""Tuples of any strength, listed one by one.

Memory is 2 bytes a level of a tuple (4 where there are more than 65,536 levels):
strength 3 over 100 bools is 8 MB, over 334 is 300 MB. For strength 2 there is a
representation as a matrix (`pairs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kvariant.matrix.covering.levels import Levels, Row

Table = npt.NDArray[Any]
"""Levels, tuples x strength; ascending within a tuple, and from tuple to tuple."""


def all_tuples(levels: Levels, strength: int) -> Table:
    """Return every tuple of levels of different factors."""
    size = len(levels)
    kind = np.uint16 if size <= 1 << 16 else np.uint32
    table = np.arange(size, dtype=kind)[:, None]
    last = levels.first[1:][levels.factor].astype(np.int64)
    for _ in range(strength - 1):
        # Each tuple goes on with every level after its last factor.
        start = last[table[:, -1]]
        counts = size - start
        repeated = np.repeat(np.arange(len(table)), counts)
        offsets = np.arange(len(repeated)) - np.repeat(np.cumsum(counts) - counts, counts)
        added = (start[repeated] + offsets).astype(kind)
        table = np.concatenate([table[repeated], added[:, None]], axis=1)
    return table


def had_by(table: Table, row: Row, size: int) -> npt.NDArray[np.bool_]:
    """Return for each tuple whether a row has it.

    Args:
        size: number of levels.
    """
    member = np.zeros(size, dtype=np.bool_)
    member[row] = True
    found = member[table[:, 0]]
    for column in range(1, table.shape[1]):
        found &= member[table[:, column]]
    return found
