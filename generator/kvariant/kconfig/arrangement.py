# SPDX-License-Identifier: MIT
"""Where lines stand in a fragment that is edited: as little as possible moves.

A line whose value still is to be asked for stays as it is, one with another value is written
anew in its place, and one that asks for nothing needed goes. A new line stands behind the
line of a member of its choice; else of the nearest symbol before it in its menu, or else after
it; else at the end. Comments, blank lines and `#include` stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model
    from kvariant.kconfig.parsed import Entry, MenuHeading

_INCLUDE = re.compile(r"\s?#include\b")


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line of the file itself that asks for a value."""

    number: int
    """From 1."""
    symbol: str
    value: str | None
    """None: the tree's tool does not take it."""
    is_fixed: bool
    """Whether it stays whatever is needed."""
    is_overridden: bool
    """Whether a file that is included later asks for the symbol, or one of its choice, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What stands beside a symbol in a tree's menus."""

    position: Mapping[str, int]
    menu: Mapping[str, tuple[MenuHeading, ...]]
    """The menus around each symbol."""
    choice: Mapping[str, int | None]

    @classmethod
    def of(cls, model: Model, outline: Iterable[Entry]) -> Neighbours:
        """Return those of a tree."""
        entries = list(outline)
        menus = {entry.closes for entry in entries if entry.closes}
        around: list[MenuHeading] = []
        menu: dict[str, tuple[MenuHeading, ...]] = {}
        for entry in entries:
            if entry.symbol:
                menu[entry.symbol] = tuple(around)
            elif entry.opens in menus and entry.opens:
                around.append(entry.opens)
            elif entry.closes and around:
                around.pop()
        return cls(
            position={name: index for index, name in enumerate(model.symbols)},
            menu=menu,
            choice={name: rules.choice for name, rules in model.symbols.items()},
        )

    def nearest(self, name: str, others: Collection[str]) -> str | None:
        """Return the symbol of some that a line stands best behind, None where none is near."""
        known = [other for other in others if other in self.position]
        if not known:
            return None
        choice, here = self.choice[name], self.position[name]
        if choice is not None and (same := [o for o in known if self.choice[o] == choice]):
            return same[-1]
        near = [o for o in known if self.menu.get(o) == self.menu.get(name)]
        before = [o for o in near if self.position[o] < here]
        if before:
            return max(before, key=self.position.__getitem__)
        return min(near, key=self.position.__getitem__, default=None)


@dataclass
class _Page:
    """The lines of a file while it is edited."""

    lines: list[str]
    behind: dict[int, list[str]] = field(default_factory=dict)
    """New lines by the number of the line that they stand behind."""
    gone: set[int] = field(default_factory=set)


def arranged(
    text: str,
    own: Sequence[OwnLine],
    needed: Mapping[str, str],
    written: Mapping[str, str],
    neighbours: Neighbours,
    shared: Collection[str],
) -> str:
    """Return the text of a fragment with the lines that are needed, in place of its own.

    Args:
        own: the lines that ask for values, in order.
        needed: value text by symbol, in Kconfig order.
        written: the line of each, without its end.
        shared: symbols that included files ask for, too, and those of their choices: a line
            for one stands below the last `#include`.
    """
    page = _Page(text.split("\n"))
    end = "\r" if page.lines[0].endswith("\r") else ""
    last = {line.symbol: line.number for line in own if not line.is_fixed}
    done: set[str] = set()
    places: dict[str, int] = {}
    for line in own:
        places.setdefault(line.symbol, line.number)
        if line.is_fixed:
            continue
        places[line.symbol] = line.number
        is_here = last[line.symbol] == line.number and not line.is_overridden
        if line.symbol not in needed or not is_here:
            page.gone.add(line.number)
            continue
        done.add(line.symbol)
        if line.value != needed[line.symbol]:
            page.lines[line.number - 1] = written[line.symbol] + end
    lowest = max((n for n, t in enumerate(page.lines, 1) if _INCLUDE.match(t)), default=0)
    for name in needed:
        if name in done:
            continue
        near = neighbours.nearest(name, places)
        number = places[near] if near else 0
        if not number or (name in shared and number < lowest):
            number = len(page.lines) + 1
        page.behind.setdefault(number, []).append(written[name] + end)
        places[name] = number
    return _text(page)


def _text(page: _Page) -> str:
    is_open = page.lines[-1] != ""
    if not is_open:
        page.lines.pop()
    found: list[str] = []
    for number, line in enumerate(page.lines, 1):
        if number not in page.gone:
            found.append(line)
        found += page.behind.pop(number, [])
    added = [line for lines in page.behind.values() for line in lines]
    ends = not is_open or added or not found
    return "\n".join([*found, *added]) + ("\n" if ends and (found or added) else "")
