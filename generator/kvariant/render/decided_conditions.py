# SPDX-License-Identifier: MIT
"""A configuration that works out each condition once, for as long as files of it are rendered.

An interface asks for the same few conditions at each helper of each file: which name, which
spelling, whether it exists. Working one out is most of what rendering takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kvariant.kconfig import Configuration

if TYPE_CHECKING:
    from kvariant.kconfig.expression import Expression


@dataclass(frozen=True, eq=False)
class DecidedConditions(Configuration):
    """A configuration with what its conditions came to; equal to what it was made of."""

    _known: dict[int, tuple[Expression, bool]] = field(default_factory=dict, repr=False)
    """By the identity of an expression, which is held so that no other one can have it."""

    @classmethod
    def of(cls, configuration: Configuration) -> DecidedConditions:
        """Return a configuration in which nothing is worked out yet."""
        return cls(
            configuration.values_,
            configuration.types,
            configuration.assignment,
            configuration.dropped,
            configuration.modules,
        )

    def satisfies(self, expression: Expression) -> bool:
        known = self._known.get(id(expression))
        if known is None:
            known = self._known[id(expression)] = expression, super().satisfies(expression)
        return known[1]
