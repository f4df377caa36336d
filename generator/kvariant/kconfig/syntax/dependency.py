# SPDX-License-Identifier: MIT
"""`depends on A if B`: what it means where B is n.

[scripts/kconfig/menu.c, `menu_add_dep`; expr.c, `expr_trans_compare`; Linux 6.19]
"""

from __future__ import annotations

from typing import Any

import kconfiglib


def absent(condition: Any, no: Any) -> Any:
    """Return when a kconfiglib expression is n, as the kernel writes it.

    A symbol is compared as text, so that one without a definition, whose text is its
    name, is never n; `&&` and `||` by de Morgan, a comparison by its opposite. Unlike
    `!B`, which is m where B is m, the outcome is y or n.

    Args:
        no: kconfiglib's constant n.
    """
    return _is_no(condition, no, wanted=True)


def _is_no(expression: Any, no: Any, *, wanted: bool) -> Any:
    if not isinstance(expression, tuple):
        return (kconfiglib.EQUAL if wanted else kconfiglib.UNEQUAL, expression, no)
    operator = expression[0]
    if operator is kconfiglib.NOT:
        return _is_no(expression[1], no, wanted=not wanted)
    if operator in (kconfiglib.AND, kconfiglib.OR):
        left, right = (_is_no(term, no, wanted=True) for term in expression[1:])
        both = kconfiglib.OR if operator is kconfiglib.AND else kconfiglib.AND
        dual = (both, left, right)
        return dual if wanted else (kconfiglib.NOT, dual)
    return (kconfiglib.NOT, expression) if wanted else expression
