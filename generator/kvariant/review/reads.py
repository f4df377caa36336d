# SPDX-License-Identifier: MIT
"""Which symbols the rules of a symbol read, and whose rules read a symbol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model, Rules


def read_by(model: Model, rules: Rules) -> Iterator[str]:
    """Yield the symbols that one symbol's rules read."""
    for prompt in rules.prompts:
        yield from prompt.condition.symbols
    for default in rules.defaults:
        yield from default.value.symbols
        yield from default.condition.symbols
    for one in rules.ranges:
        yield from (*one.low.symbols, *one.high.symbols, *one.condition.symbols)
    for reverse in (*rules.selected, *rules.implied):
        yield reverse.source
        yield from reverse.condition.symbols
    yield from rules.depends.symbols
    if model.modules and rules.type is SymbolType.TRISTATE:
        yield model.modules
    if rules.choice is not None:
        choice = model.choices[rules.choice]
        for prompt in choice.prompts:
            yield from prompt.condition.symbols
        for name, condition in choice.defaults:
            yield name
            yield from condition.symbols
        yield from choice.depends.symbols


def readers_in(model: Model) -> Mapping[str, Sequence[str]]:
    """Return for each symbol those whose values can depend on its value alone."""
    found: dict[str, list[str]] = {}
    for name, rules in model.symbols.items():
        for other in dict.fromkeys(read_by(model, rules)):
            found.setdefault(other, []).append(name)
        if rules.choice is not None:
            for member in model.choices[rules.choice].members:
                found.setdefault(member, []).append(name)
    return found


def reached_from(changed: Iterable[str], readers: Mapping[str, Sequence[str]]) -> set[str]:
    """Return symbols whose values can depend on those of changed ones, which are among them."""
    found: set[str] = set()
    left: list[str] = list(changed)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += readers.get(name, ())
    return found
