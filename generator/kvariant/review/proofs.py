# SPDX-License-Identifier: MIT
"""What holds for all configurations of one tree and not of the other, proven by their spaces.

dead, always on     symbols that have one value now, and had several
unmet selects       selects that can force a symbol whose dependency does not hold, and
                    could not in the tree before
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import Reference
from kvariant.space.unmet import unmet_selects

if TYPE_CHECKING:
    from kvariant.errors import Location
    from kvariant.review.tree_changes import TreeChanges
    from kvariant.space import Space

CHECKED = 5_000
"""In trees of up to so many symbols all selects are asked about that an edit can reach; in
larger ones those that an edit touches."""


_EXPLAINED = 24
"""Dead symbols of which the rules are told."""
_NOTES = 3
"""Rules that are told for a dead symbol; `kvariant explain` tells all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantSymbol:
    """A symbol that has one value in all configurations now."""

    symbol: str
    why: str
    is_new: bool
    """Whether it was not there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetSelect:
    """A select that can set a symbol against its dependency, and could not before."""

    source: str
    target: str
    depends: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What holds for all configurations of the tree after, and not of the tree before."""

    dead: tuple[ConstantSymbol, ...] = ()
    always_on: tuple[ConstantSymbol, ...] = ()
    no_longer_dead: tuple[str, ...] = ()
    no_longer_always_on: tuple[str, ...] = ()
    selects: tuple[UnmetSelect, ...] = ()
    selects_asked: int = 0
    """Symbols about whose selects was asked."""
    is_every_select: bool = True
    """Whether these are all that an edit can reach."""


def proofs(changes: TreeChanges) -> Proofs:
    """Return what is proven anew.

    Cost: some seconds for each large tree; nothing where no rule differs.
    """
    if not changes.rules and not changes.is_dialect:
        return Proofs()
    old, new = changes.spaces
    names = {one.new: one.old for one in changes.renamed}
    reached = changes.affected
    then = old.constants([n for n in reached if n in changes.before.model.symbols])
    today = new.constants([n for n in reached if n in changes.after.model.symbols])
    was_dead, was_on = then.dead, then.always_on
    dead = [name for name in changes.after.model.symbols if name in today.dead]
    on = [name for name in changes.after.model.symbols if name in today.always_on]
    known = changes.before.model.symbols
    selects, asked, is_every = _selects(changes, reached, old, new)
    both = [name for name in changes.after.model.symbols if names.get(name, name) in known]
    return Proofs(
        dead=tuple(
            ConstantSymbol(
                symbol=name,
                why=_why(new, name) if number < _EXPLAINED else "",
                is_new=names.get(name, name) not in known,
            )
            for number, name in enumerate(n for n in dead if names.get(n, n) not in was_dead)
        ),
        always_on=tuple(
            ConstantSymbol(symbol=name, why="", is_new=False)
            for name in on
            if names.get(name, name) not in was_on and names.get(name, name) in known
        ),
        no_longer_dead=tuple(
            n for n in both if names.get(n, n) in was_dead and n not in today.dead
        ),
        no_longer_always_on=tuple(
            n for n in both if names.get(n, n) in was_on and n not in today.always_on
        ),
        selects=selects,
        selects_asked=asked,
        is_every_select=is_every,
    )  # fmt: skip


def _why(space: Space, name: str) -> str:
    """Return the rules that exclude a symbol, the first of them where there are many."""
    found = space.explain(name, "y")
    notes = [note.text for note in found.notes]
    more = f" and {len(notes) - _NOTES} more rules" if len(notes) > _NOTES else ""
    return found.cause or "; ".join(notes[:_NOTES]) + more


def _selects(
    changes: TreeChanges, reached: frozenset[str], old: Space, new: Space
) -> tuple[tuple[UnmetSelect, ...], int, bool]:
    model = changes.after.model
    touched = {change.symbol for change in changes.rules}
    is_every = len(model.symbols) <= CHECKED
    if is_every:
        touched = set(reached)
    targets = [
        name
        for name, rules in model.symbols.items()
        if rules.selected
        and (
            name in touched
            or any(reverse.source in touched for reverse in rules.selected)
            or any(n in touched for r in rules.selected for n in r.condition.symbols)
            or any(other in touched for other in rules.depends.symbols)
        )
    ]
    now = unmet_selects(new.encoding, targets)
    if not now:
        return (), len(targets), is_every
    names = {one.new: one.old for one in changes.renamed}
    asked = [names.get(target, target) for target, _ in now]
    asked = [name for name in dict.fromkeys(asked) if name in changes.before.model.symbols]
    before = {(target, reverse.source) for target, reverse in unmet_selects(old.encoding, asked)}
    found = [
        UnmetSelect(
            source=reverse.source,
            target=target,
            depends=str(model.symbols[target].depends),
            location=changes.after.tree.place(reverse.source, Reference(target), reverse.location),
        )
        for target, reverse in now
        if (names.get(target, target), names.get(reverse.source, reverse.source)) not in before
    ]
    return tuple(dict.fromkeys(found)), len(targets), is_every
