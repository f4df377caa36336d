# SPDX-License-Identifier: MIT
"""The strategy `distinct`: one variant for each different result.

    projections     every combination of values that the symbols can have      Space
    classes         combinations that render to the same bytes are one         Renderings
    variants        of each class the combination closest to the base

It stands here and not with the other strategies because it needs templates. Without
them (symbols named by the user, nothing generated) every combination is a class.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, MissingError
from kvariant.matrix import StrategyRequest, Tuples
from kvariant.matrix.strategy import LISTED
from kvariant.plan.variant_limit import MANY
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.kconfig.value import ValueTexts
    from kvariant.space import Space

MOST = 200_000
"""Combinations that are looked at one by one: a minute or so."""
FEW = 20_000
"""Combinations up to which each is looked at although not all can become variants."""
SECONDS = 10.0
"""What counting may take; where it takes longer, it is told how many there are at least."""
COUNTED = 5_000
"""Symbols of a tree whose configurations are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Combinations of values that are the same variant."""

    values: ValueTexts
    """The one closest to the base."""
    stands_for: int | None
    """Configurations that have one of them; None: not counted."""
    chosen: Configuration | None = None
    """The included or given configuration that represents it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The classes that become variants, in the order of their values."""

    classes: tuple[Class, ...]
    combinations: int | None
    """All combinations of values that configurations have; None: too many to be counted."""
    repeated: tuple[Configuration, ...]
    """Included configurations that are the same variant as an earlier one."""
    tuples: Tuples
    """The combinations, counted: `covered` are those of the chosen classes. Of more than are
    listed, pairs of values."""


def distinct(
    space: Space,
    request: StrategyRequest,
    base: ValueTexts,
    key: Callable[[ValueTexts], Hashable] | None,
    what: str = "",
    *,
    tells_shares: bool = True,
) -> Classes:
    """Return the classes of a space that differ.

    Args:
        request: its symbols are what matters; of more classes than its limit those
            with most combinations are kept.
        base: values that representatives are close to.
        key: what combinations have in common that are the same variant; None:
            all combinations are different.
        what: what is combined, in words.
        tells_shares: whether the configurations of each class are counted.

    Raises:
        InputError: there are too many combinations [many], and the request is not to be cut.

    Cost: about 0.2 ms for each combination of our own tree, rendering included.
    """
    symbols = request.symbols
    found = list(itertools.islice(space.projections(symbols), FEW + 1))
    if len(found) > FEW:
        if request.limit:
            return _spread(space, request, key)
        try:
            found = _many_rows(space, request, key)
        except _TooManyError as error:
            if request.is_cut:
                return _spread(space, replace(request, limit=MANY), key)
            what = what or counted(len(symbols), "symbol")
            raise InputError(_too_many(space, request, error.variants, what)) from None
    ranks = {name: {text: i for i, text in enumerate(_texts(space, name))} for name in symbols}
    found.sort(key=lambda row: [ranks[name][row[name]] for name in symbols])
    groups: dict[Hashable, list[int]] = {}
    for index, row in enumerate(found):
        groups.setdefault(key(row) if key else index, []).append(index)
    if len(groups) > MANY and not request.limit:
        if not request.is_cut:
            raise InputError(_many(f"{len(groups):,} variants are distinct", len(groups)))
        request = replace(request, limit=MANY)
    is_counted = tells_shares and len(space.symbols) <= COUNTED
    shares = space.shares(found) if is_counted else (None,) * len(found)
    own = _representatives(request, groups, found, key)
    kept = _kept(request, groups, own, found)
    left = [i for name, members in groups.items() if name not in kept for i in members]
    classes = []
    for name in kept:
        members = groups[name]
        nearest = min(members, key=lambda i: sum(base[n] != t for n, t in found[i].items()))
        numbers = [share for i in members if (share := shares[i]) is not None]
        stands_for = sum(numbers) if len(numbers) == len(members) else None
        classes.append(Class(values=found[nearest], stands_for=stands_for, chosen=own.get(name)))
    firsts = {id(c) for c in own.values()}
    return Classes(
        classes=tuple(classes),
        combinations=len(found),
        repeated=tuple(c for c in request.included if id(c) not in firsts),
        tuples=Tuples(
            strength=len(symbols),
            feasible=len(found),
            infeasible=math.prod(map(len, ranks.values())) - len(found),
            covered=len(found) - len(left),
            uncovered=tuple(found[i] for i in sorted(left)[:LISTED]),
        ),
    )


def _spread(
    space: Space, request: StrategyRequest, key: Callable[[ValueTexts], Hashable] | None
) -> Classes:
    """Return classes of which each adds most to the pairs of values that those before have."""
    from kvariant.plan.spread import spread  # a covering array, which few need

    rows, tuples = spread(space, request, key)
    return Classes(
        classes=tuple(
            Class(
                values={name: row[name] for name in request.symbols},
                stands_for=None,
                chosen=row if any(row is one for one in request.included) else None,
            )
            for row in rows
        ),
        combinations=_count(space, request.symbols),
        repeated=tuple(c for c in request.included if not any(c is row for row in rows)),
        tuples=tuples,
    )


class _TooManyError(Exception):
    """There are more variants than `MANY`, or too many combinations to tell."""

    def __init__(self, variants: int) -> None:
        """Take the number of variants that were told apart."""
        super().__init__(variants)
        self.variants = variants


def _many_rows(
    space: Space, request: StrategyRequest, key: Callable[[ValueTexts], Hashable] | None
) -> list[ValueTexts]:
    """Return all of more than `FEW` combinations.

    Raises:
        _TooManyError: some of them are to be left out.
    """
    found: list[ValueTexts] = []
    known: set[Hashable] = set()
    for row in space.projections(request.symbols):
        found.append(row)
        known.add(key(row) if key else len(found))
        if len(known) > MANY or len(found) > MOST:
            raise _TooManyError(len(known))
    return found


def _too_many(space: Space, request: StrategyRequest, known: int, symbols: str) -> Diagnostic:
    number = _count(space, request.symbols)
    found = f"{number:,}" if number else f"more than {FEW:,}"
    what = f"there are {found} combinations of {symbols}"
    if known > MANY:
        return _many(what, number)
    return Diagnostic(
        message=f"{what}, which are too many to be rendered one by one",
        code="many",
        hint="--max-variants 50 takes 50 of them; or choose by fewer symbols with --ignore",
    )


def _count(space: Space, symbols: Sequence[str]) -> int | None:
    """Return the number of combinations, None where counting takes too long."""
    with contextlib.suppress(MissingError):  # it takes too long, or there is no counter
        return space.count(symbols, time_limit=SECONDS)
    return None


def _many(what: str, number: int | None) -> Diagnostic:
    """Return the error for more variants than `MANY`, with what may be done about it."""
    if number and number <= FEW:
        which = f"the 50 that cover most, all of them with {number}"
    else:
        which = "50 that cover most pairs of values"
    return Diagnostic(
        message=f"{what}, and nothing limits the number of variants",
        code="many",
        hint=f"--max-variants 50 takes {which}; what they leave uncovered is counted",
    )


def _texts(space: Space, name: str) -> Sequence[str]:
    """Return all values of a symbol's type, possible or not; of others those that are possible."""
    if space.model.symbols[name].is_logical:
        return space.factors([name]).levels[0]
    return space.possible(name)


