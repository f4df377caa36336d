# SPDX-License-Identifier: MIT
"""Edits: the hunks that change rules, each with the tree as it is with that edit alone.

A rule that differs is put down to the hunks that touch its definition, or those of who
selects it; to structural hunks (`if`, `menu`, `choice`, `source`, a macro) where it may be
theirs. Where one hunk is left that touches the definition, the rule is its. Otherwise each is
applied alone to the files before and read, which tells exactly: also which changes no rule.
If one cannot be read alone, or they are more than a few, those that touch the definition, or
else its file, are one edit.
A rule that differs although no line did is told as such: a variable, a command, a tool.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kvariant.kconfig.model import ChoiceRules, Model, ReverseDependency, Rules
from kvariant.review.hunks import Hunk, said, sources
from kvariant.review.tree_changes import RuleChange, TreeChanges, is_same

ALONE = 8
"""At most so many hunks are applied and read one by one."""

Read = Callable[[Sequence[Hunk]], Model | None]
"""Returns the model of the tree before with some hunks applied, None if it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What was edited in one place, or in several that belong together."""

    hunks: tuple[Hunk, ...]
    changes: tuple[RuleChange, ...]
    """The rules that it changes, as far as they are known to be its alone."""
    place: str
    """PATH:LINE of its first hunk; of a rule that no line changed, of the definition."""
    said: str
    """What it is, in a few words."""

    def __str__(self) -> str:
        return f"{self.place} {self.said}"

    def told_for(self, names: Collection[str]) -> str:
        """Return it in words, by the lines of some symbols' own definitions if it has such."""
        for hunk in self.hunks:
            if hunk.symbols & set(names):
                part = hunk.part(names)
                return f"{part.place} {said(part)}"
        return str(self)


class Edits:
    """The edits between two trees, and the trees that some of them make."""

    def __init__(self, changes: TreeChanges, hunks: Sequence[Hunk], read: Read) -> None:
        self._changes = changes
        self._read = read
        self._models: dict[frozenset[int], Model] = {}
        self._textual = False
        self._mixing = Mixing(changes)
        self.of_symbol: dict[str, tuple[int, ...]] = {}
        """The edits that can have changed a symbol's rules, by their numbers."""
        self.all = tuple(self._found(hunks))
        """In the order of their files and lines."""

    def _found(self, hunks: Sequence[Hunk]) -> Iterator[Edit]:
        groups = _joined(hunks)
        rules = self._changes.rules
        index = _Groups(groups)
        touched = [_touched(change, self._changes) for change in rules]
        possible = [index.possible(names) for names in touched]
        unclear = sorted(
            {
                i
                for names, found in zip(touched, possible, strict=True)
                if len(found) > 1 or found != index.touching(names)
                for i in found
            }
        )
        if unclear and len(unclear) <= ALONE:
            alone = {i: self._read(groups[i]) for i in unclear}
            self._textual = all(alone.values())
            idle = self._idle(groups, alone) if self._textual else frozenset()
            possible = [tuple(i for i in found if i not in idle) for found in possible]
        if not self._textual:
            nearest = [
                index.touching(names) or _near(change, self._changes, groups, found)
                for change, names, found in zip(rules, touched, possible, strict=True)
            ]
            joined = {found: None for found in sorted(nearest) if found}
            groups = [tuple(h for i in found for h in groups[i]) for found in joined]
            places = {found: (i,) for i, found in enumerate(joined)}
            possible = [places.get(found, ()) for found in nearest]
        numbers = sorted({i for found in possible for i in found})
        order = {group: number for number, group in enumerate(numbers)}
        own: dict[tuple[int, ...], list[RuleChange]] = {}
        for change, found in zip(rules, possible, strict=True):
            own.setdefault(found, []).append(change)
            self._note(change, tuple(order[i] for i in found) or (len(numbers),))
        for number in numbers:
            yield _edit(groups[number], own.get((number,), ()))
        if lost := own.get(()):
            yield _unlocated(self._changes, lost)
        if self._changes.is_dialect:
            yield _of_rules(self._changes)

    def _idle(
        self, groups: Sequence[tuple[Hunk, ...]], alone: Mapping[int, Model | None]
    ) -> frozenset[int]:
        """Return those of some groups that change no rule: a comment, the title of a menu.

        A macro that others use changes none alone, but the others are not what they were
        without it: then none of the groups is taken to be idle.
        """
        before = self._changes.before.tree.model
        idle = frozenset(i for i, own in alone.items() if own and is_same(before, own))
        if not idle:
            return idle
        others = [hunk for i, group in enumerate(groups) if i not in idle for hunk in group]
        every = self._read([hunk for group in groups for hunk in group])
        rest = self._read(others) if others else before
        return idle if every and rest and is_same(rest, every) else frozenset()

    def _note(self, change: RuleChange, found: tuple[int, ...]) -> None:
        names = [change.symbol]
        if change.choice is not None:
            names = _members(change.choice, self._changes)
        for name in names:
            known = self.of_symbol.get(name, ())
            self.of_symbol[name] = tuple(sorted({*known, *found}))

    def model(self, numbers: Iterable[int]) -> Model:
        """Return the tree before with some edits, by their numbers; all of them: the tree after."""
        wanted = frozenset(numbers)
        if wanted not in self._models:
            self._models[wanted] = self._made(wanted)
        return self._models[wanted]

    def _made(self, wanted: frozenset[int]) -> Model:
        if wanted == frozenset(range(len(self.all))):
            return self._changes.after.model
        edits = [self.all[i] for i in sorted(wanted)]
        if self._textual and any(edit.hunks for edit in edits):
            made = self._read([hunk for edit in edits for hunk in edit.hunks])
            if made is not None:
                return made
        return self._mixing.model(c for edit in edits for c in edit.changes)


