# SPDX-License-Identifier: MIT
"""Rules for ints, hexes and strings: defaults, ranges, and which texts count.

A value is a mapping of texts to truths, exactly one of which holds. The text is kept:
0x10 is not 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from kvariant.kconfig.expression import Expression, Reference
from kvariant.kconfig.semantics.algebra import Algebra, Level, Truth
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.model import Range, Rules
    from kvariant.kconfig.semantics.values import Values


@dataclass(frozen=True, slots=True)
class Bounds(Generic[Truth]):
    """One possible active range."""

    active: Truth
    low: int
    high: int
    low_text: str
    """The value of what is below."""
    high_text: str


def of_level(algebra: Algebra[Truth, Level], level: Level) -> Mapping[str, Truth]:
    """Return the texts of a bool or tristate."""
    some, full = algebra.is_some(level), algebra.is_full(level)
    found = {
        "n": algebra.inverse(some),
        "m": algebra.both(some, algebra.inverse(full)),
        "y": full,
    }
    return {text: truth for text, truth in found.items() if truth != algebra.false}


def bounds(v: Values[Truth, Level], rules: Rules) -> Sequence[Bounds[Truth]]:
    """Return the possible active ranges: the first whose condition holds is active."""
    algebra = v.algebra
    found: list[Bounds[Truth]] = []
    none_before = algebra.true
    for item in rules.ranges:
        holds = v.holds(item.condition)
        active = algebra.both(none_before, holds)
        none_before = algebra.both(none_before, algebra.inverse(holds))
        if active == algebra.false:
            continue
        for low, at_low in taken_over(v, item.low).items():
            for high, at_high in taken_over(v, item.high).items():
                truth = algebra.every((active, at_low, at_high))
                if truth != algebra.false:
                    found.append(_bounds(v, rules, item, truth, (low, high)))
    return found


def _bounds(
    v: Values[Truth, Level], rules: Rules, item: Range, active: Truth, ends: tuple[str, str]
) -> Bounds[Truth]:
    """Return one possible active range; C reads a symbol's value by the symbol's own type."""
    low, high = (
        v.number(text, v.type_of(end) if v.dialect.c_numbers else None, rules.type)
        for end, text in zip((item.low, item.high), ends, strict=True)
    )
    texts = (
        ends if v.dialect.kept_range_ends else (_written(v, rules, low), _written(v, rules, high))
    )
    return Bounds(active, low, high, *texts)


def _written(v: Values[Truth, Level], rules: Rules, value: int) -> str:
    """Return how a number is written as a value [C `sprintf`, kconfiglib `hex`]."""
    if rules.type is SymbolType.INT:
        return str(value)
    return hex(value % 2**64 if v.dialect.c_numbers else value)


def outside(v: Values[Truth, Level], rules: Rules, text: str) -> Truth:
    """Return whether a text is outside the active range."""
    if rules.type is SymbolType.STRING or not rules.ranges:
        return v.algebra.false
    value = v.number(text, rules.type)
    return v.algebra.some(
        bounds.active for bounds in v.bounds(rules) if not bounds.low <= value <= bounds.high
    )


def user_texts(
    v: Values[Truth, Level], rules: Rules, asked: Mapping[str, Truth]
) -> Mapping[str, Truth]:
    """Return the texts of a symbol that is asked to have some, and else its fallback.

    A text outside the active range gives the fallback, or with `clamped_numbers` the
    nearest end [C `sym_validate_range`].
    """
    algebra = v.algebra
    visible = algebra.is_some(v.visibility(rules))
    found: dict[str, Truth] = {}
    taken = algebra.false
    for text, wish in asked.items():
        counts = algebra.both(visible, wish)
        if not v.dialect.clamped_numbers:
            counts = algebra.both(counts, algebra.inverse(outside(v, rules, text)))
        taken = algebra.either(taken, counts)
        own = {text: counts}
        if v.dialect.clamped_numbers and rules.ranges:
            own = clamped(v, rules, own)
        for new, truth in own.items():
            add(algebra, found, new, truth)
    if taken != algebra.true:
        free = algebra.inverse(taken)
        for text, truth in v.fallback_texts(rules).items():
            add(algebra, found, text, algebra.both(free, truth))
    return found


@dataclass(frozen=True, slots=True)
class Way(Generic[Truth]):
    """A user value that gives a text."""

    text: str
    user_value: str
    holds: Truth


def ways(v: Values[Truth, Level], rules: Rules, domain: Iterable[str]) -> Sequence[Way[Truth]]:
    """Return which texts user values give, where they count.

    With `clamped_numbers` a value past an end of the active range gives the end.

    Args:
        domain: texts that are asked for.
    """
    algebra = v.algebra
    visible = algebra.is_some(v.visibility(rules))
    found = []
    for text in domain:
        inside = algebra.inverse(outside(v, rules, text))
        found.append(Way(text, text, algebra.both(visible, inside)))
    if v.dialect.clamped_numbers and rules.type is not SymbolType.STRING:
        smallest = 0 if rules.type is SymbolType.HEX else -(2**63)
        for bounds in v.bounds(rules):
            holds = algebra.both(visible, bounds.active)
            below, above = bounds.low - 1, max(bounds.high + 1, bounds.low)
            if below >= smallest:
                found.append(Way(bounds.low_text, _written(v, rules, below), holds))
            if above < 2**63:
                found.append(Way(bounds.high_text, _written(v, rules, above), holds))
    return [way for way in found if way.holds != algebra.false]


def fallback(v: Values[Truth, Level], rules: Rules) -> Mapping[str, Truth]:
    """Return the texts that defaults give, within the active range."""
    found = default(v, rules)
    if rules.ranges and rules.type is not SymbolType.STRING:
        return clamped(v, rules, found)
    return found


def default(v: Values[Truth, Level], rules: Rules) -> dict[str, Truth]:
    """Return the texts of the first default that counts, and of none."""
    algebra = v.algebra
    found: dict[str, Truth] = {}
    none_before = algebra.true
    for item in rules.defaults:
        holds = v.holds(item.condition)
        active = algebra.both(none_before, holds)
        none_before = algebra.both(none_before, algebra.inverse(holds))
        if active != algebra.false:
            for text, truth in taken_over(v, item.value).items():
                add(algebra, found, text, algebra.both(active, truth))
    add(algebra, found, nothing(v, rules), none_before)
    return found


def taken_over(v: Values[Truth, Level], operand: Expression) -> Mapping[str, Truth]:
    """Return the texts of a default or of a range's end [C `ds->curr.val`]."""
    kind = v.type_of(operand)
    is_symbol = isinstance(operand, Reference) and kind is not None
    if v.dialect.opaque_levels and is_symbol and kind is not None and kind.is_logical:
        return {"n": v.algebra.true}
    return v.operand(operand)


