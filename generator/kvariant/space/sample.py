# SPDX-License-Identifier: MIT
"""Random configurations, and how random they are.

    method         when                                   distribution
    uniform        at most LISTED configurations          exactly uniform, all are listed
    near-uniform   the extra `exact` is installed         CMSGen's, close to uniform, no proof
    random         otherwise                              whatever random phases give

CMSGen: Golia, Soos, Chakraborty, Meel: Designing samplers is easy: the boon of
testers, FMCAD 2021. It samples solutions of the image, whose variables are all
values, so that many user values for one configuration do not favour it. Gates are
eliminated first (Een, Biere: Effective preprocessing in SAT through variable and
clause elimination, SAT 2005): they follow from the values, and random polarities
for them lead to thousands of conflicts before the first sample.
"""

from __future__ import annotations

import enum
import importlib.util
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
import numpy.typing as npt
from pysat.process import Processor

from kvariant.kconfig.configuration import Configuration
from kvariant.space.circuit import TRUE, Literal
from kvariant.space.solver import Formula, Solver

if TYPE_CHECKING:
    from kvariant.space.packed import Configurations

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
    if exact:
        return _cmsgen(formula, inputs, count, random_seed), Method.NEAR_UNIFORM
    drawn = _phases(formula, inputs, count, dice)
    free = _unbound(formula.clauses, inputs)
    for solution in drawn:
        solution[free] = [dice.random() < 0.5 for _ in free]
    return drawn, Method.RANDOM


def _unbound(clauses: Iterable[Sequence[Literal]], inputs: Sequence[Literal]) -> list[Literal]:
    """Return the inputs that no clause has: a solver leaves them alone, they get a coin each."""
    bound = {abs(literal) for clause in clauses for literal in clause}
    return [literal for literal in inputs if literal not in bound]


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


def _cmsgen(
    formula: Formula, inputs: Sequence[Literal], count: int, random_seed: int
) -> list[Solution]:
    import pycmsgen

    dice = random.Random(random_seed)
    size = len(formula.circuit) + 1
    numbers = np.arange(size)
    sampler = pycmsgen.Solver(seed=random_seed)
    processor = Processor(bootstrap_with=formula.clauses)
    try:
        simple = processor.process(freeze=inputs, probe=False, vivify=False).clauses
        sampler.add_clauses(simple)
        free = _unbound(simple, inputs)
        drawn = []
        for _ in range(count):
            _, found = sampler.solve()
            values = np.zeros(size, dtype=np.bool_)
            values[1 : len(found)] = [bool(value) for value in found[1:size]]
            values[free] = [dice.random() < 0.5 for _ in free]
            literals = np.where(values, numbers, -numbers)[1:].tolist()
            whole = np.array(processor.restore(literals)[: size - 1], dtype=np.int64)
            values[1 : len(whole) + 1] = whole > 0
            drawn.append(values)
        return drawn
    finally:
        processor.delete()


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
