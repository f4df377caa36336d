# SPDX-License-Identifier: MIT
"""The sweep: every variant generated, built and tested, each cell ending in an outcome.

generate     in order, in this process: the digests of what is written are
             part of the keys of all that follows
schedule     what runs, what is reused, merged or skipped, and why
scheduler    workers take variants through their steps, our own tests many variants at once
recorder     each cell as it ends: told, written to the database, kept in order
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.build import compilers, forget, recipe
from kvariant.errors import MissingError
from kvariant.plan.digests import toolkit
from kvariant.results.baseline import PLAIN, TOOLKIT, TOOLS, plain_record
from kvariant.results.cell import BUILD, GENERATE, Cell, Outcome
from kvariant.results.store import CHECKOUT, COUNTED, PART, SHARD, Store
from kvariant.results.swept_coverage import GOAL
from kvariant.review.changed_files import CheckoutState, state_of
from kvariant.steps import requirements, tools
from kvariant.steps.workspace import remove_abandoned_notes
from kvariant.sweep import project_files
from kvariant.sweep.cell_keys import CellKeys
from kvariant.sweep.columns import columns_of
from kvariant.sweep.generate_step import Generator
from kvariant.sweep.local_executor import LocalExecutor
from kvariant.sweep.project_steps import LineCondition, ProjectSteps, SymbolsRead
from kvariant.sweep.recorder import Recorder
from kvariant.sweep.resumption import STEPS, Resumption, is_cut, same_variants, steps_as
from kvariant.sweep.schedule import Action, Schedule, schedule
from kvariant.sweep.scheduler import Scheduler, cell_of
from kvariant.sweep.session import session
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.blame.source_conditions import SourceConditions
    from kvariant.blame.source_hints import SourceHints
    from kvariant.plan import Variant
    from kvariant.plan.variant_table import VariantTable
    from kvariant.sweep.executor import Executor
    from kvariant.sweep.request import Sweep


def swept(sweep: Sweep, store: Callable[[], Store]) -> tuple[Cell, ...]:
    """Run every cell of a sweep and return them: variants in order, steps in order, then tests.

    Args:
        sweep: what is to be swept.
        store: opens the results database, when this sweep's turn has come.

    Raises:
        InputError: a template fails, a step is not valid, or the output is not ours.
        MissingError: a tool or disk space is missing.
    """
    _find_compilers(sweep)
    requirements.check(sweep.steps, sweep.plans)
    with session(sweep.state, sweep.waiting, sweep.stopwatch) as processes:
        if sweep.cluster is not None and not sweep.dry:
            from kvariant.sweep.cluster.opening import cluster_executor

            with cluster_executor(sweep, sweep.cluster) as cluster:
                opened = store()
                sweep.stopwatch.is_left_to_others()
                return run_cells(sweep, opened, cluster)
        executor = LocalExecutor(sweep.jobs, processes)
        cells = run_cells(sweep, store(), executor)
        executor.close()
        return cells


def _find_compilers(sweep: Sweep) -> None:
    """Look for what our own build needs, if any variant has something to be compiled.

    Raises:
        MissingError: there is no compiler: one error, before anything runs.
    """
    if not sweep.steps.has_own(BUILD):
        return
    try:
        compilers()
    except MissingError:
        # Rendering tells which variants have C; that is worth its time here alone.
        count = sum(_has_c(sweep, variant) for variant in sweep.plans.variants)
        if count:
            compilers(counted(count, "variant needs", "variants need"))


def _has_c(sweep: Sweep, variant: Variant) -> bool:
    plan = sweep.plans[variant]
    files = plan.files(variant)
    return recipe(sweep.workspace(variant).out, files, None, variant.configuration) is not None


def _in_turn(sweep: Sweep, store: Store) -> Sequence[Variant]:
    """Return the variants in the order in which they run without a budget."""
    variants = list(sweep.plans.variants)
    if sweep.failed_only or sweep.failed_first:
        failed = {name for name, bad in store.last_verdicts().items() if bad}
        if sweep.failed_only:
            return [variant for variant in variants if variant.name in failed]
        variants.sort(key=lambda variant: variant.name not in failed)
    return variants


def run_cells(sweep: Sweep, store: Store, executor: Executor) -> tuple[Cell, ...]:
    """Do the same with an open store and an executor, in a state folder that is held."""
    variants = _in_turn(sweep, store)
    columns = None if sweep.dry and not sweep.budget else columns_of(sweep.plans, sweep.goal)
    run_order = None
    if sweep.budget and columns:
        from kvariant.sweep.run_order import RunOrder  # arrays, where time is short

        run_order = RunOrder(sweep, variants, columns, store.history())
        variants = run_order.before()
    resumption = None
    checkout = None
    continuation = None
    if sweep.since:
        from kvariant.sweep.continuation import Continuation

        continuation = Continuation.of(sweep, sweep.since, store)
    if not sweep.dry and columns:
        if sweep.budget and sweep.reuse:
            resumption = _resumption(sweep, store, columns)
        if not sweep.is_extra:
            checkout = state_of(sweep.plans.project.root, sweep.made)
        number = store.begin(_about(sweep))
        store.see(columns)
        _note_files(sweep, number)
        remove_abandoned_notes(sweep.state)
    recorder = Recorder(sweep, store)
    generated = Generator(sweep, store, recorder).generate(variants)
    begun = [v for v in variants if v.name in generated] if sweep.generates else variants
    workspaces = {variant.name: sweep.workspace(variant) for variant in begun}
    kconfig_before = continuation.kconfig_before if continuation else {}
    cell_keys = CellKeys(sweep, store, workspaces, generated, kconfig_before)
    tasks = schedule(begun, sweep.steps.generated, cell_keys.questions, reuse=sweep.reuse)
    if not sweep.reuse and not sweep.dry:
        for variant in begun:
            forget(sweep.workshop(variant))
    project_steps = ProjectSteps(
        sweep, cell_keys, workspaces, _symbols_read(sweep), _line_condition(sweep)
    )
    predictions = run_order.predictions if run_order else None
    if run_order:
        workspaces = {name: workspaces[name] for name in run_order.now(tasks)}
    scheduler = Scheduler(
        sweep, tasks, cell_keys, project_steps, recorder, workspaces, executor, predictions
    )
    scheduler.settle()
    if resumption is not None:
        scheduler.take_over(resumption.taken_over(tasks))
    if continuation is not None:
        continuation.note_generated([c.variant for c in recorder if _is_rendered(c)])
        scheduler.take_over(continuation.taken_over(tasks, cell_keys))
    if not sweep.dry:
        plain = {} if sweep.is_extra else _plain(tasks, cell_keys)
        scheduler.run()
    if sweep.budget and not sweep.dry and not scheduler.is_stopped_by_failure:
        recorder.settle(_left(sweep, variants, recorder, scheduler))
    _fill(sweep, recorder, tasks)
    if not sweep.dry and not scheduler.is_stopped_by_failure:
        if checkout is not None:
            store.annotate(number, _ended(sweep, checkout, plain))
        store.end()
    return tuple(recorder)


def _is_rendered(cell: Cell) -> bool:
    """Return whether a variant's files were rendered, or in a dry sweep would be."""
    return cell.step == GENERATE and cell.outcome in (Outcome.OK, Outcome.MISSING)


