# SPDX-License-Identifier: MIT
"""The sweep: every variant generated, built and tested, each cell ending in an outcome.

generate     in order, in this process: the digests of what is written are
             part of the keys of all that follows
schedule     what runs, what is reused, merged or skipped, and why
scheduler    workers take variants through their steps, our own tests many variants at once
recorder     each cell as it ends: told, written to the database, kept in order
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kvariant.blame.source_hints import SourceHints
from kvariant.build import compilers, forget, recipe
from kvariant.errors import MissingError
from kvariant.plan import Facts, Variant
from kvariant.plan.variant_table import VariantTable
from kvariant.results.cell import BUILD, Cell, Outcome
from kvariant.results.store import Store
from kvariant.steps import requirements
from kvariant.sweep.cell_keys import CellKeys
from kvariant.sweep.executor import Executor
from kvariant.sweep.generate_step import Generator
from kvariant.sweep.local_executor import LocalExecutor
from kvariant.sweep.project_steps import ProjectSteps, SymbolsRead
from kvariant.sweep.recorder import Recorder
from kvariant.sweep.request import Sweep
from kvariant.sweep.schedule import Action, Schedule, schedule
from kvariant.sweep.scheduler import Scheduler, cell_of
from kvariant.sweep.session import session


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
            compilers("1 variant needs" if count == 1 else f"{count} variants need")


def _has_c(sweep: Sweep, variant: Variant) -> bool:
    plan = sweep.plans[variant]
    files = plan.files(variant)
    return recipe(sweep.workspace(variant).out, files, None, variant.configuration) is not None


def run_cells(sweep: Sweep, store: Store, executor: Executor) -> tuple[Cell, ...]:
    """Do the same with an open store and an executor, in a state folder that is held."""
    variants = _in_turn(sweep, store)
    if not sweep.dry:
        store.begin(_about(sweep))
        store.see(_columns(sweep))
    workspaces = {variant.name: sweep.workspace(variant) for variant in variants}
    recorder = Recorder(sweep, store)
    generated = Generator(sweep, store, recorder).generate(variants)
    cell_keys = CellKeys(sweep, store, workspaces, generated)
    tasks = schedule(variants, sweep.steps.generated, cell_keys.questions, reuse=sweep.reuse)
    if not sweep.reuse and not sweep.dry:
        for variant in variants:
            forget(sweep.workshop(variant))
    project_steps = ProjectSteps(sweep, cell_keys, workspaces, _symbols_read(sweep))
    scheduler = Scheduler(sweep, tasks, cell_keys, project_steps, recorder, workspaces, executor)
    scheduler.settle()
    if not sweep.dry:
        scheduler.run()
    _fill(sweep, recorder, tasks)
    if not sweep.dry and not scheduler.is_stopped:
        store.end()
    return tuple(recorder)


def _fill(sweep: Sweep, recorder: Recorder, tasks: Schedule) -> None:
    """End what has not run: the sweep was stopped, or only asked what it would do."""
    for place, task in tasks.items():
        if place in recorder:
            continue
        if sweep.dry:
            is_merged = task.do is Action.MERGE
            recorder.put(cell_of(task, Outcome.MERGED if is_merged else Outcome.MISSING))
        else:
            recorder.end([cell_of(task, Outcome.MISSING, reason="the sweep ended first")])


def _symbols_read(sweep: Sweep) -> SymbolsRead:
    """Return what finds the symbols that the files named in a variant's message read."""
    root = sweep.plans.project.root
    hints = {
        plan.environment.name: SourceHints(plan.tree, root, sweep.made) for plan in sweep.plans
    }
    return lambda variant, message: hints[variant.environment].of(message)


def _in_turn(sweep: Sweep, store: Store) -> Sequence[Variant]:
    """Return the variants in the order in which they run."""
    variants = list(sweep.plans.variants)
    if sweep.failed_only or sweep.failed_first:
        failed = {name for name, bad in store.last_verdicts().items() if bad}
        if sweep.failed_only:
            return [variant for variant in variants if variant.name in failed]
        variants.sort(key=lambda variant: variant.name not in failed)
    return variants


def _columns(sweep: Sweep) -> VariantTable:
    facts = Facts.of(sweep.plans, sweep.plans.configurations)
    return VariantTable.of(
        facts.configurations, facts.types, facts.read, facts.settable, facts.asked
    )


def _about(sweep: Sweep) -> Mapping[str, object]:
    matrix = sweep.plans.plans[0].matrix
    names = [variant.name for variant in sweep.plans.variants]
    places = {name: place for place, name in enumerate(sweep.plans.names)}
    return {
        "matrix": matrix.name,
        **({"extra": True} if sweep.is_extra else {}),
        "strategy": matrix.strategy,
        "random_seed": matrix.random_seed,
        "dialects": sorted({plan.tree.dialect.label for plan in sweep.plans}),
        "steps": list(sweep.steps.names),
        "reading": dict(sweep.steps.reading),
        "variants": names,
        # Of a shard: those of all are in the order of the whole.
        "places": [places[name] for name in names],
    }
