# SPDX-License-Identifier: MIT
"""A patch's variants proven, and where something was missed others tried that may have it.

Each round learns from what was missed (`patch_lessons`), chooses the fewest variants near the
base in which all of it may be, and preprocesses these. A variant in which nothing new was seen
is not one of the matrix's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import NEVER
from kvariant.matrix.patch import patch
from kvariant.plan.names import names
from kvariant.plan.patch_lessons import Lesson, lesson
from kvariant.plan.patch_proof import PatchProof, Prover, require_proof
from kvariant.plan.variant import Variant
from kvariant.presence.condition import possible
from kvariant.presence.verdict import holds, judged

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.plan.line_presence import LinePresence
    from kvariant.plan.plan import Plan

ROUNDS = 3
"""Times that other variants are tried."""
_NONE = "no other configuration may have it"
_NO_MORE = "of the options that its file names no other values are left to try"


def proven_by_trying(
    plan: Plan,
    lines: LinePresence,
    out: Path,
    jobs: int,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Plan, PatchProof]:
    """Return a plan with the variants that its patch was seen in, and the proof.

    Args:
        out: a folder of ours.
        tell: hears which variant is at work.

    Raises:
        MissingError: the tree's build makes no such files, or make is missing [no-proof].
    """
    assert plan.patch is not None
    require_proof(plan)
    prover = Prover(plan, lines, out, jobs)
    proof = prover.proof(plan, plan.patch.seen, tell)
    reasons: dict[int, str] = {}
    ended: set[int] = set()
    for _ in range(ROUNDS):
        lessons = _lessons(plan, lines, proof, ended)
        reasons |= {i: one.reason for i, one in lessons.items()}
        found, dead = _others(plan, lessons)
        reasons |= {i: f"{reasons[i]}; {why}" for i, why in dead.items()}
        ended |= dead.keys()
        if not found:
            break
        tried = _with(plan, found, lessons)
        assert tried.patch is not None
        after = prover.proof(tried, tried.patch.seen, tell)
        before = len(plan.matrix)
        useful = [
            n for n in range(before, len(tried.matrix))
            if any(after.seen[n][i] for i in lessons)
        ]  # fmt: skip
        plan, proof = _only(tried, after, [*range(before), *useful])
        prover.rows = list(proof.seen)
    left = {i: why for i, why in reasons.items() if not proof.is_seen(i)}
    return plan, replace(proof, reasons=left)


def _lessons(
    plan: Plan, lines: LinePresence, proof: PatchProof, ended: Set[int]
) -> dict[int, Lesson]:
    """Return what is learnt of each goal that is predicted and was never seen."""
    assert plan.patch is not None
    goals = plan.patch.goals.goals
    return {
        i: lesson(lines.sources, goals[i], misses)
        for i, misses in proof.misses.items()
        if not proof.is_seen(i) and i not in ended
    }


def _others(
    plan: Plan, lessons: Mapping[int, Lesson]
) -> tuple[Sequence[Configuration], Mapping[int, str]]:
    """Return configurations in which goals may be, and of which goals there are none, and why."""
    wanted = {i: possible(one.condition) for i, one in lessons.items()}
    never = {i for i, one in lessons.items() if possible(one.narrowed) == NEVER}
    if len(never) == len(wanted) or plan.patch is None:
        return (), dict.fromkeys(never, _NONE)
    from kvariant.space import Space  # where something was missed

    space = Space.of(plan.tree)
    if plan.promise.where is not None:
        space = space.restricted(plan.promise.where)
    assignment = plan.base.assignment if plan.base else {}
    due = [i for i, condition in wanted.items() if condition != NEVER]
    found = patch(space, [wanted[i] for i in due], plan.patch.base, assignment) if due else None
    left = [i for i in wanted if i not in due] + [
        due[n] for n in (found.impossible if found else ())
    ]
    dead = {
        i: _NO_MORE if i not in never and judged(space, lessons[i].narrowed).can_hold else _NONE
        for i in left
    }
    known = {tuple(v.configuration.values()) for v in plan.matrix}
    new = [c for c in (found.configurations if found else ()) if tuple(c.values()) not in known]
    return new, dead


def _with(plan: Plan, found: Sequence[Configuration], lessons: Mapping[int, Lesson]) -> Plan:
    """Return a plan with more variants."""
    assert plan.patch is not None
    goals = plan.patch.goals.goals
    symbols = dict.fromkeys((*plan.patch.symbols, *_symbols(lessons)))
    order = [name for name in plan.tree.symbols if name in symbols]
    made = names(
        found,
        order,
        [variant.name for variant in plan.matrix],
        base=plan.patch.base,
        choices=[choice.members for choice in plan.tree.choices],
        derived=[n for n in order if not plan.tree.model.symbols[n].prompts],
    )
    more = tuple(
        Variant(name=name, description="", configuration=c, fragment=None)
        for name, c in zip(made, found, strict=True)
    )
    rows = tuple(
        tuple(
            holds(c, lessons[i].condition if i in lessons else goal.condition)
            for i, goal in enumerate(goals)
        )
        for c in found
    )
    return replace(
        plan,
        matrix=replace(plan.matrix, variants=(*plan.matrix.variants, *more)),
        names=(*plan.names, *made),
        patch=replace(
            plan.patch,
            configurations=(*plan.patch.configurations, *found),
            seen=(*plan.patch.seen, *rows),
        ),
    )


def _symbols(lessons: Mapping[int, Lesson]) -> list[str]:
    return [name for one in lessons.values() for name in one.condition.symbols]


def _only(plan: Plan, proof: PatchProof, kept: Sequence[int]) -> tuple[Plan, PatchProof]:
    """Return a plan with some of its variants alone."""
    assert plan.patch is not None
    variants = [plan.matrix.variants[n] for n in kept]
    left = {v.name for v in plan.matrix}.difference(v.name for v in variants)
    own = replace(
        plan.patch,
        configurations=tuple(plan.patch.configurations[n] for n in kept),
        seen=tuple(plan.patch.seen[n] for n in kept),
    )
    found = replace(
        plan,
        matrix=replace(plan.matrix, variants=tuple(variants)),
        names=tuple(name for name in plan.names if name not in left),
        patch=own,
    )
    return found, replace(proof, seen=tuple(proof.seen[n] for n in kept))
