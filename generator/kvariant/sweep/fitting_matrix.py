# SPDX-License-Identifier: MIT
"""The part of a matrix that is predicted to be swept within a time, and covers most.

    of the whole array     rows one after the other, most new tuples a second first
    an array of so many    chosen anew with the limit that the time leaves, where rows take
                           about equally long: it spreads what it covers over fewer rows

The better of the two. How long a variant takes is known of sweeps of the project before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.matrix import Tuples
from kvariant.plan import Plan, Plans
from kvariant.results.swept_coverage import LISTED, CoverageGoal, SweptCoverage
from kvariant.sweep.columns import columns_of
from kvariant.sweep.predictions import Predictions
from kvariant.sweep.priority import Urgency, Waiting, prioritized
from kvariant.sweep.shared_tuples import shared_tuples

if TYPE_CHECKING:
    from kvariant.plan.variant_table import VariantTable
    from kvariant.results.history import History
    from kvariant.steps.job import CellId


@dataclass(frozen=True)
class FittingMatrix:
    """What fits."""

    plans: Plans
    seconds: float
    """The time that is predicted, side by side."""
    whole: int
    """Variants that there would be without a limit."""
    whole_seconds: float
    """The time that all of them are predicted to take."""
    shortest: float
    """The time that the shortest one is predicted to take by itself."""


def fitting_matrix(
    plans: Plans,
    history: Mapping[CellId, History],
    steps: Sequence[str],
    room: float,
    jobs: int,
    limited: Callable[[int], Plans] | None,
) -> FittingMatrix | None:
    """Return the plans of what fits; None: nobody knows how long anything takes.

    Args:
        plans: with the whole matrix.
        history: how long cells took.
        steps: those that are to run.
        room: seconds.
        jobs: cells at once.
        limited: chooses at most so many variants; None: that is not done here.
    """
    predictions = Predictions(history)
    costs = _costs(plans, predictions, steps)
    if costs is None:
        return None
    goal = CoverageGoal.of(plans)
    total, shortest = sum(costs.values()), min(costs.values())

    def told(some: Plans, seconds: float) -> FittingMatrix:
        return FittingMatrix(some, seconds / jobs, len(costs), total / jobs, shortest)

    if total / jobs <= room:
        return told(plans, total)
    kept = _first(plans, columns_of(plans, goal), goal, costs, room * jobs)
    found = told(_part(plans, goal, kept), sum(costs[name] for name in kept))
    usual = predictions.of_all(("", step) for step in steps)  # of a variant that never ran
    number = int(room * jobs / usual) if usual else 0
    if limited is None or not goal.strength or not 0 < number < len(costs):
        return found
    other = limited(number)
    own = _costs(other, predictions, steps)
    assert own is not None  # all steps are known
    taken = sum(own.values())
    if taken / jobs <= room and _covered(other) > _covered(found.plans):
        return told(other, taken)
    return found


def _costs(plans: Plans, predictions: Predictions, steps: Sequence[str]) -> dict[str, float] | None:
    """Return the seconds of each variant; None: a step is unknown."""
    found: dict[str, float] = {}
    for variant in plans.variants:
        seconds = predictions.of_all((variant.name, step) for step in steps)
        if seconds is None or not steps:
            return None
        found[variant.name] = seconds
    return found


def _covered(plans: Plans) -> int:
    return sum(plan.matrix.tuples.covered for plan in plans if plan.matrix.tuples)


def _first(
    plans: Plans,
    columns: VariantTable,
    goal: CoverageGoal,
    costs: Mapping[str, float],
    room: float,
) -> list[str]:
    """Return the variants that fit, those first that are to be in whatever they cover."""
    names = list(costs)
    always = {id(c) for plan in plans for c in plan.promise.included}
    first = [v.name for v in plans.variants if id(v.configuration) in always]
    waiting = [
        Waiting(i, Urgency.FAILED if name in first else Urgency.NEVER_RAN, costs[name])
        for i, name in enumerate(names)
    ]
    kept: list[str] = []
    left = room
    for lane in prioritized(waiting, shared_tuples(goal, names, columns)):
        if costs[names[lane]] <= left or names[lane] in first:
            kept.append(names[lane])
            left -= costs[names[lane]]
    return [name for name in names if name in {*kept}]


def _part(plans: Plans, goal: CoverageGoal, kept: Collection[str]) -> Plans:
    """Return plans with some variants alone, and what those cover."""
    return Plans(tuple(_part_of(plan, goal, kept) for plan in plans))


def _part_of(plan: Plan, goal: CoverageGoal, kept: Collection[str]) -> Plan:
    matrix, counts = plan.matrix, plan.matrix.tuples
    small = plan.only(kept)
    if counts is None or not goal.strength:
        return small
    name = plan.environment.name
    own = replace(
        goal, whole={name: counts.feasible + counts.unproven}, chosen_by={name: matrix.factors}
    )
    found = SweptCoverage(own, columns_of(Plans((plan,)), own), frozenset(kept))
    tuples = Tuples(
        strength=counts.strength,
        feasible=counts.feasible,
        infeasible=counts.infeasible,
        unproven=counts.unproven,
        covered=found.covered,
        uncovered=(*found.uncovered, *counts.uncovered)[:LISTED],
    )
    return replace(
        small,
        matrix=replace(small.matrix, tuples=tuples, lower_bound=matrix.lower_bound),
        promise=replace(small.promise, strength=plan.promise.strength),
    )
