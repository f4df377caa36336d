# SPDX-License-Identifier: MIT
"""Configurations that exist already: resolved all at once, and chosen among."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Fragment, SymbolType, Tree
from kvariant.matrix.coverage import ExercisedValues, SharedTuples
from kvariant.matrix.reduction import most, reductions
from kvariant.matrix.strategy import LISTED, Chosen, StrategyRequest, Tuples
from kvariant.space import Assignments, Configurations, Space
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.space.packed import NamedValue


@dataclass(frozen=True, eq=False)
class Given:
    """The configurations of fragments, as columns."""

    fragments: tuple[Fragment, ...]
    configurations: Configurations
    """One for each fragment, in their order."""
    dropped: Mapping[NamedValue, tuple[int, ...]]
    """Asked-for values that did not take, unless permitted: lanes by symbol and text."""


def resolved(tree: Tree, fragments: Sequence[Fragment]) -> Given:
    """Return the configurations that fragments give, the same as `tree.resolve` one by one.

    Cost: a second or two to build the circuit of a large tree, then 0.2 ms a fragment
    (U-Boot's 1,228 defconfigs: 3 s; one by one 60 s).
    """
    asked = [tree.requests(fragment) for fragment in fragments]
    taken = [tree.user_values(fragment) for fragment in fragments]
    texts: dict[str, dict[str, None]] = {}
    for assignment in taken:
        for name, text in assignment.items():
            if not tree.types[name].is_logical:
                texts.setdefault(name, {})[text] = None
    space = Space.of(tree, texts=texts)
    configurations = space.evaluate(Assignments.of(taken))
    dropped: dict[NamedValue, list[int]] = {}
    values = {name: configurations.texts(name) for name in {r.symbol for q in asked for r in q}
              if name in configurations.rows}  # fmt: skip
    for lane, (fragment, requests) in enumerate(zip(fragments, asked, strict=True)):
        permitted = {permission.symbol for permission in fragment.permissions}
        for request in requests:
            name, kind = request.symbol, tree.types.get(request.symbol)
            got = values[name][lane] if name in values else None
            is_silent = request.is_unset and kind is not None and not kind.is_logical
            if got != request.value and not is_silent and name not in permitted:
                dropped.setdefault((name, request.value), []).append(lane)
    return Given(
        tuple(fragments), configurations, {key: tuple(lanes) for key, lanes in dropped.items()}
    )


def given(space: Space, request: StrategyRequest) -> Chosen:
    """Choose among `request.candidates`: the fewest that have every tuple any of them has.

    With a limit, those that have the most. Included configurations come first; tuples
    count as feasible if a candidate or an included configuration has them, and what no
    one has is `infeasible` here: it cannot be chosen.

    Raises:
        InputError: a symbol is no bool or tristate [strategy-type], the strength is not
            between 1 and the number of symbols [strength], or there are more
            combinations than fit in memory [too-many].
    """
    rules = space.model.symbols
    for name in request.symbols:
        if not rules[name].is_logical and name not in space.chosen:
            kind = rules[name].type
            message = (
                f"{name} is {kind.value if kind else 'without a type'}: "
                "combinations are counted over bools and tristates"
            )
            hint = f"leave it out with --ignore {name}"
            raise InputError(Diagnostic(message=message, code="strategy-type", hint=hint))
    if not 1 <= request.strength <= len(request.symbols):
        count = len(request.symbols)
        there = f"there {agreeing(count, 'is', 'are')} {counted(count, 'symbol')}"
        message = f"the strength is {request.strength}, and {there}"
        hint = "it is the number of symbols in a combination: 2 for pairs"
        raise InputError(Diagnostic(message=message, code="strength", hint=hint))
    candidates = request.candidates or ()
    every = [*request.included, *candidates]
    known = candidates if isinstance(candidates, Configurations) and not request.included else every
    values = ExercisedValues.of(known, request.symbols)
    cover = SharedTuples.of(values, request.strength)
    fixed = range(len(request.included))
    if request.limit:
        found = most(cover, request.limit, fixed)
    else:
        (found,) = reductions(cover, [100], fixed)
    feasible = found.total
    return Chosen(
        configurations=[every[lane] for lane in found.lanes],
        tuples=Tuples(
            strength=request.strength,
            feasible=feasible,
            infeasible=_combinations(space, request, values) - feasible,
            covered=found.covered,
            uncovered=tuple(values.uncovered(found.lanes, request.strength, LISTED)),
        ),
        lower_bound=found.least,
    )


def _combinations(space: Space, request: StrategyRequest, values: ExercisedValues) -> int:
    """Return how many combinations of values there are, possible or not.

    Of ints, hexes and strings those values count that a configuration has.
    """
    ways = np.array([1] + [0] * request.strength, dtype=object)  # Python's ints: no overflow
    for name in request.symbols:
        rules = space.model.symbols[name]
        of_type = 3 if rules.type is SymbolType.TRISTATE else 2
        levels = of_type if rules.is_logical else values.counts[name]
        ways[1:] += ways[:-1] * levels
    return int(ways[-1])
