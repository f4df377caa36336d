# SPDX-License-Identifier: MIT
"""`kvariant blame`: sweep, then run the few extra variants that tell which options broke it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import click

from kvariant.blame import write_failures
from kvariant.blame.bundling import Bundles
from kvariant.blame.failure_files import FOLDER
from kvariant.blame.rounds import (
    MOST,
    Blame,
    Blamed,
    extra_fragment,
    write_fragments,
)
from kvariant.blame.runs import Variants
from kvariant.blame.tree_search import TreeSearch
from kvariant.cli.colour import say
from kvariant.cli.options import (
    json_option,
    matrix_argument,
    quiet_option,
    set_option,
    tell_choice,
    the_request,
    tree_options,
)
from kvariant.cli.past import blame_command, last_sweep
from kvariant.cli.running import Running, StepCommand, observed, steps_option
from kvariant.errors import ExitCode, displayed
from kvariant.kconfig import Configuration
from kvariant.plan import Plan, Plans, Selection, beyond
from kvariant.project import Project
from kvariant.report import blame_json, blame_text
from kvariant.report.verdict import verdicts
from kvariant.results import Cell, Past, Store
from kvariant.results.merge import BLAME
from kvariant.space import Space


@click.command("blame", cls=StepCommand, options_metavar="[OPTIONS] [-- COMMAND]")
@matrix_argument
@set_option
@tree_options
@steps_option
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
    steps: tuple[str, ...],
    jobs: int | None,
    most: int,
    as_json: bool,
    quiet: bool,
    step_command: tuple[str, ...],
    **given: Any,
) -> int:
    """Run the few extra variants that tell which options broke it.

    The matrix is swept first: what passed before is not run again. Then the valid
    variants that divide the explanations left are run, one after another.
    """
    project, selection = the_request(given)
    started = time.perf_counter()
    plans = Plans.of(project, selection, remember=True)
    tell_choice(plans)
    running = Running(given=given, command=step_command, steps=steps, jobs=jobs, quiet=quiet)
    before = last_sweep(project)
    cells = running.cells(plans, selection)
    blamed = Blame(
        {plan.environment.name: _ground(plan, plans, selection) for plan in plans},
        partial(observed, plans),
        _SweepRuns(replace(running, quiet=True), plans),
        most=most,
        report=lambda done: None if quiet else click.echo(str(done), err=True),
    ).blame(cells, plans.configurations)
    _write(blamed, plans, running.bundles(plans))
    _remember(blamed, project)
    seconds = time.perf_counter() - started
    if as_json:
        click.echo(json.dumps(blame_json(blamed, seconds), indent=1))
    else:
        say(blame_text(blamed, displayed(project.state / FOLDER), seconds))
    if before and not blamed.findings:
        _hint(before, plans)
    return ExitCode.FAILED if blamed.findings else ExitCode.OK


def _hint(before: Past, plans: Plans) -> None:
    """Say how what failed in a sweep of another matrix is explained, if something did."""
    matrix = before.about.get("matrix")
    if matrix != plans.plans[0].matrix.name and any(cell.is_bad for cell in before.cells):
        what = f"the last sweep was of {matrix}, and something failed"
        click.echo(f"hint: {what}: {blame_command(before, plans.project)}", err=True)


def _ground(plan: Plan, plans: Plans, selection: Selection) -> TreeSearch:
    """Return what may be asked of one of several trees."""
    environment = plan.environment

    def space() -> Space:
        found = Space.of(plan.tree)
        for where in (plan.promise.where, selection.within(environment.values).where):
            found = found if where is None else found.restricted(where)
        return found

    return TreeSearch(
        space,
        lambda cells, known: observed(Plans((plan,)), cells, {environment.name: known}),
        beyond(plan, plans),
        plan.base.configuration if plan.base else None,
    )


class _SweepRuns:
    """Runs extra variants in a sweep of their own, each in its tree; see `VariantRuns`."""

    def __init__(self, running: Running, plans: Plans) -> None:
        self._running = running
        self._plans = plans
        self._trees = {plan.environment.name: plan.tree for plan in plans}
        self._every: dict[str, dict[str, Configuration]] = {}
        """All that have run: commands that run them again name their fragments."""

    def run(self, variants: Variants) -> Sequence[Cell]:
        """Run the steps in each variant, as fragments below the state folder."""
        state = self._plans.project.state
        for environment, mine in variants.items():
            self._every.setdefault(environment, {}).update(mine)
        write_fragments(state, self._every, self._trees)
        new = {name: [extra_fragment(state, v) for v in mine] for name, mine in variants.items()}
        others = Selection(configs=tuple(path for paths in new.values() for path in paths))
        return self._running.cells(self._plans.choosing(new), others, is_extra=True)


def _remember(blamed: Blamed, project: Project) -> None:
    """Keep what was found with the sweep of the matrix: `report` says it."""
    path = project.state / "results.sqlite"
    with Store.opened(path) as store:
        if (last := store.last()) is not None:
            store.annotate(last.number, {BLAME: [one.to_json() for one in verdicts(blamed)]})


def _write(blamed: Blamed, plans: Plans, bundles: Bundles) -> None:
    """Write the fragments and bundles of what was found."""
    configurations = {n: c for mine in blamed.configurations.values() for n, c in mine.items()}
    trees = {n: p.tree for p in plans for n in blamed.configurations[p.environment.name]}
    write_failures(plans.project.state, blamed.findings, configurations, trees, bundles.of)
