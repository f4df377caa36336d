# SPDX-License-Identifier: MIT
"""The values of ints, hexes and strings at which something may change.

    config PORT                           1      8080   65535     ends of the range, default
        int "Port" if NET                 1023   1024   1025      PORT < 1024 somewhere,
        range 1 65535                                             one either side
        default 8080

    symbol is         its edges
    int or hex        ends of ranges, defaults; what it is compared with, one either side
    string            what defaults, comparisons and configurations name

Symbols of which one's value becomes another's, or that are compared with each other,
share their edges: what follows from edges is an edge. Where these would be all alike
(a number without range, a string that is only compared) there is one value more, so that
a symbol with a prompt has a value that it does not have by itself.

A choice among edges is what boundary value analysis tries (Myers, The Art of Software
Testing, 1979, chapter 4); a space knows other values as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from kvariant.kconfig.value import SymbolType
from kvariant.space.domains import GroupedConstants, parsed

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.model import Model, Rules

OTHER = "other"
"""A string that nothing names, or with underlines behind it."""


def edges_of(
    model: Model,
    dialect: Dialect,
    *,
    conditions: Iterable[Expression] = (),
    compared: Mapping[str, Iterable[str]] | None = None,
    named: Mapping[str, Iterable[str]] | None = None,
) -> Mapping[str, tuple[str, ...]]:
    """Return the edges of each int, hex and string that a user can set, in Kconfig order.

    Args:
        conditions: expressions beside the tree's own, such as `where`.
        compared: texts that symbols are compared with elsewhere, as in templates.
        named: texts of strings that configurations name; of numbers they are left out.
    """
    constants = GroupedConstants(model, dialect, conditions)
    elsewhere = _by_group(constants, compared or {})
    told = _by_group(constants, named or {})
    found = {}
    for name, rules in model.symbols.items():
        if rules.type is None or rules.is_logical or not rules.is_settable:
            continue
        group = constants.group(name)
        written = constants.written(name)
        known = (*constants.compared_with(name), *elsewhere.get(group, ()))
        if rules.type is SymbolType.STRING:
            texts = _strings(written, known, told.get(group, ()))
        else:
            texts = _numbers(rules, dialect, written, known)
        found[name] = tuple(text for text in texts if dialect.is_value(text, rules.type))
    return found


def number_text(rules: Rules, number: int) -> str:
    """Return how a number is written as a value of an int or hex."""
    return str(number) if rules.type is SymbolType.INT else hex(number)


def number_of(rules: Rules, text: str) -> int | None:
    """Return the number that a text is as a value of an int or hex, None if it is none."""
    return parsed(text, 10 if rules.type is SymbolType.INT else 16)


def _by_group(
    constants: GroupedConstants, texts: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, own in texts.items():
        group = constants.group(name)
        found[group] = (*found.get(group, ()), *own)
    return found


def _strings(written: Iterable[str], compared: Iterable[str], told: Iterable[str]) -> Iterator[str]:
    """Yield the texts that something names, and one that equals none that is compared with."""
    texts = dict.fromkeys([*written, *compared, *told])
    yield from texts
    if set(texts) <= set(compared):
        other = OTHER
        while other in texts:
            other += "_"
        yield other


def _numbers(
    rules: Rules, dialect: Dialect, written: Iterable[str], compared: Iterable[str]
) -> Iterator[str]:
    assert rules.type is not None
    spelled: dict[int, str] = {}
    numbers: set[int] = set()
    for text in written:
        number = number_of(rules, text)
        if number is not None and dialect.is_value(text, rules.type):
            spelled.setdefault(number, text)
        numbers.update(n for n in (number, parsed(text, 0)) if n is not None)
    for text in compared:
        known = {number_of(rules, text), parsed(text, 0)} - {None}
        numbers.update(n + step for n in known if n is not None for step in (-1, 0, 1))
    while not rules.ranges and len(numbers) < 2:
        numbers.add(max(numbers, default=-1) + 1)
    for number in sorted(numbers):
        if number >= 0 or rules.type is SymbolType.INT:
            yield spelled.get(number) or number_text(rules, number)
