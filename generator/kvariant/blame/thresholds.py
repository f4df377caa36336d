# SPDX-License-Identifier: MIT
"""From which number on it fails: gaps between tried values, and the value to try next.

Conditions on ints and hexes are among the values that variants have. Where one of
two neighbours fails and the other passes, the limit is somewhere between:

    tried       8 passes   64 fails        the gap is 9 to 63
    next        32                         half of the likely limits are below
    at last     16 passes  17 fails        N >= 17

Most of the likelihood is with powers of two, round numbers and those behind them:
people write such limits, and bisection alone needs ten variants for a thousand numbers.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kvariant.blame.attribution import Conjunction
from kvariant.blame.conditions import Condition
from kvariant.kconfig.expression import Comparison
from kvariant.kconfig.value import SymbolType, ValueTexts

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

    @property
    def probe(self) -> int:
        """The value to try next."""
        # What one value alone does its neighbours do not.
        if self.equated == self.low:
            return self.low + 1
        if self.equated == self.high:
            return self.high - 1
        special = [n for n in _special(self.high, self.is_hex) if self.low < n <= self.high]

        def below(number: int) -> float:
            """How likely the limit, which is in low + 1 ... high, is at most this."""
            even = (number - self.low) / (self.high - self.low)
            if not special:
                return even
            return _EVEN * even + (1 - _EVEN) * bisect.bisect_right(special, number) / len(special)

        first = bisect.bisect_left(range(self.low + 1, self.high), 0.5, key=below) + self.low + 1
        near = [n for n in (first - 1, first) if self.low < n < self.high]
        return min(near, key=lambda n: (abs(below(n) - 0.5), n))

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
) -> Iterator[Gap]:
    """Yield where the limits of a conjunction's numbers are not known exactly.

    Args:
        conjunction: what explains the failing variants.
        failing: values of variants that fail for it.
        passing: those of others.
        types: of the symbols.
    """
    failing, passing = list(failing), list(passing)
    numeric = (SymbolType.INT, SymbolType.HEX)
    symbols = dict.fromkeys(c.symbol for c in conjunction.conditions if types[c.symbol] in numeric)
    for symbol in symbols:
        others = [c for c in conjunction.conditions if c.symbol != symbol]
        mine = [c for c in conjunction.conditions if c.symbol == symbol]
        base = 16 if types[symbol] is SymbolType.HEX else 10
        tried: dict[int, set[bool]] = {}
        for variants, fails in ((failing, True), (passing, False)):
            for values in variants:
                number = _number(values.get(symbol, ""), base)
                if number is not None and all(values.get(c.symbol, "") in c.texts for c in others):
                    tried.setdefault(number, set()).add(fails)
        equated = _equated(mine, base)
        for low, high in itertools.pairwise(sorted(tried)):
            is_limit = {*map(len, (tried[low], tried[high]))} == {1} and tried[low] != tried[high]
            if is_limit and high - low > 1:
                yield Gap(symbol, low, high, equated, base == 16)
        if equated is not None and equated == max(tried):
            yield Gap(symbol, equated, equated + 2, equated, base == 16)
        if equated is not None and equated == min(tried):
            yield Gap(symbol, equated - 2, equated, equated, base == 16)


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
