# SPDX-License-Identifier: MIT
"""The memory that a search takes, known before it begins.

    strength 1    a list of the levels
    strength 2    matrices of units x units       covering.pairs: 3 bytes a pair to find rows,
                                                  14 to do with fewer
    above         a list of the tuples            covering.listed

Linux for x86 has 16,163 bools and tristates, of which 35,747 units remain: to find rows for
their pairs takes 4 GB, and many hours; to find fewer would take 17.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.covering.units import free_codes

if TYPE_CHECKING:
    from kvariant.matrix.covering.levels import Levels
    from kvariant.matrix.covering.propagation import State

MOST_BYTES = 4 << 30
"""Memory that a search may take: 37,800 units; rows are improved up to 17,500."""

_A_PAIR, _IMPROVED = 3, 14
"""Bytes for each pair of units, at the most at one time; measured. The latter where rows are
improved."""

_A_TUPLE, _A_LEVEL = 30, 4
"""Bytes for each tuple, and for each of its levels, at the most at one time; measured."""

_COUNTED = 64
"""Strengths above this have more than 2^64 tuples, whose exact number nobody reads."""


def check_memory(levels: Levels, strength: int, state: State) -> None:
    """Refuse what does not fit into `MOST_BYTES`.

    Args:
        state: says which levels can vary at all.

    Raises:
        InputError: more would be needed [too-many].
    """
    if strength == 1:
        return
    tuples = levels.combinations(strength) if strength <= _COUNTED else 1 << strength
    units = len(free_codes(levels, state)) if strength == 2 else 0
    needed = _A_PAIR * units**2 if strength == 2 else (_A_TUPLE + _A_LEVEL * strength) * tuples
    if needed > MOST_BYTES:
        raise InputError(_too_many(len(levels.factors), strength, tuples, needed))


def can_improve(units: int, searches: int = 1) -> bool:
    """Return whether there is room to look for fewer rows that cover all pairs.

    Args:
        searches: that go on side by side.
    """
    return searches * _IMPROVED * units**2 <= MOST_BYTES


def _too_many(symbols: int, strength: int, tuples: int, needed: int) -> Diagnostic:
    what = "pairs of values" if strength == 2 else f"combinations of {strength} values"
    message = (
        f"{symbols:,} symbols have {_rounded(tuples)} {what}; to cover them would take "
        f"{_rounded(needed >> 30)} GB of memory, and {MOST_BYTES >> 30} GB is the limit"
    )
    hint = (
        "choose by fewer with --symbols SPEC, or by all with --strength 1 (each value once) "
        "or `kvariant matrix uniform --size N` (at random)"
    )
    return Diagnostic(message=message, code="too-many", hint=hint)


def _rounded(number: int) -> str:
    return f"{number:,}" if number < 10**12 else f"more than 10^{len(str(number)) - 1}"
