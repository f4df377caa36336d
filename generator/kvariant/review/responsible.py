# SPDX-License-Identifier: MIT
"""Which edits are responsible for which changed value.

A value can have changed only by an edit of its symbol's rules, or by an input of these that
changed. Followed from input to input, that leaves the edits that can be responsible. If it is
one, it is. Of several, those are told that alone give the new value when they are applied to
the tree before; where none does, the smallest set that was found by leaving one edit after
another out of all. Both are resolved, not estimated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig.reader import deep
from kvariant.kconfig.semantics.loop import without_loop
from kvariant.kconfig.semantics.resolver import Resolved
from kvariant.review.configurations import ConfigurationChanges, ValueChange, resolved
from kvariant.review.reads import read_by

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model
    from kvariant.review.edits import Edits
    from kvariant.review.tree_changes import TreeChanges

TRIED = 24
"""Up to so many possible edits are tried out; of more, those of the nearest rules are told."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What is responsible for a changed value."""

    edits: tuple[int, ...] = ()
    """Numbers of edits of Kconfig."""
    is_either: bool = False
    """Whether each of them is enough by itself; otherwise it takes all."""
    is_fragment: bool = False
    """Whether the configuration asks for something else now, and that is it."""
    follows: str = ""
    """Of too many edits to try: the symbol whose own change it follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A changed value in those configurations in which one cause is responsible."""

    change: ValueChange
    cause: Cause
    lanes: tuple[int, ...]


def responsible(
    changes: TreeChanges, configurations: ConfigurationChanges, edits: Edits
) -> tuple[Told, ...]:
    """Return each changed value with what is responsible for it.

    Cost: nothing to speak of with one edit; with several a resolution for each value and
    configuration that more than one can be responsible for.
    """
    return tuple(_Search(changes, configurations, edits).told())


