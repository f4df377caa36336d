# SPDX-License-Identifier: MIT
"""Many assignments and many configurations as columns of bits.

    Assignments                          Configurations
    key            lanes 0 1 2 ...       symbol   text     lanes 0 1 2 ...
    (SWAP, y)            1 0 0           SWAP     y              1 0 1
    (SWAP, n)            0 1 0           BAUD     9600           0 1 0

A lane of an `Assignments` has at most one value per symbol; a lane of a
`Configurations` has exactly one text for each. Both are sequences whose items
are mappings, made when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from kvariant.kconfig.configuration import Configuration, Dropped
from kvariant.kconfig.value import SymbolType
from kvariant.space.simulate import Words, packed, unpacked, words_for

NamedValue = tuple[str, str]
"""A symbol and a value text."""

Places = Mapping[str, tuple[int, int]]
"""For each member of a choice the choice, and where in it the member stands."""


class Assignments(Sequence[Mapping[str, str]]):
    """User values, columnar: a row of bits for each (symbol, value text).

    Rows stand in line order: of two rows that a lane has, the first is the earlier line
    of its `.config`, which counts between members of a choice. A key can have several
    rows, for lanes that have its line at different places.
    """

    def __init__(self, keys: Sequence[NamedValue], bits: Words, size: int) -> None:
        """Take packed columns as they are.

        Args:
            keys: symbol and user value of each row of `bits`.
            bits: `len(keys)` rows of at least `size` bits; a lane has at most
                one value per symbol.
            size: number of lanes.
        """
        self.keys = tuple(keys)
        self.bits = bits
        self.size = size
        self.sources: tuple[Mapping[str, str], ...] | None = None
        """The mappings it was made of, which have lines in an order of their own."""

    @classmethod
    def of(cls, mappings: Iterable[Mapping[str, str]], places: Places | None = None) -> Assignments:
        """Pack mappings of user values; about a microsecond for each value.

        Args:
            places: members of choices, whose rows keep each mapping's own order.
        """
        sources = tuple(mappings)
        rows: dict[tuple[int, tuple[int, int], NamedValue], list[int]] = {}
        known = places or {}
        for lane, source in enumerate(sources):
            last: dict[int, tuple[int, int]] = {}
            for key in source.items():
                place = known.get(key[0])
                if place is None:
                    rows.setdefault((0, _NOWHERE, key), []).append(lane)
                    continue
                choice, position = place
                number, before = last.get(choice, (0, -1))
                number += position < before
                last[choice] = number, position
                rows.setdefault((number, place, key), []).append(lane)
        ordered = sorted(rows, key=lambda row: row[:2]) if known else list(rows)
        lanes = np.zeros((len(ordered), len(sources)), dtype=np.bool_)
        for number, row in enumerate(ordered):
            lanes[number, rows[row]] = True
        made = cls([key for _, _, key in ordered], packed(lanes), len(sources))
        made.sources = sources
        return made

    def placed(self, places: Places) -> Assignments:
        """Return the same with rows in the order of each mapping's lines."""
        return self if self.sources is None else Assignments.of(self.sources, places)

    def rounds(self, places: Places) -> list[int]:
        """Return of each row how often its choice's members began anew before it."""
        last: dict[int, tuple[int, int]] = {}
        found = []
        for name, _ in self.keys:
            place = places.get(name)
            if place is None:
                found.append(0)
                continue
            choice, position = place
            number, before = last.get(choice, (0, -1))
            number += position < before
            last[choice] = number, position
            found.append(number)
        return found

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, lane: int) -> Mapping[str, str]: ...
    @overload
    def __getitem__(self, lane: slice) -> Sequence[Mapping[str, str]]: ...
    def __getitem__(self, lane: int | slice) -> Mapping[str, str] | Sequence[Mapping[str, str]]:
        if isinstance(lane, slice):
            return [self[i] for i in range(*lane.indices(self.size))]
        lane = _checked(lane, self.size)
        if self.sources is not None:
            return self.sources[lane]
        set_ = np.flatnonzero((self.bits[:, lane // 64] >> np.uint64(lane % 64)) & np.uint64(1))
        return dict(self.keys[row] for row in set_)


_NOWHERE = (-1, -1)


class Configurations(Sequence[Configuration]):
    """Resolved values, columnar; `configurations[i]` is a `Configuration`."""

    def __init__(
        self,
        rows: Mapping[str, Mapping[str, int]],
        bits: Words,
        assignments: Sequence[Mapping[str, str]],
        types: Mapping[str, SymbolType],
    ) -> None:
        self.rows = rows
        """Row of `bits` for each symbol and each text it can have."""
        self.bits = bits
        self.assignments = assignments
        """User values per lane."""
        self._types = types

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols whose values are known, in Kconfig order."""
        return tuple(self.rows)

    def lanes(self, symbol: str, text: str) -> Words:
        """Return the packed row that says where a symbol has a value."""
        row = self.rows[symbol].get(text)
        width = words_for(len(self.assignments))
        return np.zeros(width, dtype=np.uint64) if row is None else self.bits[row]

    def texts(self, symbol: str) -> list[str]:
        """Return a symbol's value in every lane."""
        values = [""] * len(self)
        for text, row in self.rows[symbol].items():
            for lane in np.flatnonzero(unpacked(self.bits[row], len(self))):
                values[lane] = text
        return values

    def equal(self, other: Configurations) -> list[bool]:
        """Return which configurations are equal to the other's of the same place.

        Column by column: mappings would take seconds.

        Args:
            other: as many, with rows of the same symbols and texts.
        """
        differ = np.zeros(words_for(len(self)), dtype=np.uint64)
        for name, texts in self.rows.items():
            for text in texts:
                differ |= self.lanes(name, text) ^ other.lanes(name, text)
        return [not bit for bit in unpacked(differ, len(self))]

    def __len__(self) -> int:
        return len(self.assignments)

    @overload
    def __getitem__(self, lane: int) -> Configuration: ...
    @overload
    def __getitem__(self, lane: slice) -> Sequence[Configuration]: ...
    def __getitem__(self, lane: int | slice) -> Configuration | Sequence[Configuration]:
        if isinstance(lane, slice):
            return [self[i] for i in range(*lane.indices(len(self)))]
        lane = _checked(lane, len(self))
        values = _Lane(self, lane)
        asked = self.assignments[lane]
        dropped = tuple(
            Dropped(
                symbol=name, asked=text, got=values.get(name), location=None, line="", reasons=()
            )
            for name, text in asked.items()
            if name in values and values[name] != text
        )
        return Configuration(values_=values, types=self._types, assignment=asked, dropped=dropped)


class _Lane(Mapping[str, str]):
    """The values of one lane, read when asked for."""

    __slots__ = ("_lane", "_of")

    def __init__(self, of: Configurations, lane: int) -> None:
        self._of = of
        self._lane = lane

    def __getitem__(self, name: str) -> str:
        word, bit = self._lane // 64, np.uint64(self._lane % 64)
        column = self._of.bits
        for text, row in self._of.rows[name].items():
            if (column[row, word] >> bit) & np.uint64(1):
                return text
        raise AssertionError(f"{name} has no value in lane {self._lane}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._of.rows)

    def __len__(self) -> int:
        return len(self._of.rows)


def _checked(lane: int, size: int) -> int:
    if not -size <= lane < size:
        raise IndexError(f"lane {lane} of {size}")
    return lane % size
