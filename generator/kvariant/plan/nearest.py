# SPDX-License-Identifier: MIT
"""Which variant is nearest to satisfying an expression, and what would have to change in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.space import Fix, Space

if TYPE_CHECKING:
    from kvariant.kconfig import Expression, Tree
    from kvariant.plan.variant import Variant

LOOKED_AT = 64
"""Variants that are tried, as each costs some milliseconds of a MaxSAT solver."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A variant, and the fewest changes after which an expression holds in it."""

    variant: str
    fix: Fix

    def __str__(self) -> str:
        return f"{self.variant} with {self.fix}"


def nearest(tree: Tree, variants: Iterable[Variant], expression: Expression) -> Nearest:
    """Return the variant of which the fewest user values must change for an expression to hold.

    Order: the first of equally near ones. Only the first `LOOKED_AT` are tried.

    Raises:
        InputError: no configuration satisfies the expression [where]; the notes say why.
    """
    known = [name for name in expression.symbols if name in tree.symbols]
    space = Space.of(tree, known).restricted(expression)
    best: Nearest | None = None
    for variant, _ in zip(variants, range(LOOKED_AT), strict=False):
        fixes = space.fixes(variant.configuration.assignment, {})
        if fixes and (best is None or fixes[0].size < best.fix.size):
            best = Nearest(variant.name, fixes[0])
        if best and best.fix.size <= 1:
            break
    assert best is not None  # what some configuration satisfies, some change of a variant does
    return best
