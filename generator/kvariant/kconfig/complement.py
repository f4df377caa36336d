# SPDX-License-Identifier: MIT
"""What holds exactly where an expression does not: `!X` is that of two values only.

X          of m      its complement, over a tristate
S          holds     S = n
!S         holds     S = y
A && B               that of A || that of B
"""

from __future__ import annotations

from collections.abc import Mapping

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
    every,
    some,
)
from kvariant.kconfig.value import SymbolType

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def complement(expression: Expression, types: Mapping[str, SymbolType]) -> Expression:
    """Return what holds exactly where an expression does not: of m, both `S` and `!S` hold."""
    match expression:
        case And(terms):
            return some(complement(term, types) for term in terms)
        case Or(terms):
            return every(complement(term, types) for term in terms)
        case Comparison(operator, left, right):
            return Comparison(_OPPOSITES[operator], left, right)
        case Not(term):  # !X does not hold where X is y
            return _is_y(term, types)
        case Reference(name) if types.get(name) is SymbolType.TRISTATE:
            return Comparison("=", expression, Constant("n"))
        case Constant("m"):
            return NEVER
    return _constant(Not(expression)) if isinstance(expression, Constant) else Not(expression)


def _is_y(expression: Expression, types: Mapping[str, SymbolType]) -> Expression:
    """Return what holds exactly where an expression is y."""
    match expression:
        case And(terms):
            return every(_is_y(term, types) for term in terms)
        case Or(terms):
            return some(_is_y(term, types) for term in terms)
        case Not(term):  # 2 - X is 2 where X is 0
            return complement(term, types)
        case Reference(name) if types.get(name) is SymbolType.TRISTATE:
            return Comparison("=", expression, Constant("y"))
        case Constant("m"):
            return NEVER
    return expression


def _constant(expression: Expression) -> Constant:
    return ALWAYS if expression.holds({}) else NEVER
