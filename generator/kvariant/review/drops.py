# SPDX-License-Identifier: MIT
"""Asked-for values that took in the tree before and do not in the tree after, with a fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kvariant.errors import did_you_mean
from kvariant.kconfig import Fragment, Tree
from kvariant.kconfig.reader import deep
from kvariant.kconfig.semantics.resolver import Resolved
from kvariant.review.configurations import ConfigurationChanges, Pair, resolved
from kvariant.review.tree_changes import Side, TreeChanges
from kvariant.space import Space

FIXED = 24
"""For at most so many dropped values a fix is looked for."""
_WAYS = 3
"""Fixes of one dropped value that are told where configurations need different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
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
    ways: tuple[Way, ...]
    """What makes the value take; empty: nothing does, or it was not looked for."""
    is_searched: bool
    hint: str = ""
    """What stands in its place, of a name that is gone."""


def drops(changes: TreeChanges, configurations: ConfigurationChanges) -> tuple[Drop, ...]:
    """Return asked-for values that are newly dropped.

    Cost: for each a MaxSAT problem: 0.3 s on Linux from a fragment, 2 to 4 s from a whole
    `.config`.
    """
    pairs = configurations.pairs.both
    if not pairs:
        return ()
    before, after = changes.before, changes.after
    old = resolved(before, configurations.before)
    new = resolved(after, configurations.after)
    found: dict[tuple[str, str, str | None], list[int]] = {}
    for lane, pair in enumerate(pairs):
        had = {(s, text) for s, text, _ in _dropped(before.tree, pair.before, old[lane])}
        asked = _asked(before.tree, pair.before)
        for symbol, text, got in _dropped(after.tree, pair.after, new[lane]):
            if (symbol, text) not in had or (symbol, text) not in asked:
                found.setdefault((symbol, text, got), []).append(lane)
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
    return {
        fragment.name: tuple(
            f"{symbol}={text} is {got or 'no symbol' if got is None else got or 'empty'}"
            for symbol, text, got in _dropped(side.tree, fragment, values[lane])
        )
        for lane, fragment in enumerate(fragments)
    }


def _asked(tree: Tree, fragment: Fragment) -> set[tuple[str, str]]:
    return {(request.symbol, request.value) for request in tree.requests(fragment)}


def _dropped(
    tree: Tree, fragment: Fragment, values: Mapping[str, str]
) -> Iterator[tuple[str, str, str | None]]:
    permitted = {permission.symbol for permission in fragment.permissions}
    for request in tree.requests(fragment):
        name, kind = request.symbol, tree.types.get(request.symbol)
        got = None if kind is None else values[name]
        is_silent = request.is_unset and (kind is None or not kind.is_logical)
        is_n = kind is None and request.value == "n"  # what is not there is as n as it gets
        if got != request.value and not is_silent and not is_n and name not in permitted:
            yield name, request.value, got


class _Fixes:
    def __init__(self, changes: TreeChanges, configurations: ConfigurationChanges) -> None:
        self._changes, self._configurations = changes, configurations
        self._renamed = {one.old: one.new for one in changes.renamed}
        self._space: Space | None = None

    def drop(
        self, number: int, symbol: str, asked: str, got: str | None, lanes: tuple[int, ...]
    ) -> Drop:
        """Return one dropped value with what makes it take."""
        if got is None:
            return Drop(symbol=symbol, asked=asked, got=None, lanes=lanes, ways=(),
                        is_searched=True, hint=self._hint(symbol, asked))  # fmt: skip
        is_searched = number < FIXED
        ways = tuple(self._ways(symbol, asked, lanes)) if is_searched else ()
        return Drop(
            symbol=symbol, asked=asked, got=got, lanes=lanes, ways=ways, is_searched=is_searched
        )

    def _hint(self, symbol: str, asked: str) -> str:
        if symbol in self._renamed:
            return f"{self._renamed[symbol]}={asked}"
        return did_you_mean(symbol, list(self._changes.new))

    def _ways(self, symbol: str, asked: str, lanes: Sequence[int]) -> Iterator[Way]:
        side = self._changes.after
        if self._space is None:
            self._space = Space.of(side.tree)
        left = list(lanes)
        for _ in range(_WAYS):
            if not left:
                return
            assignment = self._configurations.after[left[0]]
            fixes = self._space.fixes(assignment, {symbol: asked})
            if not fixes:
                return
            changed = dict(fixes[0].changes)
            here = [lane for lane in left if self._takes(symbol, asked, changed, lane)]
            if left[0] not in here:
                return
            yield Way(said=str(fixes[0]), lanes=tuple(here))
            left = [lane for lane in left if lane not in here]

    def _takes(self, symbol: str, asked: str, changed: Mapping[str, str | None], lane: int) -> bool:
        """Return whether a configuration with some changes has a value."""
        lines = {n: t for n, t in self._configurations.after[lane].items() if n not in changed}
        lines |= {name: text for name, text in changed.items() if text is not None}
        side = self._changes.after
        found = Resolved(side.tree.model, side.tree.dialect, lines.items())
        return deep(lambda: found.text(symbol)) == asked


def is_of(drop: Drop, pair: Pair) -> bool:
    """Return whether a configuration itself asks for what is dropped."""
    return any(r.symbol == drop.symbol and r.value == drop.asked for r in pair.after.requests)
