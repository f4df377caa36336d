# SPDX-License-Identifier: MIT
"""The strategy `toggles`: each option on and each off at least once, in few variants.

These are the combinations of one: every value that a bool or tristate can have is in
a variant. Few are needed, mostly as many as the largest choice has members.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.matrix.t_wise import t_wise

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.matrix.strategy import Chosen, StrategyRequest
    from kvariant.space import Space
    from kvariant.space.factors import Factors
    from kvariant.space.solver import Solver

CALLS = 2_000
"""Pairs of values that the solver is asked about for the lower bound."""

_Value = tuple[str, str]


def toggles(space: Space, request: StrategyRequest) -> Chosen:
    """Return configurations that have every feasible value of every symbol.

    Raises:
        InputError: as `t_wise`.

    Cost: that of `t_wise` with strength 1, and at most `CALLS` calls of the solver.
    """
    chosen = t_wise(space, dataclasses.replace(request, strength=1))
    bound = _exclusive(space.factors(request.symbols), chosen.configurations)
    return dataclasses.replace(chosen, lower_bound=max(chosen.lower_bound, bound))


def _exclusive(factors: Factors, rows: Sequence[Mapping[str, str]]) -> int:
    """Return how many values were found of which no two are in one configuration.

    Each needs a row of its own. Where as many are exclusive as there are rows, each is
    in one row alone, so that those in the fewest rows are tried first.
    """
    having: dict[_Value, int] = {}
    for index, row in enumerate(rows):
        for name in factors.names:
            value = (name, row[name])
            having[value] = having.get(value, 0) | 1 << index
    rare = sorted(having, key=lambda value: having[value].bit_count())
    literals = {
        (name, text): literal
        for name, own in zip(factors.names, factors.literals, strict=True)
        for text, literal in own.items()
    }
    solver = factors.solver()
    try:
        return _largest(rare, having, literals, solver, len(rows))
    finally:
        solver.close()


def _largest(
    rare: Sequence[_Value],
    having: Mapping[_Value, int],
    literals: Mapping[_Value, int],
    solver: Solver,
    enough: int,
) -> int:
    """Return the size of the largest set found; each begins with another of the rarest."""
    known: dict[frozenset[_Value], bool] = {}
    largest = min(1, len(rare))
    for first in rare:
        found = [first]
        for value in rare:
            if all(not having[value] & having[other] for other in found):
                pairs = [frozenset((value, other)) for other in found]
                new = [pair for pair in pairs if pair not in known]
                if len(known) + len(new) > CALLS:
                    return largest
                for pair in new:
                    known[pair] = not solver.solve([literals[one] for one in pair])
                if all(known[pair] for pair in pairs):
                    found.append(value)
        largest = max(largest, len(found))
        if largest >= enough:
            break
    return largest
