# SPDX-License-Identifier: MIT
"""Symbol types and values, as the Kconfig language defines them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping

ValueTexts = Mapping[str, str]
"""Values of symbols as texts, by name: a configuration, a part of one, an assignment."""


class SymbolType(enum.Enum):
    """The five types of the Kconfig language."""

    BOOL = "bool"
    TRISTATE = "tristate"
    INT = "int"
    HEX = "hex"
    STRING = "string"

    @property
    def is_logical(self) -> bool:
        """Return whether values of this type are n, m or y."""
        return self in (SymbolType.BOOL, SymbolType.TRISTATE)

    @property
    def phrase(self) -> str:
        """The type with its article: `a bool`, `an int`."""
        return f"{'an' if self is SymbolType.INT else 'a'} {self.value}"

    def has(self, text: str) -> bool:
        """Return whether a text is a value of this type."""
        return _IS_VALUE[self](text)


class Tristate(enum.IntEnum):
    """n < m < y; `&&` is the minimum, `||` the maximum, `!` is 2 - value."""

    N = 0
    M = 1
    Y = 2

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, text: str) -> Tristate:
        """Return the value that `text` spells; anything but m and y is n."""
        return _SPELLED.get(text, cls.N)


def _is_int(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _is_hex(text: str) -> bool:
    try:
        return int(text, 16) >= 0
    except ValueError:
        return False


_IS_VALUE: Mapping[SymbolType, Callable[[str], bool]] = {
    SymbolType.BOOL: lambda text: text in ("n", "y"),
    SymbolType.TRISTATE: lambda text: text in ("n", "m", "y"),
    SymbolType.INT: _is_int,
    SymbolType.HEX: _is_hex,
    SymbolType.STRING: lambda _: True,
}
_SPELLED = {"n": Tristate.N, "m": Tristate.M, "y": Tristate.Y}
