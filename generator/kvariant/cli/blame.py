# SPDX-License-Identifier: MIT
"""`kvariant blame`: sweep, then run the few extra variants that tell which options broke it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from kvariant.cli.colour import say
from kvariant.cli.options import (
    json_option,
    matrix_argument,
    quiet_option,
    tell_choice,
    the_request,
    tree_options,
)
from kvariant.cli.running import Running, StepCommand, observed, steps_option
from kvariant.errors import ExitCode, displayed
from kvariant.kconfig import Configuration
from kvariant.plan import Plans, Selection, only_environment
from kvariant.report import blame_json, blame_text
from kvariant.space import Space
from kvariant.sweep import Cell, write_failures
from kvariant.sweep.blame import MOST, Blame, write_fragments
from kvariant.sweep.failures import FOLDER


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
    help="Variants beyond the matrix, for each cause of a failure",
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
    only_environment(project)  # the space of one tree is asked what to run next
    plans = Plans.of(project, selection, remember=True)
    (plan,) = plans
    tell_choice(plans)
    space = Space.of(plan.tree)
    if selection.where is not None:
        space = space.restricted(selection.where)
    running = Running(given=given, command=step_command, steps=steps, jobs=jobs, quiet=quiet)

    def run(extra: Mapping[str, Configuration]) -> Sequence[Cell]:
        others = Selection(configs=write_fragments(project.state, extra, plan.tree))
        return replace(running, quiet=True).cells(Plans.of(project, others), others, is_extra=True)

    cells = running.cells(plans, selection)
    blamed = Blame(
        space,
        lambda cells, known: observed(plans, cells, {plan.environment.name: known}),
        run,
        most=most,
        report=lambda done: None if quiet else click.echo(str(done), err=True),
    ).blame(cells, {v.name: v.configuration for v in plan.matrix})
    trees = dict.fromkeys(blamed.configurations, plan.tree)
    write_failures(project.state, blamed.findings, blamed.configurations, trees)
    seconds = time.perf_counter() - started
    if as_json:
        click.echo(json.dumps(blame_json(blamed, seconds), indent=1))
    else:
        say(blame_text(blamed, displayed(project.state / FOLDER), seconds))
    return ExitCode.FAILED if blamed.findings else ExitCode.OK
