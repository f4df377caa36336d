# SPDX-License-Identifier: MIT
"""From which number on it fails: gaps between tried values, and the value to try next.

Conditions on ints and hexes are among the values that variants have. Where one of
two neighbours fails and the other passes, the limit is somewhere between:

    tried       8 passes   64 fails        the gap is 9 to 63
    next        32                         half of the likely limits are below
    at last     16 passes  17 fails        N >= 17

Most of the likelihood is with powers of two, round numbers and those behind them:
people write such limits, and bisection alone needs ten variants for a thousand numbers.
Where so many may be tried, what is likely never costs what is sure: a value is tried only
if halves of what it leaves are found with the rest.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import Comparison
from kvariant.kconfig.value import SymbolType, ValueTexts

if TYPE_CHECKING:
    from kvariant.blame.attribution import Conjunction
    from kvariant.blame.conditions import Condition

_EVEN = 0.25
"""How likely a limit is any number."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Two neighbours among the tried values of a number, one of which fails."""

    symbol: str
    low: int
    high: int
    equated: int | None = None
    """The value that alone is said to fail, or to pass."""
    is_hex: bool = False
    edges: tuple[int, ...] = ()
    """Limits that the tree or a template has: of `N > 3` the numbers 3 and 4."""
    end: int | None = None
    """The end of its range, which is tried before any number between: nobody was there yet."""

    @property
    def probe(self) -> int:
        """The value to try next."""
        # What one value alone does its neighbours do not; that it is one alone is likely
        # where nothing else between is compared with.
        named = self._inside(self.edges)
        is_alone = not named or self.equated in self.edges
        if self.equated == self.low and is_alone:
            return self.low + 1
        if self.equated == self.high and is_alone:
            return self.high - 1
        if self.end is not None:
            return self.end
        # What the tree itself compares with comes before what people write elsewhere.
        special = named or self._inside(_special(self.high, self.is_hex))

        def below(number: int) -> float:
            """How likely the limit, which is in low + 1 ... high, is at most this."""
            even = (number - self.low) / (self.high - self.low)
            if not special:
                return even
            return _EVEN * even + (1 - _EVEN) * bisect.bisect_right(special, number) / len(special)

        first = bisect.bisect_left(range(self.low + 1, self.high), 0.5, key=below) + self.low + 1
        near = [n for n in (first - 1, first) if self.low < n < self.high]
        return min(near, key=lambda n: (abs(below(n) - 0.5), n))

    def probe_within(self, most: int) -> int:
        """Return the value to try next where at most so many are tried from now on."""
        number = self.probe
        if self.end is not None or self.equated is not None:
            return number
        half = 1 << max(0, min(most, 64) - 1)
        first, last = max(self.low + 1, self.high - half), min(self.high - 1, self.low + half)
        return max(first, min(number, last)) if first <= last else number

    def _inside(self, numbers: Iterable[int]) -> list[int]:
        return [n for n in numbers if self.low < n <= self.high]

    def text(self, number: int) -> str:
        """Return a number as the symbol's values are spelled."""
        return hex(number) if self.is_hex else str(number)

    def __str__(self) -> str:
        first, last = self.text(self.low + 1), self.text(self.high - 1)
        return (
            f"{self.symbol} from {first} to {last}" if first != last else f"{self.symbol}={first}"
        )


