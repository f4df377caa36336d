# SPDX-License-Identifier: MIT
"""The key of each cell of a sweep, and whether what was made of it is still there.

step                 its key is of
generate             sources and values: see `Generator`
build, of our own    what is compiled
test, of our own     the variant's files and build, its counterparts, the tests, what pytest goes by
any other            see `StepInputs`, and what the steps before it have made
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import build_key, inputs, is_damaged
from kvariant.digest import SHORT, digest, files_digest
from kvariant.plan.digests import toolkit
from kvariant.results.cell import BUILD, Cell, Outcome
from kvariant.steps import environment as inheritance
from kvariant.steps import placeholders
from kvariant.steps.inputs import StepInputs
from kvariant.steps.measured_file import excesses
from kvariant.sweep.build_step import is_built_as
from kvariant.sweep.counterpart_keys import CounterpartKeys
from kvariant.sweep.pytest_batches import pytest_settings, test_files, test_tools
from kvariant.sweep.schedule import Action, ScheduleQuestions, Task

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.results.store import Kept, Store
    from kvariant.steps.step import Step
    from kvariant.steps.workspace import Workspace
    from kvariant.sweep.generate_step import GeneratedFiles
    from kvariant.sweep.request import Sweep


class CellKeys:
    """What the cells of one sweep read."""

    def __init__(
        self,
        sweep: Sweep,
        store: Store,
        places: Mapping[str, Workspace],
        generated: Mapping[str, GeneratedFiles],
        kconfig_before: Mapping[Path, str] = {},
    ) -> None:
        """Take what is swept.

        Args:
            store: where results are kept by key.
            places: by variant.
            generated: the files of each variant, none where nothing is generated.
            kconfig_before: digests of Kconfig files in the revision that this sweep is
                compared with: where the values are the same, so is what is read of them.
        """
        self._sweep = sweep
        self._store = store
        self._places = places
        self._generated = generated
        self._reading = StepInputs(sweep.plans, sweep.steps)
        self._before = StepInputs(sweep.plans, sweep.steps, kconfig_before)
        self._has_edited_kconfig = bool(kconfig_before)
        self._counterparts = CounterpartKeys(sweep.plans, store, keeps=not sweep.dry)
        self._limits = {s.name: s.measure_limits for s in sweep.steps.steps if s.measure}

    @property
    def questions(self) -> ScheduleQuestions:
        """What the schedule asks."""
        return ScheduleQuestions(
            key=self._key,
            kept=self._kept,
            before=self._sweep.steps.before,
            is_intact=self._is_intact,
            is_damaged=self._is_damaged,
            skipped=self._skipped,
        )

    def late_key(self, task: Task, ended: Callable[[str], Cell]) -> str:
        """Return a key that could not be known before the steps before it had run.

        Args:
            task: what is to be run.
            ended: returns the cell of an earlier step of its variant.
        """
        if task.key or not task.step.has_key:
            return task.key
        before = []
        for name in self._sweep.steps.before(task.step):
            cell = ended(name)
            if cell.outcome is Outcome.SKIPPED:
                continue
            kept = self._kept(name, cell.key)
            if not (found := self._made_of(self._sweep.steps[name], cell.key, kept)):
                return ""
            before.append(found)
        return self._key_after(task.variant, task.step, before)

    def read(self, step: Step, place: Workspace) -> Mapping[str, object] | None:
        """Return what a step that ended well has read; see `StepInputs.facts`."""
        return self._reading.facts(step, place)

    def read_by_tests(self, variant: Variant, read: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of what a variant's tests have read, but for what keys have.

        Args:
            variant: what its build has read counts as well.
            read: paths.
        """
        digests = self._reading.digests(map(Path, read), self._sweep.made, self._test_files)
        return {**inputs(self._sweep.workshop(variant)), **digests}

    def plain_key(self, variant: Variant, step: Step, tasks: Mapping[tuple[str, str], Task]) -> str:
        """Return the digest of all that is known that a step without a key reads.

        That is all but the files of the project: command, values, tools, what is rendered,
        and what the steps before it are made of. "": even that is not known.
        """
        before = []
        for name in self._sweep.steps.before(step):
            task = tasks[variant.name, name]
            if task.do is Action.SKIP:
                before.append("skipped")
                continue
            if task.step.has_key:
                found = self._made_of(task.step, task.key, task.kept)
            else:
                found = self.plain_key(variant, task.step, tasks)
            if not found:
                return ""
            before.append(found)
        own = [sorted(step.measure_limits.items())] if step.measure_limits else []
        limits = repr((step.timeout, step.retries, step.infrastructure, *own))
        return digest([self._key_after(variant, step, before), limits])[:SHORT]

    def _key(self, variant: Variant, step: Step, earlier: Mapping[str, Task]) -> str:
        if step.is_built_in:
            return self._own_key(variant, step)
        before = []
        for name in self._sweep.steps.before(step):
            task = earlier[name]
            if task.do is Action.SKIP:
                continue
            if not (found := self._made_of(task.step, task.key, task.kept)):
                return ""
            before.append(found)
        key = self._key_after(variant, step, before)
        if self._has_edited_kconfig and step.depfiles and self._kept(step.name, key) is None:
            then = self._before.key(step, variant, self._places[variant.name],
                                    self._contents(variant, before))  # fmt: skip
            if self._kept(step.name, then) is not None:
                return then
        return key

    def _key_after(self, variant: Variant, step: Step, before: Sequence[str]) -> str:
        contents = self._contents(variant, before)
        return self._reading.key(step, variant, self._places[variant.name], contents)

    def _contents(self, variant: Variant, before: Sequence[str]) -> Sequence[str]:
        made = self._generated.get(variant.name)
        return [*before, made.content] if made else before

    def _own_key(self, variant: Variant, step: Step) -> str:
        made = self._generated[variant.name]
        if step.name == BUILD:
            return build_key(made.recipe) if made.recipe else ""
        is_built = made.recipe and self._sweep.steps.has_own(BUILD)
        built = build_key(made.recipe) if is_built else ""
        others = self._counterparts.of(variant)
        return digest([variant.name, made.content, built, self._tests_key, others])

    def _made_of(self, step: Step, key: str, kept: Kept | None) -> str:
        """Return the key of what a step makes: with depfiles that depends on what it has read."""
        if not key or not step.depfiles:
            return key
        return self._reading.result_key(key, kept) if kept else ""

    @cached_property
    def _test_files(self) -> frozenset[Path]:
        return frozenset(test_files(self._sweep.test_paths, self._root, self._sweep.made))

    @cached_property
    def _tests_key(self) -> str:
        files = sorted(self._test_files)
        return digest(
            [
                toolkit(),
                test_tools(),
                files_digest(files),
                files_digest(self._relations),
                *pytest_settings(self._root),
                *inheritance.test_variables(f for f in files if f.suffix == ".py"),
            ]
        )

    @property
    def _relations(self) -> Sequence[Path]:
        """What the plugin tests of itself: a file that may come and go."""
        templates = self._sweep.plans.project.templates
        if templates is None:
            return []
        from kvariant.render.relations import FILE  # the models of its tables

        path = templates / FILE
        return [path] if path.is_file() else []

    @property
    def _root(self) -> Path:
        return self._sweep.plans.project.root

    def _kept(self, step: str, key: str) -> Kept | None:
        kept = self._store.kept([(step, key)]).get((step, key))
        every = (kept, *kept.others) if kept is not None else ()
        found = next((one for one in every if self._reading.is_unread_since(one)), None)
        if found is not None and step in self._limits:  # it may be over a limit of today
            sizes = found.figures.sizes
            return found if sizes and not excesses(sizes, self._limits[step]) else None
        return found

    def _is_intact(self, variant: Variant, step: Step, key: str, reader: Step) -> bool:
        if step.is_own(BUILD):
            return is_built_as(self._sweep.workshop(variant), self._generated[variant.name].recipe)
        if step.is_built_in:
            return True
        place = self._places[variant.name]
        values = place.values(self._sweep.steps, {})
        said = [glob for glob in reader.reads if placeholders.uses(glob, "out")]
        read = [placeholders.for_glob(glob, values) for glob in said]
        return place.has_made(step.name, key, read)

    def _is_damaged(self, variant: Variant, step: Step, key: str) -> bool:
        if step.is_own(BUILD):
            return is_damaged(self._sweep.workshop(variant))
        return not step.is_built_in and self._places[variant.name].is_damaged(step.name, key)

    def _skipped(self, variant: Variant, step: Step) -> str:
        if step.is_own(BUILD) and not self._generated[variant.name].recipe:
            return "no C files"
        return ""
