# SPDX-License-Identifier: MIT
"""`kvariant blame`: sweep, then run the few extra variants that tell which options broke it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from kvariant.blame import write_failures
from kvariant.blame.extra_runs import ExtraRuns, tree_searches
from kvariant.blame.failure_files import FOLDER
from kvariant.blame.observed import observed
from kvariant.blame.rounds import (
    MOST,
    Blame,
    Blamed,
)
from kvariant.cli.choosing import choosing
from kvariant.cli.last_sweep import blame_command, last_sweep
from kvariant.cli.options import json_option, quiet_option, tell_choice
from kvariant.cli.printer import say, say_exact
from kvariant.cli.running import (
    Running,
    RunOptions,
    StepCommand,
    run_options,
)
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, matrix_argument, set_option
from kvariant.errors import ExitCode, KvariantError, displayed
from kvariant.plan import Plans
from kvariant.report import FORMATS
from kvariant.report.blame_document import blame_document
from kvariant.report.verdict import verdicts
from kvariant.results import Past, Store
from kvariant.results.earlier_runs import EarlierRuns, earlier_runs
from kvariant.results.merge import BLAME
from kvariant.sweep.edited_since import edited_since
from kvariant.sweep.leftovers import forget
from kvariant.sweep.request import SweepOptions

if TYPE_CHECKING:
    from kvariant.blame.bundling import Bundles
    from kvariant.project import Project


@click.command("blame", cls=StepCommand, options_metavar="[OPTIONS] [-- COMMAND]")
@matrix_argument
@set_option
@tree_options
@run_options
@click.option(
    "--extra",
    "most",
    metavar="N",
    type=click.IntRange(min=0),
    default=MOST,
    show_default=True,
    help="Variants beyond the matrix, for each cause of a failure in each tree",
)
@json_option
@quiet_option
def command(
    options: TreeOptions,
    variants: VariantOptions,
    running: RunOptions,
    most: int,
    as_json: bool,
) -> int:
    """Run the few extra variants that tell which options broke it.

    The matrix is swept first: what passed before is not run again. Then the valid
    variants that divide the explanations left are run, one after another.

    \b
    Examples:
      kvariant blame
      kvariant blame pairwise -- make -C {tree} O={out}
    """
    project = options.read()
    selection = variants.selection(project)
    started = time.perf_counter()
    with choosing(quiet=running.quiet) as watch:
        # Of a matrix that was swept within a budget it is about the same variants.
        selected = replace(selection, watch=watch, is_budgeted=True)
        plans = Plans.of(project, selected, remember=True)
    tell_choice(plans)
    run = Running(tree=options, variants=variants, options=running)
    before = last_sweep(project)
    edited = edited_since(before, plans)
    cells = run.cells(plans, selection, SweepOptions())
    more = replace(run, options=replace(running, quiet=True))
    blamed = Blame(
        tree_searches(plans, selection),
        partial(observed, plans),
        ExtraRuns(
            plans,
            lambda p, chosen: more.cells(p, chosen, SweepOptions(is_extra=True)),
            partial(forget, project),
        ),
        _earlier(plans, edited),
        most=most,
        at_once=running.at_once,
        report=lambda done: None if running.quiet else say(str(done), err=True),
    ).blame(cells, plans.configurations)
    _write(blamed, plans, run.bundles(plans))
    _remember(blamed, project)
    seconds = time.perf_counter() - started
    document = blame_document(blamed, displayed(project.state / FOLDER), seconds)
    if as_json:
        say_exact(FORMATS["json"].render(document))
    else:
        say(FORMATS["terminal"].render(document))
    if before and not blamed.findings:
        _hint(before, plans)
    return ExitCode.FAILED if blamed.findings else ExitCode.OK


def _earlier(plans: Plans, edited: float) -> EarlierRuns:
    """Return how what is swept ended in earlier sweeps; nothing where that cannot be read."""
    # It only explains: `report` says what is wrong with the database.
    with suppress(KvariantError), Store.read(plans.project.database) as store:
        return earlier_runs(store, plans.plans[0].matrix.name, edited)
    return ()


def _hint(before: Past, plans: Plans) -> None:
    """Say how what failed in a sweep of another matrix is explained, if something did."""
    matrix = before.about.get("matrix")
    if matrix != plans.plans[0].matrix.name and any(cell.is_bad for cell in before.cells):
        what = f"the last sweep was of {matrix}, and something failed"
        say(f"hint: {what}: {blame_command(before, plans.project)}", err=True)


def _remember(blamed: Blamed, project: Project) -> None:
    """Keep what was found with the sweep of the matrix: `report` says it."""
    with Store.opened(project.database) as store:
        if (last := store.last()) is not None:
            store.annotate(last.number, {BLAME: [one.to_json() for one in verdicts(blamed)]})


def _write(blamed: Blamed, plans: Plans, bundles: Bundles) -> None:
    """Write the fragments and bundles of what was found."""
    configurations = {n: c for mine in blamed.configurations.values() for n, c in mine.items()}
    trees = {n: p.tree for p in plans for n in blamed.configurations[p.environment.name]}
    write_failures(plans.project.state, blamed.findings, configurations, trees, bundles.of)
