# SPDX-License-Identifier: MIT
"""What an edit changes: matrices as they are in the lock, and as they are chosen today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Location, Note
from kvariant.plan.rules_then import under_other_rules
from kvariant.plan.tuple_text import tuple_values
from kvariant.words import agreeing, counted, tuple_noun

if TYPE_CHECKING:
    from kvariant.plan.lock import Locked, LockedVariant

CODE = "stale-lock"
_LISTED = 5
"""Names that are listed; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How today's matrix differs from the locked one; falsy where it does not."""

    name: str
    rules: str = ""
    """That it was made under other rules, "" where it was not: no difference by itself."""
    settings: tuple[str, ...] = ()
    """What was asked otherwise: `strategy t-wise, was toggles`."""
    new_symbols: tuple[str, ...] = ()
    gone_symbols: tuple[str, ...] = ()
    never_on: tuple[str, ...] = ()
    """New symbols that are on in no variant."""
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Old and new names of variants that are otherwise the same."""
    changed: tuple[str, ...] = ()
    """Variants whose configuration is another."""
    rendered: tuple[str, ...] = ()
    """Variants of the same configuration whose rendered files are others."""
    same: int = 0
    """Variants that are as they were."""
    reordered: bool = False
    """Whether the same variants are in another order."""
    reachable: tuple[str, ...] = ()
    """Tuples that were impossible and are not."""
    unreachable: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    """Counts that changed: `1,234 feasible pairs, were 1,200`."""
    strength: int = 2

    def __bool__(self) -> bool:
        return bool(
            self.settings
            or self.new_symbols
            or self.gone_symbols
            or self.added
            or self.gone
            or self.renamed
            or self.changed
            or self.rendered
            or self.reordered
            or self.reachable
            or self.unreachable
            or self.coverage
        )

    @property
    def summary(self) -> str:
        """One line: everything that differs, counted, and what stays."""
        counts = {
            "new": self.added,
            "gone": self.gone,
            "renamed": [f"{old} is {new}" for old, new in self.renamed],
            "changed": self.changed,
            "rendered otherwise": self.rendered,
        }
        told = [
            f"{len(found):,} {what} ({_list(found)})" for what, found in counts.items() if found
        ]
        moved = ", in another order" if self.reordered else ""
        told.append(f"{self.same:,} stay as they are{moved}")
        noun = tuple_noun(self.strength)
        tuples = {"newly reachable": self.reachable, "no longer reachable": self.unreachable}
        parts = [
            *self.settings,
            "variants: " + ", ".join(told),
            *(f"{noun}s {what}: {_list(found)}" for what, found in tuples.items() if found),
            *self.coverage,
        ]
        if self.never_on:
            parts.append(f"{_list(self.never_on)} on in none")
        return f"{self.name}: {'; '.join(parts)}"


def stale(
    path: str, differences: Iterable[Difference], gone: Sequence[str] = ()
) -> Diagnostic | None:
    """Return the error that says in a few lines how a lock differs from today.

    Args:
        path: the lock's.
        differences: one for each matrix of the lock that there still is.
        gone: matrices of the lock that the project has no more.

    Returns:
        None where nothing differs.
    """
    found = list(filter(None, differences))
    if not found and not gone:
        return None
    new = list(dict.fromkeys(name for each in found for name in each.new_symbols))
    old = list(dict.fromkeys(name for each in found for name in each.gone_symbols))
    parts = [_symbols(names, what) for what, names in (("new", new), ("gone", old)) if names]
    parts += dict.fromkeys(difference.rules for difference in found if difference.rules)
    names = [difference.name for difference in found]
    parts += [f"the {agreeing(len(names), 'matrix', 'matrices')} {_list(names)}"] * bool(names)
    notes = [difference.summary for difference in found]
    notes += [f"{name}: no such matrix in the project" for name in gone]
    return Diagnostic(
        message=f"stale: {'; '.join(parts) or 'matrices are gone'}",
        code=CODE,
        location=Location(path),
        notes=tuple(map(Note, notes)),
        hint="kvariant matrix --write",
    )


def difference(
    name: str, old: Locked, new: Locked, values: Sequence[Mapping[str, str]] = ()
) -> Difference:
    """Return how a matrix of today differs from the locked one.

    `Locked.key` does not count: it says what was looked at, not what came of it.

    Args:
        values: today's configurations, to tell what new symbols are on in none.
    """
    before = {variant.name: variant for variant in old.variants}
    after = {variant.name: variant for variant in new.variants}
    added = [variant for name_, variant in after.items() if name_ not in before]
    gone = [variant for name_, variant in before.items() if name_ not in after]
    renamed = _renamed(gone, added)
    stay = [name_ for name_ in after if name_ in before]
    changed = [n for n in stay if before[n].resolved != after[n].resolved]
    rendered = [n for n in stay if n not in changed and before[n].rendered != after[n].rendered]
    reachable, unreachable = _reachable(old, new)
    new_symbols = tuple(symbol for symbol in new.symbols if symbol not in old.symbols)
    return Difference(
        name=name,
        rules=under_other_rules([old.dialect], [new.dialect]),
        settings=tuple(_settings(old, new)),
        new_symbols=new_symbols,
        gone_symbols=tuple(symbol for symbol in old.symbols if symbol not in new.symbols),
        never_on=tuple(
            symbol
            for symbol in new_symbols
            if values and all(configuration.get(symbol) == "n" for configuration in values)
        ),
        added=tuple(v.name for v in added if v.name not in renamed.values()),
        gone=tuple(v.name for v in gone if v.name not in renamed),
        renamed=tuple(renamed.items()),
        changed=tuple(changed),
        rendered=tuple(rendered),
        same=len(stay) - len(changed) - len(rendered),
        reordered=[n for n in before if n in after] != stay,
        reachable=reachable,
        unreachable=unreachable,
        coverage=tuple(_coverage(old, new)),
        strength=new.tuples.strength if new.tuples else 2,
    )


def _renamed(gone: Iterable[LockedVariant], added: Iterable[LockedVariant]) -> dict[str, str]:
    free = {(v.resolved, v.rendered): v.name for v in added}
    return {v.name: free.pop(k) for v in gone if (k := (v.resolved, v.rendered)) in free}


def _settings(old: Locked, new: Locked) -> Iterator[str]:
    if old.strategy != new.strategy:
        yield f"strategy {new.strategy}, was {old.strategy}"
    if old.random_seed != new.random_seed:
        yield f"random seed {new.random_seed}, was {old.random_seed}"
    strengths = [locked.tuples.strength if locked.tuples else None for locked in (old, new)]
    if None not in strengths and strengths[0] != strengths[1]:
        yield f"strength {strengths[1]}, was {strengths[0]}"


def _reachable(old: Locked, new: Locked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return tuples of values that both know: possible now only, and before only."""
    if old.impossible is None or new.impossible is None or not (old.tuples and new.tuples):
        return (), ()
    if old.tuples.strength != new.tuples.strength:
        return (), ()
    before, after = set(old.impossible), set(new.impossible)
    return (
        tuple(one for one in old.impossible if one not in after and _knows(new.symbols, one)),
        tuple(one for one in new.impossible if one not in before and _knows(old.symbols, one)),
    )


