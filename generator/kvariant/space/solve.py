# SPDX-License-Identifier: MIT
"""Configurations that have wanted values: one, the nearest one, each combination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kvariant.kconfig.configuration import Configuration
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.encoding import Encoding
from kvariant.space.sample import Solution, solutions
from kvariant.space.solver import Solver, signed


def solve(encoding: Encoding, values: Mapping[str, str]) -> Configuration | None:
    """Return a configuration that has the given resolved values, None if none has."""
    encoding.known(values)
    wider = encoding.widened(values.items())
    literals = [wider.literals(name).get(text, FALSE) for name, text in values.items()]
    if not wider.solver.solve(literals):
        return None
    return wider.decoded([wider.solver.model()])[0]


def nearest(
    encoding: Encoding,
    wishes: Iterable[tuple[str, Collection[str]]],
    within: Mapping[str, Collection[str]],
) -> Configuration | None:
    """Return a configuration that grants wishes in order, None if nothing is within.

    Args:
        wishes: a symbol, and the resolved values of which it should have one.
        within: of some symbols, the resolved values of which they must have one.
    """
    wanted, bounds = list(wishes), dict(within)
    encoding.known([*bounds, *(name for name, _ in wanted)])
    keys = [*bounds.items(), *wanted]
    wider = encoding.widened((name, text) for name, texts in keys for text in texts)
    assumed = [x for name, texts in bounds.items() for x in _bounds(wider, name, texts)]
    if not wider.solver.solve(assumed):
        return None
    found = _granted(wider.solver, [_bounds(wider, n, texts) for n, texts in wanted], assumed)
    return wider.decoded([found])[0]


def _granted(
    solver: Solver, wishes: Sequence[Sequence[Literal]], assumed: Sequence[Literal]
) -> Solution:
    """Return a solution, beginning with the one at hand, that grants wishes in order.

    What the solution at hand grants takes no call. Of the rest as many are asked for at
    once as lately could be granted: one, where few can; doubled, as long as all can.
    """
    held, found = list(assumed), solver.model()
    at, size = 0, 1
    # Invariant: `found` satisfies `held`, which has every wish before `at` that can be granted.
    while at < len(wishes):
        if all(signed(found, literal) for literal in wishes[at]):
            held += wishes[at]
            at += 1
            continue
        part = wishes[at : at + size]
        literals = [literal for wish in part for literal in wish]
        if solver.solve([*held, *literals]):
            found = solver.model()
            held += literals
            at += len(part)
            size *= 2
        elif len(part) > 1:
            size = len(part) // 2
        else:
            at, size = at + 1, 1
    return found


def _bounds(encoding: Encoding, name: str, texts: Collection[str]) -> list[Literal]:
    """Return literals that all hold exactly if a symbol has one of these values."""
    return [-x for text, x in encoding.literals(name).items() if text not in texts and x != FALSE]


def projections(encoding: Encoding, names: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Yield each combination of values that some symbols can have, once."""
    cone = encoding.cone(names)
    literals = {name: cone.literals(name) for name in names}
    solver = Solver(cone.formula)
    try:
        variables = (abs(x) for texts in literals.values() for x in texts.values())
        for found in solutions(solver, list(variables)):
            yield {
                name: next(text for text, literal in texts.items() if signed(found, literal))
                for name, texts in literals.items()
            }
    finally:
        solver.close()
