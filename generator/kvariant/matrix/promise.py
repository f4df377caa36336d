# SPDX-License-Identifier: MIT
"""What a matrix promises: that is held against it, by code that did not choose it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a matrix was asked for, as its reader understands it."""

    symbols: Sequence[str] = ()
    """What tuples are made of: bools and tristates, each once. Of what is distinct, any."""
    conditions: Mapping[str, Expression] = field(default_factory=dict)
    """What tuples are made of beside symbols, each true or false, by its name in them."""
    strength: int = 0
    """Symbols in a tuple; 0: tuples are not counted."""
    is_distinct: bool = False
    """Whether each combination of values of all symbols has a row, and no two rows have one."""
    same: Callable[[Configuration], Hashable] | None = None
    """What combinations have in common that share a row; None: nothing."""
    where: Expression | None = None
    """What every row satisfies."""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of ints, hexes and strings that were chosen among."""
    included: Sequence[Configuration] = ()
    """Configurations that are among the rows."""
    candidates: Sequence[Configuration] | None = None
    """All that there was to choose from: a tuple is feasible if one of them, or an
    included one, has it. None: the whole space."""
