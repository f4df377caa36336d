# SPDX-License-Identifier: MIT
"""Which rules differ between two trees: symbols new, gone, renamed, of another type or rule.

Where a definition stands, its help text and the order of definitions are no rules. A rename
is certain where the old name is `transitional`; otherwise it is a symbol that is gone and a
new one, of the same prompt and type, each the only one such in the same file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.kconfig.reader import deep
from kvariant.review.alignment import aligned
from kvariant.review.reads import reached_from, readers_in
from kvariant.space import Space

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.kconfig.model import ChoiceRules, Model, Rules
    from kvariant.kconfig.value import SymbolType


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two trees."""

    tree: Tree
    model: Model
    """Its rules, choices numbered as in the other one."""
    said: str
    """What it is, for people."""
    top: Path
    """The folder that has its files, also those beside its root: the checkout's top."""

    def relative(self, path: str) -> str:
        """Return a path from the tree's root on; one outside the top folder stays absolute."""
        real, root = Path(path).resolve(), self.tree.root.resolve()
        if real.is_relative_to(root) or real.is_relative_to(self.top.resolve()):
            return os.path.relpath(real, root)
        return str(real)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A symbol whose rules differ, or that only one tree has."""

    symbol: str
    own: bool
    """Whether anything differs but who selects or implies it."""
    levers: frozenset[str]
    """Symbols whose select or imply of it differs."""
    choice: int | None = None
    """The choice of which a rule differs, `symbol` being its first member; None: it is a
    symbol's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A symbol that has another name now."""

    old: str
    new: str
    why: str
    """By what it is known."""


@dataclass(frozen=True, kw_only=True)
class TreeChanges:
    """How the rules of two trees differ."""

    before: Side
    after: Side
    rules: tuple[RuleChange, ...]
    new: tuple[str, ...]
    """Symbols that only the tree after has, renamed ones left out; in Kconfig order."""
    gone: tuple[str, ...]
    renamed: tuple[Renamed, ...]
    retyped: tuple[tuple[str, SymbolType | None, SymbolType | None], ...]

    @property
    def is_dialect(self) -> bool:
        """Whether the rules by which values are found differ: those of the trees' own tools."""
        return self.before.tree.dialect.rules != self.after.tree.dialect.rules

    @cached_property
    def spaces(self) -> tuple[Space, Space]:
        """The spaces of the trees before and after."""
        return Space.of(self.before.tree), Space.of(self.after.tree)

    @cached_property
    def affected(self) -> frozenset[str]:
        """The symbols whose values an edit can reach, in either tree."""
        if self.is_dialect:
            return frozenset((*self.before.model.symbols, *self.after.model.symbols))
        found = {change.symbol for change in self.rules}
        for change in self.rules:
            if change.choice is not None:
                for side in (self.before, self.after):
                    found.update(side.model.choices[change.choice].members)
        readers = readers_in(self.before.model), readers_in(self.after.model)
        for own in (*readers, readers[0]):
            found = reached_from(found, own)
        return frozenset(found)


def tree_changes(
    before: Tree, after: Tree, *, said: str, folder: str = "", place: str = ""
) -> TreeChanges:
    """Compare two trees.

    Args:
        said: what the tree before is, for people.
        folder: where the tree before is laid out, if not in its own place.
        place: what that place is.
    """
    first, second = aligned(before.model, after.model, folder, place)
    rules = tuple(deep(lambda: list(_rule_changes(first, second))))
    old = {n for n, r in first.symbols.items() if not _is_old_name(before, r)}
    new = {n for n, r in second.symbols.items() if not _is_old_name(after, r)}
    gone = [name for name in first.symbols if name in old and name not in new]
    come = [name for name in second.symbols if name in new and name not in old]
    sides = (
        Side(tree=before, model=first, said=said, top=Path(folder or before.root)),
        Side(tree=after, model=second, said="now", top=Path(place or after.root)),
    )
    renamed = tuple(_renamed(*sides, gone, come))
    olds, news = {one.old for one in renamed}, {one.new for one in renamed}
    return TreeChanges(
        before=sides[0],
        after=sides[1],
        rules=rules,
        new=tuple(name for name in come if name not in news),
        gone=tuple(name for name in gone if name not in olds),
        renamed=renamed,
        retyped=tuple(
            (name, own.type, second.symbols[name].type)
            for name, own in first.symbols.items()
            if name in second.symbols and own.type is not second.symbols[name].type
        ),
    )


