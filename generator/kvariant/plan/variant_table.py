# SPDX-License-Identifier: MIT
"""What findings need of a sweep's configurations, by column: small enough to be stored.

A whole Linux has 16,000 values in each variant, nearly all the same in all: a symbol
is its different texts, and for each variant which one it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from kvariant.kconfig.value import SymbolType, ValueTexts


@dataclass(frozen=True, slots=True)
class Column:
    """One symbol."""

    type: SymbolType
    texts: tuple[str, ...]
    """Its different values, in the order in which variants have them."""
    places: tuple[int, ...]
    """For each variant, the position in `texts`; empty where all have the first."""
    is_read: bool = False
    """Whether templates read it."""
    is_settable: bool = False
    """Whether people can set it."""


@dataclass(frozen=True, slots=True)
class VariantTable:
    """The values of all symbols in all variants of a sweep."""

    variants: tuple[str, ...]
    symbols: Mapping[str, Column]
    """In Kconfig order."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """By variant: symbols that it asks for, where that is known."""
    chosen_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By environment: the symbols whose combinations the variants are to cover, and the
    names of the conditions that do; see `BranchCondition`."""

    @classmethod
    def of(
        cls,
        configurations: Mapping[str, ValueTexts],
        types: Mapping[str, SymbolType],
        read: Collection[str] = (),
        settable: Collection[str] = (),
        asked: Mapping[str, int] = MappingProxyType({}),
    ) -> VariantTable:
        """Return the columns of configurations by variant; arguments as in `Observations`."""
        read, settable = frozenset(read), frozenset(settable)
        symbols = {}
        for name, kind in types.items():
            texts: dict[str, int] = {}
            places = [
                texts.setdefault(c.get(name, ""), len(texts)) for c in configurations.values()
            ]
            symbols[name] = Column(
                kind,
                tuple(texts),
                tuple(places) if len(texts) > 1 else (),
                name in read,
                name in settable,
            )
        return cls(tuple(configurations), symbols, asked)

    def configurations(self, names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
        """Return the values of each variant, or of some symbols of each."""
        wanted = dict(self.symbols)
        if names is not None:
            wanted = {name: self.symbols[name] for name in names if name in self.symbols}
        return {
            variant: {
                name: column.texts[column.places[i] if column.places else 0]
                for name, column in wanted.items()
            }
            for i, variant in enumerate(self.variants)
        }

    @property
    def types(self) -> dict[str, SymbolType]:
        """The symbols' types, in Kconfig order."""
        return {name: column.type for name, column in self.symbols.items()}

    @property
    def read(self) -> frozenset[str]:
        """The symbols that templates read."""
        return frozenset(name for name, column in self.symbols.items() if column.is_read)

    @property
    def settable(self) -> frozenset[str]:
        """The symbols that people can set."""
        return frozenset(name for name, column in self.symbols.items() if column.is_settable)

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "variants": list(self.variants),
            "asked": dict(self.asked),
            **(
                {"chosen_by": {e: list(n) for e, n in self.chosen_by.items()}}
                if self.chosen_by
                else {}
            ),
            "symbols": {
                name: [c.type.value, list(c.texts), list(c.places), c.is_read, c.is_settable]
                for name, c in self.symbols.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VariantTable:
        """Return what `to_json` was made from."""
        symbols = {
            name: Column(SymbolType(kind), tuple(texts), tuple(places), read, settable)
            for name, (kind, texts, places, read, settable) in data["symbols"].items()
        }
        chosen_by = {e: tuple(names) for e, names in data.get("chosen_by", {}).items()}
        return cls(tuple(data["variants"]), symbols, data.get("asked", {}), chosen_by)


def merged(
    parts: Sequence[VariantTable], places: Mapping[str, int] = MappingProxyType({})
) -> VariantTable:
    """Return the columns of all variants of several sweeps; of a variant in two, the later.

    Args:
        places: where variants stand; those that stand alike stay in the order of the sweeps.
    """
    types: dict[str, SymbolType] = {}
    found: dict[str, dict[str, str]] = {}
    asked: dict[str, int] = {}
    for part in parts:
        types |= part.types
        found |= part.configurations()
        asked |= part.asked
    configurations = {
        variant: found[variant] for variant in sorted(found, key=lambda v: places.get(v, 0))
    }
    read = frozenset[str]().union(*(part.read for part in parts))
    settable = frozenset[str]().union(*(part.settable for part in parts))
    chosen_by = {e: names for part in parts for e, names in part.chosen_by.items()}
    return replace(
        VariantTable.of(configurations, types, read, settable, asked), chosen_by=chosen_by
    )
