# SPDX-License-Identifier: MIT
"""Symbols as the factors of a covering array: levels, and a literal for each.

    factor   name   levels    literals
    0        SWAP   n y       -14  14
    1        UFFD   n m y     -15  22  16

This is all that a strategy over combinations of values sees of a space; what the
formula looks like, a tree's circuit or published clauses, makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.solver import Formula, Solver

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model, Rules
    from kvariant.space.packed import Configurations
    from kvariant.space.sample import Solution


@dataclass(frozen=True, kw_only=True)
class Factors:
    """Some symbols of a space, and the formula that binds them."""

    names: tuple[str, ...]
    """In Kconfig order."""
    levels: tuple[tuple[str, ...], ...]
    """All values of a factor's type, possible or not: `("n", "y")` or `("n", "m", "y")`;
    of a number or text those that are chosen and possible."""
    literals: tuple[Mapping[str, Literal], ...]
    """Literal per level; a level without one is impossible."""
    formula: Formula
    decode: Callable[[Sequence[Solution]], Configurations]
    """Returns the configurations of solutions."""

    def __len__(self) -> int:
        return len(self.names)

    def solver(self) -> Solver:
        """Return a fresh solver of the formula; the caller closes it."""
        return Solver(self.formula)

    def literal(self, factor: int, level: int) -> Literal:
        """Return the literal of a level by number, `FALSE` where it is impossible."""
        return self.literals[factor].get(self.levels[factor][level], FALSE)


def levels_of(
    model: Model, names: Iterable[str], possible: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return all values of each symbol's type, of some symbols those that are possible.

    Args:
        possible: values of ints, hexes and strings.

    Raises:
        InputError: others are neither bool nor tristate, all at once [strategy-type].
    """
    known = possible or {}
    rules = [model.symbols[name] for name in names]
    if wrong := [one for one in rules if not one.is_logical and one.name not in known]:
        raise InputError(*map(_no_levels, wrong))
    return tuple(known.get(one.name) or _of_type(one) for one in rules)


def _of_type(rules: Rules) -> tuple[str, ...]:
    return ("n", "m", "y") if rules.type is SymbolType.TRISTATE else ("n", "y")


def _no_levels(rules: Rules) -> Diagnostic:
    kind = rules.type.phrase if rules.type else "a symbol without a type"
    return Diagnostic(
        message=f"{rules.name} is {kind}: combinations are counted over bools and tristates",
        code="strategy-type",
        location=rules.location,
        hint=f"leave it out with --ignore {rules.name}",
    )