def _plain(tasks: Schedule, cell_keys: CellKeys) -> Mapping[tuple[str, str], str]:
    """Return what is known of the steps that have no keys, for a sweep since this one."""
    plain = [(place, task) for place, task in tasks.items() if not task.step.has_key]
    due = [(place, task) for place, task in plain if task.do is not Action.SKIP]
    return {place: cell_keys.plain_key(t.variant, t.step, tasks) for place, t in due}


def _ended(
    sweep: Sweep, began: CheckoutState, plain: Mapping[tuple[str, str], str]
) -> Mapping[str, object]:
    """Return what says of which revision a sweep's results are.

    They are a revision's if it was checked out, unedited, from the beginning to the end; files
    that the steps have written beside git's do not count.
    """
    is_clean = began.is_clean
    if is_clean:
        now = state_of(sweep.plans.project.root, sweep.made, untracked=False)
        is_clean = now.is_clean and now.revision == began.revision
    return {
        CHECKOUT: {
            "revision": began.revision,
            "clean": is_clean,
            "ended": round(time.time(), 3),
        },
        TOOLS: dict(tools.now()),
        TOOLKIT: toolkit(),
        **({PLAIN: plain_record(plain)} if plain else {}),
    }


def _resumption(sweep: Sweep, store: Store, columns: VariantTable) -> Resumption | None:
    """Return the sweep that this one may go on with."""
    past = store.last(sweep.plans.plans[0].matrix.name)
    if past is None or not is_cut(past):
        return None
    number = past.number
    is_unchanged = project_files.is_unchanged_since(sweep.state, number)  # before it is written
    return Resumption(
        past=past,
        same=same_variants(past.columns, columns),
        is_unchanged=is_unchanged,
        steps=steps_as(sweep.steps),
    )


