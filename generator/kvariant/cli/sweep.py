# SPDX-License-Identifier: MIT
"""`kvariant sweep`: generate, build and test every variant, and print the matrix."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from kvariant.cli.options import (
    json_option,
    matrix_argument,
    quiet_option,
    tell_choice,
    the_request,
    tree_options,
)
from kvariant.errors import Diagnostic, ExitCode, InputError
from kvariant.plan import Plan
from kvariant.report import cell_line, sweep_json, sweep_text
from kvariant.sweep import BUILT_IN, Cell, Outcome, Store, Sweep

_BAD = (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT)


@click.command("sweep")
@matrix_argument
@tree_options
@click.option(
    "--step",
    "steps",
    metavar="NAME",
    multiple=True,
    type=click.Choice(BUILT_IN),
    help="Only these steps and what they need: generate, build, test",
)
@click.option(
    "-j",
    "jobs",
    metavar="JOBS",
    type=click.IntRange(min=1),
    help="Cells at once  [default: one per core]",
)
@json_option
@quiet_option
def command(
    steps: tuple[str, ...],
    jobs: int | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Generate, build and test every variant; print the matrix and each distinct failure."""
    project, selection = the_request(given)
    if project.templates is None or project.output is None:
        raise InputError(
            Diagnostic(
                message="nothing to sweep: the project has no [tool.kvariant.generate]",
                code="no-templates",
                hint="say where the templates are in the project file",
            )
        )
    started = time.perf_counter()
    plan = Plan.of(project, selection)
    tell_choice(plan)
    is_home = selection.is_of(project.matrix)
    wanted = _with_needs(steps)
    with (
        Store.opened(project.state / "results.sqlite") as store,
        _progress(plan, wanted, quiet) as report,
    ):
        sweep = Sweep(
            plan=plan,
            steps=wanted,
            jobs=jobs or os.cpu_count() or 1,
            output=project.output if is_home else project.state / "generated",
            is_home=is_home,
            is_whole=selection.is_whole,
            report=report,
            waiting=_waiting,
            arguments=tuple(shlex.quote(f"--config={path}") for path in given["configs"]),
        )
        cells = sweep.run(store)
    seconds = time.perf_counter() - started
    if as_json:
        click.echo(json.dumps(sweep_json(cells, seconds), indent=1))
    else:
        click.echo(sweep_text(cells, wanted, seconds))
    return ExitCode.FAILED if any(cell.outcome in _BAD for cell in cells) else ExitCode.OK


def _with_needs(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the steps up to the last one asked for: each needs the one before."""
    order = BUILT_IN
    last = max((order.index(name) for name in names), default=len(order) - 1)
    return order[: last + 1]


def _waiting() -> None:
    click.echo("waiting for another kvariant in this output folder", err=True)


@contextmanager
def _progress(plan: Plan, steps: tuple[str, ...], quiet: bool) -> Iterator[Any]:
    """Yield what to call with each ended cell: a bar on a terminal, failures alone elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda cell: _failure_line(cell, quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(plan.matrix) * len(steps))

        def advance(cell: Cell) -> None:
            bar.update(task, advance=1, description=f"{cell.variant} {cell.step}")
            if cell.outcome in _BAD:
                bar.console.print(cell_line(cell), markup=False, highlight=False)

        yield advance


def _failure_line(cell: Cell, quiet: bool) -> None:
    if cell.outcome in _BAD and not quiet:
        click.echo(cell_line(cell), err=True)
