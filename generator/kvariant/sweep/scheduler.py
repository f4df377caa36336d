# SPDX-License-Identifier: MIT
"""The scheduler: takes variants through their steps, many at once, as an executor has room.

steps of a project          each variant through all of them, one after the other
build, test                 build of each variant | tests of all, in batches
build, test, boot           build of each variant | tests of all | boot of each variant
the same, with a budget     so many variants at a time as are predicted to end by half of it

One thread decides; the executor's run the jobs. A cell that is merged with another waits
for it: its variant goes on when that cell has ended.

With a budget a cell is begun only if it is predicted to end in time. What runs when the time
is over is cut: its commands are ended, its cells are left for the next sweep.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.results.cell import TEST, Cell, Outcome
from kvariant.results.store import Kept
from kvariant.steps.job import CellId, CellJob, CellResult
from kvariant.sweep.admission import Candidate, fitting, next_fitting, next_round
from kvariant.sweep.build_step import build_job
from kvariant.sweep.executor import Executor, JobEnded
from kvariant.sweep.predictions import Predictions
from kvariant.sweep.pytest_batches import clear_reports, pytest_jobs
from kvariant.sweep.schedule import Action, Schedule, Task

if TYPE_CHECKING:
    from kvariant.steps.step import Step
    from kvariant.steps.workspace import Workspace
    from kvariant.sweep.cell_keys import CellKeys
    from kvariant.sweep.project_steps import KeptResults, ProjectSteps
    from kvariant.sweep.recorder import Recorder
    from kvariant.sweep.request import Sweep

_AFTER = "after "
"""How the reason begins for which a step behind a bad one is skipped."""


class Scheduler:
    """What is left of a schedule, and how it ends."""

    def __init__(
        self,
        sweep: Sweep,
        schedule: Schedule,
        cell_keys: CellKeys,
        project_steps: ProjectSteps,
        recorder: Recorder,
        workspaces: Mapping[str, Workspace],
        executor: Executor,
        predictions: Predictions | None = None,
    ) -> None:
        """Take what is to be done.

        Args:
            schedule: of every variant that runs.
            workspaces: by variant, in the order in which they run.
            executor: runs what has to be run.
            predictions: how long cells take, which a budget needs.
        """
        self._sweep = sweep
        self._steps = sweep.steps.generated
        self._schedule = schedule
        self._cell_keys = cell_keys
        self._project_steps = project_steps
        self._recorder = recorder
        self._workspaces = workspaces
        self._executor = executor
        self._predictions = predictions or Predictions({})
        self._ended: dict[CellId, Cell] = {}
        self._begun: dict[tuple[CellId, ...], float] = {}
        """When each job began that runs, by its cells."""
        self._overhead = 0.0
        """Seconds that a process of tests takes beside its tests: the most so far."""
        self.is_stopped = False
        """Whether no further cell is begun."""
        self.is_stopped_by_failure = False
        """Whether that is so because one failed, and not because the time was over."""
        self.cut: dict[CellId, float] = {}
        """Cells that were running when the budget was spent, and for how many seconds; 0: who
        knows which of a process's it was at."""

    def settle(self) -> None:
        """End every cell that needs no work, in one go."""
        ended: list[list[Cell]] = []
        for id_, task in self._schedule.items():
            if task.do is Action.SKIP:
                cells = [cell_of(task, Outcome.SKIPPED)]
            elif task.do is Action.REUSE and not self._may_fail_yet(task):
                cells = [_reused(task), *_reused_tests(task)]
            else:
                continue
            self._ended[id_] = cells[0]
            ended.append(cells)
        self._recorder.settle(ended)

    def take_over(self, cells: Mapping[CellId, Sequence[Cell]]) -> None:
        """End cells as they ended before, each with its tests, and what that decides."""
        for id_, (head, *_) in cells.items():
            self._ended[id_] = head
        self._recorder.settle(cells.values())
        if not self._sweep.dry:
            self._end_for_nothing()
            return
        for id_, task in self._schedule.items():  # nothing is written
            needs = [self._ended.get((task.variant.name, name)) for name in task.step.needs]
            is_met = all(need is not None and need.is_good for need in needs)
            if id_ not in self._ended and task.do is Action.REUSE and is_met:
                self._ended[id_] = _reused(task)
                self._recorder.settle([[_reused(task), *_reused_tests(task)]])

    def _may_fail_yet(self, task: Task) -> bool:
        """Return whether a need of a task is to run: if it fails, the task is skipped."""
        needs = (self._schedule[task.variant.name, name] for name in task.step.needs)
        return any(need.do is Action.RUN for need in needs)

    def run(self) -> None:
        """Run what has not ended, until all has, or the sweep is to end.

        Raises:
            MissingError: the disk is full, or a tool is gone.
        """
        segments = _segments(self._steps)
        try:
            for names in self._rounds(segments):
                for steps in segments:
                    if steps[0].is_own(TEST):
                        self._run_tests(names)
                    else:
                        self._run_variants(steps, names)
            if self._sweep.budget is not None:
                self._end_for_nothing()
        except BaseException:  # Ctrl-C, a full disk, a fault of ours: nothing outlives us
            self._executor.cancel()
            raise

    def _rounds(self, segments: Sequence[Sequence[Step]]) -> Iterator[Sequence[str]]:
        """Yield the variants that go through all segments together: all, unless time is short."""
        budget = self._sweep.budget
        if budget is None:
            yield list(self._workspaces)
            return
        is_batched = any(steps[0].is_own(TEST) for steps in segments)
        while not self.is_stopped and not budget.is_spent:
            due = [one for name in self._workspaces if (one := self._candidate(name))]
            jobs = self._executor.capacity
            names = (
                next_round(due, budget.left, jobs, self._overhead)
                if is_batched
                else [one.name for one in due]
            )
            before = len(self._ended)
            yield names
            if len(self._ended) == before:
                return

    def _candidate(self, variant: str) -> Candidate | None:
        """Return a variant with the time that it is predicted to take; None: it has ended."""
        left = [id_ for step in self._steps if (id_ := (variant, step.name)) not in self._ended]
        if not left:
            return None
        due = [id_ for id_ in left if self._schedule[id_].do is Action.RUN]
        of = self._predictions
        return Candidate(name=variant, whole=of.of_all(due), following=of.of_all(due[:1]))

    def _work(
        self, next_job: Callable[[], CellJob | None], take: Callable[[CellResult], None]
    ) -> None:
        """Keep the executor busy until there are no more jobs or no time, and take each result."""
        budget, clock = self._sweep.budget, time.monotonic
        while True:
            while len(self._begun) < self._executor.capacity and (job := next_job()) is not None:
                self._begun[job.cells] = clock()
                self._executor.submit(job)
            if not self._begun:
                return
            self._take_all(self._executor.wait(max(0.0, budget.left) if budget else None), take)
            if budget and budget.is_spent and self._begun:
                self._take_all(self._executor.wait(0), take)
                self._cut()
                return

    def _take_all(
        self, events: Sequence[CellResult | JobEnded], take: Callable[[CellResult], None]
    ) -> None:
        if sum(isinstance(event, CellResult) for event in events) > 1:
            with self._recorder.together():
                self._take_each(events, take)
        else:
            self._take_each(events, take)

    def _take_each(
        self, events: Iterable[CellResult | JobEnded], take: Callable[[CellResult], None]
    ) -> None:
        for event in events:
            if not isinstance(event, JobEnded):
                if event.id not in self._ended:  # a job may have been run twice
                    self._recorder.ran_on(event.id, event.host)
                    take(event)
                continue
            cells = event.job.cells
            took = time.monotonic() - self._begun.pop(cells)
            if cells[0][1] == TEST and all(id_ in self._ended for id_ in cells):
                tests = sum(self._ended[id_].duration for id_ in cells)
                self._overhead = max(self._overhead, took - tests)

    def _cut(self) -> None:
        """End what runs: the time is over."""
        self.is_stopped = True
        now = time.monotonic()
        for cells, began in self._begun.items():
            left = [id_ for id_ in cells if id_ not in self._ended]
            self.cut |= {id_: now - began if len(cells) == 1 else 0.0 for id_ in left}
        self._begun.clear()
        self._executor.cancel()

    def _end_for_nothing(self) -> None:
        """End what takes no time: what is merged with what has ended, or waits for what broke."""
        for variant in dict.fromkeys(name for name, _ in self._schedule):
            for step in self._steps:
                if (id_ := (variant, step.name)) in self._ended:
                    continue
                task = self._schedule[id_]
                is_known = all((variant, need) in self._ended for need in task.step.needs)
                blocked = self._blocked(task) if is_known else None
                is_merged = task.do is Action.MERGE and (task.owner, step.name) in self._ended
                if blocked is not None:
                    self._end([blocked])
                elif is_known and (is_merged or task.do is Action.REUSE):
                    self._end([self._not_run(task), *self._copied_tests(task)])
                else:
                    break

    # Variants through steps

    def _run_variants(self, steps: Sequence[Step], names: Iterable[str]) -> None:
        """Take each of some variants through some steps."""
        waiting = deque(
            name for name in names if any((name, step.name) not in self._ended for step in steps)
        )
        going_on: deque[str] = deque()
        """Variants that have begun and have their next step before them."""
        parked: dict[CellId, list[str]] = {}
        """Variants that wait for a cell of another one."""

        def next_job() -> CellJob | None:
            while not self.is_stopped and (going_on or waiting):
                variant = self._next_in_time(going_on) or self._next_in_time(waiting)
                if variant is None:
                    return None
                found = self._next_of(variant, steps, wake)
                if isinstance(found, tuple):
                    parked.setdefault(found, []).append(variant)
                elif found is not None:
                    return found
            return None

        def wake(ended: CellId) -> None:
            going_on.extendleft(reversed(parked.pop(ended, [])))

        def take(result: CellResult) -> None:
            variant, _ = id_ = result.id
            self._take(result)
            wake(id_)
            going_on.appendleft(variant)

        self._work(next_job, take)

    def _next_in_time(self, names: deque[str]) -> str | None:
        """Take the next variant of a queue that may be begun; None: there is none, or no time."""
        budget = self._sweep.budget
        if budget is None:
            return names.popleft() if names else None
        left = budget.left
        found = next_fitting(filter(None, map(self._candidate, names)), left)
        ended = [name for name in names if self._candidate(name) is None] if found is None else []
        name = found or next(iter(ended), None)
        if name is not None:
            names.remove(name)
        return name

    def _next_of(
        self, variant: str, steps: Sequence[Step], ended: Callable[[CellId], None]
    ) -> CellJob | CellId | None:
        """Return a variant's next job, the cell that it has to wait for, or None at its end."""
        for step in steps:
            id_ = variant, step.name
            if id_ in self._ended:
                continue
            task = self._schedule[id_]
            if (blocked := self._blocked(task)) is not None:
                self._end([blocked])
            elif task.do is Action.RUN:
                return self._job(task)
            elif task.do is Action.MERGE and (owner := (task.owner, step.name)) not in self._ended:
                return owner
            else:
                self._end([self._not_run(task), *self._copied_tests(task)])
            ended(id_)
        self._tidy(variant)
        return None

    def _job(self, task: Task) -> CellJob:
        variant = task.variant
        if task.step.is_built_in:
            return build_job(
                self._sweep.plans[variant],
                variant,
                self._workspaces[variant.name].out,
                self._sweep.workshop(variant),
                task.key,
                self._sweep.again(variant, task.step.name),
            )
        key = self._cell_keys.late_key(task, lambda step: self._ended[variant.name, step])
        return self._project_steps.job(variant, task.step, key)

    def _take(self, result: CellResult) -> None:
        """End the cell of a result."""
        task = self._schedule[result.id]
        if not task.step.is_built_in:
            self._end(*self._project_steps.ended(task.variant, task.step, result))
            return
        cell = result.cells[0]
        kept = Kept(reason=cell.reason, facts={"inputs": dict(result.inputs)})
        is_kept = cell.outcome is Outcome.OK
        self._end([cell], {(task.step.name, task.key): kept} if is_kept else {})

    def _end(self, cells: Sequence[Cell], kept: KeptResults | None = None) -> None:
        """End a cell with its tests."""
        is_bad = self._recorder.end(cells, kept)
        self._ended[cells[0].variant, cells[0].step] = cells[0]
        self._predictions.ended(cells[0])
        if is_bad and self._sweep.fail_fast:
            self.is_stopped = self.is_stopped_by_failure = True
            self._executor.stop()

    # Cells that are not run

    def _blocked(self, task: Task) -> Cell | None:
        """Return the cell of a step whose needs did not end well, None if it may run."""
        for name in task.step.needs:
            need = self._ended[task.variant.name, name]
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
        """Return the cell of what is reused after all, or merged with one that has ended."""
        if task.do is Action.REUSE:
            return _reused(task)
        owner = self._ended[task.owner, task.step.name]
        again = self._sweep.again(task.variant, task.step.name)
        return replace(
            cell_of(task, Outcome.MERGED),
            ended=owner.verdict,
            failures=tuple(replace(failure, again=again) for failure in owner.failures),
            log=owner.log,
            figures=owner.figures,
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

    def _tidy(self, variant: str) -> None:
        """Keep a variant's artifacts alone, if all of it ended well; no folder for nothing."""
        workspace = self._workspaces[variant]
        others = [step for step in self._sweep.steps.steps if not step.is_built_in]
        if not others:
            return
        cells = [self._ended.get((variant, step.name)) for step in others]
        is_good = all(cell and (cell.is_good or cell.outcome is Outcome.SKIPPED) for cell in cells)
        if is_good and workspace.is_ours:
            values = workspace.values(self._sweep.steps, {})
            workspace.keep([glob for step in others for glob in step.artifacts], values)
        workspace.clear(is_good=is_good)

    # Our own tests

    def _run_tests(self, names: Iterable[str]) -> None:
        """Run the tests of all of some variants that are to be tested, in batches."""
        tasks = [self._schedule[name, TEST] for name in names]
        due = [task.variant for task in tasks if self._is_due(task)]
        if budget := self._sweep.budget:
            timed = [(variant.name, self._predictions.of((variant.name, TEST))) for variant in due]
            kept = fitting(timed, budget.left, self._executor.capacity, self._overhead)
            due = [variant for variant in due if variant.name in {*kept}]
        if not due:
            return
        clear_reports(self._sweep.state)
        jobs = pytest_jobs(self._sweep, due)
        self._work(lambda: None if self.is_stopped else next(jobs, None), self._tested)

    def _is_due(self, task: Task) -> bool:
        """Return whether a test cell is to run; end it where its needs did not end well."""
        id_ = task.variant.name, task.step.name
        if id_ in self._ended:
            return False
        if any((task.variant.name, need) not in self._ended for need in task.step.needs):
            return False  # the sweep ended before it
        blocked = self._blocked(task)
        if blocked is None and task.do is Action.RUN:
            return not self.is_stopped
        self._end([blocked or self._not_run(task)])
        return False

    def _tested(self, result: CellResult) -> None:
        """End the test cell of a variant whose last test has ended."""
        task = self._schedule[result.id]
        cell = replace(result.cells[0], key=task.key)
        if cell.outcome is not Outcome.OK:
            self._end([cell])
            return
        facts = {"inputs": self._cell_keys.read_by_tests(task.variant, result.read)}
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
    figures = task.kept.figures
    head = cell_of(task, Outcome.REUSED)
    return replace(head, ended=Outcome.OK, log=log, skipped=skipped, figures=figures)


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


def _segments(steps: Iterable[Step]) -> list[list[Step]]:
    """Return the steps in runs: our own test step stands alone, it takes all variants at once."""
    segments: list[list[Step]] = []
    for step in steps:
        if not segments or step.is_own(TEST) or segments[-1][0].is_own(TEST):
            segments.append([step])
        else:
            segments[-1].append(step)
    return segments
