# SPDX-License-Identifier: MIT
"""The sweep: every variant generated, built and tested, each cell ending in an outcome.

generate      in order, in this process: the digests of what is written are
              part of the keys of all that follows
agenda        what runs, what is reused, merged or skipped, and why
chains        a worker takes a variant through its steps, one after the other
tests         our own test step takes many variants at once, after their builds
more chains   steps behind the tests
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import (
    FIRST_EXCEPTION,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path

from kvariant.build import build_key, compilers, end_all, forget, inputs
from kvariant.errors import InputError, os_error
from kvariant.plan import Generation, Plans, Variant
from kvariant.plan.digests import toolkit
from kvariant.sweep import inheritance, keys, placeholders, requirements, taken
from kvariant.sweep.agenda import Agenda, Do, Questions, Task, agenda
from kvariant.sweep.cell import BUILD, GENERATE, TEST, Cell, Failure, Outcome
from kvariant.sweep.columns import Columns
from kvariant.sweep.command import Runner
from kvariant.sweep.cost import Stopwatch
from kvariant.sweep.own import Generated, Generator, built, is_built_as
from kvariant.sweep.place import Place, failure_fragment
from kvariant.sweep.reading import Reading
from kvariant.sweep.session import Marks, session
from kvariant.sweep.step import Step, Steps
from kvariant.sweep.store import Kept, Store
from kvariant.sweep.suspects import Message, Suspects
from kvariant.sweep.testing import Tests, pytest_settings, test_files


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is to be swept, where, and with how much of the machine."""

    plans: Plans
    output: Path | None
    """The folder with one folder per variant; None: nothing is generated."""
    steps: Steps
    jobs: int
    is_home: bool = True
    """Whether `output` is the project's own; see `Generation`."""
    is_whole: bool = True
    """Whether the plans' variants are all of the project's."""
    reuse: bool = True
    fail_fast: bool = False
    """End with the first failure; what has not run then is missing."""
    failed_only: bool = False
    """Only variants in which something went wrong when they last ran."""
    failed_first: bool = False
    """Those go before the others."""
    dry: bool = False
    """Run nothing and write nothing; cells that would run are `missing`."""
    is_extra: bool = False
    """Whether its variants are none of a matrix: they were run to explain a failure."""
    again: Callable[[Variant, str], str] = lambda variant, step: (
        f"kvariant sweep --step {step} -k {variant.name}"
    )
    """The command that replays a variant's step."""
    report: Callable[[Cell], None] = field(default=lambda _: None)
    """Called with each cell as it ends."""
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """Adds up how long commands run."""
    waiting: Callable[[], None] = field(default=lambda: None)
    """Called if another run holds the state or the output folder."""

    @property
    def state(self) -> Path:
        """The project's state folder."""
        return self.plans.project.state

    def run(self, store: Callable[[], Store]) -> tuple[Cell, ...]:
        """Run every cell and return them: variants in order, steps in order, then tests.

        Args:
            store: opens the results database, when this sweep's turn has come.

        Raises:
            InputError: a template fails, a step is not valid, or the output is not ours.
            MissingError: a tool or disk space is missing.
        """
        if BUILD in self.steps.names and self.steps[BUILD].is_built_in and self._has_c():
            compilers()  # a missing tool is one error, before anything runs
        requirements.check(self.steps, self.plans)
        with session(self.state, self.waiting, self.stopwatch) as marks:
            return _Run(self, store(), marks).cells()

    def place(self, variant: Variant) -> Place:
        """Return where a variant's steps run."""
        project, plan = self.plans.project, self.plans[variant]
        return Place(
            variant=variant,
            out=self.output / variant.name if self.output else self.state / "out" / variant.name,
            is_ours=self.output is None,
            tree=plan.tree.root,
            root=project.root,
            state=self.state,
            jobs=max(1, _cores() // self.jobs),
            variables=plan.variables,
            tree_variables=plan.tree.environment,
        )

    def workshop(self, variant: Variant) -> Path:
        """Return the folder in which our own step builds a variant."""
        return self.state / ("build" if self.is_home else "build-other") / variant.name

    def _has_c(self) -> bool:
        return any(path.endswith((".c", ".h")) for path in self.plans.outputs or ())


class _Run:
    """One run of a sweep."""

    def __init__(self, sweep: Sweep, store: Store, marks: Marks) -> None:
        self._sweep = sweep
        self._store = store
        self._variants = _in_turn(sweep, store)
        self._steps = sweep.steps
        self._generated: dict[str, Generated] = {}
        self._cells: dict[tuple[str, str], Cell] = {}
        self._tests: dict[tuple[str, str], list[Cell]] = {}
        self._ended: dict[tuple[str, str], Future[Cell]] = {}
        self._lock = threading.Lock()
        self._tree_lock = threading.Lock()
        self._saved: set[Path] = set()
        self._stop = threading.Event()
        self._cut = threading.Event()
        self._places = {v.name: sweep.place(v) for v in self._variants}
        self._by_name = {v.name: v for v in self._variants}
        self._reading = Reading(sweep.plans, self._steps)
        self._runner = Runner(
            steps=self._steps,
            again=self._again,
            mark=marks,
            stopped=self._stop.is_set,
            reads=self._reads,
        )
        ours = [folder for folder in (sweep.state, sweep.output) if folder]
        self._suspects = {
            plan.environment.name: Suspects(plan.tree, plan.project.root, ours)
            for plan in sweep.plans
        }
        self._test_files: frozenset[Path] = frozenset()
        self._test_paths = [sweep.plans.project.root / path for path in sweep.plans.project.tests]
        self._generates = any(s.is_built_in and s.name == GENERATE for s in self._steps.steps)

    def cells(self) -> tuple[Cell, ...]:
        """Run, and return every cell in order."""
        if not self._sweep.dry:
            self._store.begin(self._about())
            self._store.see(self._columns())
        self._generate()
        tasks = self._agenda()
        if not self._sweep.reuse and not self._sweep.dry:
            for variant in self._variants:
                forget(self._sweep.workshop(variant))
        for task in tasks.values():
            self._ended[task.variant.name, task.step.name] = Future()
        self._settle(tasks)
        if not self._sweep.dry:
            for segment in _segments(_without_generate(self._steps.steps)):
                self._run_segment(segment, tasks)
        self._fill(tasks)
        if not self._sweep.dry and not self._stop.is_set():
            self._store.end()
        return tuple(self._ordered())

    # Generating

    def _generate(self) -> None:
        sweep = self._sweep
        if sweep.output is None or not self._generates:
            return
        whole = sweep.is_home and sweep.is_whole
        generation = Generation(sweep.plans, sweep.output, is_home=whole)
        generator = Generator(sweep.plans, sweep.output, generation)
        wanted = {v.name: generator.key(v) for v in self._variants}
        kept = self._store.kept((GENERATE, key) for key in wanted.values()) if sweep.reuse else {}
        if sweep.dry:
            self._generate_all(generator, wanted, kept)
            return
        with generation.locked(sweep.waiting):
            self._generate_all(generator, wanted, kept)
            for name in generation.stale_variants():
                generation.remove(name)

    def _generate_all(
        self,
        generator: Generator,
        wanted: Mapping[str, str],
        kept: Mapping[tuple[str, str], Kept],
    ) -> None:
        for variant in self._variants:
            key = wanted[variant.name]
            last = kept.get((GENERATE, key))
            if (done := generator.reused(variant, key, last)) is not None and last is not None:
                self._generated[variant.name] = done
                cell = Cell(
                    variant=variant.name,
                    step=GENERATE,
                    outcome=Outcome.REUSED,
                    ended=Outcome.OK,
                    reason=last.reason,
                    key=key,
                )
                if done.times != last.facts["times"]:
                    self._keep(GENERATE, key, last.reason, done.facts)
                self._cells[variant.name, GENERATE] = cell
                continue
            done, cell = generator.generated(variant, key, dry=self._sweep.dry)
            self._generated[variant.name] = done
            if self._sweep.dry:
                self._cells[variant.name, GENERATE] = dataclasses.replace(
                    cell, outcome=Outcome.MISSING, duration=0.0
                )
                continue
            self._keep(GENERATE, key, cell.reason, done.facts)
            self._end([cell])

    def _keep(self, step: str, key: str, reason: str, facts: Mapping[str, object]) -> None:
        if not self._sweep.dry:
            self._store.record((), {(step, key): Kept(reason=reason, facts=facts)})

    # Deciding

    def _agenda(self) -> Agenda:
        steps = _without_generate(self._steps.steps)
        questions = Questions(
            key=self._key,
            kept=self._kept,
            before=self._before,
            is_intact=self._is_intact,
            skipped=self._skipped,
        )
        return agenda(self._variants, steps, questions, reuse=self._sweep.reuse)

    def _key(self, variant: Variant, step: Step, earlier: Mapping[str, Task]) -> str:
        if step.is_built_in:
            return self._own_key(variant, step)
        before = []
        for name in self._before(step):
            task = earlier[name]
            if task.do is Do.SKIP:
                continue
            if not (found := self._result_key(task)):
                return ""
            before.append(found)
        if made := self._generated.get(variant.name):
            before.append(made.content)
        return self._reading.key(step, self._places[variant.name], before)

    def _own_key(self, variant: Variant, step: Step) -> str:
        made = self._generated[variant.name]
        if step.name == BUILD:
            return build_key(made.recipe) if made.recipe else ""
        built = build_key(made.recipe) if made.recipe and BUILD in self._steps.names else ""
        return keys.digest([variant.name, made.content, built, self._tests_key])

    def _result_key(self, task: Task) -> str:
        """Return the key of what a cell makes: with depfiles that depends on what it has read."""
        if not task.key or not task.step.depfiles:
            return task.key
        return self._reading.result_key(task.key, task.kept) if task.kept else ""

    @property
    def _tests_key(self) -> str:
        if not hasattr(self, "_tests_digest"):
            root = self._sweep.plans.project.root
            files = test_files(self._test_paths, root, self._made)
            self._test_files = frozenset(files)
            self._tests_digest = keys.digest(
                [
                    toolkit(),
                    keys.test_tools(),
                    keys.of_files(files),
                    *pytest_settings(root),
                    *inheritance.test_variables(f for f in files if f.suffix == ".py"),
                ]
            )
        return self._tests_digest

    @property
    def _made(self) -> tuple[Path, ...]:
        """Folders whose files are made by the sweep: other parts of a key have them."""
        return tuple(filter(None, (self._sweep.state, self._sweep.output)))

    def _kept(self, step: str, key: str) -> Kept | None:
        kept = self._store.kept([(step, key)]).get((step, key))
        if kept is None or not self._reading.is_unread_since(kept):
            return None
        return kept

    def _is_intact(self, variant: Variant, step: Step, key: str, reader: Step) -> bool:
        if step.is_built_in:
            if step.name != BUILD:
                return True
            return is_built_as(self._sweep.workshop(variant), self._generated[variant.name].recipe)
        place = self._places[variant.name]
        values = place.values(self._steps, {})
        said = [glob for glob in reader.reads if placeholders.uses(glob, "out")]
        read = [placeholders.for_glob(glob, values) for glob in said]
        return place.has_made(step.name, key, read)

    def _skipped(self, variant: Variant, step: Step) -> str:
        if step.is_built_in and step.name == BUILD and not self._generated[variant.name].recipe:
            return "no C files"
        return ""

    def _settle(self, tasks: Agenda) -> None:
        """End every cell that needs no work, in one go."""
        ended: list[Cell] = [c for c in self._cells.values() if c.outcome is Outcome.REUSED]
        for task in tasks.values():
            if task.do is Do.SKIP:
                cell = _cell(task, Outcome.SKIPPED, reason=task.reason)
                self._ended[cell.variant, cell.step].set_result(cell)
            elif task.do is Do.REUSE and task.kept is not None:
                cell = dataclasses.replace(
                    _cell(task, Outcome.REUSED, reason=task.reason),
                    ended=Outcome.OK,
                    log=task.kept.log,
                    skipped=task.kept.skipped,
                )
                # A need may fail yet: then this one is skipped, when its turn comes.
                if any(tasks[cell.variant, n].do is Do.RUN for n in task.step.needs):
                    continue
                self._ended[cell.variant, cell.step].set_result(cell)
                ended += self._reused_tests(task)
            else:
                continue
            ended.append(cell)
        if not self._sweep.dry:
            self._store.record(ended)
        for cell in ended:
            self._put(cell)
            self._sweep.report(cell)

    def _reused_tests(self, task: Task) -> list[Cell]:
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

    # Running

    def _run_segment(self, steps: Sequence[Step], tasks: Agenda) -> None:
        if steps[0].is_built_in and steps[0].name == TEST:
            due = [tasks[v.name, TEST] for v in self._variants]
            work: list[Callable[[], None]] = self._test_runs([t for t in due if self._is_due(t)])
        else:
            work = [
                lambda v=v: self._chain([tasks[v.name, s.name] for s in steps])  # type: ignore[misc]
                for v in self._variants
                if any(not self._ended[v.name, s.name].done() for s in steps)
            ]
        with ThreadPoolExecutor(max(1, self._sweep.jobs)) as pool:
            running: list[Future[None]] = []
            try:
                running += (pool.submit(part) for part in work)
                wait(running, return_when=FIRST_EXCEPTION)
                for future in running:
                    if future.done() and not future.cancelled():
                        future.result()
            except BaseException:  # Ctrl-C, a full disk: leaving the pool waits for what still runs
                self._stop.set()
                self._cut.set()
                for ended in self._ended.values():
                    ended.cancel()  # a cell may wait for the one that it is merged with
                pool.shutdown(wait=False, cancel_futures=True)
                while not all(future.done() for future in running):
                    end_all()  # again and again: a cell runs commands one after the other
                    time.sleep(0.02)
                raise

    def _chain(self, tasks: Sequence[Task]) -> None:
        """Run a variant's cells; after the end of the sweep those that are left are cancelled."""
        try:
            for task in tasks:
                ended = self._ended[task.variant.name, task.step.name]
                if ended.done():
                    continue
                if self._stop.is_set():
                    return
                cells, kept = self._work(task)
                if self._cut.is_set():
                    return  # it was ended by us
                self._end(cells, kept)
                ended.set_result(cells[0])
            self._tidy(tasks[0].variant) if tasks else None
        except CancelledError:  # of a cell that this one waits for
            return
        finally:
            for task in tasks:
                self._ended[task.variant.name, task.step.name].cancel()

    def _is_due(self, task: Task) -> bool:
        """Return whether a test cell is to run; end it where its needs did not end well."""
        if self._ended[task.variant.name, task.step.name].done():
            return False
        try:
            blocked = self._blocked(task)
        except CancelledError:  # the sweep ends before it
            return False
        if blocked is not None:
            self._end([blocked])
            self._ended[blocked.variant, blocked.step].set_result(blocked)
            return False
        if task.do is not Do.RUN:
            cell = self._not_run(task)
            self._end([cell])
            self._ended[cell.variant, cell.step].set_result(cell)
            return False
        return not self._stop.is_set()

    def _work(self, task: Task) -> tuple[list[Cell], dict[tuple[str, str], Kept]]:
        if (blocked := self._blocked(task)) is not None:
            return [blocked], {}
        if task.do is not Do.RUN:
            return [self._not_run(task), *self._copied_tests(task)], {}
        place = self._places[task.variant.name]
        if task.step.is_built_in:
            folder = self._sweep.output / task.variant.name if self._sweep.output else place.out
            cell = built(
                self._sweep.plans[task.variant],
                task.variant,
                folder,
                self._sweep.workshop(task.variant),
                task.key,
                self._sweep.again(task.variant, task.step.name),
            )
            outside = inputs(self._sweep.workshop(task.variant))
            kept = Kept(reason=cell.reason, facts={"inputs": outside})
            return [cell], {(BUILD, task.key): kept} if cell.outcome is Outcome.OK else {}
        text = None
        if not self._generates:
            with self._tree_lock:  # the tree resolves one configuration at a time
                text = self._sweep.plans[task.variant].tree.config_text(task.variant.configuration)
        try:
            place.prepare(text)
            place.forget(task.step.name)
        except InputError as error:  # an earlier step's doing, and this variant's trouble alone
            return [self._runner.not_run(task.step, place, task.key, error)], {}
        key = task.key or self._late_key(task)
        cells = self._runner.cells(task.step, place, key)
        if cells[0].is_good and text is not None:
            cells[0] = self._taken(cells[0], place, text)
        if not cells[0].is_good or not key:
            return cells, {}
        place.note(task.step.name, key)
        read = self._reading.facts(task.step, place)
        if cells[0].outcome is not Outcome.OK or read is None:
            return cells, {}
        facts = {**read, "tests": _test_facts(cells[1:])}
        kept = Kept(reason=cells[0].reason, facts=facts, log=cells[0].log)
        return cells, {(task.step.name, key): kept}

    def _taken(self, cell: Cell, place: Place, text: str) -> Cell:
        """Return a good cell, as failed if its step has changed what was asked for."""
        left = place.config_left()
        if left is None:  # it cleans up: what it was built from is not known to be another one
            return cell
        prefix = self._sweep.plans[place.variant].tree.prefix
        names = [f"{prefix}{name}" for name in place.variant.configuration.assignment]
        found = taken.dropped(names, text, left)
        if not found:
            return cell
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        again = self._again(cell.variant, cell.step)
        failure = Failure(message=f"{found[0]} after {cell.step}{more}", again=again)
        return dataclasses.replace(
            cell, outcome=Outcome.FAILED, reason=f"{found[0]}{more}", failures=(failure,)
        )

    def _late_key(self, task: Task) -> str:
        """Return a key that could not be known before the needs had run."""
        if not task.step.has_key:
            return ""
        before = []
        for name in self._before(task.step):
            cell = self._ended[task.variant.name, name].result()
            if cell.outcome is Outcome.SKIPPED:
                continue
            kept = self._store.kept([(name, cell.key)]).get((name, cell.key))
            step = self._steps[name]
            found = cell.key
            if step.depfiles:
                found = self._reading.result_key(cell.key, kept) if kept and cell.key else ""
            if not found:
                return ""
            before.append(found)
        if made := self._generated.get(task.variant.name):
            before.append(made.content)
        return self._reading.key(task.step, self._places[task.variant.name], before)

    def _before(self, step: Step) -> Sequence[str]:
        """Return the steps whose work a step can see, and the project file does not say which.

        They all write into one folder: unless its needs are given, every earlier one counts.
        """
        if step.is_need_given:
            return step.needs
        names = [s.name for s in _without_generate(self._steps.steps)]
        return names[: names.index(step.name)]

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
            return _cell(task, Outcome.SKIPPED, reason=reason)
        return None

    def _not_run(self, task: Task) -> Cell:
        """Return the cell of what is reused after all, or merged with one that ends first."""
        if task.do is Do.REUSE and task.kept is not None:
            cell = _cell(task, Outcome.REUSED, reason=task.reason)
            return dataclasses.replace(
                cell, ended=Outcome.OK, log=task.kept.log, skipped=task.kept.skipped
            )
        owner = self._ended[task.owner, task.step.name].result()
        again = self._sweep.again(task.variant, task.step.name)
        return dataclasses.replace(
            _cell(task, Outcome.MERGED, reason=task.reason),
            ended=owner.verdict,
            failures=tuple(dataclasses.replace(f, again=again) for f in owner.failures),
            log=owner.log,
        )

    def _copied_tests(self, task: Task) -> list[Cell]:
        if task.do is Do.REUSE:
            return self._reused_tests(task)
        with self._lock:
            owners = list(self._tests.get((task.owner, task.step.name), ()))
        return [
            dataclasses.replace(
                cell,
                variant=task.variant.name,
                outcome=cell.outcome if cell.outcome is Outcome.SKIPPED else Outcome.MERGED,
                ended=None if cell.outcome is Outcome.SKIPPED else cell.verdict,
                duration=0.0,
            )
            for cell in owners
        ]

    def _test_runs(self, due: Sequence[Task]) -> list[Callable[[], None]]:
        if not due:
            return []
        tests = Tests(
            plans=self._sweep.plans,
            output=self._sweep.output,
            is_home=self._sweep.is_home,
            paths=self._test_paths,
            state=self._sweep.state,
            stopped=self._stop.is_set,
        )
        by_name = {task.variant.name: task for task in due}

        def end(cell: Cell, read: Sequence[Path]) -> None:
            if self._cut.is_set():
                return
            task = by_name[cell.variant]
            cell = dataclasses.replace(cell, key=task.key)
            built_from = inputs(self._sweep.workshop(task.variant))
            facts = {
                "inputs": {
                    **built_from,
                    **self._reading.digests(read, self._made, self._test_files),
                }
            }
            kept = {(TEST, task.key): Kept(reason=cell.reason, facts=facts, skipped=cell.skipped)}
            self._end([cell], kept if cell.outcome is Outcome.OK else {})
            self._ended[cell.variant, TEST].set_result(cell)

        queue = tests.queue([task.variant for task in due], self._sweep.jobs)
        return [lambda: tests.work(queue, end)] * min(self._sweep.jobs, len(due))

    def _tidy(self, variant: Variant) -> None:
        """Keep a variant's artifacts alone, if all of it ended well."""
        place = self._places[variant.name]
        foreign = [step for step in self._steps.steps if not step.is_built_in]
        mine = [self._ended[variant.name, step.name] for step in foreign]
        if not foreign or not place.is_ours or not all(ended.done() for ended in mine):
            return
        cells = [ended.result() for ended in mine]
        if all(cell.is_good or cell.outcome is Outcome.SKIPPED for cell in cells):
            values = place.values(self._steps, {})
            place.keep([glob for step in foreign for glob in step.artifacts], values)

    # Ending

    def _end(self, cells: Sequence[Cell], kept: Mapping[tuple[str, str], Kept] = {}) -> None:
        cells = [self._known(cell) for cell in cells]
        with self._lock:
            self._store.record(cells, kept)
            for cell in cells:
                self._put(cell)
                self._sweep.report(cell)
            for cell in cells:
                if cell.is_bad and not cell.test:
                    self._save(self._by_name[cell.variant])
            if self._sweep.fail_fast and any(cell.is_bad for cell in cells):
                self._stop.set()

    def _save(self, variant: Variant) -> None:
        """Leave a fragment that asks for a variant: who runs it again may not have its own."""
        path = failure_fragment(self._sweep.state, variant.name)
        if path in self._saved:
            return
        self._saved.add(path)
        with self._tree_lock:
            text = self._sweep.plans[variant].tree.minimal_text(variant.configuration)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise os_error(error, "cannot write the failing variant") from None

    def _put(self, cell: Cell) -> None:
        if cell.test:
            self._tests.setdefault((cell.variant, cell.step), []).append(cell)
        else:
            self._cells[cell.variant, cell.step] = cell

    def _known(self, cell: Cell) -> Cell:
        """Return a cell with what the project says of its failure."""
        configuration = self._by_name[cell.variant].configuration
        for known in self._steps.known_failures:
            if known.where is not None and not configuration.satisfies(known.where):
                continue
            if known.step and known.step != cell.step:
                continue
            tests = [cell.test] if cell.test else [f.test for f in cell.failures]
            if known.test and not (
                tests and all(fnmatch.fnmatchcase(test, known.test) for test in tests)
            ):
                continue
            if cell.verdict.is_bad:
                return dataclasses.replace(cell, known=known.reason)
            if known.strict and cell.is_good and bool(known.test) == bool(cell.test):
                message = f"passed although it is a known failure: {known.reason}"
                again = self._again(cell.variant, cell.step)
                failure = Failure(message=message, again=again, test=cell.test)
                return dataclasses.replace(
                    cell, outcome=Outcome.FAILED, ended=None, reason=message, failures=(failure,)
                )
        return cell

    def _fill(self, tasks: Agenda) -> None:
        """End what has not run: the sweep was stopped, or only asked what it would do."""
        reason = "" if self._sweep.dry else "the sweep ended first"
        for place, task in tasks.items():
            if place in self._cells:
                continue
            outcome = Outcome.MERGED if self._sweep.dry and task.do is Do.MERGE else Outcome.MISSING
            cell = _cell(task, outcome, reason=reason or task.reason)
            if self._sweep.dry:
                self._put(cell)
            else:
                self._end([cell])

    def _ordered(self) -> Iterable[Cell]:
        for variant in self._sweep.plans.variants:
            for step in self._steps.names:
                if (cell := self._cells.get((variant.name, step))) is not None:
                    yield cell
                    yield from self._tests.get((variant.name, step), ())

    def _reads(self, place: Place, message: Message) -> tuple[str, ...]:
        return self._suspects[place.variant.environment].of(message)

    def _again(self, variant: str, step: str) -> str:
        return self._sweep.again(self._by_name[variant], step)

    def _columns(self) -> Columns:
        plans = self._sweep.plans
        configurations = {variant.name: variant.configuration for variant in plans.variants}
        return Columns.of(configurations, plans.types, plans.read, plans.settable)

    def _about(self) -> Mapping[str, object]:
        matrix = self._sweep.plans.plans[0].matrix
        return {
            "matrix": matrix.name,
            **({"extra": True} if self._sweep.is_extra else {}),
            "strategy": matrix.strategy,
            "random_seed": matrix.random_seed,
            "steps": list(self._steps.names),
            "variants": [variant.name for variant in self._sweep.plans.variants],
        }


@functools.cache
def _cores() -> int:
    """Return how many cores there are; the system reads files to tell."""
    return os.cpu_count() or 1


def _in_turn(sweep: Sweep, store: Store) -> list[Variant]:
    """Return the variants in the order in which they run."""
    variants = list(sweep.plans.variants)
    if sweep.failed_only or sweep.failed_first:
        failed = {name for name, bad in store.last_verdicts().items() if bad}
        if sweep.failed_only:
            return [variant for variant in variants if variant.name in failed]
        variants.sort(key=lambda variant: variant.name not in failed)
    return variants


_AFTER = "after "
"""How the reason begins for which a step behind a bad one is skipped."""


def _cell(task: Task, outcome: Outcome, *, reason: str) -> Cell:
    return Cell(
        variant=task.variant.name,
        step=task.step.name,
        outcome=outcome,
        reason=reason,
        key=task.key,
    )


def _without_generate(steps: Iterable[Step]) -> list[Step]:
    """Return the steps behind our own generating, which comes before all others."""
    ours = {step.name for step in steps if step.is_built_in and step.name == GENERATE}
    return [
        dataclasses.replace(step, needs=tuple(n for n in step.needs if n not in ours))
        for step in steps
        if step.name not in ours
    ]


def _segments(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in runs: our own test step stands alone, it takes all variants at once."""
    segments: list[list[Step]] = []
    for step in steps:
        alone = step.is_built_in and step.name == TEST
        if alone or not segments or (segments[-1][0].name == TEST and segments[-1][0].is_built_in):
            segments.append([step])
        else:
            segments[-1].append(step)
    return segments


def _test_facts(cells: Iterable[Cell]) -> Mapping[str, tuple[str, str]]:
    return {cell.test: (cell.outcome.value, cell.reason) for cell in cells}
