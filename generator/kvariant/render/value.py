# SPDX-License-Identifier: MIT
"""Symbol values as templates see them."""

from __future__ import annotations

from collections.abc import Mapping

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Configuration, SymbolType


class TristateValue(str):
    """n, m or y as text, false at n: `{% if DRIVER %}` and `{% if DRIVER == "m" %}`."""

    def __bool__(self) -> bool:
        return self != "n"


class HexValue(int):
    """A number that prints as the Kconfig spells it: 0x10 stays 0x10."""

    text: str

    def __new__(cls, text: str) -> HexValue:
        value = super().__new__(cls, int(text, 16))
        value.text = text
        return value

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else self.text


Value = bool | int | str


def typed_values(configuration: Configuration) -> Mapping[str, Value]:
    """Return every symbol's value in the type that its declaration names.

    bool -> bool; tristate -> `TristateValue`; int -> int; hex -> `HexValue`;
    string -> str. An int or hex without a value is None-like "" (and so false).

    Raises:
        InputError: a Kconfig default that is no number gives a number its value.
    """
    types, values = configuration.types, dict[str, Value]()
    for name, text in configuration.items():
        try:
            values[name] = _typed(text, types[name])
        except ValueError:
            raise InputError(
                Diagnostic(
                    message=f"{name} is {text!r}, which is no {types[name].value}",
                    code="bad-default",
                    hint=f"correct the default of {name} in the Kconfig files",
                )
            ) from None
    return values


def _typed(text: str, kind: SymbolType) -> Value:
    match kind:
        case SymbolType.BOOL:
            return text == "y"
        case SymbolType.TRISTATE:
            return TristateValue(text)
        case SymbolType.INT:
            return int(text) if text else ""
        case SymbolType.HEX:
            return HexValue(text) if text else ""
        case SymbolType.STRING:
            return text
