# SPDX-License-Identifier: MIT
"""What a sweep with a budget need not run again, as it goes on with one that was cut.

Sweeps of one matrix, each cut by its budget or by Ctrl-C or kill, are one sweep in several
parts. Results by key (`Kept`) go from each to the next as from any sweep. Beyond that:

    what failed             is not run again while its key is the same
    a step without a key    nobody knows what it reads: it is not run again while its command
                            and its variant's values are the same

if every file of the project is as it was, too. Only variants that had come to their end are
taken over, whole. A sweep that came to its end has no sequel: the next one runs failures, and
steps without keys, anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kvariant.digest import digest
from kvariant.results.cell import GOES_ON, Cell, Outcome
from kvariant.results.swept_coverage import GOAL, ended_variants
from kvariant.sweep.schedule import Action, Schedule, Task

if TYPE_CHECKING:
    from kvariant.plan.variant_table import Column, VariantTable
    from kvariant.results.store import Past
    from kvariant.steps.job import CellId
    from kvariant.steps.step import Step, Steps

STEPS = "steps_as"
"""The name under which a sweep with a budget has the digests of its steps."""


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """The sweep that this one goes on with."""

    past: Past
    same: frozenset[str]
    """Variants whose values are as they were."""
    is_unchanged: bool
    """Whether every file of the project is as it was when that one was cut."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """By name, the digests of the steps as they are now."""

    def taken_over(self, tasks: Schedule) -> dict[CellId, list[Cell]]:
        """Return cells that are not run again, each with its tests, as they are told now."""
        if not self.same or not self.is_unchanged:
            return {}
        cells: dict[CellId, list[Cell]] = {}
        for cell in self.past.cells:
            cells.setdefault((cell.variant, cell.step), []).append(cell)
        ended = ended_variants(self.past.cells, self.past.about.get("steps", ()))
        found: dict[CellId, list[Cell]] = {}
        for variant, mine in _by_variant(tasks).items():
            if variant in ended and variant in self.same:
                found |= self._of_variant(mine, cells) or {}
        return found

    def _of_variant(
        self, tasks: Iterable[Task], cells: Mapping[CellId, Sequence[Cell]]
    ) -> dict[CellId, list[Cell]] | None:
        """Return the cells of a variant that are taken over; None: something of it has to run."""
        found = {}
        for task in tasks:
            id_ = task.variant.name, task.step.name
            if task.do is not Action.RUN:
                continue
            before = cells.get(id_, ())
            if not before or before[0].is_of_machine:
                return None
            if before[0].outcome is Outcome.SKIPPED:
                continue  # what broke before it is taken over: it is skipped again
            if not self._is_same(task, before[0]):
                return None
            found[id_] = [_told(cell) for cell in before]
        return found

    def _is_same(self, task: Task, before: Cell) -> bool:
        if task.key or before.key:
            # One that ended well and is to run is damaged, or has read what is other now: unless
            # it only were to run for a step behind it, which is taken over as well.
            return task.key == before.key and (before.verdict.is_bad or task.is_restored)
        then = self.past.about.get(STEPS, {})
        return bool(then.get(task.step.name) == self.steps.get(task.step.name))


def is_cut(past: Past) -> bool:
    """Return whether a sweep had a budget and has not come to its end."""
    has_budget = isinstance(goal := past.about.get(GOAL), dict) and goal.get("budget") is not None
    return has_budget and (not past.ended or any(cell.is_left for cell in past.cells))


def steps_as(steps: Steps) -> Mapping[str, str]:
    """Return the digest of each step as the project has it."""
    toolchains = repr([(str(t.where), sorted(t.env.items())) for t in steps.toolchains])
    return {step.name: digest([toolchains, *_texts(step)]) for step in steps.steps}


def _texts(step: Step) -> list[str]:
    env = dict(sorted(step.env.items()))
    plain = replace(step, location=None, where=None, baseline=None, env=env)
    return [repr(plain), str(step.where)]


def same_variants(before: VariantTable, now: VariantTable) -> frozenset[str]:
    """Return the variants that have the same value for every symbol in two tables."""
    if before.symbols.keys() != now.symbols.keys():
        return frozenset()
    places = {name: place for place, name in enumerate(before.variants)}
    common = [(places[n], place) for place, n in enumerate(now.variants) if n in places]
    for symbol, column in now.symbols.items():
        other = before.symbols[symbol]
        if column == other and not column.places:
            continue
        common = [(a, b) for a, b in common if _text(other, a) == _text(column, b)]
    return frozenset(now.variants[place] for _, place in common)


def _text(column: Column, place: int) -> str:
    return column.texts[column.places[place] if column.places else 0]


def _told(cell: Cell) -> Cell:
    """Return a cell of a sweep before as one of this; what is known of failures may be other."""
    is_skipped = cell.outcome is Outcome.SKIPPED
    return replace(
        cell,
        outcome=cell.outcome if is_skipped else Outcome.REUSED,
        ended=None if is_skipped else cell.verdict,
        reason=cell.reason if is_skipped else GOES_ON,
        duration=0.0,
        known="",
        failures=tuple(replace(f, known="", expired="") for f in cell.failures),
    )


def _by_variant(tasks: Schedule) -> Mapping[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for (variant, _), task in tasks.items():
        found.setdefault(variant, []).append(task)
    return found