def _representatives(
    request: StrategyRequest,
    groups: Mapping[Hashable, Sequence[int]],
    found: Sequence[ValueTexts],
    key: Callable[[ValueTexts], Hashable] | None,
) -> dict[Hashable, Configuration]:
    """Return the first included, or else given, configuration of each class that has one."""
    index = {tuple(row.values()): i for i, row in enumerate(found)} if key is None else {}
    own: dict[Hashable, Configuration] = {}
    for configuration in (*request.included, *(request.candidates or ())):
        row = {name: configuration[name] for name in request.symbols}
        name = key(row) if key else index.get(tuple(row.values()))
        if name in groups:
            own.setdefault(name, configuration)
    return own


def _kept(
    request: StrategyRequest,
    groups: Mapping[Hashable, Sequence[int]],
    own: Mapping[Hashable, Configuration],
    found: Sequence[ValueTexts],
) -> list[Hashable]:
    """Return the classes that become variants: included ones, then those with most members.

    Of classes with equally many, those that add most pairs of values to the ones before.
    """
    included = {id(c) for c in request.included}
    first = dict.fromkeys(name for name, c in own.items() if id(c) in included)
    rest = [
        name for name in groups if name not in first and (request.candidates is None or name in own)
    ]
    if request.limit:
        room = max(0, request.limit - len(request.included))
        by_size: dict[int, list[Hashable]] = {}
        for name in rest:
            by_size.setdefault(len(groups[name]), []).append(name)
        taken = [found[groups[name][0]] for name in first]
        largest: list[Hashable] = []
        for size in sorted(by_size, reverse=True):
            names, left = by_size[size], room - len(largest)
            if left < len(names):
                from kvariant.plan.spread import most_pairs

                rows = [found[groups[name][0]] for name in names]
                names = [names[i] for i in most_pairs(rows, request.symbols, left, taken)]
            taken += [found[groups[name][0]] for name in names]
            largest += names
        kept = set(largest)
        rest = [name for name in rest if name in kept]
    return [*first, *rest]
