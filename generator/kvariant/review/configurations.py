# SPDX-License-Identifier: MIT
"""Configurations before and after: which resolved values differ, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import numpy as np

from kvariant.kconfig.value import SymbolType
from kvariant.space import Assignments, Configurations
from kvariant.space.encoding import Encoding
from kvariant.space.evaluate import evaluate
from kvariant.space.simulate import Words, unpacked

if TYPE_CHECKING:
    from kvariant.kconfig import Fragment
    from kvariant.review.tree_changes import Side, TreeChanges

_NOTHING = ("n", "")
"""What a symbol that is not there amounts to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One configuration as it is asked for in both trees."""

    name: str
    before: Fragment
    after: Fragment

    @property
    def is_edited(self) -> bool:
        """Whether it asks for something else now."""
        return _asked(self.before) != _asked(self.after)


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The configurations of two trees, by name."""

    both: tuple[Pair, ...]
    new: tuple[Fragment, ...]
    """Those that the tree after alone has."""
    gone: tuple[Fragment, ...]
    renamed: tuple[tuple[str, str], ...]
    """Old and new names of those that ask for the same under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A symbol whose value differs."""

    symbol: str
    """As the tree after calls it; of one that is gone, as the tree before did."""
    old_name: str
    """As the tree before called it; of a new one the same as now."""
    old: str | None
    """None: there was no such symbol."""
    new: str | None
    """None: there is none now."""
    lanes: tuple[int, ...]
    """In which configurations, by their numbers in `Pairs.both`."""


@dataclass(frozen=True, kw_only=True)
class ConfigurationChanges:
    """What differs in given configurations."""

    pairs: Pairs
    values: tuple[ValueChange, ...]
    """In Kconfig order of the tree after, those that are gone last."""
    before: tuple[Mapping[str, str], ...]
    """User values of each configuration in the tree before."""
    after: tuple[Mapping[str, str], ...]
    old: Configurations | None
    """The configurations in the tree before, None where there is none."""
    new: Configurations | None

    @property
    def changed(self) -> tuple[int, ...]:
        """The configurations of which a value differs."""
        return tuple(sorted({lane for change in self.values for lane in change.lanes}))


def paired(before: Sequence[Fragment], after: Sequence[Fragment]) -> Pairs:
    """Return configurations by name; one that was only renamed is the same one."""
    old, new = {f.name: f for f in before}, {f.name: f for f in after}
    gone = [fragment for name, fragment in old.items() if name not in new]
    come = [fragment for name, fragment in new.items() if name not in old]
    renamed: list[tuple[Fragment, Fragment]] = []
    for fragment in gone:
        same = next((f for f in come if _asked(f) == _asked(fragment) and _asked(f)), None)
        if same is not None:
            renamed.append((fragment, same))
            come.remove(same)
    was = {other.name: fragment for fragment, other in renamed}
    return Pairs(
        both=tuple(
            Pair(name=name, before=old.get(name) or was[name], after=fragment)
            for name, fragment in new.items()
            if name in old or name in was
        ),
        new=tuple(come),
        gone=tuple(f for f in gone if f not in [one for one, _ in renamed]),
        renamed=tuple((one.name, other.name) for one, other in renamed),
    )


def _asked(fragment: Fragment) -> list[tuple[str, str, bool]]:
    return [(r.symbol, r.value, r.is_unset) for r in fragment.requests]


def configuration_changes(changes: TreeChanges, pairs: Pairs) -> ConfigurationChanges:
    """Resolve configurations in both trees and compare them.

    Cost: a second or two for each large tree, then 0.2 ms a configuration.
    """
    first = [dict(changes.before.tree.user_values(pair.before)) for pair in pairs.both]
    second = [dict(changes.after.tree.user_values(pair.after)) for pair in pairs.both]
    values: list[ValueChange] = []
    old = new = None
    if pairs.both:
        old = resolved(changes.before, first)
        new = resolved(changes.after, second)
        values = list(_differing(changes, old, new))
    return ConfigurationChanges(
        pairs=pairs,
        values=tuple(values),
        before=tuple(first),
        after=tuple(second),
        old=old,
        new=new,
    )


