# SPDX-License-Identifier: MIT
"""Why a symbol is never on where the tree is not to blame: a variable that nobody set."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.errors import Location, source_line

if TYPE_CHECKING:
    from kvariant.kconfig.model import Rules

_AROUND = ("if", "menu", "source", "osource", "rsource", "orsource", "comment", "mainmenu")
"""What a line begins with that is no part of the definition above it."""


def behind_dead(
    dead: Collection[str],
    rules: Mapping[str, Rules],
    definitions: Mapping[str, Sequence[Location]],
    unset: Mapping[str, Sequence[Location]],
) -> Mapping[str, tuple[str, ...]]:
    """Return, for symbols that are never on, the variables that are not set and behind it.

    A variable is behind a symbol if a line of its definition needs it, or if the symbol
    depends on another one that is never on, or only such ones select it, and it is behind
    that one. A number or text has no such state, and may have no value for want of a variable:
    it counts alike. Symbols without any are left out. What an `if` around a definition needs
    is not looked at.
    """
    own = needed(definitions, unset)
    types = {name: rules[name].type for name in own if name in rules}
    wanting = [name for name, kind in types.items() if kind and not kind.is_logical]
    found = {name: set(own.get(name, ())) for name in {*dead, *wanting} if name in rules}
    above = {name: _above(rules[name]) & found.keys() for name in found}
    changed = True
    while changed:  # to a fixed point: a chain of dependencies is as long as it is
        changed = False
        for name, names in found.items():
            more = set().union(*(found[other] for other in above[name])) - names
            if more:
                names |= more
                changed = True
    order = list(unset)
    return {n: tuple(sorted(found[n], key=order.index)) for n in dead if found.get(n)}


def _above(rules: Rules) -> set[str]:
    """Return the symbols that a symbol depends on, and those that select it."""
    prompts = {name for prompt in rules.prompts for name in prompt.condition.symbols}
    return {*rules.depends.symbols, *prompts, *(reverse.source for reverse in rules.selected)}


def needed(
    definitions: Mapping[str, Sequence[Location]], unset: Mapping[str, Sequence[Location]]
) -> Mapping[str, list[str]]:
    """Return the variables that the lines of each symbol's definitions need."""
    starts: dict[str, list[tuple[int, str]]] = {}
    for name, places in definitions.items():
        for place in places:
            starts.setdefault(place.path, []).append((place.line, name))
    for lines in starts.values():
        lines.sort()
    found: dict[str, list[str]] = {}
    for variable, places in unset.items():
        for place in places:
            lines = starts.get(place.path, [])
            at = bisect(lines, (place.line, "\uffff")) - 1
            words = source_line(place.path, place.line).split()
            if at >= 0 and not (words and words[0] in _AROUND):
                found.setdefault(lines[at][1], []).append(variable)
    return found
