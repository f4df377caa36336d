# SPDX-License-Identifier: MIT
"""What given configurations exercise: values and combinations of values, as columns of bits.

    ExercisedValues                         SharedTuples
    key            lanes 0 1 2 ...          tuples    lanes 0 1 2 ...
    (SWAP, n)            1 0 1              3         1 0 0
    (SWAP, y)            0 1 0              1         0 1 1
    (SHMEM, n)           1 0 0

A lane is a configuration. Values that the same lanes have are one class, and so are
tuples that the same lanes have; a class is computed with once, whatever its size. On
U-Boot's 1,228 configurations 735,445 pairs of values are 246,435 classes.

What it counts is option combinations: it knows nothing of what a test or a board does
with them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kvariant.errors import Diagnostic, InputError
from kvariant.space.packed import Configurations, NamedValue
from kvariant.space.simulate import Words, packed, unpacked, words_for

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration

Numbers = npt.NDArray[np.int64]

MOST_BYTES = 1 << 28
"""Memory that the classes of a `SharedTuples` may take, were all combinations possible."""

_ORDER = {"n": 0, "m": 1, "y": 2}
_CHUNK = 1 << 22  # words gathered at a time: 32 MB
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # odd, bits evenly spread [Steele et al., SplitMix, 2014]


@dataclass(frozen=True, eq=False)
class ExercisedValues:
    """Which configurations have which value of some symbols; values that none has are absent."""

    keys: tuple[NamedValue, ...]
    """Symbol and value text of each row: symbols in the order given, n before m before y."""
    bits: Words
    """A row of lanes for each key."""
    size: int
    """Number of lanes."""

    @classmethod
    def of(cls, configurations: Sequence[Configuration], symbols: Sequence[str]) -> ExercisedValues:
        """Return the values that some symbols have in configurations.

        Cost: nearly none for `Configurations`, otherwise a microsecond a value.
        """
        keys: list[NamedValue] = []
        rows: list[Words] = []
        for name in symbols:
            columns = _columns(configurations, name)
            for text in sorted(columns, key=lambda t: (_ORDER.get(t, 3), t)):
                if columns[text].any():
                    keys.append((name, text))
                    rows.append(columns[text])
        width = words_for(len(configurations))
        bits = np.array(rows, dtype=np.uint64).reshape(len(rows), width)
        return cls(tuple(keys), bits, len(configurations))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many values each symbol has, in the symbols' order."""
        counts: dict[str, int] = {}
        for name, _ in self.keys:
            counts[name] = counts.get(name, 0) + 1
        return counts

    @cached_property
    def varying(self) -> ExercisedValues:
        """The values of the symbols that have more than one."""
        rows = [row for row, (name, _) in enumerate(self.keys) if self.counts[name] > 1]
        return ExercisedValues(tuple(self.keys[row] for row in rows), self.bits[rows], self.size)

    def of_lanes(self, lanes: Sequence[int]) -> ExercisedValues:
        """Return the values of some lanes, in their order; values that these lack are absent."""
        chosen = unpacked(self.bits, self.size)[:, list(lanes)]
        rows = np.flatnonzero(chosen.any(axis=1))
        return ExercisedValues(
            tuple(self.keys[row] for row in rows), packed(chosen[rows]), len(lanes)
        )

    def never_on(self) -> tuple[str, ...]:
        """Return the symbols that are n in every configuration."""
        return tuple(n for n, text in self.keys if text == "n" and self.counts[n] == 1)

    def alone(self) -> Mapping[int, tuple[NamedValue, ...]]:
        """Return for each lane the values that no other lane has, lanes without any left out."""
        found: dict[int, list[NamedValue]] = {}
        lanes = unpacked(self.bits, self.size)
        for row in np.flatnonzero(lanes.sum(axis=1) == 1):
            found.setdefault(int(np.argmax(lanes[row])), []).append(self.keys[row])
        return {lane: tuple(found[lane]) for lane in sorted(found)}

    def groups(self) -> list[tuple[int, ...]]:
        """Return the lanes grouped by their values: groups, and lanes in them, ascending."""
        columns = np.packbits(unpacked(self.bits, self.size), axis=0).T
        found: dict[bytes, list[int]] = {}
        for lane, column in enumerate(np.ascontiguousarray(columns)):
            found.setdefault(column.tobytes(), []).append(lane)
        return [tuple(lanes) for lanes in found.values()]

    def uncovered(
        self, kept: Sequence[int], strength: int, limit: int
    ) -> Iterator[Mapping[str, str]]:
        """Yield tuples that some lane has and none of the kept ones: at most `limit`."""
        lanes = np.zeros(self.size, dtype=np.bool_)
        lanes[list(kept)] = True
        missing = _Missing(self, packed(lanes), strength)
        for number, rows in enumerate(missing.below((), None)):
            if number == limit:
                return
            yield dict(self.keys[row] for row in rows)