def resolved(side: Side, assignments: Sequence[Mapping[str, str]]) -> Configurations:
    """Return the configurations that user values give in one of the trees."""
    model, types = side.model, side.tree.types
    texts: dict[str, dict[str, None]] = {}
    for assignment in assignments:
        for name, text in assignment.items():
            if not types[name].is_logical:
                texts.setdefault(name, {})[text] = None
    encoding = Encoding(model, side.tree.dialect, model.symbols, texts=texts)
    return evaluate(encoding, Assignments.of(assignments))


def _differing(
    changes: TreeChanges, old: Configurations, new: Configurations
) -> Iterator[ValueChange]:
    was = {one.new: one.old for one in changes.renamed}
    size = len(new)
    for name in new.rows:
        if _is_left_out(changes.after, name):
            continue
        before = was.get(name, name)
        if before in old.rows and not _is_left_out(changes.before, before):
            yield from _of_both(changes, before, name, old, new, size)
        else:
            for text, lanes in _by_text(new, name, size):
                if not _is_nothing(changes, changes.after, name, text):
                    yield ValueChange(symbol=name, old_name=name, old=None, new=text, lanes=lanes)
    olds = {*was.values()}
    for name in old.rows:
        is_there = name in new.rows and not _is_left_out(changes.after, name)
        if is_there or name in olds or _is_left_out(changes.before, name):
            continue
        for text, lanes in _by_text(old, name, size):
            if not _is_nothing(changes, changes.before, name, text):
                yield ValueChange(symbol=name, old_name=name, old=text, new=None, lanes=lanes)


def _is_left_out(side: Side, name: str) -> bool:
    """Return whether a symbol is an old name only, which no `.config` has."""
    return side.model.symbols[name].is_transitional and bool(side.tree.dialect.transitional)


_NO_NUMBER = {SymbolType.INT: ("", "0"), SymbolType.HEX: ("", "0x0")}
"""What tools of different rules have for a number without a value."""


def _blank(changes: TreeChanges, side: Side, name: str) -> tuple[str, ...]:
    kind = side.model.symbols[name].type
    return _NO_NUMBER.get(kind, ()) if kind and changes.is_dialect else ()


def _is_nothing(changes: TreeChanges, side: Side, name: str, text: str) -> bool:
    """Return whether a value is as good as that there is no such symbol."""
    return text in _NOTHING or text in _blank(changes, side, name)


def _of_both(
    changes: TreeChanges,
    before: str,
    name: str,
    old: Configurations,
    new: Configurations,
    size: int,
) -> Iterator[ValueChange]:
    first, second = old.rows[before], new.rows[name]
    if not first:
        return
    differ = ~reduce(or_, (old.lanes(before, text) & new.lanes(name, text) for text in first))
    if not _numbers(differ, size):
        return
    blank = _blank(changes, changes.after, name)
    for one in first:
        left = old.lanes(before, one) & differ
        for other in second:
            if not left.any():  # most of a string's texts are no value of a given configuration
                break
            both = left & new.lanes(name, other)
            left = left & ~both
            is_nothing = {one, other} <= {*blank} or {one, other} <= {*_NOTHING}
            if one != other and not is_nothing:
                lanes = _numbers(both, size)
                if lanes:
                    yield ValueChange(symbol=name, old_name=before, old=one, new=other, lanes=lanes)


def _by_text(found: Configurations, name: str, size: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for text in found.rows[name]:
        if lanes := _numbers(found.lanes(name, text), size):
            yield text, lanes


def _numbers(bits: Words, size: int) -> tuple[int, ...]:
    return tuple(int(lane) for lane in np.flatnonzero(unpacked(bits, size)))