def gaps(
    conjunction: Conjunction,
    failing: Iterable[ValueTexts],
    passing: Iterable[ValueTexts],
    types: Mapping[str, SymbolType],
    edges: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Iterator[Gap]:
    """Yield where the limits of a conjunction's numbers are not known exactly.

    Args:
        conjunction: what explains the failing variants.
        failing: values of variants that fail for it.
        passing: those of others.
        types: of the symbols.
        edges: values of numbers that something names.
    """
    for symbol, base, tried in _tried(conjunction, failing, passing, types):
        mine = [c for c in conjunction.conditions if c.symbol == symbol]
        equated = _equated(mine, base)
        told = sorted(n for t in edges.get(symbol, ()) if (n := _number(t, base)) is not None)
        named = tuple(n for n in told if n - 1 in told)
        for low, high in _borders(tried):
            if high - low > 1:
                yield Gap(symbol, low, high, equated, base == 16, named)
        if told and tried and equated is None:
            first, last, least, most = told[0], told[-1], min(tried), max(tried)
            if first < least and tried[least] == {True}:
                yield Gap(symbol, first - 1, least, None, base == 16, named, first)
            if last > most and tried[most] == {True}:
                yield Gap(symbol, most, last + 1, None, base == 16, named, last)
        if equated is not None and equated == max(tried):
            yield Gap(symbol, equated, equated + 2, equated, base == 16)
        if equated is not None and equated == min(tried):
            yield Gap(symbol, equated - 2, equated, equated, base == 16)


@dataclass(frozen=True, slots=True)
class Tried:
    """The values of a number on both sides of its limits, as they ended."""

    symbol: str
    ended: tuple[tuple[str, bool], ...]
    """Values, ascending, each with whether it fails."""

    def __str__(self) -> str:
        words = [f"{text} {'fails' if fails else 'passes'}" for text, fails in self.ended]
        return f"{self.symbol} = {', '.join(words)}"


def tried_limits(
    conjunction: Conjunction,
    failing: Iterable[ValueTexts],
    passing: Iterable[ValueTexts],
    types: Mapping[str, SymbolType],
) -> Iterator[Tried]:
    """Yield of each number of a conjunction the tried values next to its limits.

    Args:
        conjunction: what explains the failing variants.
        failing: values of variants that fail for it.
        passing: those of others.
        types: of the symbols.
    """
    for symbol, base, tried in _tried(conjunction, failing, passing, types):
        numbers = sorted({number for border in _borders(tried) for number in border})
        if numbers:
            texts = (hex(n) if base == 16 else str(n) for n in numbers)
            ended = (True in tried[n] for n in numbers)
            yield Tried(symbol, tuple(zip(texts, ended, strict=True)))


def _tried(
    conjunction: Conjunction,
    failing: Iterable[ValueTexts],
    passing: Iterable[ValueTexts],
    types: Mapping[str, SymbolType],
) -> Iterator[tuple[str, int, dict[int, set[bool]]]]:
    """Yield each number of a conjunction, its base, and by tried value whether it fails."""
    failing, passing = list(failing), list(passing)
    numeric = (SymbolType.INT, SymbolType.HEX)
    symbols = dict.fromkeys(c.symbol for c in conjunction.conditions if types[c.symbol] in numeric)
    for symbol in symbols:
        others = [c for c in conjunction.conditions if c.symbol != symbol]
        base = 16 if types[symbol] is SymbolType.HEX else 10
        tried: dict[int, set[bool]] = {}
        for variants, fails in ((failing, True), (passing, False)):
            for values in variants:
                number = _number(values.get(symbol, ""), base)
                if number is not None and all(values.get(c.symbol, "") in c.texts for c in others):
                    tried.setdefault(number, set()).add(fails)
        yield symbol, base, tried


def _borders(tried: Mapping[int, set[bool]]) -> Iterator[tuple[int, int]]:
    """Yield neighbours among tried numbers of which always one fails and one passes."""
    for low, high in itertools.pairwise(sorted(tried)):
        if len(tried[low]) == len(tried[high]) == 1 and tried[low] != tried[high]:
            yield low, high


def _equated(conditions: Sequence[Condition], base: int) -> int | None:
    for condition in conditions:
        expression = condition.expression
        if isinstance(expression, Comparison) and expression.operator in ("=", "!="):
            return _number(str(expression.right), base)
    return None


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None


def _special(most: int, is_hex: bool) -> list[int]:
    """Return the numbers up to a limit that people write as limits, and those behind them."""
    found = {*_powers(2, most)}
    found |= set() if is_hex else {d * power for power in _powers(10, most) for d in (1, 2, 5)}
    return sorted({*found, *(number + 1 for number in found)})


def _powers(base: int, most: int) -> Iterator[int]:
    number = 1
    while number <= most:
        yield number
        number *= base
