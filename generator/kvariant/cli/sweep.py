# SPDX-License-Identifier: MIT
"""`kvariant sweep`: run every step in every variant, and print the matrix."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
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
from kvariant.errors import Diagnostic, ExitCode, displayed
from kvariant.kconfig import Configuration
from kvariant.plan import Plan, Variant
from kvariant.plan.shards import Shard
from kvariant.report import agenda_text, cell_line, sweep_json, sweep_text
from kvariant.sweep import (
    Cell,
    Observations,
    Steps,
    Store,
    Sweep,
    built_in_steps,
    failure_fragment,
    write_failures,
)
from kvariant.sweep.failures import FOLDER


class _Command(click.Command):
    """Takes what stands behind -- as it is: click would mix it with the arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        before, mark, after = _split(args)
        rest = super().parse_args(ctx, before)
        if mark and not after:
            raise click.UsageError("no command stands after --", ctx)
        ctx.params["step_command"] = tuple(after)
        return rest


def _split(args: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in args:
        return list(args), False, []
    place = list(args).index("--")
    return list(args[:place]), True, list(args[place + 1 :])


@click.command(
    "sweep", cls=_Command, options_metavar="[OPTIONS]", epilog="An ad-hoc step: ... -- COMMAND"
)
@matrix_argument
@tree_options
@click.option(
    "--step", "steps", metavar="NAME", multiple=True, help="Only these steps and what they need"
)
@click.option(
    "-j",
    "jobs",
    metavar="JOBS",
    type=click.IntRange(min=1),
    help="Cells at once  [default: one per core]",
)
@click.option("--shard", metavar="N/M", help="Only the Nth of M groups of variants")
@click.option("--last-failed", is_flag=True, help="Only variants that failed when they last ran")
@click.option("--failed-first", is_flag=True, help="Begin with variants that failed last")
@click.option("--fail-fast", is_flag=True, help="End with the first failure")
@click.option("--no-reuse", is_flag=True, help="Run everything, whatever was run before")
@click.option("--dry-run", is_flag=True, help="Say what would run, and why; run nothing")
@json_option
@quiet_option
def command(
    steps: tuple[str, ...],
    jobs: int | None,
    shard: str | None,
    last_failed: bool,
    failed_first: bool,
    fail_fast: bool,
    no_reuse: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    step_command: tuple[str, ...],
    **given: Any,
) -> int:
    """Generate, build and test every variant; print the matrix and each distinct failure.

    What stands after -- is run in each variant instead of the project's steps: words
    as they are, or one text for sh. {config} {out} {name} {tree} {results} {jobs} and
    {env.NAME} stand for the variant's.
    """
    started = time.perf_counter()
    part = Shard.parse(shard) if shard else None
    project, selection = the_request(given)
    plan = _of_shard(Plan.of(project, selection), part)
    tell_choice(plan)
    is_home = project.output is not None and selection.is_of(project.matrix)
    outputs = plan.templates.outputs if plan.templates else None
    wanted = Steps.of(project, plan.tree, built_in_steps(outputs), step_command).restricted(steps)
    generated = project.output if is_home else project.state / "generated"
    with ExitStack() as open_until_the_end:
        report = open_until_the_end.enter_context(
            _progress(len(plan.matrix) * len(wanted.steps), quiet)
        )

        def store() -> Store:
            path = project.state / "results.sqlite"
            return open_until_the_end.enter_context(Store.opened(path, _warn))

        sweep = Sweep(
            plan=plan,
            output=generated if plan.templates else None,
            steps=wanted,
            jobs=jobs or os.cpu_count() or 1,
            is_home=is_home,
            is_whole=selection.is_whole and part is None,
            reuse=not no_reuse,
            fail_fast=fail_fast,
            failed_only=last_failed,
            failed_first=failed_first,
            dry=dry_run,
            again=_Again(given, step_command, project.state),
            report=report,
            waiting=_waiting,
        )
        cells = sweep.run(store)
    configurations = {v.name: v.configuration for v in plan.matrix}
    findings = observed(plan, cells, configurations).findings()
    if not dry_run:
        write_failures(project.state, findings, configurations, plan.tree)
    seconds = time.perf_counter() - started
    if as_json:
        click.echo(json.dumps(sweep_json(cells, seconds, findings), indent=1))
    elif dry_run:
        click.echo(agenda_text(cells, wanted.names))
    elif not cells:
        click.echo(
            "no variant failed when it last ran" if plan.matrix.variants else "an empty shard"
        )
    else:
        failures = displayed(project.state / FOLDER)
        click.echo(sweep_text(cells, wanted.names, seconds, findings, failures))
    if dry_run:
        return ExitCode.OK
    return ExitCode.FAILED if any(cell.is_bad for cell in cells) else ExitCode.OK


def observed(
    plan: Plan, cells: Sequence[Cell], configurations: Mapping[str, Configuration]
) -> Observations:
    """Return what cells say about a plan's tree."""
    read = plan.templates.symbols if plan.templates else ()
    settable = [name for name, rules in plan.tree.model.symbols.items() if rules.prompts]
    return Observations(cells, configurations, plan.tree.types, read, settable)


def _of_shard(plan: Plan, shard: Shard | None) -> Plan:
    """Return a plan with the variants of one group, in the matrix's order."""
    if shard is None:
        return plan
    names = set(shard.of([variant.name for variant in plan.matrix]))
    kept = tuple(variant for variant in plan.matrix if variant.name in names)
    return replace(plan, matrix=replace(plan.matrix, variants=kept))


@dataclass(frozen=True)
class _Again:
    """Says how a variant's step is run again: of that variant alone, in the same tree."""

    given: Mapping[str, Any]
    command: Sequence[str]
    state: Path

    def __call__(self, variant: Variant, step: str) -> str:
        words = ["kvariant", "sweep", *filter(None, [self.given["matrix"]])]
        words += [] if self.command else ["--step", step]
        if variant.fragment is None:
            # Chosen by a strategy: another run may name it otherwise, its values are what counts.
            words = words[:2] + words[3:] if self.given["matrix"] else words
            words.append(f"--config={displayed(failure_fragment(self.state, variant.name))}")
        elif self.given["configs"]:
            words.append(f"--config={displayed(variant.fragment)}")
        else:
            words += ["-k", variant.name]
        for name in ("project", "kconfig", "preset", "dialect"):
            words += [f"--{name}={self.given[name]}"] if self.given[name] else []
        words += [f"--env={value}" for value in self.given["env"]]
        words += ["--no-shell"] if self.given["no_shell"] else []
        return shlex.join([*words, *(["--", *self.command] if self.command else [])])


def _waiting() -> None:
    click.echo("waiting for another kvariant in this output folder", err=True)


def _warn(diagnostic: Diagnostic) -> None:
    click.echo(str(diagnostic), err=True)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[Cell], None]]:
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
        task = bar.add_task("", total=total)

        def advance(cell: Cell) -> None:
            if not cell.test:
                bar.update(task, advance=1, description=f"{cell.variant} {cell.step}")
            if cell.is_bad and not cell.test:
                bar.console.print(cell_line(cell), markup=False, highlight=False)

        yield advance


def _failure_line(cell: Cell, quiet: bool) -> None:
    if cell.is_bad and not cell.test and not quiet:
        click.echo(cell_line(cell), err=True)