def is_same(before: Model, after: Model) -> bool:
    """Return whether two models of trees in one folder have the same rules."""
    first, second = aligned(before, after, "", "")
    return deep(lambda: next(_rule_changes(first, second), None)) is None


def _is_old_name(tree: Tree, rules: Rules) -> bool:
    return rules.is_transitional and bool(tree.dialect.transitional)


def _rule_changes(before: Model, after: Model) -> Iterator[RuleChange]:
    # Which symbol makes m a value is a rule of that symbol.
    modules = {before.modules, after.modules} if before.modules != after.modules else ()
    for name in dict.fromkeys((*after.symbols, *before.symbols)):
        one, other = before.symbols.get(name), after.symbols.get(name)
        levers = _levers(one) - _levers(other) | _levers(other) - _levers(one)
        own = one is None or other is None or _own(one) != _own(other) or name in modules
        if own or levers:
            sources = frozenset(source for _, source, _ in levers)
            yield RuleChange(symbol=name, own=own, levers=sources)
    for index, (choice, changed) in enumerate(zip(before.choices, after.choices, strict=True)):
        if _of_choice(choice) != _of_choice(changed):
            members = changed.members or choice.members or ("",)
            yield RuleChange(symbol=members[0], own=True, levers=frozenset(), choice=index)


def _levers(rules: Rules | None) -> Counter[tuple[str, str, Any]]:
    """Return who selects and implies a symbol, in no order."""
    if rules is None:
        return Counter()
    both = (("select", rules.selected), ("imply", rules.implied))
    return Counter((verb, r.source, r.condition) for verb, several in both for r in several)


def _own(rules: Rules) -> tuple[Any, ...]:
    return (
        rules.type,
        tuple(prompt.condition for prompt in rules.prompts),
        tuple((default.value, default.condition) for default in rules.defaults),
        tuple((one.low, one.high, one.condition) for one in rules.ranges),
        rules.depends,
        rules.choice,
        rules.is_transitional,
    )


def _of_choice(choice: ChoiceRules) -> tuple[Any, ...]:
    return (
        choice.type,
        choice.is_optional,
        tuple(prompt.condition for prompt in choice.prompts),
        choice.defaults,
        choice.members,
        choice.depends,
    )


def _renamed(before: Side, after: Side, gone: list[str], come: list[str]) -> Iterator[Renamed]:
    taken: set[str] = set()
    come_ = set(come)
    old = set(gone)
    for name in come:
        rules = after.tree.model.symbols[name]
        for default in rules.defaults:
            read = str(default.value)
            if read in old and read in after.tree.symbols and read not in taken:
                yield Renamed(old=read, new=name, why="transitional")
                taken |= {read, name}
                break
    left = [name for name in gone if name not in taken]
    ways = {_looks(after, name): name for name in come if name not in taken}
    news = Counter(_looks(after, name) for name in come_ - taken)
    olds = Counter(_looks(before, name) for name in left)
    for name in left:
        looks = _looks(before, name)
        if looks[1] and olds[looks] == 1 and news[looks] == 1:
            yield Renamed(old=name, new=ways[looks], why="same prompt")


def _looks(side: Side, name: str) -> tuple[str, str, str]:
    symbol = side.tree.symbols[name]
    return side.relative(symbol.location.path), symbol.prompt, symbol.type.value
