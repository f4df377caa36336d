# SPDX-License-Identifier: MIT
"""The scheduler: workers take variants through their steps; our own tests take many at once.

steps of a project          are run in segments
build, test                 build of each variant | tests of all
build, test, boot           build of each variant | tests of all | boot of each variant
configure, build, boot      each variant through all three
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path

from kvariant.build import inputs
from kvariant.plan import Variant
from kvariant.results.cell import TEST, Cell, Outcome
from kvariant.results.store import Kept
from kvariant.steps.step import Step
from kvariant.steps.workspace import Workspace
from kvariant.sweep.build_step import built
from kvariant.sweep.cell_keys import CellKeys
from kvariant.sweep.project_steps import KeptResults, ProjectSteps
from kvariant.sweep.pytest_batches import PytestBatches
from kvariant.sweep.recorder import Recorder
from kvariant.sweep.request import Sweep
from kvariant.sweep.schedule import Action, Schedule, Task
from kvariant.sweep.workers import work_off

_AFTER = "after "
"""How the reason begins for which a step behind a bad one is skipped."""


class Scheduler:
    """What is left of an schedule, and how it ends.

    Invariant: a cell's future is done when the cell is in the recorder; it is cancelled when
    the sweep ends before it.
    """

    def __init__(
        self,
        sweep: Sweep,
        tasks: Schedule,
        cell_keys: CellKeys,
        project_steps: ProjectSteps,
        recorder: Recorder,
        places: Mapping[str, Workspace],
        stop: threading.Event,
    ) -> None:
        """Take what is to be done.

        Args:
            tasks: of every variant that runs, in the order in which they run.
            places: by variant, in the same order.
            stop: set when no further cell shall begin.
        """
        self._sweep = sweep
        self._tasks = tasks
        self._cell_keys = cell_keys
        self._project_steps = project_steps
        self._recorder = recorder
        self._places = places
        self._stop = stop
        self._cut = threading.Event()
        """Set when commands were ended by us: how they ended says nothing."""
        self._ended: dict[tuple[str, str], Future[Cell]] = {place: Future() for place in tasks}

    def settle(self) -> None:
        """End every cell that needs no work, in one go."""
        ended: list[list[Cell]] = []
        for task in self._tasks.values():
            if task.do is Action.SKIP:
                cells = [cell_of(task, Outcome.SKIPPED)]
            elif task.do is Action.REUSE and not self._may_fail_yet(task):
                cells = [_reused(task), *_reused_tests(task)]
            else:
                continue
            self._ended[task.variant.name, task.step.name].set_result(cells[0])
            ended.append(cells)
        self._recorder.settle(ended)

    def _may_fail_yet(self, task: Task) -> bool:
        """Return whether a need of a task is to run: if it fails, the task is skipped."""
        return any(self._tasks[task.variant.name, n].do is Action.RUN for n in task.step.needs)

    def run(self) -> None:
        """Run what has not ended, until all has, or the sweep is to end.

        Raises:
            MissingError: the disk is full.
        """
        for segment in _segments(self._sweep.steps.generated):
            if segment[0].is_own(TEST):
                work = self._test_runs()
            else:
                work = [part for name in self._places if (part := self._part(name, segment))]
            work_off(work, self._sweep.jobs, self._cut_off)

    def _cut_off(self) -> None:
        self._stop.set()
        self._cut.set()
        for ended in self._ended.values():
            ended.cancel()  # a cell may wait for the one that it is merged with

    def _part(self, variant: str, steps: Sequence[Step]) -> Callable[[], None] | None:
        """Return what takes a variant through some steps, None if all of them have ended."""
        if all(self._ended[variant, step.name].done() for step in steps):
            return None
        return lambda: self._chain([self._tasks[variant, step.name] for step in steps])

    def _chain(self, tasks: Sequence[Task]) -> None:
        """Run a variant's cells; after the end of the sweep those that are left are cancelled."""
        try:
            for task in tasks:
                if self._ended[task.variant.name, task.step.name].done():
                    continue
                if self._stop.is_set():
                    return
                cells, kept = self._work(task)
                if self._cut.is_set():
                    return  # it was ended by us
                self._end(cells, kept)
            self._tidy(tasks[0].variant)
        except CancelledError:  # of a cell that this one waits for
            return
        finally:
            for task in tasks:
                self._ended[task.variant.name, task.step.name].cancel()

    def _end(self, cells: Sequence[Cell], kept: KeptResults | None = None) -> None:
        """End a cell with its tests, and let those run that wait for it."""
        is_bad = self._recorder.end(cells, kept)
        if is_bad and self._sweep.fail_fast:
            self._stop.set()
        self._ended[cells[0].variant, cells[0].step].set_result(cells[0])

    # One cell

    def _work(self, task: Task) -> tuple[list[Cell], KeptResults]:
        if (blocked := self._blocked(task)) is not None:
            return [blocked], {}
        if task.do is not Action.RUN:
            return [self._not_run(task), *self._copied_tests(task)], {}
        if task.step.is_built_in:
            return self._built(task)
        place = self._places[task.variant.name]
        key = self._cell_keys.late_key(
            task, lambda step: self._ended[task.variant.name, step].result()
        )
        return self._project_steps.run(task.step, place, key)

    def _built(self, task: Task) -> tuple[list[Cell], KeptResults]:
        sweep, variant = self._sweep, task.variant
        folder, workshop = self._places[variant.name].out, sweep.workshop(variant)
        again = sweep.again(variant, task.step.name)
        cell = built(sweep.plans[variant], variant, folder, workshop, task.key, again)
        if cell.outcome is not Outcome.OK:
            return [cell], {}
        kept = Kept(reason=cell.reason, facts={"inputs": inputs(workshop)})
        return [cell], {(task.step.name, task.key): kept}

    def _blocked(self, task: Task) -> Cell | None:
        """Return the cell of a step whose needs did not end well, None if it may run."""
        for name in task.step.needs:
            need = self._ended[task.variant.name, name].result()
            if need.is_good or (
                need.outcome is Outcome.SKIPPED
                and not task.step.is_need_given
                and not need.reason.startswith(_AFTER)
            ):
                continue
            word = need.verdict.value
            reason = need.reason if need.reason.startswith(_AFTER) else f"{_AFTER}{name} {word}"
            return cell_of(task, Outcome.SKIPPED, reason=reason)
        return None

    def _not_run(self, task: Task) -> Cell:
        """Return the cell of what is reused after all, or merged with one that ends first."""
        if task.do is Action.REUSE:
            return _reused(task)
        owner = self._ended[task.owner, task.step.name].result()
        again = self._sweep.again(task.variant, task.step.name)
        return replace(
            cell_of(task, Outcome.MERGED),
            ended=owner.verdict,
            failures=tuple(replace(failure, again=again) for failure in owner.failures),
            log=owner.log,
        )

    def _copied_tests(self, task: Task) -> list[Cell]:
        if task.do is Action.REUSE:
            return _reused_tests(task)
        return [
            replace(
                cell,
                variant=task.variant.name,
                outcome=cell.outcome if cell.outcome is Outcome.SKIPPED else Outcome.MERGED,
                ended=None if cell.outcome is Outcome.SKIPPED else cell.verdict,
                duration=0.0,
            )
            for cell in self._recorder.tests(task.owner, task.step.name)
        ]

    def _tidy(self, variant: Variant) -> None:
        """Keep a variant's artifacts alone, if all of it ended well."""
        place = self._places[variant.name]
        others = [step for step in self._sweep.steps.steps if not step.is_built_in]
        mine = [self._ended[variant.name, step.name] for step in others]
        if not others or not place.is_ours or not all(ended.done() for ended in mine):
            return
        cells = [ended.result() for ended in mine]
        if all(cell.is_good or cell.outcome is Outcome.SKIPPED for cell in cells):
            values = place.values(self._sweep.steps, {})
            place.keep([glob for step in others for glob in step.artifacts], values)

    # Our own tests

    def _test_runs(self) -> list[Callable[[], None]]:
        """Return what runs the tests of all variants that are to be tested."""
        tasks = [self._tasks[name, TEST] for name in self._places]
        due = {task.variant.name: task for task in tasks if self._is_due(task)}
        if not due:
            return []
        sweep = self._sweep
        tests = PytestBatches(
            plans=sweep.plans,
            output=sweep.output,
            is_home=sweep.is_home,
            paths=sweep.test_paths,
            state=sweep.state,
            stopped=self._stop.is_set,
        )

        tests.clear()

        def end(cell: Cell, read: Sequence[Path]) -> None:
            if not self._cut.is_set():
                self._tested(due[cell.variant], cell, read)

        batches = tests.queue([task.variant for task in due.values()], sweep.jobs)
        return [lambda: tests.work(batches, end)] * min(sweep.jobs, len(due))

    def _is_due(self, task: Task) -> bool:
        """Return whether a test cell is to run; end it where its needs did not end well."""
        if self._ended[task.variant.name, task.step.name].done():
            return False
        try:
            blocked = self._blocked(task)
        except CancelledError:  # the sweep ends before it
            return False
        if blocked is not None or task.do is not Action.RUN:
            self._end([blocked or self._not_run(task)])
            return False
        return not self._stop.is_set()

    def _tested(self, task: Task, cell: Cell, read: Sequence[Path]) -> None:
        """End the test cell of a variant whose last test has ended."""
        cell = replace(cell, key=task.key)
        if cell.outcome is not Outcome.OK:
            self._end([cell])
            return
        compiled = inputs(self._sweep.workshop(task.variant))
        facts = {"inputs": {**compiled, **self._cell_keys.read_by_tests(read)}}
        kept = Kept(reason=cell.reason, facts=facts, skipped=cell.skipped)
        self._end([cell], {(TEST, task.key): kept})


