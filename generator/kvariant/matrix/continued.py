# SPDX-License-Identifier: MIT
"""A matrix carried through an edit of the tree: the rows of before, and few others.

Chosen from nothing, one new option gives a covering array in which no row is what
it was: every name, every result kept from a run and every line of the lock would
change. So the rows of before are taken first, each with the values of new symbols
that the rows so far lack; the strategy then adds what is missing, and rows that the
others make needless go. Where that costs more than `_MORE` above an array chosen
from nothing, the latter is the answer.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kvariant.kconfig import Configuration
from kvariant.matrix.strategy import Chosen, Request, Strategy
from kvariant.space import Space
from kvariant.space.circuit import FALSE

_MORE = 10
"""Percent of rows, at least one, that keeping those of before may cost."""
_NEW = 50
"""Up to so many new symbols get values of their own in rows of before."""
_STEPS = 2_000_000
"""Tuples times rows that are counted to find needless rows."""

Values = Mapping[str, str]


def continued(
    strategy: Strategy, space: Space, request: Request, before: Sequence[Values]
) -> Chosen:
    """Return a strategy's answer that keeps what it can of an earlier one.

    Args:
        strategy: one that counts tuples and adds to included configurations.
        before: the earlier rows, as values of symbols that the tree still has.

    Raises:
        InputError: the strategy refuses the request.
    """
    rows = _carried(space, request, before)
    chosen = strategy(space, replace(request, included=[*request.included, *rows]))
    kept = _needed(chosen, request, len(rows))
    if len(kept.configurations) <= len(before):
        return kept
    fresh = strategy(space, request)
    size = len(fresh.configurations)
    return kept if len(kept.configurations) <= size + max(1, size * _MORE // 100) else fresh


def _carried(space: Space, request: Request, before: Sequence[Values]) -> list[Configuration]:
    """Return the rows of before as configurations of today, without equal ones."""
    symbols = request.symbols
    levels = {
        name: [text for text, literal in space.literals(name).items() if literal != FALSE]
        for name in symbols
    }
    seen: set[tuple[str, str, str, str]] = set()
    taken = {tuple(row[name] for name in symbols) for row in request.included}
    for row in request.included:
        seen.update(_pairs(row, symbols))
    found = []
    for old in before:
        values = {name: old[name] for name in symbols if name in old}
        solved = space.solve(values)
        if solved is None:  # today's rules exclude it
            continue
        row = solved
        new = [name for name in symbols if name not in values]
        for name in new if len(new) <= _NEW else ():
            row = _with_new(space, row, values, name, levels[name], seen)
            values[name] = row[name]
        key = tuple(row[name] for name in symbols)
        if key not in taken:
            taken.add(key)
            found.append(row)
            seen.update(_pairs(row, symbols))
    return found


def _with_new(
    space: Space,
    row: Configuration,
    values: Values,
    name: str,
    levels: Sequence[str],
    seen: set[tuple[str, str, str, str]],
) -> Configuration:
    """Return a row with the value of a new symbol that brings most pairs not seen yet."""

    def gain(text: str) -> int:
        return sum((name, text, other, value) not in seen for other, value in values.items())

    for text in sorted(levels, key=lambda text: (-gain(text), text != row[name])):
        if text == row[name]:
            return row
        if (found := space.solve({**values, name: text})) is not None:
            return found
    return row


def _pairs(row: Values, symbols: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    for a, b in itertools.permutations(symbols, 2):
        yield a, row[a], b, row[b]


def _needed(chosen: Chosen, request: Request, carried: int) -> Chosen:
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
    row: Values, symbols: Sequence[str], strength: int
) -> Iterator[tuple[tuple[str, str], ...]]:
    return itertools.combinations([(name, row[name]) for name in symbols], strength)
