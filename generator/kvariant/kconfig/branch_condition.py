# SPDX-License-Identifier: MIT
"""A condition that is true or false in a configuration, under a name of its own.

    [SWAP && !ZSWAP]    false    true        SWAP=y ZSWAP=n is where it is true

It stands beside symbols where combinations are counted, and is written as they are:
`[SWAP && !ZSWAP]=true NET=y`. The name says the condition, so that whoever reads a
lock or a database years later can work it out again. No symbol is named with a bracket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig.expression import Expression

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration

FALSE_TEXT, TRUE_TEXT = "false", "true"
TRUTH = (FALSE_TEXT, TRUE_TEXT)
"""What it can be, as it is written."""


@dataclass(frozen=True, slots=True)
class BranchCondition:
    """Where something is there in what a configuration becomes."""

    expression: Expression
    places: tuple[str, ...] = ()
    """Where it is written: `swapops.h.j2:12`, `interface.toml: make_entry`."""

    @property
    def name(self) -> str:
        """Return the name that it has among symbols: `[SWAP && !ZSWAP]`."""
        return f"[{self.expression}]"

    @classmethod
    def named(cls, name: str) -> BranchCondition | None:
        """Return the condition that a name says; None: it is a symbol's, or says none."""
        if not is_condition(name):
            return None
        try:
            return cls(Expression.parse(name[1:-1]))
        except InputError:
            return None

    def text(self, configuration: Configuration) -> str:
        """Return what it is in a configuration."""
        return TRUTH[configuration.satisfies(self.expression)]


def is_condition(name: str) -> bool:
    """Return whether a name among symbols is a condition's."""
    return name.startswith("[") and name.endswith("]")


def symbols_of(conditions: Iterable[BranchCondition], order: Iterable[str]) -> tuple[str, ...]:
    """Return the symbols that conditions read, in the order given."""
    read = {name for one in conditions for name in one.expression.symbols}
    return tuple(name for name in order if name in read)


def factor_texts(
    configuration: Configuration, names: Sequence[str], conditions: Sequence[BranchCondition]
) -> dict[str, str]:
    """Return what symbols and conditions are in a configuration, symbols first."""
    found = {name: configuration[name] for name in names}
    return found | {one.name: one.text(configuration) for one in conditions}
