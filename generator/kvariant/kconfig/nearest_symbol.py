# SPDX-License-Identifier: MIT
"""The symbol that an unknown name most likely meant, and where it is defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from kvariant.errors import Location, nearest


class Defined(Protocol):
    """What is known of a symbol here: where it is defined."""

    @property
    def location(self) -> Location:
        """The first definition."""


def symbol_hint(name: str, symbols: Mapping[str, Defined | None], otherwise: str = "") -> str:
    """Return a hint with the nearest symbol and its line: `did you mean NET (Kconfig:3)?`.

    Args:
        name: what no symbol is called.
        symbols: those that may be meant; None: nobody knows here where it is defined.
        otherwise: the hint where none is near.
    """
    match = nearest(name, symbols)
    if match is None:
        return otherwise
    defined = symbols[match]
    place = f" ({replace(defined.location, column=0)})" if defined else ""
    return f"did you mean {match}{place}?"
