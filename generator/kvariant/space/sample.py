# SPDX-License-Identifier: MIT
"""Random configurations, and how random they are.

    method         when                                   distribution
    uniform        at most LISTED configurations          exactly uniform, all are listed
    near-uniform   the extra `exact` is installed         CMSGen's, close to uniform, no proof
    random         otherwise                              whatever random phases give

CMSGen: Golia, Soos, Chakraborty, Meel: Designing samplers is easy: the boon of
testers, FMCAD 2021. It samples solutions of the image, whose variables are all
values, so that many user values for one configuration do not favour it.
"""

from __future__ import annotations

import enum
import importlib.util
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from kvariant.kconfig.configuration import Configuration
from kvariant.space.circuit import TRUE, Literal
from kvariant.space.packed import Configurations
from kvariant.space.solver import Formula, Solver

LISTED = 5_000
"""Spaces of up to this many configurations are listed, and sampled exactly."""

Solution = npt.NDArray[np.bool_]
"""The value of every variable, by number."""


class Method(enum.Enum):
    """How samples were drawn."""

    UNIFORM = "uniform"
    NEAR_UNIFORM = "near-uniform"
    RANDOM = "random"


@dataclass(frozen=True)
class Samples(Sequence[Configuration]):
    """Configurations drawn at random, with replacement."""

    configurations: Configurations
    method: Method
    random_seed: int

    def __len__(self) -> int:
        return len(self.configurations)

    @overload
    def __getitem__(self, index: int) -> Configuration: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Configuration]: ...
    def __getitem__(self, index: int | slice) -> Configuration | Sequence[Configuration]:
        return self.configurations[index]


def solutions(solver: Solver, variables: Iterable[int]) -> Iterable[Solution]:
    """Yield a solution for each combination of some variables' values, all of them.

    The solver is left with clauses that exclude what was found.
    """
    distinct = sorted(set(variables) - {TRUE})
    while solver.solve():
        values = solver.model()
        yield values
        solver.add([-v if values[v] else v for v in distinct] or [-TRUE])


def draw(
    formula: Formula,
    inputs: Sequence[Literal],
    listed: Sequence[Solution] | None,
    count: int,
    random_seed: int,
) -> tuple[list[Solution], Method]:
    """Return `count` random solutions, and how they were drawn.

    Args:
        inputs: the free variables.
        listed: all solutions, None where they are too many to list.
    """
    if listed is not None:
        dice = random.Random(random_seed)
        return [dice.choice(listed) for _ in range(count)] if listed else [], Method.UNIFORM
    dice = random.Random(random_seed)
    exact = importlib.util.find_spec("pycmsgen") is not None
    drawn = _cmsgen(formula, count, random_seed) if exact else _phases(formula, inputs, count, dice)
    # A solver leaves variables alone that no clause has: they are free, and get a coin each.
    bound = {abs(literal) for clause in formula.clauses for literal in clause}
    free = [literal for literal in inputs if literal not in bound]
    for solution in drawn:
        solution[free] = [dice.random() < 0.5 for _ in free]
    return drawn, Method.NEAR_UNIFORM if exact else Method.RANDOM


def listing(formula: Formula, values: Iterable[Literal]) -> list[Solution] | None:
    """Return a solution for each configuration, None if there are more than `LISTED`.

    Args:
        values: literals whose values make a configuration.
    """
    variables = {abs(literal) for literal in values} - {TRUE}
    if len(variables) > 64:
        return None
    solver = Solver(formula)
    try:
        found = list(itertools.islice(solutions(solver, variables), LISTED + 1))
    finally:
        solver.close()
    return found if len(found) <= LISTED else None


def _cmsgen(formula: Formula, count: int, random_seed: int) -> list[Solution]:
    import pycmsgen

    sampler = pycmsgen.Solver(seed=random_seed)
    sampler.add_clauses(formula.clauses)
    size = len(formula.circuit) + 1
    drawn = []
    for _ in range(count):
        _, found = sampler.solve()
        values = np.zeros(size, dtype=np.bool_)
        values[1 : len(found)] = [bool(value) for value in found[1:size]]
        drawn.append(values)
    return drawn


def _phases(
    formula: Formula, inputs: Sequence[Literal], count: int, dice: random.Random
) -> list[Solution]:
    solver = Solver(formula)
    try:
        drawn = []
        for _ in range(count):
            solver.prefer([literal if dice.random() < 0.5 else -literal for literal in inputs])
            solver.solve()
            drawn.append(solver.model())
        return drawn
    finally:
        solver.close()
