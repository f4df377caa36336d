# SPDX-License-Identifier: MIT
"""`kvariant blame`: sweep, then run the few extra variants that tell which options broke it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import click

from kvariant.blame import write_failures
from kvariant.blame.failure_files import FOLDER
from kvariant.blame.rounds import (
    MOST,
    Blame,
    Blamed,
    ByTree,
    extra_fragment,
    write_fragments,
)
from kvariant.blame.tree_search import TreeSearch
from kvariant.cli.options import (
    json_option,
    matrix_argument,
    quiet_option,
    tell_choice,
    the_request,
    tree_options,
)
from kvariant.cli.past import blame_command, last_sweep
from kvariant.cli.printer import say, say_json
from kvariant.cli.running import Running, StepCommand, observed, steps_option
from kvariant.errors import ExitCode, displayed
from kvariant.kconfig import Configuration
from kvariant.plan import Plan, Plans, Selection, beyond
from kvariant.report import blame_json, blame_text
from kvariant.results import Cell, Past
from kvariant.space import Space


@click.command("blame", cls=StepCommand, options_metavar="[OPTIONS] [-- COMMAND]")
@matrix_argument
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
        _runner(replace(running, quiet=True), plans),
        most=most,
        report=lambda done: None if quiet else say(str(done), err=True),
    ).blame(cells, plans.configurations)
    _write(blamed, plans)
    seconds = time.perf_counter() - started
    if as_json:
        say_json(blame_json(blamed, seconds))
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
        say(f"hint: {what}: {blame_command(before, plans.project)}", err=True)


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


def _runner(running: Running, plans: Plans) -> Callable[[ByTree], Sequence[Cell]]:
    """Return what runs extra variants, each in its tree."""
    state, trees = plans.project.state, {p.environment.name: p.tree for p in plans}
    every: dict[str, dict[str, Configuration]] = {}
    """All that have run: commands that run them again name their fragments."""

    def run(extra: ByTree) -> Sequence[Cell]:
        for environment, mine in extra.items():
            every.setdefault(environment, {}).update(mine)
        write_fragments(state, every, trees)
        new = {name: [extra_fragment(state, one) for one in mine] for name, mine in extra.items()}
        others = Selection(configs=tuple(path for paths in new.values() for path in paths))
        return running.cells(plans.choosing(new), others, is_extra=True)

    return run


def _write(blamed: Blamed, plans: Plans) -> None:
    """Write the fragments of what was found."""
    configurations = {n: c for mine in blamed.configurations.values() for n, c in mine.items()}
    trees = {n: p.tree for p in plans for n in blamed.configurations[p.environment.name]}
    write_failures(plans.project.state, blamed.findings, configurations, trees)
