# SPDX-License-Identifier: MIT
"""What a sweep need not run since a revision: cells whose outcome the revision's results have.

    a key that ended well          is reused, as in any sweep
    a key that failed              failed in the revision's results: it would again
    a step without a key           all that is known of it is the same (`CellKeys.plain_key`),
                                   and no file that differs reaches it  (`plain_reach`)
    Kconfig                        where values are the same, it counts as the revision's

What was cut, flaky, or ended for the machine's sake runs. So does what a step that runs needs
of the steps before it, and all where there are no results of the revision.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import bytes_digest
from kvariant.errors import InputError
from kvariant.plan.digests import toolkit
from kvariant.plan.fragments import Fragments
from kvariant.presence.sources import SourceFiles
from kvariant.results.baseline import Baseline, baseline_of, revisions_of
from kvariant.results.cell import BUILD, GENERATE, TEST, Cell, Outcome
from kvariant.review.changed_files import changed_files, text_before
from kvariant.review.revision import Revision, revision_of
from kvariant.steps import tools
from kvariant.sweep.plain_reach import EditedCheckout, PlainReach
from kvariant.sweep.predictions import Predictions
from kvariant.sweep.schedule import Action, Schedule, Task

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.results.store import Store
    from kvariant.steps.job import CellId
    from kvariant.sweep.cell_keys import CellKeys
    from kvariant.sweep.request import Sweep
    from kvariant.sweep.since import Since

_LASTING = (Outcome.OK, Outcome.FAILED)
"""How cells end that would end so again."""


@dataclass(kw_only=True)
class Continuation:
    """A sweep that goes on from a revision's results."""

    sweep: Sweep
    since: Since
    revision: Revision
    baseline: Baseline | None
    predictions: Predictions

    @classmethod
    def of(cls, sweep: Sweep, since: Since, store: Store) -> Continuation:
        """Find the baseline, and tell of it.

        Raises:
            InputError: there is no checkout, or git does not know the revision.
            MissingError: git is not installed.
        """
        root = sweep.plans.project.root
        revision = _revision(root, since.named)
        since.said, since.commit = revision.said, revision.commit
        matrix = sweep.plans.plans[0].matrix.name
        baseline = None
        try:
            baseline = baseline_of(store, matrix, revision.commit)
            others = revisions_of(store, matrix)
        except (sqlite3.DatabaseError, TypeError, KeyError):
            others = []
        since.baseline = baseline
        if baseline is None:
            since.lacking = f"no sweep of {matrix} at {revision.commit[:9]}, nothing edited"
            there = (
                f"; there are results of {', '.join(r[:9] for r in others[:3])}" if others else ""
            )
            since.tell(
                f"since {revision.said}: there are no results of it ({since.lacking}{there}): "
                "all runs"
            )
        else:
            since.tools = baseline.changed_tools(tools.now())
            since.changed = changed_files(
                revision.top, revision.commit, sweep.made, since=baseline.ended
            )
            same = "other " + ", ".join(since.tools) if since.tools else "the same tools"
            since.tell(f"since {revision.said}: swept {baseline.when}, {same}")
        return cls(
            sweep=sweep,
            since=since,
            revision=revision,
            baseline=baseline,
            predictions=Predictions(store.history()),
        )

    @cached_property
    def kconfig_before(self) -> Mapping[Path, str]:
        """The digests that edited Kconfig files had in the revision."""
        found = {}
        edited = {self.revision.top / one.path: one.path for one in self.since.changed}
        for path in {path for plan in self.sweep.plans for path in plan.tree.files}:
            name = edited.get(path)
            if name is None:
                continue
            text = text_before(self.revision.top, self.revision.commit, name)
            if text is not None:
                found[path] = bytes_digest(text.encode())
        return found

    def taken_over(self, tasks: Schedule, keys: CellKeys) -> dict[CellId, list[Cell]]:
        """Return the cells that are not run, with their tests; note why the others are.

        Args:
            tasks: what would run.
        """
        since = self.since
        since.variants = [variant.name for variant in self.sweep.plans.variants]
        since.cells = len(since.variants) * len(self.sweep.steps.names)
        by_variant: dict[str, list[Task]] = {}
        for task in tasks.values():
            by_variant.setdefault(task.variant.name, []).append(task)
        found: dict[CellId, list[Cell]] = {}
        for mine in by_variant.values():
            found |= self._of_variant(mine, tasks, keys)
        self._predict()
        return found

    def _predict(self) -> None:
        """Note how long it will take, and how long all would."""
        since, steps = self.since, self.sweep.steps.names
        every = [(variant, step) for variant in since.variants for step in steps]
        due = [place for place in every if place in since.whys or not self._was_skipped(place)]
        since.seconds = self.predictions.of_all(since.whys)
        since.whole_seconds = self.predictions.of_all(due)

    def note_generated(self, variants: Sequence[str]) -> None:
        """Note the variants that were rendered to other files."""
        why = "it renders to other files" if self.baseline else self.since.lacking
        self.since.whys |= {(name, GENERATE): why for name in variants}

    def _of_variant(
        self, mine: Sequence[Task], tasks: Schedule, keys: CellKeys
    ) -> dict[CellId, list[Cell]]:
        whys: dict[str, str] = {}
        for task in mine:
            if task.do is Action.RUN:
                whys[task.step.name] = self._why(task, tasks, keys)
        for task in mine:  # nobody knows what else a step makes where it runs once more
            if whys.get(task.step.name) == "" and not task.step.has_key:
                runs = [name for name in self.sweep.steps.before(task.step) if whys.get(name)]
                whys[task.step.name] = f"{runs[0]} runs before it" if runs else ""
        for task in reversed(mine):  # what a step needs that runs runs, too
            if not whys.get(task.step.name):
                continue
            for need in (*self.sweep.steps.before(task.step), *task.step.needs):
                if whys.get(need) == "":
                    whys[need] = f"{task.step.name} needs what it made"
        for task in mine:  # what broke before it may be mended
            if whys.get(task.step.name) == "" and self._was_skipped(_place_of(task)):
                runs = [need for need in task.step.needs if whys.get(need)]
                whys[task.step.name] = f"{runs[0]} runs" if runs else ""
        self.since.whys |= {(mine[0].variant.name, s): why for s, why in whys.items() if why}
        if self.baseline is None:
            return {}
        cells = {}
        for task in mine:
            place = _place_of(task)
            if whys.get(task.step.name) == "" and not self._was_skipped(place):
                cells[place] = [self._told(cell) for cell in self.baseline.cells[place]]
        return cells

    def _was_skipped(self, place: CellId) -> bool:
        cells = self.baseline.cells if self.baseline else {}
        before = cells.get(place)
        return before is not None and before[0].outcome is Outcome.SKIPPED

    def _why(self, task: Task, tasks: Schedule, keys: CellKeys) -> str:
        """Return why a cell runs, "" if it need not."""
        if self.baseline is None:
            return self.since.lacking
        before = self.baseline.cells.get((task.variant.name, task.step.name))
        if before is None:
            return f"no results of it at {self.revision.commit[:9]}"
        head = before[0]
        if head.is_of_machine or any(cell.is_of_machine for cell in before):
            return "it ended for the machine's sake"
        if head.outcome is Outcome.SKIPPED:  # what broke before it is taken over, or runs
            needs = [self.baseline.cells.get((task.variant.name, n)) for n in task.step.needs]
            is_blocked = any(need and need[0].verdict.is_bad for need in needs)
            return "" if is_blocked and self._is_same(task, tasks, keys) else "it was skipped"
        if head.verdict not in _LASTING:
            return f"it was {head.verdict.value}"
        if task.step.has_key:
            if not task.key or task.key != head.key:
                return self._other(task)
            if task.is_restored:
                return ""
            if head.verdict is Outcome.FAILED:  # what it read beside its key nobody noted
                return "" if task.step.reads else self._reach.beside_key(task.step)
            return task.reason or self._other(task)
        if not self._is_same(task, tasks, keys):
            return "its values, command, tools or what is made before it differ"
        return self._reach.why(
            task.variant, task.step, {**self._variables(task.variant), **task.step.env}
        )

    def _is_same(self, task: Task, tasks: Schedule, keys: CellKeys) -> bool:
        assert self.baseline is not None
        place = task.variant.name, task.step.name
        if task.step.has_key:
            return True  # its need is what it was, and bad
        key = keys.plain_key(task.variant, task.step, tasks)
        is_same = bool(key) and key == self.baseline.plain.get(place)
        return is_same and self.baseline.toolkit == toolkit()

    def _other(self, task: Task) -> str:
        """Return what differs for a step with a key, as well as its name tells."""
        if task.step.is_own(BUILD):
            return "its C differs"
        if task.step.is_own(TEST):
            tests = tuple(f"{path}" for path in self.sweep.plans.project.tests)
            named = [o.path for o in self.since.changed if o.path.startswith(tests or ("tests/",))]
            return f"{named[0]} differs" if named else "its files, tests or tools differ"
        return "what it reads differs"

    def _variables(self, variant: Variant) -> Mapping[str, str]:
        return self.sweep.steps.variables(
            variant.configuration, self.sweep.plans[variant].variables
        )

    @cached_property
    def _reach(self) -> PlainReach:
        plans, top = self.sweep.plans, self.revision.top
        sources = {
            plan.environment.name: SourceFiles(plan.tree, keep=plans.project.keeps_trees)
            for plan in plans
        }
        fragments = set()
        for plan in plans:
            fragments |= {*Fragments(plans.project, plan.tree).files}
        templates = {
            path for plan in plans if plan.templates for path in plan.templates.files
        } if self.sweep.generates else set()  # fmt: skip
        return PlainReach(
            around=EditedCheckout(
                top=top,
                commit=self.revision.commit,
                root=plans.project.root,
                kconfig=_real(top, {path for plan in plans for path in plan.tree.files}),
                fragments=_real(top, fragments),
                templates=_real(top, templates),
            ),
            changed=self.since.changed,
            sources=lambda variant: sources[variant.environment],
            programs=tools.programs_there(),
            outside=self._outside,
        )

    @cached_property
    def _outside(self) -> str:
        """A folder whose files git does not tell about, "" where there is none."""
        top = self.revision.top.resolve()
        roots = [self.sweep.plans.project.root, *(plan.tree.root for plan in self.sweep.plans)]
        for root in roots:
            real = root.resolve()
            inner = [p for p in (real, *real.parents) if (p / ".git").exists()]
            if not real.is_relative_to(top) or (inner and inner[0] != top):
                return str(root)
        return ""

    def _told(self, cell: Cell) -> Cell:
        """Return a cell of the revision's results as one of this sweep."""
        is_skipped = cell.outcome is Outcome.SKIPPED
        return replace(
            cell,
            outcome=cell.outcome if is_skipped else Outcome.REUSED,
            ended=None if is_skipped else cell.verdict,
            reason=cell.reason if is_skipped else f"as at {self.revision.commit[:9]}",
            duration=0.0,
            known="",
            failures=tuple(replace(f, known="", expired="") for f in cell.failures),
        )


def _place_of(task: Task) -> CellId:
    return task.variant.name, task.step.name


def _revision(root: Path, named: str) -> Revision:
    """Return the revision.

    Raises:
        InputError: see `revision_of`; with a hint that is about sweeps.
    """
    try:
        return revision_of(root, named)
    except InputError as error:
        hint = "without --since all that has no results runs"
        raise InputError(
            *(replace(d, hint=hint) if d.code == "no-checkout" else d for d in error.diagnostics)
        ) from None


def _real(top: Path, paths: set[Path]) -> frozenset[Path]:
    """Return paths as git's names below the top folder give them."""
    real = top.resolve()
    found = (path.resolve() for path in paths)
    return frozenset(top / path.relative_to(real) for path in found if path.is_relative_to(real))
