# SPDX-License-Identifier: MIT
"""What a sweep has covered: counted from how its cells ended, whoever asks and whenever.

    covered     tuples of the variants of which every cell has ended, well or not
    missing     all others: a variant that was cut, or not begun, covers nothing

Which tuples: those that the matrix was chosen to cover, of its symbols and its strength;
where it counts none (`named`, `distinct`, `uniform`) each variant is one thing to cover.
A sweep that is going on, one that was killed and its database give the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kvariant.project.strategies import STRATEGIES
from kvariant.results.cell import Cell, Outcome

if TYPE_CHECKING:  # numpy is loaded where something is counted
    from kvariant.matrix.coverage import ExercisedValues
    from kvariant.plan import Plans
    from kvariant.plan.variant_table import VariantTable

GOAL = "goal"
"""The name under which a sweep has what it was to cover, in what it was about."""
LISTED = 1_000
"""Uncovered tuples that are listed; more are only counted."""
_TUPLES = {0: "variant", 1: "value", 2: "pair", 3: "triple"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageGoal:
    """What a sweep is to cover, as far as its variants do not say it."""

    strength: int
    """Symbols in a tuple; 0: the variants themselves count."""
    whole: Mapping[str, int]
    """By environment, what there is to cover in the whole matrix: feasible tuples, whether
    or not a variant has them, or variants; none where only some of them were selected."""
    chosen_by: Mapping[str, tuple[str, ...]]
    """By environment, the symbols of the tuples, and names of conditions."""
    budget: float | None = None
    """Seconds; None: there is no limit."""
    unproven: int = 0
    """Of the tuples of `whole`, those of which nobody knows whether they are feasible."""
    part: str = ""
    """Which shard it is of; "": of none."""

    @classmethod
    def of(cls, plans: Plans, *, budget: float | None = None, part: str = "") -> CoverageGoal:
        """Return what the sweep of plans is to cover, of a shard where `part` names one."""
        first = plans.plans[0].matrix
        record = STRATEGIES[first.strategy]
        counts = {p.environment.name: p.matrix.tuples for p in plans}
        strengths = [found.strength for found in counts.values() if found is not None]
        # Of a selection nothing is said of tuples: then its variants are what there is to cover.
        strength = strengths[0] if record.is_covering and strengths else 0
        if strength:
            whole = {
                name: found.feasible + found.unproven
                for name, found in counts.items()
                if found is not None
            }
        else:
            whole = {p.environment.name: len(p.names) for p in plans if len(p.matrix)}
        is_whole = len(whole) == len(plans.plans) and len(plans.names) == len(plans.variants)
        return cls(
            strength=strength,
            whole=whole if is_whole else {},
            chosen_by={p.environment.name: p.matrix.factors for p in plans} if strength else {},
            budget=budget,
            unproven=sum(found.unproven for found in counts.values() if found) if strength else 0,
            part=part,
        )

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready values; the symbols are kept with the variants' values."""
        return {
            "strength": self.strength,
            "whole": dict(self.whole),
            "budget": self.budget,
            **({"unproven": self.unproven} if self.unproven else {}),
            "part": self.part,
        }

    @classmethod
    def from_json(cls, record: Any, columns: VariantTable) -> CoverageGoal | None:
        """Return the goal of a sweep; None: it has none, or it is not as we write it."""
        try:
            whole = {str(name): int(count) for name, count in record["whole"].items()}
            budget = record["budget"]
            strength = int(record["strength"])
            found = cls(
                strength=strength,
                whole=whole,
                chosen_by=columns.chosen_by,
                budget=None if budget is None else float(budget),
                unproven=int(record.get("unproven", 0)),
                part=str(record["part"]),
            )
            is_sound = strength >= 0 and (not strength or bool(columns.chosen_by))
            return found if is_sound else None
        except (TypeError, KeyError, ValueError, AttributeError):
            return None


@dataclass(frozen=True)
class SweptCoverage:
    """What a sweep has covered of what it was to cover."""

    goal: CoverageGoal
    columns: VariantTable
    """Of all its variants."""
    ended: frozenset[str]
    """The variants of which every cell has ended."""
    is_joined: bool = False
    """Whether it is of several sweeps put together: shards are then parts of the whole."""

    @property
    def left(self) -> tuple[str, ...]:
        """The variants that have not ended, in order."""
        return tuple(name for name in self.columns.variants if name not in self.ended)

    @property
    def noun(self) -> str:
        """What is counted, one of them: `pair`, `variant`."""
        return _TUPLES.get(self.goal.strength, f"{self.goal.strength}-tuple")

    @property
    def is_of_part(self) -> bool:
        """Whether only what its own variants have is to be covered, and others have more."""
        return not self.goal.whole or (bool(self.goal.part) and not self.is_joined)

    @cached_property
    def reachable(self) -> int:
        """How many tuples its variants have together."""
        return self._count(None)

    @cached_property
    def total(self) -> int:
        """How many there are to cover."""
        return self.reachable if self.is_of_part else sum(self.goal.whole.values())

    @cached_property
    def covered(self) -> int:
        """How many are."""
        return self._count(self.ended)

    @property
    def missing(self) -> int:
        """How many are not."""
        return self.total - self.covered

    @property
    def share(self) -> Fraction:
        """The share that is covered, exactly; where there is nothing to cover, all of it."""
        return Fraction(self.covered, self.total) if self.total else Fraction(1)

    @property
    def beyond(self) -> int:
        """How many of the missing ones no variant of these has."""
        return self.total - self.reachable

    @cached_property
    def uncovered(self) -> tuple[Mapping[str, str], ...]:
        """Tuples that some variant has and none that has ended: the first `LISTED`."""
        found: list[Mapping[str, str]] = []
        for environment in self._environments if self.goal.strength else ():
            names, values = self._values(environment)
            kept = [lane for lane, name in enumerate(names) if name in self.ended]
            found += values.uncovered(kept, self.goal.strength, LISTED - len(found))
        return tuple(found)

    @property
    def _environments(self) -> Sequence[str]:
        return tuple(self.goal.chosen_by)

    def _names(self, environment: str) -> list[tuple[int, str]]:
        """Return the variants of an environment, each with its place."""
        head = f"{environment}/" if environment else ""
        return [(i, n) for i, n in enumerate(self.columns.variants) if n.startswith(head)]

    def _values(self, environment: str) -> tuple[list[str], ExercisedValues]:
        """Return the variants of an environment, and the values that they have, a lane each."""
        from kvariant.results.value_columns import values_of

        placed = self._names(environment)
        places, names = [place for place, _ in placed], [name for _, name in placed]
        return names, values_of(self.columns, self.goal.chosen_by[environment], places)

    def _count(self, wanted: Collection[str] | None) -> int:
        """Return how many tuples some variants have together; None: all variants."""
        if not self.goal.strength:
            return sum(wanted is None or name in wanted for name in self.columns.variants)
        from kvariant.matrix.tuple_count import tuple_count

        total = 0
        for environment in self._environments:
            names, values = self._values(environment)
            lanes = [i for i, name in enumerate(names) if wanted is None or name in wanted]
            total += tuple_count(values, self.goal.strength, lanes)
        return total


def ended_variants(cells: Collection[Cell], steps: Collection[str]) -> frozenset[str]:
    """Return the variants of which every step has ended."""
    reported: dict[str, set[str]] = {}
    for cell in cells:
        if not cell.test and cell.outcome is not Outcome.MISSING:
            reported.setdefault(cell.variant, set()).add(cell.step)
    return frozenset(name for name, found in reported.items() if found >= {*steps})
