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

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import TYPE_CHECKING, overload

import numpy as np
import numpy.typing as npt

from kvariant.kconfig.configuration import Configuration, Dropped
from kvariant.space.simulate import Words, packed, unpacked, words_for

if TYPE_CHECKING:
    from kvariant.kconfig.value import SymbolType

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
        self._in_order_of: Places | None = None
        self._placed: Assignments | None = None

    @classmethod
    def of(cls, mappings: Iterable[Mapping[str, str]], places: Places | None = None) -> Assignments:
        """Pack mappings of user values; about a tenth of a microsecond for each value.

        Args:
            places: members of choices, whose rows keep each mapping's own order.
        """
        sources = tuple(mappings)
        numbers: defaultdict[NamedValue, int] = defaultdict(count().__next__)
        sizes = np.fromiter(map(len, sources), np.intp, len(sources))
        values = chain.from_iterable(source.items() for source in sources)
        rows = np.fromiter(map(numbers.__getitem__, values), np.int32, int(sizes.sum()))
        keys = list(numbers)
        if places:
            rows, keys = _in_line_order(rows, sizes, keys, places)
        made = cls(keys, _columns(rows, sizes, len(keys)), len(sources))
        made.sources = sources
        made._in_order_of = places
        return made

    def placed(self, places: Places) -> Assignments:
        """Return the same with rows in the order of each mapping's lines."""
        if self.sources is None or self._in_order_of is places:
            return self
        if not any(name in places for name, _ in self.keys):
            return self
        if self._placed is None or self._placed._in_order_of is not places:
            self._placed = Assignments.of(self.sources, places)
        return self._placed

    def rounds(self, places: Places) -> Mapping[int, int]:
        """Return of rows of choices' members how often the members began anew before it."""
        last: dict[int, tuple[int, int]] = {}
        found = {}
        for row, (name, _) in enumerate(self.keys):
            if name in places:
                choice, position = places[name]
                number, before = last.get(choice, (0, -1))
                number += position < before
                last[choice] = number, position
                found[row] = number
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


_BLOCK = 1 << 24
"""Bits that are packed at once, a byte each."""


def _in_line_order(
    rows: npt.NDArray[np.int32],
    sizes: npt.NDArray[np.intp],
    keys: Sequence[NamedValue],
    places: Places,
) -> tuple[npt.NDArray[np.int32], list[NamedValue]]:
    """Return rows that keep the order of lines between members of a choice, and their keys.

    Args:
        rows: the key of each line, the lines of a lane one after the other.
        sizes: lines of each lane.
    """
    nowhere = (-1, -1)
    place = np.array([places.get(name, nowhere) for name, _ in keys]).reshape(-1, 2)
    choice, position = place[rows].T
    lines = np.flatnonzero(choice >= 0)
    lane = np.repeat(np.arange(len(sizes)), sizes)[lines]
    lines = lines[np.lexsort((choice[lines], lane))]  # stable: lines stay in order
    lane = np.sort(lane)
    same = np.zeros(len(lines), dtype=np.bool_)
    same[1:] = (lane[1:] == lane[:-1]) & (choice[lines[1:]] == choice[lines[:-1]])
    begun = np.cumsum(same & (np.diff(position[lines], prepend=0) < 0))
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(lines))))
    rounds = np.zeros(len(rows), dtype=np.int64)
    rounds[lines] = begun - begun[first] if len(lines) else 0
    found, back = np.unique(rounds * len(keys) + rows, return_inverse=True)
    number, key = np.divmod(found, max(1, len(keys)))
    order = np.lexsort((key, place[key, 1], place[key, 0], number))
    where = np.empty(len(order), dtype=np.int32)
    where[order] = np.arange(len(order))
    return where[back], [keys[i] for i in key[order].tolist()]


def _columns(rows: npt.NDArray[np.int32], sizes: npt.NDArray[np.intp], height: int) -> Words:
    """Return packed rows, from the rows of which each lane has a bit."""
    bits = np.zeros((height, words_for(len(sizes))), dtype=np.uint64)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    step = max(1, _BLOCK // max(1, height) // 64) * 64
    for start in range(0, len(sizes), step):
        stop = min(len(sizes), start + step)
        lanes = np.zeros((height, stop - start), dtype=np.bool_)
        lane = np.repeat(np.arange(stop - start), sizes[start:stop])
        lanes[rows[ends[start] : ends[stop]], lane] = True
        bits[:, start // 64 : words_for(stop)] = packed(lanes)
    return bits


_FEW = 32
"""Values of a lane that are read one by one; who reads more reads all."""


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
        values = np.full(len(self), "", dtype=object)
        for text, row in self.rows[symbol].items():
            values[unpacked(self.bits[row], len(self))] = text
        found: list[str] = values.tolist()
        return found

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

    def _signals(self, lane: int) -> bytes:
        """Return a lane's bit of each row, the lowest of a byte.

        All at once: one by one they take ten times as long.
        """
        return (self.bits[:, lane // 64] >> np.uint64(lane % 64)).astype(np.uint8).tobytes()

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
        own = self._signals(lane)
        dropped = tuple(
            Dropped(
                symbol=name, asked=text, got=values.get(name), location=None, line="", reasons=()
            )
            for name, text in asked.items()
            if (rows := self.rows.get(name)) and not (text in rows and own[rows[text]] & 1)
        )
        return Configuration(values_=values, types=self._types, assignment=asked, dropped=dropped)


class _Lane(Mapping[str, str]):
    """The values of one lane, read when asked for: of few symbols, or of all."""

    __slots__ = ("_lane", "_left", "_of", "_signals")

    def __init__(self, of: Configurations, lane: int) -> None:
        self._of = of
        self._lane = lane
        self._signals = b""
        self._left = _FEW

    def __getitem__(self, name: str) -> str:
        texts = self._of.rows[name]
        if not self._signals:
            if self._left:
                self._left -= 1
                return self._one(name, texts)
            self._signals = self._of._signals(self._lane)
        for text, row in texts.items():
            if self._signals[row] & 1:
                return text
        raise self._none(name)

    def _one(self, name: str, texts: Mapping[str, int]) -> str:
        word, bit = self._lane // 64, np.uint64(self._lane % 64)
        column = self._of.bits
        for text, row in texts.items():
            if (column[row, word] >> bit) & np.uint64(1):
                return text
        raise self._none(name)

    def _none(self, name: str) -> AssertionError:
        return AssertionError(f"{name} has no value in lane {self._lane}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._of.rows)

    def __len__(self) -> int:
        return len(self._of.rows)


def _checked(lane: int, size: int) -> int:
    if not -size <= lane < size:
        raise IndexError(f"lane {lane} of {size}")
    return lane % size
