# SPDX-License-Identifier: MIT
"""A matrix carried through an edit of the tree: the rows of before, and few others.

Chosen from nothing, one new option gives a covering array in which no row is what
it was: every name, every result kept from a run and every line of the lock would
change. So the rows of before are taken first, each with the values of new symbols
that the rows so far lack; the strategy then adds what is missing, and rows that the
others make needless go. Where that costs more than `_MORE` and `_FEW` above an array chosen
from nothing, the latter is the answer.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.space.circuit import FALSE

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration
    from kvariant.kconfig.value import ValueTexts
    from kvariant.matrix.strategy import Chosen, Strategy, StrategyRequest
    from kvariant.space import Space

_MORE = 10
"""Percent of rows that keeping those of before may cost."""
_FEW = 3
"""Rows that it may cost in any case: in a small array names are worth more than a row."""
_NEW = 50
"""Up to so many new symbols get values of their own in rows of before."""
_STEPS = 2_000_000
"""Tuples times rows that are counted to find needless rows."""


def continued(
    strategy: Strategy,
    space: Space,
    request: StrategyRequest,
    before: Sequence[ValueTexts],
    known: Collection[str],
) -> Chosen:
    """Return a strategy's answer that keeps what it can of an earlier one.

    Args:
        strategy: one that counts tuples and adds to included configurations.
        before: the user values of the earlier rows, of symbols that the tree still has.
        known: the symbols that the earlier rows were chosen by.

    Raises:
        InputError: the strategy refuses the request.
    """
    rows = _carried(space, request, before, known)
    chosen = strategy(space, replace(request, included=[*request.included, *rows]))
    kept = _needed(chosen, request, len(rows))
    if len(kept.configurations) <= len(before):
        return kept
    fresh = strategy(space, request)
    size = len(fresh.configurations)
    return kept if len(kept.configurations) <= size + max(_FEW, size * _MORE // 100) else fresh


def _carried(
    space: Space, request: StrategyRequest, before: Sequence[ValueTexts], known: Collection[str]
) -> list[Configuration]:
    """Return the rows of before as configurations of today, without equal ones."""
    symbols = request.symbols
    rules = space.model.symbols
    new = [name for name in symbols if name not in known]
    seen: set[tuple[str, str, str, str]] = set()
    taken = {tuple(row[name] for name in symbols) for row in request.included}
    for row in request.included:
        seen.update(_pairs(row, symbols))
    found = []
    for row in space.evaluate(before):
        if not _is_in(space, row):  # what is asked for today excludes it
            continue
        fixed = [name for name in symbols if name in known]
        for name in new if len(new) <= _NEW else ():
            if not rules[name].is_settable:  # nothing can be asked for
                continue
            row = _with_new(space, row, fixed, name, seen)
            fixed.append(name)
        key = tuple(row[name] for name in symbols)
        if key not in taken:
            taken.add(key)
            found.append(row)
            seen.update(_pairs(row, symbols))
    return found


def _with_new(
    space: Space,
    row: Configuration,
    fixed: Sequence[str],
    name: str,
    seen: Collection[tuple[str, str, str, str]],
) -> Configuration:
    """Return a row with the value of a new symbol that brings most pairs not seen yet.

    The value is asked for; what it changes is nothing of what is fixed.
    """
    levels = [text for text, literal in space.literals(name).items() if literal != FALSE]
    asked = space.evaluate([{**row.assignment, name: text} for text in levels])
    ways = [
        way
        for way, text in zip(asked, levels, strict=True)
        if way[name] == text and _is_in(space, way) and all(way[x] == row[x] for x in fixed)
    ]

    def gain(way: Configuration) -> int:
        return sum((name, way[name], other, way[other]) not in seen for other in fixed)

    return max([row, *ways], key=gain)  # the first of equals: nothing asked for


def _is_in(space: Space, row: Configuration) -> bool:
    return space.where is None or row.satisfies(space.where)


def _pairs(row: ValueTexts, symbols: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    for a, b in itertools.permutations(symbols, 2):
        yield a, row[a], b, row[b]


def _needed(chosen: Chosen, request: StrategyRequest, carried: int) -> Chosen:
    """Return the answer without carried rows whose tuples other rows have too."""
    rows, strength = list(chosen.configurations), request.strength
    if math.comb(len(request.symbols), strength) * len(rows) > _STEPS:
        return chosen
    tuples = [list(_tuples(row, request.symbols, strength)) for row in rows]
    times = Counter(one for of_row in tuples for one in of_row)
    first = len(request.included)
    needless = set()
    for index in reversed(range(first, first + carried)):
        if all(times[one] > 1 for one in tuples[index]):
            needless.add(index)
            times.subtract(tuples[index])
    return replace(chosen, configurations=[r for i, r in enumerate(rows) if i not in needless])


def _tuples(
    row: ValueTexts, symbols: Sequence[str], strength: int
) -> Iterator[tuple[tuple[str, str], ...]]:
    return itertools.combinations([(name, row[name]) for name in symbols], strength)
