# SPDX-License-Identifier: MIT
"""Symbols that carry an environment variable into `source "$SUB/Kconfig"`.

The C tools before Linux 4.18 put a symbol's value, not a variable's, where a `$NAME`
stands in the path of a sourced file [scripts/kconfig/symbol.c, `sym_expand_string_value`].
A symbol with `option env="X"` has the value of the variable X, and else its default.
"""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(r"\$(?:\{(?P<braced>[A-Za-z0-9_]+)\}|(?P<bare>[A-Za-z0-9_]+))")


def with_symbols(line: str, symbols: dict[str, Any], yes: Any) -> str:
    """Return a line of Kconfig with the values of such symbols in it.

    Args:
        symbols: kconfiglib's, by name.
        yes: kconfiglib's constant y.
    """

    def value(match: re.Match[str]) -> str:
        symbol = symbols.get(match["braced"] or match["bare"])
        text = None if symbol is None or symbol.env_var is None else _default(symbol, yes)
        return match[0] if text is None else text

    return _NAME.sub(value, line)


def _default(symbol: Any, yes: Any) -> str | None:
    """Return the first default of a symbol while the tree is read, where it is unconditional.

    `option env` is a default too, and stands where it is written.
    """
    for node in symbol.nodes:
        for value, condition in node.defaults:
            is_plain = condition is yes and not isinstance(value, tuple) and not value.nodes
            return str(value.name) if is_plain else None
    return None
