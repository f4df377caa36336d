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

import threading
from collections.abc import Callable, Mapping, Sequence

from kvariant.build import compilers, forget
from kvariant.plan import Facts, Variant
from kvariant.sweep import requirements
from kvariant.sweep.agenda import Agenda, Do, agenda
from kvariant.sweep.cell import BUILD, Cell, Outcome
from kvariant.sweep.chains import Chains, cell_of
from kvariant.sweep.columns import Columns
from kvariant.sweep.command import Runner
from kvariant.sweep.contents import Contents
from kvariant.sweep.foreign import Foreign
from kvariant.sweep.generator import Generator
from kvariant.sweep.ledger import Ledger
from kvariant.sweep.place import Place
from kvariant.sweep.request import Sweep
from kvariant.sweep.session import Marks, session
from kvariant.sweep.store import Store
from kvariant.sweep.suspects import Message, Suspects


def swept(sweep: Sweep, store: Callable[[], Store]) -> tuple[Cell, ...]:
    """Run every cell of a sweep and return them: variants in order, steps in order, then tests.

    Args:
        sweep: what is to be swept.
        store: opens the results database, when this sweep's turn has come.

    Raises:
        InputError: a template fails, a step is not valid, or the output is not ours.
        MissingError: a tool or disk space is missing.
    """
    if sweep.steps.has_own(BUILD):
        count = len(sweep.plans.variants)  # a missing tool is one error, before anything runs
        compilers("1 variant needs" if count == 1 else f"{count} variants need")
    requirements.check(sweep.steps, sweep.plans)
    with session(sweep.state, sweep.waiting, sweep.stopwatch) as marks:
        return _cells(sweep, store(), marks)


def _cells(sweep: Sweep, store: Store, marks: Marks) -> tuple[Cell, ...]:
    variants = _in_turn(sweep, store)
    if not sweep.dry:
        store.begin(_about(sweep))
        store.see(_columns(sweep))
    places = {variant.name: sweep.place(variant) for variant in variants}
    tree_lock, stop = threading.Lock(), threading.Event()
    ledger = Ledger(sweep, store, tree_lock)
    generated = Generator(sweep, store, ledger).generate(variants)
    contents = Contents(sweep, store, places, generated)
    tasks = agenda(variants, sweep.steps.generated, contents.questions, reuse=sweep.reuse)
    if not sweep.reuse and not sweep.dry:
        for variant in variants:
            forget(sweep.workshop(variant))
    runner = Runner(
        steps=sweep.steps,
        again=lambda name, step: sweep.again(places[name].variant, step),
        mark=marks,
        stopped=stop.is_set,
        reads=_suspected(sweep),
    )
    foreign = Foreign(sweep, contents, runner, tree_lock)
    chains = Chains(sweep, tasks, contents, foreign, ledger, places, stop)
    chains.settle()
    if not sweep.dry:
        chains.run()
    _fill(sweep, ledger, tasks)
    if not sweep.dry and not stop.is_set():
        store.end()
    return tuple(ledger)


def _fill(sweep: Sweep, ledger: Ledger, tasks: Agenda) -> None:
    """End what has not run: the sweep was stopped, or only asked what it would do."""
    for place, task in tasks.items():
        if place in ledger:
            continue
        if sweep.dry:
            is_merged = task.do is Do.MERGE
            ledger.put(cell_of(task, Outcome.MERGED if is_merged else Outcome.MISSING))
        else:
            ledger.end([cell_of(task, Outcome.MISSING, reason="the sweep ended first")])


def _suspected(sweep: Sweep) -> Callable[[Place, Message], tuple[str, ...]]:
    """Return what finds the symbols that the files named in a variant's message read."""
    root = sweep.plans.project.root
    suspects = {
        plan.environment.name: Suspects(plan.tree, root, sweep.made) for plan in sweep.plans
    }
    return lambda place, message: suspects[place.variant.environment].of(message)


def _in_turn(sweep: Sweep, store: Store) -> Sequence[Variant]:
    """Return the variants in the order in which they run."""
    variants = list(sweep.plans.variants)
    if sweep.failed_only or sweep.failed_first:
        failed = {name for name, bad in store.last_verdicts().items() if bad}
        if sweep.failed_only:
            return [variant for variant in variants if variant.name in failed]
        variants.sort(key=lambda variant: variant.name not in failed)
    return variants


def _columns(sweep: Sweep) -> Columns:
    facts = Facts.of(sweep.plans, sweep.plans.configurations)
    return Columns.of(facts.configurations, facts.types, facts.read, facts.settable, facts.asked)


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