def _joined(hunks: Sequence[Hunk]) -> list[tuple[Hunk, ...]]:
    """Return hunks that are nothing without each other in one group.

    `if` and its `endif`: the structural ones of a file. A new file and the lines that source
    one.
    """
    groups: list[list[Hunk]] = []
    structural: dict[str, list[Hunk]] = {}
    files: list[list[Hunk]] = []
    for hunk in hunks:
        if hunk.is_file:
            files.append([hunk])
        elif hunk.is_structural and hunk.path in structural:
            structural[hunk.path].append(hunk)
        else:
            groups.append([hunk])
            if hunk.is_structural:
                structural[hunk.path] = groups[-1]
    for own in files:
        (hunk,) = own
        target = next((g for g in groups if any(sources(h, hunk.path) for h in g)), None)
        if target is None:
            target = next((g for g in files if any(sources(h, hunk.path) for h in g)), None)
        if target is None or target is own:
            groups.append(own)
        else:
            target.append(hunk)
    return [tuple(group) for group in groups]


class _Groups:
    """Groups of hunks, by the symbols that they touch."""

    def __init__(self, groups: Sequence[tuple[Hunk, ...]]) -> None:
        self._of_symbol: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for index, group in enumerate(groups):
            if any(hunk.is_structural or hunk.is_file for hunk in group):
                self._anywhere.append(index)
            for name in {name for hunk in group for name in hunk.symbols}:
                self._of_symbol.setdefault(name, []).append(index)

    def touching(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the groups that touch one of some definitions."""
        return tuple(sorted({i for name in names for i in self._of_symbol.get(name, ())}))

    def possible(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the groups that can have changed a rule that some definitions make."""
        return tuple(sorted({*self.touching(names), *self._anywhere}))


def _near(
    change: RuleChange,
    changes: TreeChanges,
    groups: Sequence[tuple[Hunk, ...]],
    possible: tuple[int, ...],
) -> tuple[int, ...]:
    """Return those of the possible groups that are in a definition's file, or else all."""
    files = set()
    for side in (changes.before, changes.after):
        if symbol := side.tree.symbols.get(change.symbol):
            files.add(side.relative(symbol.location.path))
    near = tuple(i for i in possible if any(hunk.path in files for hunk in groups[i]))
    return near or possible


def _touched(change: RuleChange, changes: TreeChanges) -> set[str]:
    """Return the symbols whose definitions make a rule."""
    if change.choice is not None:
        return set(_members(change.choice, changes))
    return {*change.levers, *([change.symbol] if change.own else ())}


def _members(choice: int, changes: TreeChanges) -> list[str]:
    sides = (changes.before, changes.after)
    return [name for side in sides for name in side.model.choices[choice].members]


def _edit(group: tuple[Hunk, ...], changes: Sequence[RuleChange]) -> Edit:
    first, *others = group
    more = ""
    if others:
        more = f" with {others[0].place}" + (f" and {len(others) - 1} more" if others[1:] else "")
    return Edit(hunks=group, changes=tuple(changes), place=first.place, said=said(first) + more)


def _unlocated(changes: TreeChanges, lost: Sequence[RuleChange]) -> Edit:
    name = lost[0].symbol
    side = changes.after if name in changes.after.tree.symbols else changes.before
    location = side.tree.symbols[name].location if name in side.tree.symbols else None
    place = f"{side.relative(location.path)}:{location.line}" if location else "Kconfig"
    more = f" and {len(lost) - 1} more" if lost[1:] else ""
    return Edit(
        hunks=(),
        changes=tuple(lost),
        place=place,
        said=f"{name}{more}: no line of Kconfig differs, but what a variable, a command or a "
        "file gives there",
    )


def _of_rules(changes: TreeChanges) -> Edit:
    names = [side.tree.dialect.name for side in (changes.before, changes.after)]
    tool = changes.after.tree.tool
    place = changes.after.relative(str(tool.folder)) if tool else "Kconfig"
    return Edit(hunks=(), changes=(), place=place, said=f"rules of {names[1]}, were {names[0]}")


class Mixing:
    """Models between two models: some of the rules of the second in the first."""

    def __init__(self, changes: TreeChanges) -> None:
        before, after = changes.before.model, changes.after.model
        self._before, self._after = before, after
        one_sided = before.symbols.keys() ^ after.symbols.keys()
        self._loose = {
            name
            for model in (before, after)
            for name, rules in model.symbols.items()
            if any(r.source in one_sided for r in (*rules.selected, *rules.implied))
        }
        """Symbols that one selects whom one of the models does not have."""
        self._modules = {before.modules, after.modules}

    def model(self, some: Iterable[RuleChange]) -> Model:
        """Return the model before with some of the rules of the model after."""
        symbols, choices = dict(self._before.symbols), list(self._before.choices)
        touched = set()
        for change in some:
            touched.add(change.symbol)
            if change.choice is not None:
                choices[change.choice] = self._after.choices[change.choice]
                touched.update(self._before.choices[change.choice].members)
                touched.update(choices[change.choice].members)
            elif change.symbol in self._after.symbols:
                symbols[change.symbol] = self._after.symbols[change.symbol]
            else:
                symbols.pop(change.symbol, None)
        for name in self._loose & symbols.keys():
            symbols[name] = _within(symbols[name], symbols)
        self._settle(touched, symbols, choices)
        return replace(
            self._after,
            symbols=symbols,
            choices=tuple(choices),
            modules=(self._after if self._modules & touched else self._before).modules,
        )

    def _settle(
        self, touched: set[str], symbols: dict[str, Rules], choices: list[ChoiceRules]
    ) -> None:
        """Make choices and their members agree: a member is in the choice that says so."""
        models = (self._before, self._after)
        numbers = {
            rules.choice
            for model in models
            for name in touched
            if (rules := model.symbols.get(name)) and rules.choice is not None
        }
        for number in numbers:
            choice = choices[number]
            members = tuple(
                n for n in choice.members if n in symbols and symbols[n].choice == number
            )
            defaults = tuple((n, c) for n, c in choice.defaults if n in symbols)
            choices[number] = replace(choice, members=members, defaults=defaults)
        for name in touched & symbols.keys():
            rules = symbols[name]
            if rules.choice is not None and name not in choices[rules.choice].members:
                symbols[name] = replace(rules, choice=None)


def _within(rules: Rules, known: Iterable[str]) -> Rules:
    """Return rules without the selects of symbols that there are not."""

    def kept(reverses: tuple[ReverseDependency, ...]) -> tuple[ReverseDependency, ...]:
        return tuple(reverse for reverse in reverses if reverse.source in known)

    selected, implied = kept(rules.selected), kept(rules.implied)
    if len(selected) == len(rules.selected) and len(implied) == len(rules.implied):
        return rules
    return replace(rules, selected=selected, implied=implied)
