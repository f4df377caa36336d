# SPDX-License-Identifier: MIT
"""Symbol types and values, as the Kconfig language defines them."""

from __future__ import annotations

import enum


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


_SPELLED = {"n": Tristate.N, "m": Tristate.M, "y": Tristate.Y}
