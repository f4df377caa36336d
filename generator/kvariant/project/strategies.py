# SPDX-License-Identifier: MIT
"""The strategies: everything that is known of each, in one record.

A strategy is a record here, a function `(Space, StrategyRequest) -> Chosen` in the module
that it names, and its test. What follows from a record: which keys of a matrix have an
effect, which symbols may be chosen by, whether tuples are counted and verified, and the
matrix of that strategy which needs no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CHOOSING = ("symbols", "ignore", "base", "from_", "max_variants")
"""Keys that every strategy reads which chooses among configurations."""
COMMON = ("extends", "strategy", "where", "include")
"""Keys that all strategies read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRecord:
    """What is known of a strategy."""

    name: str
    matrix: str
    """The matrix of this strategy that needs no table."""
    function: str = ""
    """Where its function is, as module:name; "": it is more than a function of the space."""
    keys: tuple[str, ...] = ()
    """Fields of `MatrixTable` that it reads beside `COMMON`."""
    keys_among_given: tuple[str, ...] = ()
    """Those of `GIVEN_IS_WHOLE` that it reads all the same where `from` says what may be chosen."""
    strength: int = 0
    """The strength that it always has; 0: the table's."""
    is_covering: bool = False
    """Whether it counts tuples, so that a verifier can count them again."""
    takes_any_type: bool = False
    """Whether it takes ints, hexes and strings; others take what has values to list."""
    compares_renderings: bool = False
    """Whether what templates make of a configuration counts, not its values."""


NAMED = StrategyRecord(name="named", matrix="named")
DISTINCT = StrategyRecord(
    name="distinct",
    matrix="distinct",
    keys=(*CHOOSING, "numbers"),
    takes_any_type=True,
    compares_renderings=True,
)
T_WISE = StrategyRecord(
    name="t-wise",
    matrix="pairwise",
    function="kvariant.matrix.t_wise:t_wise",
    keys=(*CHOOSING, "strength", "numbers", "random_seed"),
    is_covering=True,
)
TOGGLES = StrategyRecord(
    name="toggles",
    matrix="toggles",
    function="kvariant.matrix.toggles:toggles",
    keys=(*CHOOSING, "numbers"),
    strength=1,
    is_covering=True,
)
UNIFORM = StrategyRecord(
    name="uniform",
    matrix="uniform",
    function="kvariant.matrix.uniform:uniform",
    keys=(*CHOOSING, "size", "random_seed"),
    keys_among_given=("random_seed",),
    takes_any_type=True,
)
PATCH = StrategyRecord(
    name="patch",
    matrix="patch",
    keys=("base", "max_variants", "diff", "files", "added_lines"),
    takes_any_type=True,
)

STRATEGIES: Mapping[str, StrategyRecord] = MappingProxyType(
    {record.name: record for record in (NAMED, DISTINCT, T_WISE, TOGGLES, UNIFORM, PATCH)}
)
"""By name, in the order in which they are told."""

GIVEN_IS_WHOLE = ("base", "numbers", "random_seed")
"""Keys without effect where `from` says what may be chosen: such configurations are whole."""


def readers(field: str) -> tuple[str, ...]:
    """Return the names of the strategies that read a key of a matrix."""
    if field in COMMON:
        return tuple(STRATEGIES)
    return tuple(name for name, record in STRATEGIES.items() if field in record.keys)