def cell_of(task: Task, outcome: Outcome, *, reason: str = "") -> Cell:
    """Return the cell of a task; without another reason that of the task."""
    return Cell(
        variant=task.variant.name,
        step=task.step.name,
        outcome=outcome,
        reason=reason or task.reason,
        key=task.key,
    )


def _reused(task: Task) -> Cell:
    assert task.kept is not None  # what is reused is kept
    log, skipped = task.kept.log, task.kept.skipped
    return replace(cell_of(task, Outcome.REUSED), ended=Outcome.OK, log=log, skipped=skipped)


def _reused_tests(task: Task) -> list[Cell]:
    found = task.kept.facts.get("tests", {}) if task.kept else {}
    return [
        Cell(
            variant=task.variant.name,
            step=task.step.name,
            test=test,
            outcome=Outcome.SKIPPED if outcome == "skipped" else Outcome.REUSED,
            ended=None if outcome == "skipped" else Outcome.OK,
            reason=reason,
            key=task.key,
        )
        for test, (outcome, reason) in found.items()
    ]


def _segments(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in runs: our own test step stands alone, it takes all variants at once."""
    segments: list[list[Step]] = []
    for step in steps:
        if not segments or step.is_own(TEST) or segments[-1][0].is_own(TEST):
            segments.append([step])
        else:
            segments[-1].append(step)
    return segments