def _knows(levels: Mapping[str, tuple[str, ...]], one: str) -> bool:
    return all(text in levels.get(name, ()) for name, text in (tuple_values(one) or {}).items())


def _coverage(old: Locked, new: Locked) -> Iterator[str]:
    if old.tuples is None or new.tuples is None or old.tuples.strength != new.tuples.strength:
        return
    noun = tuple_noun(new.tuples.strength)
    if old.tuples.unproven or new.tuples.unproven:  # how many are feasible was not counted
        if old.tuples.covered != new.tuples.covered:
            yield f"{counted(new.tuples.covered, noun)} covered, were {old.tuples.covered:,}"
        return
    if old.tuples.feasible != new.tuples.feasible:
        yield f"{counted(new.tuples.feasible, f'feasible {noun}')}, were {old.tuples.feasible:,}"
    missing = [x.feasible - x.covered for x in (old.tuples, new.tuples)]
    if missing[0] != missing[1]:
        yield f"{missing[1]:,} not covered, were {missing[0]:,}"


def _symbols(names: Sequence[str], what: str) -> str:
    return f"{counted(len(names), 'symbol')} {what} ({_list(names)})"


def _list(texts: Iterable[str]) -> str:
    found = list(texts)
    more = len(found) - _LISTED
    return ", ".join(found[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
