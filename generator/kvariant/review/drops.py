# SPDX-License-Identifier: MIT
"""Asked-for values that took in the tree before and do not any more, each with a fix."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.kconfig.semantics.resolver import Resolved
from kvariant.review.configurations import ConfigurationChanges, resolved

if TYPE_CHECKING:
    from kvariant.kconfig import Fragment, Tree
    from kvariant.review.tree_changes import Side, TreeChanges
    from kvariant.space import Configurations, Fix, Space

FIXED = 24
"""For at most so many dropped values a fix is looked for."""
_NOTES = 2
"""Rules that are told where nothing helps."""
_WAYS = 3
"""Fixes of one dropped value that are told where configurations need different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFix:
    """One smallest fix, and where it is one."""

    said: str
    lanes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One value that is newly dropped."""

    symbol: str
    asked: str
    got: str | None
    """None: no symbol has that name any more."""
    lanes: tuple[int, ...]
    """In which configurations, by their numbers."""
    ways: tuple[DropFix, ...]
    """What makes the value take; empty: nothing does, or it was not looked for."""
    is_searched: bool
    hint: str = ""
    """What stands in its place, of a name that is gone; else why nothing makes it take."""


def drops(changes: TreeChanges, configurations: ConfigurationChanges) -> tuple[Drop, ...]:
    """Return asked-for values that are newly dropped.

    Cost: for each a MaxSAT problem: 0.3 s on Linux from a fragment, 2 to 4 s from a whole
    `.config`.
    """
    pairs = configurations.pairs.both
    old, new = configurations.old, configurations.new
    if old is None or new is None:
        return ()
    first = _dropped(changes.before.tree, [pair.before for pair in pairs], old)
    # That a bool is not set was a value of it, and is none of what it is now.
    logical = {name for name, was, _ in changes.retyped if was and was.is_logical}
    second = _dropped(changes.after.tree, [pair.after for pair in pairs], new, logical)
    found: dict[tuple[str, str, str | None], list[int]] = {}
    for lane, (had, has) in enumerate(zip(first, second, strict=True)):
        for key, got in has.items():
            if key not in had:
                found.setdefault((*key, got), []).append(lane)
    fixer = _Fixes(changes, configurations)
    return tuple(
        fixer.drop(number, symbol, text, got, tuple(lanes))
        for number, ((symbol, text, got), lanes) in enumerate(found.items())
    )


def new_drops(side: Side, fragments: Sequence[Fragment]) -> Mapping[str, tuple[str, ...]]:
    """Return what of new configurations does not take, by their names: `NET=y is n`."""
    if not fragments:
        return {}
    values = resolved(side, [dict(side.tree.user_values(f)) for f in fragments])
    dropped = _dropped(side.tree, fragments, values)
    return {
        fragment.name: tuple(
            f"{symbol}={text}, which is {'no symbol' if got is None else got or 'empty'}"
            for (symbol, text), got in found.items()
        )
        for fragment, found in zip(fragments, dropped, strict=True)
    }


def _dropped(
    tree: Tree,
    fragments: Sequence[Fragment],
    values: Configurations,
    logical: Collection[str] = (),
) -> list[dict[tuple[str, str], str | None]]:
    """Return for each configuration what it asks for in vain, and what it gets.

    Args:
        logical: symbols of which "is not set" asks for n, whatever their type is.
    """
    asked = [tree.requests(fragment) for fragment in fragments]
    names = {request.symbol for requests in asked for request in requests}
    texts = {name: values.texts(name) for name in names if name in values.rows}
    found: list[dict[tuple[str, str], str | None]] = []
    for lane, (fragment, requests) in enumerate(zip(fragments, asked, strict=True)):
        permitted = {permission.symbol for permission in fragment.permissions}
        mine: dict[tuple[str, str], str | None] = {}
        for request in requests:
            name, kind = request.symbol, tree.types.get(request.symbol)
            got = texts[name][lane] if name in texts else None
            is_n_asked = name in logical or (kind is not None and kind.is_logical)
            is_silent = request.is_unset and not is_n_asked
            is_n = kind is None and request.value == "n"  # what is not there is n enough
            if got != request.value and not is_silent and not is_n and name not in permitted:
                mine[name, request.value] = got
        found.append(mine)
    return found


class _Fixes:
    def __init__(self, changes: TreeChanges, configurations: ConfigurationChanges) -> None:
        self._changes, self._configurations = changes, configurations
        self._renamed = {one.old: one.new for one in changes.renamed}
        self._space: Space = changes.spaces[1]

    def drop(
        self, number: int, symbol: str, asked: str, got: str | None, lanes: tuple[int, ...]
    ) -> Drop:
        """Return one dropped value with what makes it take."""
        if got is None:
            return Drop(symbol=symbol, asked=asked, got=None, lanes=lanes, ways=(),
                        is_searched=True, hint=self._hint(symbol, asked))  # fmt: skip
        kind = self._changes.after.tree.types[symbol]
        if not self._changes.after.tree.dialect.is_value(asked, kind):  # it was of another type
            return Drop(symbol=symbol, asked=asked, got=got, lanes=lanes, ways=(),
                        is_searched=True, hint=f"{symbol} is {kind.phrase}")  # fmt: skip
        is_searched = number < FIXED
        ways = tuple(self._ways(symbol, asked, lanes)) if is_searched else ()
        return Drop(
            symbol=symbol,
            asked=asked,
            got=got,
            lanes=lanes,
            ways=ways,
            is_searched=is_searched,
            hint=self._why(symbol, asked) if is_searched and not ways else "",
        )

    def _why(self, symbol: str, asked: str) -> str:
        found = self._space.explain(symbol, asked)
        notes = [note.text for note in found.notes]
        return "" if found.is_possible else found.cause or "; ".join(notes[:_NOTES])

    def _hint(self, symbol: str, asked: str) -> str:
        return f"{self._renamed[symbol]}={asked}" if symbol in self._renamed else ""

    def _ways(self, symbol: str, asked: str, lanes: Sequence[int]) -> Iterator[DropFix]:
        left = list(lanes)
        for _ in range(_WAYS):
            if not left:
                return
            assignment = self._configurations.after[left[0]]
            fixes = self._space.fixes(assignment, {symbol: asked})
            if not fixes:
                return
            best = min(fixes, key=self._forced)
            changed = dict(best.changes)
            here = [lane for lane in left if self._takes(symbol, asked, changed, lane)]
            if left[0] not in here:
                return
            yield DropFix(said=str(best), lanes=tuple(here))
            left = [lane for lane in left if lane not in here]

    def _forced(self, fix: Fix) -> int:
        """Return how many symbols a fix forces by a select against their dependencies."""
        tree = self._changes.after.tree
        found = Resolved(tree.model, tree.dialect, fix.assignment.items())
        targets = {target for source in fix.changes for target in self._selected.get(source, ())}
        return deep(
            lambda: sum(
                found.text(name) != "n" and not found.holds(tree.model.symbols[name].depends)
                for name in targets
            )
        )

    @cached_property
    def _selected(self) -> Mapping[str, Sequence[str]]:
        """The symbols that each symbol selects."""
        found: dict[str, list[str]] = {}
        for name, rules in self._changes.after.model.symbols.items():
            for reverse in rules.selected:
                found.setdefault(reverse.source, []).append(name)
        return found

    def _takes(self, symbol: str, asked: str, changed: Mapping[str, str | None], lane: int) -> bool:
        """Return whether a configuration with some changes has a value."""
        lines = {n: t for n, t in self._configurations.after[lane].items() if n not in changed}
        lines |= {name: text for name, text in changed.items() if text is not None}
        side = self._changes.after
        found = Resolved(side.tree.model, side.tree.dialect, lines.items())
        return deep(lambda: found.text(symbol)) == asked
