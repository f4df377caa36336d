# SPDX-License-Identifier: MIT
"""`T != n` as old C tools read it where a bool stands: as `T`, and so m where T is m.

It shows where a bool selects or implies a tristate under that condition
[C `expr_trans_bool`, menu.c, up to Linux 5.x; U-Boot has it still].
"""

from __future__ import annotations

from collections.abc import Callable

from kvariant.kconfig.expression import And, Comparison, Constant, Expression, Not, Or, Reference


def bare(
    expression: Expression, is_tristate: Callable[[str], bool], *, inverted: bool = False
) -> Expression:
    """Return a condition with `T` for `T != n`, and `!` moved down to what it inverts.

    Args:
        is_tristate: whether a symbol is one.
        inverted: return the condition's opposite.
    """
    match expression:
        case Not():
            return bare(expression.term, is_tristate, inverted=not inverted)
        case And() | Or():
            is_and = isinstance(expression, And) is not inverted
            terms = tuple(bare(term, is_tristate, inverted=inverted) for term in expression.terms)
            return And(terms) if is_and else Or(terms)
        case Comparison(operator, Reference(name), Constant("n")) if is_tristate(name):
            if operator == ("=" if inverted else "!="):
                return Reference(name)
    return Not(expression) if inverted else expression
