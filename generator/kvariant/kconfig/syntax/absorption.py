# SPDX-License-Identifier: MIT
"""Dependencies without the terms that cannot matter, so that these make no loop.

    depends on !(F && I) || I        y, whatever F is: where I is n, the rest is y

OpenWrt writes such ones for every package, and its tool only warns of the loops that come
of it. Where a bool stands beside other terms, these count only while it is n (in an `||`)
or y (in an `&&`): it is put into them as that constant. The value stays the same.
"""

from __future__ import annotations

from typing import Any

import kconfiglib


def absorbed(kconfig: Any, expression: Any) -> Any:
    """Return a kconfiglib expression of the same value, without what others absorb.

    Args:
        kconfig: the tree; the types of its symbols are known.
    """
    if expression.__class__ is not tuple:
        return expression
    operator = expression[0]
    if operator is kconfiglib.NOT:
        return _negated(kconfig, absorbed(kconfig, expression[1]))
    if operator not in (kconfiglib.AND, kconfiglib.OR):
        return expression
    terms = [absorbed(kconfig, term) for term in kconfiglib.split_expr(expression, operator)]
    neutral = kconfig.n if operator is kconfiglib.OR else kconfig.y
    bools = [term for term in terms if _is_bool(term)]
    for one in bools:
        terms = [term if term is one else _with(kconfig, term, one, neutral) for term in terms]
    return _joined(kconfig, operator, terms)


def _is_bool(term: Any) -> bool:
    is_symbol = term.__class__ is kconfiglib.Symbol and not term.is_constant
    return is_symbol and term.orig_type is kconfiglib.BOOL


def _with(kconfig: Any, expression: Any, symbol: Any, value: Any) -> Any:
    """Return an expression with a constant in a symbol's place, but for comparisons."""
    if expression is symbol:
        return value
    if expression.__class__ is not tuple:
        return expression
    operator = expression[0]
    if operator is kconfiglib.NOT:
        return _negated(kconfig, _with(kconfig, expression[1], symbol, value))
    if operator not in (kconfiglib.AND, kconfiglib.OR):
        return expression
    terms = [_with(kconfig, term, symbol, value) for term in expression[1:]]
    return _joined(kconfig, operator, terms)


def _joined(kconfig: Any, operator: Any, terms: list[Any]) -> Any:
    join = kconfig._make_and if operator is kconfiglib.AND else kconfig._make_or
    found = terms[0]
    for term in terms[1:]:
        found = join(found, term)
    return found


def _negated(kconfig: Any, term: Any) -> Any:
    if term is kconfig.y or term is kconfig.n:
        return kconfig.n if term is kconfig.y else kconfig.y
    return (kconfiglib.NOT, term)