def _note_files(sweep: Sweep, number: int) -> None:
    """Note which files there are, for a sweep that goes on with this one."""
    if sweep.budget is None:
        project_files.forget(sweep.state)
        return
    roots = {sweep.plans.project.root, *(plan.tree.root for plan in sweep.plans)}
    project_files.note(sweep.state, number, project_files.files_of(sorted(roots), sweep.made))


def _left(
    sweep: Sweep, variants: Sequence[Variant], recorder: Recorder, scheduler: Scheduler
) -> list[list[Cell]]:
    """Return the cells that a spent budget leaves to the next sweep."""
    cells = []
    known = f"the budget of {sweep.budget} is spent"
    for variant in variants:
        for step in sweep.steps.names:
            if (place := (variant.name, step)) in recorder:
                continue
            ran = scheduler.cut.get(place)
            how = "not begun" if ran is None else "cut"
            cells.append(
                Cell(
                    variant=variant.name,
                    step=step,
                    outcome=Outcome.MISSING,
                    reason=f"{how} after {ran:.1f} s" if ran else how,
                    duration=ran or 0.0,
                    known=known,
                )
            )
    return [[cell] for cell in cells]


def _fill(sweep: Sweep, recorder: Recorder, tasks: Schedule) -> None:
    """End what has not run: the sweep was stopped, or only asked what it would do."""
    for place, task in tasks.items():
        if place in recorder:
            continue
        if sweep.dry:
            is_merged = task.do is Action.MERGE
            why = sweep.since.whys.get(place, "") if sweep.since else ""
            outcome = Outcome.MERGED if is_merged else Outcome.MISSING
            recorder.put(cell_of(task, outcome, reason="" if is_merged else why))
        else:
            recorder.end([cell_of(task, Outcome.MISSING, reason="the sweep ended first")])


def _symbols_read(sweep: Sweep) -> SymbolsRead:
    """Return what finds the symbols that the files named in a variant's message read."""
    root = sweep.plans.project.root
    trees = {plan.environment.name: plan.tree for plan in sweep.plans}

    @functools.cache
    def hints(environment: str) -> SourceHints:
        from kvariant.blame.source_hints import SourceHints  # where something failed

        return SourceHints(trees[environment], root, sweep.made)

    return lambda variant, message: hints(variant.environment).of(message)


def _line_condition(sweep: Sweep) -> LineCondition:
    """Return what finds where the line is compiled that a variant's message points at."""
    project = sweep.plans.project
    trees = {plan.environment.name: plan.tree for plan in sweep.plans}

    @functools.cache
    def conditions(environment: str) -> SourceConditions:
        from kvariant.blame.source_conditions import SourceConditions  # where something failed
        from kvariant.presence.sources import SourceFiles

        tree = trees[environment]
        sources = functools.partial(SourceFiles, tree, keep=project.keeps_trees)
        return SourceConditions(sources, tree.root, project.root, sweep.made)

    return lambda variant, message: conditions(variant.environment).of(message)


def _about(sweep: Sweep) -> Mapping[str, object]:
    matrix = sweep.plans.plans[0].matrix
    names = [variant.name for variant in sweep.plans.variants]
    places = {name: place for place, name in enumerate(sweep.plans.names)}
    counted = [step.name for step in sweep.steps.steps if step.baseline is not None]
    return {
        "matrix": matrix.name,
        **({"extra": True} if sweep.is_extra else {}),
        **({} if sweep.is_whole or sweep.is_extra else {PART: True}),
        **({SHARD: str(sweep.shard)} if sweep.shard else {}),
        "strategy": matrix.strategy,
        "random_seed": matrix.random_seed,
        "dialects": sorted({plan.tree.dialect.label for plan in sweep.plans}),
        "steps": list(sweep.steps.names),
        "reading": dict(sweep.steps.reading),
        **({COUNTED: counted} if counted else {}),
        "variants": names,
        # Of a shard: those of all are in the order of the whole.
        "places": [places[name] for name in names],
        **({GOAL: sweep.goal.to_json()} if sweep.goal else {}),
        **({STEPS: steps_as(sweep.steps)} if sweep.budget else {}),
    }
