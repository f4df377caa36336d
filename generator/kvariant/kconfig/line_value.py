# SPDX-License-Identifier: MIT
"""The value that a line of a `.config` gives a symbol, judged by its type as the tools do.

                       C tools                             kconfiglib
    bool, tristate     the first character                 the first character
    string             what is within "", escapes undone;  the same
                       nothing behind the closing quote
    int                -?(0|[1-9][0-9]*)                   what Python's int() takes
    hex                (0x)?[0-9a-f]+ in either case       what int(, 16) takes, not negative
    blanks at the end  part of a number                    dropped
    # X is not set     exact since Linux 6.8               whatever follows

[scripts/kconfig/confdata.c, `conf_set_sym_val`; symbol.c, `sym_string_valid`;
kconfiglib 14.1.0, `_load_config` and `Symbol.set_value`]
A tool that does not take a value says so, at best, and goes on as if the line were not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is no value, and the text that its author will have meant."""

    reason: str
    """What goes on after `NAME is a bool: `."""
    write: str = ""
    """What to write behind the `=`, "" where nobody can know."""


_STRING = re.compile(r'"((?:[^"\\]+|\\.)*+)"')
_YES = {"1", "true", "yes", "on", "enabled", "y"}
_NO = {"0", "false", "no", "off", "disabled", "n"}


def judged(text: str, type_: SymbolType, dialect: Dialect) -> str | Refusal:
    """Return the value that a text behind the `=` gives a symbol of a type, or why none.

    Args:
        text: all that stands behind the `=`, without the line's end.

    Examples:
        `y # why` is y for a bool, `"x" # why` is x for a string; `orchid` is no string.
    """
    if not dialect.c_lines:
        text = text.rstrip()
    if type_.is_logical:
        return _logical(text, type_)
    if type_ is SymbolType.STRING:
        return _string(text, dialect)
    return _number(text, type_, dialect)


def _logical(text: str, type_: SymbolType) -> str | Refusal:
    is_tristate = type_ is SymbolType.TRISTATE
    values, allowed = ("ymn", "y, m or n") if is_tristate else ("yn", "y or n")
    first = text[:1]
    if first and first in values:
        return first
    if text == "m":
        return Refusal(f"it is {allowed}, never m", "y")
    if text.startswith('"'):
        match = _STRING.match(text)
        return Refusal(
            f"it is {allowed}, and quotes are for strings", _meant(match[1] if match else text)
        )
    if not text.strip():
        return Refusal(f"it is {allowed}, not nothing")
    return Refusal(f"it is {allowed}, which {text.strip()!r} does not begin with", _meant(text))


def _meant(text: str) -> str:
    word = text.split("#")[0].strip().strip("\"'").lower()
    return "y" if word in _YES else "n" if word in _NO else "m" if word == "m" else ""


def _string(text: str, dialect: Dialect) -> str | Refusal:
    if dialect.bare_strings and text.startswith('"'):
        if not text.endswith('"'):
            return Refusal("the closing quote is missing")
        return text[1:-1]
    if match := _STRING.match(text):
        return re.sub(r"\\(.)", r"\1", match[1])
    if text.startswith('"'):
        return Refusal("the closing quote is missing")
    quoted = text.strip().replace("\\", "\\\\").replace('"', '\\"')
    return Refusal("a text without quotes is no string to this tree's tool", f'"{quoted}"')


def _number(text: str, type_: SymbolType, dialect: Dialect) -> str | Refusal:
    is_int = type_ is SymbolType.INT
    if dialect.is_value(text, type_):
        return text
    meant = _standard(text.split("#")[0].strip().strip("\"'"), is_int=is_int)
    if not text.strip():
        return Refusal("nothing is none")
    if text.strip().startswith(('"', "'")):
        return Refusal("quotes are for strings", meant)
    if meant and dialect.c_lines and text != text.strip():
        return Refusal("with blanks around it, it is none to this tree's tool", meant)
    if meant and dialect.c_lines and is_int and re.fullmatch(r"-?0\d+", text):
        return Refusal("with a 0 in front it is none to this tree's tool", meant)
    return Refusal(f"{text.strip()!r} is none", meant)


def _standard(text: str, *, is_int: bool) -> str:
    """Return a number as every tool takes it, "" where the text is none in any notation."""
    value = _parsed(text, 10 if is_int else 16)
    if value is None and is_int:
        value = _parsed(text, 16) if text.lower().startswith("0x") else None
    if value is None or (value < 0 and not is_int):
        return ""
    return str(value) if is_int else hex(value)


def _parsed(text: str, base: int) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None