def nothing(v: Values[Truth, Level], rules: Rules) -> str:
    """Return the text of a symbol without a value [C `sym_calc_value`]."""
    if not v.dialect.zero_numbers or rules.type is SymbolType.STRING:
        return ""
    return "0" if rules.type is SymbolType.INT else "0x0"


def clamped(v: Values[Truth, Level], rules: Rules, found: Mapping[str, Truth]) -> dict[str, Truth]:
    """Return texts with those outside the active range at its nearest end.

    The lower end is tested first, also where the ends are swapped.
    """
    algebra = v.algebra
    ranges = v.bounds(rules)
    result: dict[str, Truth] = {}
    free = algebra.inverse(algebra.some(bounds.active for bounds in ranges))
    for text, holds in found.items():
        value = v.number(text, rules.type)
        add(algebra, result, text, algebra.both(holds, free))
        for bounds in ranges:
            new = (
                bounds.low_text
                if value < bounds.low
                else bounds.high_text
                if value > bounds.high
                else text
            )
            add(algebra, result, new, algebra.both(holds, bounds.active))
    return result


def add(algebra: Algebra[Truth, Level], found: dict[str, Truth], text: str, truth: Truth) -> None:
    """Add one way to have a text."""
    if truth != algebra.false:
        found[text] = algebra.either(found[text], truth) if text in found else truth