@dataclass(frozen=True, eq=False)
class SharedTuples:
    """Which configurations have which tuples: the universe and the sets of a set cover."""

    size: int
    """Number of lanes."""
    bits: Words
    """A row of lanes for each class of tuples; every class is in some lane."""
    weights: Numbers
    """Tuples in each class."""

    @classmethod
    def of(cls, values: ExercisedValues, strength: int = 2) -> SharedTuples:
        """Return the tuples of values of `strength` symbols that some lane has.

        Raises:
            InputError: their classes do not fit into `MOST_BYTES` [too-many].

        Cost: a nanosecond for each word of each class of tuples; half a second for
        1,138 classes of values in 1,228 lanes, strength 2.
        """
        bits, counts = merged_rows(values.bits, np.ones(len(values.keys), dtype=np.int64))
        needed = math.comb(len(bits) + strength - 1, strength) * 8 * max(1, bits.shape[1])
        if needed > MOST_BYTES:
            symbols = len(values.counts)
            message = f"{symbols:,} symbols have more combinations of {strength} than fit in memory"
            hint = "choose fewer: --symbols 'NET_*' names them, --ignore SPEC leaves some out"
            raise InputError(Diagnostic(message=message, code="too-many", hint=hint))
        found = bits, counts
        # A tuple of classes is an ascending sequence; of a class that is in it r times, any
        # r of its values are taken (they are of different symbols, as every class has a lane).
        last, taken = np.arange(len(bits)), np.ones(len(bits), dtype=np.int64)
        for _ in range(strength - 1):
            found, last, taken = _longer(found, last, taken, bits, counts)
        return cls(values.size, *merged_rows(*found))

    def among(self, lanes: Sequence[int], size: int) -> SharedTuples:
        """Return the same tuples where these lanes are some of `size`, the others without any."""
        bits = np.zeros((len(self.bits), size), dtype=np.bool_)
        bits[:, list(lanes)] = unpacked(self.bits, self.size)
        return SharedTuples(size, packed(bits), self.weights)

    @classmethod
    def joined(cls, parts: Sequence[SharedTuples]) -> SharedTuples:
        """Return the tuples of several spaces, which have none in common, over the same lanes."""
        bits = np.concatenate([part.bits for part in parts])
        return cls(parts[0].size, bits, np.concatenate([part.weights for part in parts]))

    @cached_property
    def total(self) -> int:
        """Number of tuples."""
        return int(self.weights.sum())

    @cached_property
    def gains(self) -> npt.NDArray[np.float64]:
        """Tuples of each lane; floats hold them exactly."""
        return self.weight_in_lanes(np.arange(len(self.bits)))

    @cached_property
    def _columns(self) -> Words:
        return np.ascontiguousarray(self.bits.T)

    def classes(self, lane: int) -> npt.NDArray[np.intp]:
        """Return the classes that a lane has, ascending."""
        bit = np.uint64(1) << np.uint64(lane % 64)
        return np.flatnonzero((self._columns[lane // 64] & bit) != 0)

    def weight_in_lanes(self, classes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return how many tuples of some classes each lane has."""
        # float32 is exact for integers below 2^24, and twice as fast
        kind: type[np.floating[Any]] = np.float32 if self.total < 1 << 24 else np.float64
        found = np.zeros(self.size, dtype=np.float64)
        step = max(1, _CHUNK // max(1, self.size))
        for start in range(0, len(classes), step):
            part = classes[start : start + step]
            lanes = unpacked(self.bits[part], self.size).astype(kind)
            found += self.weights[part].astype(kind) @ lanes
        return found

    def covered(self, lanes: Sequence[int]) -> int:
        """Return how many tuples some lanes have together."""
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[list(lanes)] = True
        return int(self.weights[(self.bits & packed(mask)).any(axis=1)].sum())


def first_word(alone: Iterable[Sequence[NamedValue]]) -> tuple[str, int]:
    """Return the first word that names in most of some lists begin with, and in how many.

    `TARGET_` where boards each have a TARGET_ symbol of their own; "" where no name has
    several words.
    """
    counts = Counter(
        word
        for keys in alone
        for word in sorted({name[: name.index("_") + 1] for name, _ in keys if "_" in name})
    )
    if not counts:
        return "", 0
    word = min(counts, key=lambda w: (-counts[w], w))
    return word, counts[word]


class _Missing:
    """The tuples that some lane has and no lane of a mask."""

    def __init__(self, values: ExercisedValues, kept: Words, strength: int) -> None:
        self._values = values
        self._kept = kept
        self._strength = strength
        numbers = {name: number for number, name in enumerate(values.counts)}
        self._symbols = np.array([numbers[name] for name, _ in values.keys])

    def below(self, rows: tuple[int, ...], lanes: Words | None) -> Iterator[tuple[int, ...]]:
        """Yield the tuples that begin with some rows, whose common lanes are given."""
        first = rows[-1] + 1 if rows else 0
        bits = self._values.bits[first:]
        common = bits if lanes is None else bits & lanes
        wanted = common.any(axis=1)
        if rows:
            wanted &= self._symbols[first:] != self._symbols[rows[-1]]
        if len(rows) + 1 == self._strength:
            wanted &= ~(common & self._kept).any(axis=1)
            yield from ((*rows, first + int(row)) for row in np.flatnonzero(wanted))
            return
        for row in np.flatnonzero(wanted):
            yield from self.below((*rows, first + int(row)), common[row])


def _columns(configurations: Sequence[Configuration], name: str) -> Mapping[str, Words]:
    if isinstance(configurations, Configurations):
        rows = configurations.rows[name]
        return {text: configurations.bits[row] for text, row in rows.items()}
    texts = np.array([configuration[name] for configuration in configurations])
    return {str(text): packed((texts == text)[None])[0] for text in np.unique(texts)}


def _longer(
    found: tuple[Words, Numbers], last: Numbers, taken: Numbers, bits: Words, counts: Numbers
) -> tuple[tuple[Words, Numbers], Numbers, Numbers]:
    """Return tuples of classes extended by one more class, the last one again or a later one.

    Args:
        found: lanes and number of each tuple.
        last: the last class of each.
        taken: how many values of that class are in it.
    """
    rows: list[Words] = []
    numbers, lasts, takens = [], [], []
    step = max(1, _CHUNK // max(1, bits.shape[1] * len(bits)))
    for start in range(0, len(last), step):
        part = slice(start, start + step)
        lanes = found[0][part, None, :] & bits[None, :, :]
        again = last[part, None] == np.arange(len(bits))[None, :]
        times = np.where(again, taken[part, None] + 1, 1)
        # C(c, r) = C(c, r - 1) (c - r + 1) / r
        ways = np.where(again, counts - times + 1, counts)
        number = found[1][part, None] * ways // times
        kept = (np.arange(len(bits)) >= last[part, None]) & (number > 0) & lanes.any(axis=2)
        rows.append(lanes[kept])
        numbers.append(number[kept])
        lasts.append(np.nonzero(kept)[1])
        takens.append(times[kept])
    width = bits.shape[1]
    lanes = np.concatenate(rows) if rows else np.zeros((0, width), dtype=np.uint64)
    joined = [np.concatenate(part) if part else np.zeros(0, np.int64)
              for part in (numbers, lasts, takens)]  # fmt: skip
    return (lanes, joined[0]), joined[1], joined[2]


def merged_rows(bits: Words, weights: Numbers) -> tuple[Words, Numbers]:
    """Return different rows, each with the sum of its weights.

    Rows are sorted by a hash. Where two different ones share it, equal rows may
    stay apart, which costs time and changes nothing.
    """
    if not len(bits):
        return bits, weights
    key = np.zeros(len(bits), dtype=np.uint64)
    for column in bits.T:
        key = (key ^ column) * _MIX
        key ^= key >> np.uint64(29)
    order = np.argsort(key, kind="stable")
    bits = bits[order]
    new = np.ones(len(bits), dtype=np.bool_)
    new[1:] = (bits[1:] != bits[:-1]).any(axis=1)
    return bits[new], np.add.reduceat(weights[order], np.flatnonzero(new))
