# SPDX-License-Identifier: MIT
"""What number a text is: to Python, as kconfiglib reads it, and to C.

text     int(text, 10)     strtoll(text, 10)
12       12                12
007      7                 7, but no value that a user can give
0x9      none              0: what stands before the x
12ab     none              12
"""

from __future__ import annotations

import re

from kvariant.kconfig.value import SymbolType, Tristate

_DIGITS = {
    10: re.compile(r"\s*([+-]?)([0-9]+)"),
    16: re.compile(r"\s*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)"),
    8: re.compile(r"\s*([+-]?)([0-7]+)"),
}
_HEX_MARK = re.compile(r"\s*[+-]?0[xX][0-9a-fA-F]")
_OCTAL_MARK = re.compile(r"\s*[+-]?0[0-7]")
_C_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_C_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]+")
_LARGEST = 2**63 - 1


def base_of(kind: SymbolType | None) -> int:
    """Return the base in which a number of this type is written; 0: the text says it."""
    return {SymbolType.INT: 10, SymbolType.HEX: 16}.get(kind, 0) if kind else 0


def python_number(text: str, base: int) -> int:
    """Return a text's number, 0 where it is none [kconfiglib `Symbol.str_value`]."""
    try:
        return int(text, base)
    except ValueError:
        return 0


def c_number(text: str, base: int) -> int:
    """Return the number that a text begins with, 0 where it begins with none [strtoll]."""
    match = _DIGITS[base or _base_in(text)].match(text)
    if not match:
        return 0
    value = int(match[1] + match[2], base or _base_in(text))
    return max(-_LARGEST - 1, min(_LARGEST, value))


def _base_in(text: str) -> int:
    return 16 if _HEX_MARK.match(text) else 8 if _OCTAL_MARK.match(text) else 10


def is_c_int(text: str) -> bool:
    """Return whether a user may give this text to an int [C `sym_string_valid`]."""
    return _C_INT.fullmatch(text) is not None


def is_c_hex(text: str) -> bool:
    """Return whether a user may give this text to a hex [C `sym_string_valid`]."""
    return _C_HEX.fullmatch(text) is not None


def c_ordering(
    left: str,
    left_type: SymbolType | None,
    right: str,
    right_type: SymbolType | None,
) -> int:
    """Return -1, 0 or 1 as a value text is below, equal to or above another.

    Numeric where both sides are numbers from their first to their last character, and
    not both strings; unsigned where one is a hex [C `expr_calc_value`].
    """
    if not left_type is right_type is SymbolType.STRING:
        a, b = _whole(left, left_type), _whole(right, right_type)
        if a is not None and b is not None:
            if SymbolType.HEX in (left_type, right_type):
                a, b = a % 2**64, b % 2**64
            return (a > b) - (a < b)
    return (left > right) - (left < right)


def _whole(text: str, kind: SymbolType | None) -> int | None:
    """Return what C's `expr_parse_string` makes of a value, None where it stays a text."""
    if kind is not None and kind.is_logical:
        return int(Tristate.of(text)) if text in ("n", "m", "y") else -1
    base = base_of(kind) or _base_in(text)
    match = _DIGITS[base].fullmatch(text)
    if not match:
        return None
    value = int(match[1] + match[2], base)
    in_range = abs(value) < 2**64 if kind is SymbolType.HEX else -_LARGEST - 1 <= value <= _LARGEST
    return value if in_range else None
