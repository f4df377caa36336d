# SPDX-License-Identifier: MIT
"""The schedule: what is to be done for each cell, decided before anything runs.

    run      its key is new, or it has none
    reuse    the same content ended well before
    merge    a variant that comes earlier has the same key
    skip     `where` does not hold, or the step has nothing to do

Pure: keys, what is kept and whether files are still there come in.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.results.store import Kept
    from kvariant.steps.step import Step


class Action(enum.Enum):
    """What is to be done for a cell."""

    RUN = "run"
    REUSE = "reuse"
    MERGE = "merge"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One cell to be."""

    variant: Variant
    step: Step
    do: Action
    key: str = ""
    """Digest of what it reads; "": it has none, or it is known when its needs have run."""
    reason: str = ""
    """Why it is not run, or why it is run although it ran before."""
    kept: Kept | None = None
    """What is reused."""
    owner: str = ""
    """The variant that it is merged with."""
    is_restored: bool = False
    """Whether it is run for what it made alone, which a step behind it needs."""


Schedule = Mapping[tuple[str, str], Task]
"""By variant and step, in the order of both."""

NEVER = "no reads and no depfiles: it runs every time"


@dataclass(frozen=True, kw_only=True)
class ScheduleQuestions:
    """What the schedule asks of the world."""

    key: Callable[[Variant, Step, Mapping[str, Task]], str]
    """The key of a cell, given the tasks of the earlier steps; "": none yet."""
    kept: Callable[[str, str], Kept | None]
    """What is kept for a step and a key, if its files are as they were."""
    before: Callable[[Step], Sequence[str]]
    """The earlier steps whose work a step can see."""
    is_intact: Callable[[Variant, Step, str, Step], bool]
    """Whether what a step made of a key is still there for another behind it."""
    is_damaged: Callable[[Variant, Step, str], bool]
    """Whether files that a step made of a key are there and not as it left them."""
    skipped: Callable[[Variant, Step], str]
    """Why a built-in step has nothing to do in a variant; "": it has."""


def schedule(
    variants: Iterable[Variant],
    steps: Sequence[Step],
    questions: ScheduleQuestions,
    *,
    reuse: bool = True,
) -> Schedule:
    """Return what is to be done, variants and steps in order.

    Args:
        variants: in the order in which they will run: the first of equal ones is the one
            that does.
        steps: a step's needs stand before it.
        questions: see there.
        reuse: False: everything runs, but equal content once.
    """
    tasks: dict[tuple[str, str], Task] = {}
    owners: dict[tuple[str, str], str] = {}
    for variant in variants:
        mine: dict[str, Task] = {}
        for step in steps:
            mine[step.name] = _task(variant, step, mine, owners, questions, reuse)
        _restore_needs(variant, steps, mine, questions)
        for step in steps:
            task = mine[step.name]
            if task.do is Action.RUN and task.key:
                owners.setdefault((step.name, task.key), variant.name)
            tasks[variant.name, step.name] = task
    return tasks


def _task(
    variant: Variant,
    step: Step,
    mine: Mapping[str, Task],
    owners: Mapping[tuple[str, str], str],
    questions: ScheduleQuestions,
    reuse: bool,
) -> Task:
    if step.where is not None and not variant.configuration.satisfies(step.where):
        because = variant.configuration.because(step.where)
        return Task(variant=variant, step=step, do=Action.SKIP, reason=because)
    if nothing := questions.skipped(variant, step):
        return Task(variant=variant, step=step, do=Action.SKIP, reason=nothing)
    needs = [mine[name] for name in step.needs]
    given = [task for task in needs if task.do is Action.SKIP and step.is_need_given]
    if given:
        reason = f"needs {given[0].step.name}, which is skipped: {given[0].reason}"
        return Task(variant=variant, step=step, do=Action.SKIP, reason=reason)
    key = questions.key(variant, step, mine) if step.has_key else ""
    task = Task(variant=variant, step=step, do=Action.RUN, key=key)
    if not key:
        return task if step.has_key else replace(task, reason=NEVER)
    if (owner := owners.get((step.name, key))) is not None:
        return replace(task, do=Action.MERGE, owner=owner, reason=f"as {owner}")
    if reuse and (kept := questions.kept(step.name, key)) is not None:
        if questions.is_damaged(variant, step, key):
            return replace(task, reason="what it made is damaged")
        return replace(task, do=Action.REUSE, kept=kept, reason=kept.reason)
    return task


def _restore_needs(
    variant: Variant, steps: Sequence[Step], mine: dict[str, Task], questions: ScheduleQuestions
) -> None:
    """Run again what is not there any more for a step that runs."""
    for step in reversed(steps):
        if mine[step.name].do is not Action.RUN:
            continue
        for need in dict.fromkeys((*questions.before(step), *step.needs)):
            task = mine[need]
            if task.do in (Action.REUSE, Action.MERGE) and not questions.is_intact(
                variant, task.step, task.key, step
            ):
                reason = f"{step.name} needs what it made"
                mine[need] = replace(
                    task, do=Action.RUN, reason=reason, kept=None, owner="", is_restored=True
                )