class _Search:
    def __init__(
        self, changes: TreeChanges, configurations: ConfigurationChanges, edits: Edits
    ) -> None:
        self._changes, self._configurations, self._edits = changes, configurations, edits
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._resolved: dict[tuple[frozenset[int], int], Resolved] = {}
        self._dialect = len(edits.all) - 1 if changes.is_dialect else -1
        self._other_kinds = {*changes.new, *changes.gone, *(name for name, _, _ in changes.retyped)}
        """Symbols that count otherwise although their value may be the same: a name without a
        definition is a text, a number is compared otherwise than a text, and without the symbol
        of modules m is no value."""
        modules = {changes.before.model.modules, changes.after.model.modules}
        if len(modules) > 1:
            self._other_kinds |= modules

    def told(self) -> Iterator[Told]:
        by_lane: dict[int, set[str]] = defaultdict(set)
        for change in self._configurations.values:
            for lane in change.lanes:
                by_lane[lane] |= {change.symbol, change.old_name}
        classes = {lane: frozenset(names) for lane, names in by_lane.items()}
        own = self._of_fragments()
        possible: dict[tuple[str, frozenset[str]], tuple[int, ...]] = {}
        for change in self._configurations.values:
            found: dict[Cause, list[int]] = {}
            for lane in change.lanes:
                mine = own.get((change.symbol, lane))
                if mine is not None and mine in (change.old, None):
                    found.setdefault(Cause(is_fragment=True), []).append(lane)
                    continue
                key = change.symbol, classes[lane]
                if key not in possible:
                    possible[key] = self._possible(change, classes[lane])
                cause = self._cause(change, lane, possible[key], classes[lane])
                if mine is not None and mine != change.new:
                    cause = Cause(edits=cause.edits, is_fragment=True, follows=cause.follows)
                found.setdefault(cause, []).append(lane)
            for cause, lanes in found.items():
                yield Told(change=change, cause=cause, lanes=tuple(lanes))

    def _of_fragments(self) -> Mapping[tuple[str, int], str | None]:
        """Return what values are in the tree after as configurations were asked for before.

        Of the configurations that ask for something else now.
        """
        pairs = self._configurations.pairs.both
        lanes = [i for i, pair in enumerate(pairs) if pair.is_edited]
        if not lanes:
            return {}
        side = self._changes.after
        asked = [dict(side.tree.user_values(pairs[lane].before)) for lane in lanes]
        found = resolved(side, asked)
        return {
            (change.symbol, lane): found[lanes.index(lane)].get(change.symbol)
            for change in self._configurations.values
            for lane in change.lanes
            if lane in lanes
        }

    def _possible(self, change: ValueChange, changed: frozenset[str]) -> tuple[int, ...]:
        """Return the edits that can be responsible, by the changed inputs of a symbol."""
        found: set[int] = set()
        seen = {change.symbol, change.old_name}
        left = list(seen)
        while left:
            name = left.pop()
            found.update(self._edits.of_symbol.get(name, ()))
            for other in self._inputs_of(name):
                if other not in seen and (other in changed or other in self._other_kinds):
                    seen.add(other)
                    left.append(other)
            for other in self._siblings(name):
                if other not in seen:
                    seen.add(other)
                    left.append(other)
        if self._dialect >= 0:
            found.add(self._dialect)
        return tuple(sorted(found))

    def _inputs_of(self, name: str) -> tuple[str, ...]:
        known = self._inputs.get(name)
        if known is None:
            models = (self._changes.before.model, self._changes.after.model)
            names = (n for m in models if name in m.symbols for n in read_by(m, m.symbols[name]))
            known = self._inputs[name] = tuple(dict.fromkeys(names))
        return known

    def _siblings(self, name: str) -> Iterator[str]:
        for model in (self._changes.before.model, self._changes.after.model):
            rules = model.symbols.get(name)
            if rules is not None and rules.choice is not None:
                yield from model.choices[rules.choice].members

    def _cause(
        self,
        change: ValueChange,
        lane: int,
        possible: tuple[int, ...],
        changed: frozenset[str],
    ) -> Cause:
        if len(possible) <= 1:
            return Cause(edits=possible)
        if len(possible) > TRIED:
            return self._nearest(change, changed)
        enough = tuple(i for i in possible if self._gives([i], change, lane))
        if enough:
            return Cause(edits=enough, is_either=len(enough) > 1)
        left = list(possible)
        for number in possible:
            fewer = [i for i in left if i != number]
            if self._gives(fewer, change, lane):
                left = fewer
        return Cause(edits=tuple(left))

    def _nearest(self, change: ValueChange, changed: frozenset[str]) -> Cause:
        own = {*self._edits.of_symbol.get(change.symbol, ())}
        own |= {*self._edits.of_symbol.get(change.old_name, ())}
        if own:
            return Cause(edits=tuple(sorted(own)))
        names = self._inputs_of(change.symbol)
        return Cause(follows=next((n for n in names if n in changed), ""))

    def _gives(self, numbers: Iterable[int], change: ValueChange, lane: int) -> bool:
        """Return whether the tree before with some edits has the new value."""
        chosen = frozenset(numbers)
        found = self._resolved.get((chosen, lane))
        if found is None:
            found = self._resolved[chosen, lane] = self._values(chosen, lane)
        name = change.symbol
        if name not in found.model.symbols:
            name = change.old_name
        if name not in found.model.symbols:
            return change.new is None
        if change.new is None:
            return False
        try:
            text = deep(
                lambda: without_loop(lambda: found.text(name), lambda: self._values(chosen, lane))
            )
        except InputError:  # a loop: these edits alone make no tree
            return False
        return text == change.new

    def _values(self, chosen: frozenset[int], lane: int) -> Resolved:
        model = self._edits.model(chosen - {self._dialect})
        side = self._changes.after if self._dialect in chosen else self._changes.before
        asked = {
            **self._configurations.after[lane],
            **self._configurations.before[lane],
        }
        pair = self._configurations.pairs.both[lane]
        if not pair.is_edited:
            asked = _in_order(asked, self._configurations.before[lane], model)
        return Resolved(model, side.tree.dialect, asked.items())


def _in_order(asked: Mapping[str, str], first: Mapping[str, str], model: Model) -> dict[str, str]:
    """Return user values in the order of a configuration's lines, of known symbols."""
    names = [*first, *(name for name in asked if name not in first)]
    return {name: asked[name] for name in names if name in model.symbols}


def numbers_of(sets: Sequence[Told]) -> frozenset[int]:
    """Return the numbers of the edits that are responsible for something."""
    return frozenset(number for told in sets for number in told.cause.edits)
