# SPDX-License-Identifier: MIT
"""Whose rules hold where the tools that read Kconfig differ.

kconfiglib is the reference. The kernel's C tool leaves it in one rule, that of `imply`
[scripts/kconfig/symbol.c, `sym_calc_value`, since Linux 5.7]:

                        kconfiglib                       linux
    default and imply   the higher one, if the           the higher one, not above the
                        dependency is not n              dependency
    imply of y          turns m into y                   does not
"""

from __future__ import annotations

import enum
import graphlib
from collections.abc import Iterable
from typing import Any

import kconfiglib


class Dialect(enum.Enum):
    """Whose rules hold where the tools differ."""

    KCONFIGLIB = "kconfiglib"
    LINUX = "linux"
    """imply: m is not promoted to y, and `default || imply` is limited by the dependency."""


def implied_in_order(kconfig: kconfiglib.Kconfig) -> list[Any]:
    """Return kconfiglib's symbols that something implies, each after all that decide it.

    Members of a choice are left out, as an imply does nothing to them.

    Raises:
        graphlib.CycleError: the tree has a loop.

    Cost: once a tree; a second on Linux.
    """
    sorter: graphlib.TopologicalSorter[Any] = graphlib.TopologicalSorter()
    for item in [*kconfig.unique_defined_syms, *kconfig.unique_choices]:
        node = _unit(item)
        sorter.add(node)
        for dependent in item._dependents:
            if _unit(dependent) is not node:
                sorter.add(_unit(dependent), node)
    return [item for item in sorter.static_order() if _is_implied(item, kconfig)]


def settle(implied: Iterable[Any]) -> None:
    """Give implied symbols the C tool's value, for the assignment that is loaded.

    Args:
        implied: what `implied_in_order` returns.
    """
    for symbol in implied:
        # Also decides what is written to a .config, and warns.
        value = symbol.tri_value
        wish = kconfiglib.expr_value(symbol.weak_rev_dep)
        if not wish:
            continue  # the tools agree
        if symbol.visibility and symbol.user_value is not None:
            value = min(symbol.user_value, symbol.visibility)
        else:
            value = min(max(_default(symbol), wish), kconfiglib.expr_value(symbol.direct_dep))
        value = max(value, kconfiglib.expr_value(symbol.rev_dep))
        symbol._cached_tri_val = 2 if value == 1 and symbol.type == kconfiglib.BOOL else value


def _unit(item: Any) -> Any:
    """Return the choice of a member, else the item: a choice and its members decide each other."""
    return getattr(item, "choice", None) or item


def _is_implied(item: Any, kconfig: kconfiglib.Kconfig) -> bool:
    return (
        isinstance(item, kconfiglib.Symbol)
        and item.weak_rev_dep is not kconfig.n
        and item.orig_type in (kconfiglib.BOOL, kconfiglib.TRISTATE)
    )


def _default(symbol: Any) -> int:
    for default, condition in symbol.defaults:
        if holds := kconfiglib.expr_value(condition):
            return int(min(kconfiglib.expr_value(default), holds))
    return 0
