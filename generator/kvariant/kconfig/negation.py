# SPDX-License-Identifier: MIT
"""What holds exactly where another expression does not.

`!A` is not that for a tristate: with A at m, `A` and `!A` both hold.

    expression    its negation        where it is y
    A             A = n               A = y             a bool's is !A
    !A            A = y               A = n
    A && B        A = n || B = n      both are
    A = B         A != B              it holds
"""

from __future__ import annotations

from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    Types,
    every,
    some,
)
from kvariant.kconfig.value import SymbolType

OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_N, _Y = Constant("n"), Constant("y")


def negation(expression: Expression, types: Types) -> Expression:
    """Return an expression that holds in the configurations in which another is n.

    A bare m counts as one that is not n; where it is (no MODULES), `with_m` puts that there.

    Args:
        types: of the tree's symbols; a name without one is n.
    """
    match expression:
        case Constant(text):
            return ALWAYS if text not in ("m", "y") else NEVER
        case Reference(name):
            if types.get(name) is SymbolType.BOOL:
                return Not(expression)
            return Comparison("=", expression, _N) if _is_tristate(name, types) else ALWAYS
        case Comparison(operator, left, right):
            return Comparison(OPPOSITES[operator], left, right)
        case Not(term):
            return _full(term, types)
        case And(terms):
            return some(negation(term, types) for term in terms)
        case Or(terms):
            return every(negation(term, types) for term in terms)
    raise TypeError(f"no part of an expression: {expression}")


def _full(expression: Expression, types: Types) -> Expression:
    """Return an expression that holds where another is y."""
    match expression:
        case Constant(text):
            return ALWAYS if text == "y" else NEVER
        case Reference(name):
            if types.get(name) is SymbolType.BOOL:
                return expression
            return Comparison("=", expression, _Y) if _is_tristate(name, types) else NEVER
        case Comparison():
            return expression
        case Not(term):
            return negation(term, types)
        case And(terms):
            return every(_full(term, types) for term in terms)
        case Or(terms):
            return some(_full(term, types) for term in terms)
    raise TypeError(f"no part of an expression: {expression}")


def _is_tristate(name: str, types: Types) -> bool:
    return types.get(name) is SymbolType.TRISTATE
