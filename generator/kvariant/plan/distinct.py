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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, MissingError
from kvariant.kconfig import Configuration
from kvariant.kconfig.value import ValueTexts
from kvariant.matrix import StrategyRequest, Tuples
from kvariant.matrix.strategy import LISTED

if TYPE_CHECKING:
    from kvariant.space import Space

MANY = 1_000
"""More variants than this need a limit that somebody has set."""
MOST = 200_000
"""Combinations that are looked at one by one: a minute or so."""
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
    repeated: tuple[Configuration, ...]
    """Included configurations that are the same variant as an earlier one."""
    tuples: Tuples
    """The combinations, counted: `covered` are those of the chosen classes."""


def distinct(
    space: Space,
    request: StrategyRequest,
    base: ValueTexts,
    key: Callable[[ValueTexts], Hashable] | None,
) -> Classes:
    """Return the classes of a space that differ.

    Args:
        request: its symbols are what matters; of more classes than its limit those
            with most combinations are kept.
        base: values that representatives are close to.
        key: what combinations have in common that are the same variant; None:
            all combinations are different.

    Raises:
        InputError: there are too many combinations [many].

    Cost: about 0.2 ms for each combination of our own tree, rendering included.
    """
    symbols = request.symbols
    ranks = {name: {text: i for i, text in enumerate(_texts(space, name))} for name in symbols}
    found = _projections(space, request, MOST if key or request.limit else MANY)
    found.sort(key=lambda row: [ranks[name][row[name]] for name in symbols])
    shares = space.shares(found) if len(space.symbols) <= COUNTED else (None,) * len(found)
    groups: dict[Hashable, list[int]] = {}
    for index, row in enumerate(found):
        groups.setdefault(key(row) if key else index, []).append(index)
    if len(groups) > MANY and not request.limit:
        raise InputError(_many(f"{len(groups):,} variants are distinct", len(groups)))
    own = _representatives(request, groups, found, key)
    kept = _kept(request, groups, own)
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
        repeated=tuple(c for c in request.included if id(c) not in firsts),
        tuples=Tuples(
            strength=len(symbols),
            feasible=len(found),
            infeasible=math.prod(map(len, ranks.values())) - len(found),
            covered=len(found) - len(left),
            uncovered=tuple(found[i] for i in sorted(left)[:LISTED]),
        ),
    )


def _projections(space: Space, request: StrategyRequest, most: int) -> list[ValueTexts]:
    found = list(itertools.islice(space.projections(request.symbols), most + 1))
    if len(found) <= most:
        return found
    number = None
    with contextlib.suppress(MissingError):  # it is more than `most`, which is enough to know
        number = space.count(request.symbols, time_limit=10.0)
    counted = f"{number:,}" if number else f"more than {most:,}"
    what = f"{len(request.symbols)} symbols have {counted} combinations of values"
    if number and number <= MOST:
        raise InputError(_many(what, number))
    hint = "choose by fewer symbols with --symbols or --ignore, or by t-wise"
    raise InputError(Diagnostic(message=what, code="many", hint=hint))


def _many(what: str, number: int) -> Diagnostic:
    return Diagnostic(
        message=f"{what}, and nothing limits the number of variants",
        code="many",
        hint=f"max-variants = {number}, or fewer: what they leave uncovered is counted",
    )


def _texts(space: Space, name: str) -> Sequence[str]:
    """Return all values of a symbol's type, possible or not, in their order."""
    order = {"n": 0, "m": 1, "y": 2}
    rules = space.model.symbols[name]
    if rules.is_logical:
        return space.factors([name]).levels[0]
    return sorted(space.literals(name), key=lambda text: (order.get(text, 3), len(text), text))


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
) -> list[Hashable]:
    """Return the classes that become variants: included ones, then those with most members."""
    included = {id(c) for c in request.included}
    first = dict.fromkeys(name for name, c in own.items() if id(c) in included)
    rest = [
        name for name in groups if name not in first and (request.candidates is None or name in own)
    ]
    if request.limit:
        room = max(0, request.limit - len(request.included))
        largest = set(sorted(rest, key=lambda name: -len(groups[name]))[:room])
        rest = [name for name in rest if name in largest]
    return [*first, *rest]
