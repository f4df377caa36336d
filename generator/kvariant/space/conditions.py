# SPDX-License-Identifier: MIT
"""Conditions as symbols of a space: bools that follow from others and that nobody can set.

    config [SWAP && !ZSWAP]
        def_bool SWAP && !ZSWAP

What asks for values of symbols (factors, evaluation, counting) so asks for conditions,
and the domains of numbers tell apart what the conditions compare. A tree has no such
symbol: configurations that leave this space are to be evaluated in the tree's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kvariant.errors import Location
from kvariant.kconfig.expression import ALWAYS, And, Constant, Expression, Reference, with_m
from kvariant.kconfig.model import Default, Model, Rules
from kvariant.kconfig.value import SymbolType

_NOWHERE = Location("")


def with_conditions(model: Model, conditions: Mapping[str, Expression]) -> Model:
    """Return a model with a bool for each condition, behind all symbols.

    Args:
        conditions: by the name of their bools, which no symbol has.
    """
    m = And((Constant("m"), Reference(model.modules)))
    return replace(
        model,
        symbols={
            **model.symbols,
            **{name: _bool(name, with_m(one, m)) for name, one in conditions.items()},
        },
    )


def _bool(name: str, condition: Expression) -> Rules:
    return Rules(
        name=name,
        type=SymbolType.BOOL,
        prompts=(),
        defaults=(Default(value=ALWAYS, condition=condition, location=_NOWHERE),),
        ranges=(),
        selected=(),
        implied=(),
        depends=ALWAYS,
        choice=None,
        location=_NOWHERE,
    )
