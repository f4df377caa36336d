# SPDX-License-Identifier: MIT
"""What a tree declares, as frozen values; no kconfiglib object leaves this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.errors import Location
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.reader import Reader

_TYPES = {
    kconfiglib.BOOL: SymbolType.BOOL,
    kconfiglib.TRISTATE: SymbolType.TRISTATE,
    kconfiglib.INT: SymbolType.INT,
    kconfiglib.HEX: SymbolType.HEX,
    kconfiglib.STRING: SymbolType.STRING,
}
OPERATORS = {
    kconfiglib.EQUAL: "=",
    kconfiglib.UNEQUAL: "!=",
    kconfiglib.LESS: "<",
    kconfiglib.LESS_EQUAL: "<=",
    kconfiglib.GREATER: ">",
    kconfiglib.GREATER_EQUAL: ">=",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A declared symbol."""

    name: str
    type: SymbolType
    """bool where the tree says tristate but has no modules stays tristate here."""
    prompt: str
    """The first prompt's text, "" for a promptless symbol."""
    location: Location
    """The first definition."""
    choice: int | None
    """Index of the choice it is a member of, in `Tree.choices`."""
    is_allnoconfig_y: bool = False
    """Whether it says `option allnoconfig_y`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice and its members, in order."""

    prompt: str
    members: tuple[str, ...]
    location: Location
    is_optional: bool = False
    """Whether no member need be selected."""
    is_tristate: bool = False
    """Whether several members may be m."""

    @property
    def has_mode(self) -> bool:
        """Return whether there is more to answer than which member it is."""
        return self.is_optional or self.is_tristate


def symbol_of(reader: Reader, item: Any, choices: dict[Any, int]) -> Symbol:
    """Return the frozen view of a kconfiglib symbol with a type."""
    return Symbol(
        name=item.name,
        type=type_of(item),
        prompt=next((node.prompt[0] for node in item.nodes if node.prompt), ""),
        location=location_of(reader, item),
        choice=choices.get(item.choice),
        is_allnoconfig_y=item.is_allnoconfig_y,
    )


def choice_of(reader: Reader, item: Any) -> Choice:
    """Return the frozen view of a kconfiglib choice."""
    return Choice(
        prompt=next((node.prompt[0] for node in item.nodes if node.prompt), ""),
        members=tuple(dict.fromkeys(member.name for member in item.syms)),
        location=location_of(reader, item),
        is_optional=item.is_optional,
        is_tristate=item.orig_type == kconfiglib.TRISTATE,
    )


def type_of(item: Any) -> SymbolType:
    """Return the declared type of a kconfiglib symbol; an untyped one is a string."""
    return _TYPES.get(item.orig_type, SymbolType.STRING)


def location_of(reader: Reader, item: Any) -> Location:
    """Return the first place where a kconfiglib symbol or choice is defined."""
    node = reader.definitions_of(item)[0]
    return Location(reader.path_of(node.filename), node.linenr, 1)
