# SPDX-License-Identifier: MIT
"""Option values as conditions, and in which variants each holds.

    symbol with the values     its conditions
    n y                        S   !S
    n m y                      S (m or y)   S = n   S = m   S = y   S != m   S != y
    32 64                      S = 32   S = 64
    1 2 8 (int, hex)           S = 1 ...   S != 1 ...   S >= 2 ...   S < 2 ...
    other texts                S = "a" ...   S != "a" ...

Each is an expression of the one language, so what is printed can be given to
`--where` as it stands. A set of variants is an int: bit v is variant v.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    Comparison,
    Constant,
    Expression,
    Not,
    Reference,
)
from kvariant.kconfig.value import SymbolType, ValueTexts

EQUATED = 16
"""Ints, hexes and strings with more values than this are not compared with each."""

Variants = int
"""A set of variants, one bit each."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about one symbol."""

    symbol: str
    texts: frozenset[str]
    """The known values for which it holds."""
    expression: Expression

    @property
    def lacking(self) -> Expression:
        """What holds exactly where it does not: of m, both `S` and `!S` would hold."""
        match self.expression:
            case Reference():
                return Comparison("=", self.expression, NEVER)
            case Not(Reference() as name) | Comparison("!=", Reference() as name, Constant("y")):
                return Comparison("=", name, ALWAYS)
            case expression:
                return Not(expression)

    def __str__(self) -> str:
        return str(self.expression)


def conditions(symbol: str, kind: SymbolType, texts: Collection[str]) -> Iterator[Condition]:
    """Yield the conditions that tell a symbol's values apart, each set of values once."""
    said: set[frozenset[str]] = {frozenset(), frozenset(texts)}
    for expression in _statements(symbol, kind, sorted(texts, key=lambda t: _rank(t, kind))):
        types = {symbol: kind}
        holding = frozenset(t for t in texts if expression.holds({symbol: t}, types))
        if holding not in said:
            said.add(holding)
            yield Condition(symbol, holding, expression)


def _statements(symbol: str, kind: SymbolType, texts: Sequence[str]) -> Iterator[Expression]:
    name = Reference(symbol)
    if kind.is_logical:
        if kind is SymbolType.BOOL or set(texts) != {"m", "y"}:
            yield name
        if kind is SymbolType.BOOL or "m" not in texts:
            yield Not(name)
        yield from (Comparison("=", name, Constant(text)) for text in texts)
        yield Comparison("!=", name, Constant("m"))
        yield Comparison("!=", name, Constant("y"))  # `!S` holds there too, and reads as n
        return
    if len(texts) <= EQUATED:
        yield from (Comparison("=", name, _operand(text, kind)) for text in texts)
    if kind is not SymbolType.STRING:
        for text in texts[1:]:
            yield Comparison(">=", name, _operand(text, kind))
            yield Comparison("<", name, _operand(text, kind))
    if len(texts) <= EQUATED:
        yield from (Comparison("!=", name, _operand(text, kind)) for text in texts)


def _operand(text: str, kind: SymbolType) -> Reference | Constant:
    """Return a value as Kconfig files spell it: numbers bare, other text quoted."""
    return Constant(text) if kind is SymbolType.STRING or not text else Reference(text)


def _rank(text: str, kind: SymbolType) -> tuple[int, str]:
    if kind.is_logical:
        return "nmy".find(text), text
    try:
        return int(text, 16 if kind is SymbolType.HEX else 10), text
    except ValueError:  # no value at all, or a text
        return 0, text


class ConditionTable:
    """The conditions of some symbols, and the variants in which each holds.

    Symbols that have one value only have no condition: they tell none apart.
    """

    def __init__(
        self,
        configurations: Sequence[ValueTexts],
        types: Mapping[str, SymbolType],
        symbols: Iterable[str] | None = None,
        texts: Callable[[str], Iterable[str]] = lambda _: (),
    ) -> None:
        """Read the values of some symbols (all that have a type) in Kconfig order.

        Args:
            texts: values that a symbol can have as well; conditions tell them apart too.

        Cost: half a microsecond for each value.
        """
        self.count = len(configurations)
        self.conditions: list[Condition] = []
        self.holds: list[Variants] = []
        """The variants in which each condition holds."""
        wanted = None if symbols is None else frozenset(symbols)
        for name, kind in types.items():
            if wanted is None or name in wanted:
                self._add(name, kind, [c.get(name, "") for c in configurations], texts(name))

    def _add(
        self, name: str, kind: SymbolType, column: Sequence[str], texts: Iterable[str]
    ) -> None:
        having: dict[str, Variants] = dict.fromkeys(texts, 0)
        for variant, text in enumerate(column):
            having[text] = having.get(text, 0) | 1 << variant
        for condition in conditions(name, kind, having) if len(having) > 1 else ():
            self.conditions.append(condition)
            self.holds.append(sum(having[text] for text in condition.texts))

    def states(self, variants: Iterable[int]) -> list[int]:
        """Return for each variant its conditions that hold, as bits."""
        wanted = list(variants)
        found = dict.fromkeys(wanted, 0)
        for index, holds in enumerate(self.holds):
            for variant in wanted:
                found[variant] |= (holds >> variant & 1) << index
        return [found[variant] for variant in wanted]


def members(bits: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
