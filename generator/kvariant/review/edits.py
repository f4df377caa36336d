# SPDX-License-Identifier: MIT
"""Edits: the hunks that change rules, each with the tree as it is with that edit alone.

A rule that differs is put down to the hunks that touch its definition, or those of who
selects it; to structural hunks (`if`, `menu`, `choice`, `source`, a macro) where it may be
theirs. Where one hunk is left, the rule is its. Where several are, each is applied alone to
the files before and read, which tells exactly. If one cannot be read alone, or they are more
than a few, those that touch the definition, or else its file, are one edit.
A rule that differs although no line did is told as such: a variable, a command, a tool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kvariant.kconfig.model import Model, ReverseDependency, Rules
from kvariant.review.hunks import Hunk, said
from kvariant.review.tree_changes import RuleChange, TreeChanges, relative

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


class Edits:
    """The edits between two trees, and the trees that some of them make."""

    def __init__(self, changes: TreeChanges, hunks: Sequence[Hunk], read: Read) -> None:
        self._changes = changes
        self._read = read
        self._models: dict[frozenset[int], Model] = {}
        self._textual = False
        self.of_symbol: dict[str, tuple[int, ...]] = {}
        """The edits that can have changed a symbol's rules, by their numbers."""
        self.all = tuple(self._found(hunks))
        """In the order of their files and lines."""

    def _found(self, hunks: Sequence[Hunk]) -> Iterator[Edit]:
        groups = _joined(hunks)
        rules = self._changes.rules
        possible = [_candidates(change, self._changes, groups) for change in rules]
        unclear = sorted({i for found in possible if len(found) > 1 for i in found})
        if unclear and len(unclear) <= ALONE:
            self._textual = all(self._read(groups[i]) for i in unclear)
        if not self._textual:
            nearest = [
                _nearest(c, self._changes, groups, p) for c, p in zip(rules, possible, strict=True)
            ]
            joined = {found: None for found in sorted(nearest) if found}
            groups = [tuple(h for i in found for h in groups[i]) for found in joined]
            number = {found: (i,) for i, found in enumerate(joined)}
            possible = [number[found] if found else () for found in nearest]
        numbers = sorted({i for found in possible for i in found})
        order = {group: number for number, group in enumerate(numbers)}
        for index in numbers:
            own = [c for c, found in zip(rules, possible, strict=True) if found == (index,)]
            yield _edit(groups[index], own)
        lost = [c for c, found in zip(rules, possible, strict=True) if not found]
        if lost:
            yield _unlocated(self._changes, lost)
        if self._changes.is_dialect:
            yield _of_rules(self._changes)
        for change, found in zip(rules, possible, strict=True):
            self._note(change, tuple(order[i] for i in found) or (len(numbers),))

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
        return mixed(self._changes, [c for edit in edits for c in edit.changes])


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
        name = hunk.path.rpartition("/")[2]
        target = next((g for g in groups if any(_sources(h, hunk.path, name) for h in g)), None)
        if target is None:
            target = next((g for g in files if any(_sources(h, hunk.path, name) for h in g)), None)
        if target is None or target is own:
            groups.append(own)
        else:
            target.append(hunk)
    return [tuple(group) for group in groups]


def _sources(hunk: Hunk, path: str, name: str) -> bool:
    lines = (line for line in (*hunk.added, *hunk.removed) if "source" in line)
    return any(path in line or name in line for line in lines)


def _candidates(
    change: RuleChange, changes: TreeChanges, groups: Sequence[tuple[Hunk, ...]]
) -> tuple[int, ...]:
    """Return the groups that can have changed a rule; none: no line did."""
    touched = _touched(change, changes)
    return tuple(
        index
        for index, group in enumerate(groups)
        if any(hunk.symbols & touched or hunk.is_structural or hunk.is_file for hunk in group)
    )


def _nearest(
    change: RuleChange,
    changes: TreeChanges,
    groups: Sequence[tuple[Hunk, ...]],
    possible: tuple[int, ...],
) -> tuple[int, ...]:
    """Return those of the possible groups that touch the definition, or else its file."""
    touched = _touched(change, changes)
    own = tuple(i for i in possible if any(hunk.symbols & touched for hunk in groups[i]))
    if own:
        return own
    files = set()
    for side in (changes.before, changes.after):
        if symbol := side.tree.symbols.get(change.symbol):
            files.add(relative(side.tree, symbol.location.path))
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
    place = f"{relative(side.tree, location.path)}:{location.line}" if location else "Kconfig"
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
    place = relative(changes.after.tree, str(tool.folder)) if tool else "Kconfig"
    return Edit(hunks=(), changes=(), place=place, said=f"rules of {names[1]}, were {names[0]}")


def mixed(changes: TreeChanges, some: Iterable[RuleChange]) -> Model:
    """Return the model before with some of the rules of the model after."""
    before, after = changes.before.model, changes.after.model
    symbols, choices = dict(before.symbols), list(before.choices)
    for change in some:
        if change.choice is not None:
            choices[change.choice] = after.choices[change.choice]
        elif change.symbol in after.symbols:
            symbols[change.symbol] = after.symbols[change.symbol]
        else:
            symbols.pop(change.symbol, None)
    known = symbols.keys()
    if not before.symbols.keys() <= known or not after.symbols.keys() <= known:
        symbols = {name: _within(rules, known) for name, rules in symbols.items()}
        choices = [
            replace(
                choice,
                members=tuple(n for n in choice.members if n in known),
                defaults=tuple((n, c) for n, c in choice.defaults if n in known),
            )
            for choice in choices
        ]
    for index, choice in enumerate(choices):  # a member is in the choice that says so
        choices[index] = replace(
            choice, members=tuple(n for n in choice.members if symbols[n].choice == index)
        )
    symbols = {
        name: rules
        if rules.choice is None or name in choices[rules.choice].members
        else replace(rules, choice=None)
        for name, rules in symbols.items()
    }
    return replace(after, symbols=symbols, choices=tuple(choices), modules=before.modules)


def _within(rules: Rules, known: Iterable[str]) -> Rules:
    """Return rules without the selects of symbols that there are not."""

    def kept(reverses: tuple[ReverseDependency, ...]) -> tuple[ReverseDependency, ...]:
        return tuple(reverse for reverse in reverses if reverse.source in known)

    selected, implied = kept(rules.selected), kept(rules.implied)
    if len(selected) == len(rules.selected) and len(implied) == len(rules.implied):
        return rules
    return replace(rules, selected=selected, implied=implied)
