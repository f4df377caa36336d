# SPDX-License-Identifier: MIT
"""The strategy `patch`: the fewest configurations in which each of some conditions holds.

    conditions  ->  groups that can hold together      as few as there can be
    a group     ->  the configuration closest to the base in which all of it holds

Where the base itself has some of them, and no fewer do without it, it is one of the
variants: what is built anyway changes nothing.

Groups are found first-fit, those first that go with the fewest others, then searched for one
fewer by backtracking as long as that is affordable. Conditions of which no two go together
are the lower bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import And, Comparison, Constant, Not, Or, Reference, every
from kvariant.space.together import Together, lost

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration, Expression
    from kvariant.kconfig.value import ValueTexts
    from kvariant.space import Space

MOST_PAIRS = 60
"""Conditions of which every pair is tried; of more there is no lower bound but 1."""
STEPS = 4_000
"""Placements that the search for fewer groups tries."""
GUESSES = 6
"""Changes of one option that are tried before the closest configuration is searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Conditions by the configuration in which they will hold."""

    groups: tuple[tuple[int, ...], ...]
    """The first is what the base has, if `has_base`."""
    has_base: bool
    least: int
    """No fewer configurations have all of them."""


def grouped(
    count: int, in_base: Collection[int], together: Callable[[Collection[int]], bool]
) -> Groups:
    """Return the fewest groups of some things, each of which go together.

    Args:
        count: how many things there are; each goes by itself.
        in_base: those that the base has, at once.
        together: says of some things whether they go together.
    """
    every_one = range(count)
    apart = _Apart(every_one, together)
    rest = [i for i in every_one if i not in in_base]
    beside = _fewest(rest, apart, together)
    least = apart.least(every_one)
    with_base = len(beside) + bool(in_base)
    if in_base and with_base > max(1, least):
        alone = _fewest(list(every_one), apart, together)
        least = max(least, _proven(alone))
        if len(alone) < with_base:
            return Groups(groups=_tuples(alone), has_base=False, least=min(least, len(alone)))
        least = min(least, with_base)
    elif not in_base:
        least = max(least, _proven(beside))
    own = [sorted(in_base)] if in_base else []
    groups = _tuples([*own, *beside.groups])
    return Groups(groups=groups, has_base=bool(in_base), least=min(max(least, 1), len(groups) or 1))


@dataclass(frozen=True, slots=True)
class _Partition:
    groups: list[list[int]]
    is_fewest: bool

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.groups)


def _proven(partition: _Partition) -> int:
    return len(partition) if partition.is_fewest else 0


def _tuples(groups: Sequence[Sequence[int]] | _Partition) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(group) for group in groups)


class _Apart:
    """Pairs of things that do not go together."""

    def __init__(
        self, things: Collection[int], together: Callable[[Collection[int]], bool]
    ) -> None:
        self.is_known = len(things) <= MOST_PAIRS
        self._pairs = {
            pair
            for pair in itertools.combinations(sorted(things), 2)
            if self.is_known and not together(pair)
        }

    def degree(self, thing: int) -> int:
        """Return with how many others a thing does not go."""
        return sum(thing in pair for pair in self._pairs)

    def is_pair(self, one: int, other: int) -> bool:
        """Return whether two things are known not to go together."""
        return (min(one, other), max(one, other)) in self._pairs

    def least(self, things: Collection[int]) -> int:
        """Return how many things were found of which no two go together."""
        best = min(1, len(things))
        for first in things:
            found = [first]
            for thing in sorted(things, key=self.degree, reverse=True):
                if all(self.is_pair(thing, other) for other in found):
                    found.append(thing)
            best = max(best, len(found))
        return best


def _fewest(
    things: Sequence[int], apart: _Apart, together: Callable[[Collection[int]], bool]
) -> _Partition:
    """Return things in the fewest groups that were found, and whether they are the fewest."""
    order = sorted(things, key=lambda thing: (-apart.degree(thing), thing))
    best = _first_fit(order, apart, together)
    least = apart.least(things)
    while len(best) > least:
        search = _PartitionSearch(order, apart, together, len(best) - 1)
        if search.found is None:
            return _Partition(best, search.is_ended)
        best = search.found
    return _Partition(best, True)


def _first_fit(
    order: Sequence[int], apart: _Apart, together: Callable[[Collection[int]], bool]
) -> list[list[int]]:
    groups: list[list[int]] = []
    for thing in order:
        for group in groups:
            if not any(apart.is_pair(thing, o) for o in group) and together([*group, thing]):
                group.append(thing)
                break
        else:
            groups.append([thing])
    return groups


class _PartitionSearch:
    """Backtracking: each thing into one of the groups there are, or a new one."""

    def __init__(
        self,
        order: Sequence[int],
        apart: _Apart,
        together: Callable[[Collection[int]], bool],
        most: int,
    ) -> None:
        self.found: list[list[int]] | None = None
        self.is_ended = True
        self._order, self._apart, self._together, self._most = order, apart, together, most
        self._steps = 0
        self._place(0, [])

    def _place(self, index: int, groups: list[list[int]]) -> None:
        if index == len(self._order):
            self.found = [list(group) for group in groups]
            return
        thing = self._order[index]
        for group in groups:
            self._steps += 1
            if self._steps > STEPS:
                self.is_ended = False
                return
            if any(self._apart.is_pair(thing, other) for other in group):
                continue
            if self._together([*group, thing]):
                group.append(thing)
                self._place(index + 1, groups)
                group.pop()
                if self.found is not None:
                    return
        if len(groups) < self._most:
            groups.append([thing])
            self._place(index + 1, groups)
            groups.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """The configurations in which conditions hold."""

    configurations: tuple[Configuration, ...]
    """The base first, where it is one of them."""
    impossible: tuple[int, ...]
    """Conditions that no configuration meets, by place."""
    least: int


def patch(
    space: Space,
    conditions: Sequence[Expression],
    base: Configuration,
    assignment: ValueTexts,
    *,
    limit: int = 0,
) -> Patched:
    """Return the fewest configurations near a base in which each condition holds in one.

    Args:
        conditions: over options alone, each that it can hold or not.
        base: the base, resolved; `assignment` are its user values.
        limit: the most configurations; 0: as many as are needed. Those that have most are kept.

    Cost: on Linux a quarter of a second to encode; from half a second to three for each
    configuration beside the base.
    """
    distinct = list(dict.fromkeys(conditions))
    if not distinct:
        return Patched(configurations=(base,), impossible=(), least=1)
    together = Together(space.encoding, distinct)
    try:
        alive = [i for i in range(len(distinct)) if together.holds([i])]
        within = space.where is None or base.satisfies(space.where)
        in_base = {at for at, i in enumerate(alive) if within and base.satisfies(distinct[i])}
        found = grouped(len(alive), in_base, lambda some: together.holds([alive[i] for i in some]))
    finally:
        together.close()
    groups = list(found.groups)
    if limit:
        order = sorted(range(len(groups)), key=lambda i: (-len(groups[i]), i))[:limit]
        groups = [group for i, group in enumerate(groups) if i in order]
    dead = {distinct[i] for i in range(len(distinct)) if i not in alive}
    configurations: list[Configuration] = []
    for group in groups:
        terms = [distinct[alive[i]] for i in group]
        if found.has_base and all(map(base.satisfies, terms)):
            configurations.append(base)
        else:
            configurations.append(closest(space, every(terms), base, assignment))
    return Patched(
        configurations=tuple(configurations) or (base,),
        impossible=tuple(i for i, condition in enumerate(conditions) if condition in dead),
        least=found.least,
    )


def closest(
    space: Space, wanted: Expression, base: Configuration, assignment: ValueTexts
) -> Configuration:
    """Return the configuration closest to a base in which an expression holds.

    A change of one option after which it does and nothing is lost is the closest there can
    be; where no such change suggests itself, the smallest fix is.
    """
    tree = space.tree
    restricted = space.restricted(wanted)
    for change in itertools.islice(_guesses(wanted, base), GUESSES):
        asked = {**assignment, **change}
        if any(asked.get(n) == assignment.get(n) for n in change):
            continue
        found = tree.resolve(asked)
        is_wanted = found.satisfies(wanted) and (
            space.where is None or found.satisfies(space.where)
        )
        if is_wanted and not lost(base, assignment, found):
            return found
    fix = restricted.fixes(assignment, {})[0]
    return tree.resolve(fix.assignment)


def _guesses(wanted: Expression, base: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Yield changes of one option that an expression suggests where a base does not meet it."""
    for name, text in dict.fromkeys(_suggested(wanted)):
        if name in base and base[name] != text:
            yield {name: text}


def _suggested(wanted: Expression) -> Iterator[tuple[str, str]]:
    match wanted:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _suggested(term)
        case Reference(name):
            yield name, "y"
        case Not(Reference(name)):
            yield name, "n"
        case Comparison("=", Reference(name), Constant(text)):
            yield name, text
        case Comparison("=", Reference(name), Reference(text)):
            yield name, text
