# SPDX-License-Identifier: MIT
"""`kvariant sweep`: run every step in every variant, and print the matrix."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.blame import write_failures
from kvariant.blame.baselines import Baselines, lowering_command
from kvariant.blame.failure_files import FOLDER
from kvariant.blame.observed import messages_of, observed
from kvariant.cli.beginning import began
from kvariant.cli.choosing import choosing
from kvariant.cli.coverage_required import tell_lacking
from kvariant.cli.files import require_folder, write_file
from kvariant.cli.options import json_option, quiet_option, tell_choice, verbose_option
from kvariant.cli.printer import say, say_aside, say_exact
from kvariant.cli.running import (
    Running,
    RunOptions,
    StepCommand,
    run_options,
)
from kvariant.cli.sweep_flags import SweepFlags, sweep_flags
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, matrix_argument, set_option
from kvariant.errors import ExitCode, KvariantError, displayed
from kvariant.plan import Plans, Selection
from kvariant.report import FORMATS, SweepReport
from kvariant.report.sweep_document import sweep_document
from kvariant.results.swept_coverage import CoverageGoal
from kvariant.sweep import project_files
from kvariant.sweep.columns import columns_of
from kvariant.sweep.cost import Cost, Stopwatch
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.blame.findings import Observations
    from kvariant.blame.ratchet import RatchetVerdict
    from kvariant.report.document import ReportDocument
    from kvariant.report.sizes import SizeReport
    from kvariant.results import Cell
    from kvariant.steps import Steps


@click.command("sweep", cls=StepCommand, options_metavar="[OPTIONS] [-- COMMAND]")
@matrix_argument
@set_option
@tree_options
@run_options
@sweep_flags
@json_option
@quiet_option
@verbose_option
def command(
    options: TreeOptions,
    variants: VariantOptions,
    running: RunOptions,
    flags: SweepFlags,
    as_json: bool,
) -> int:
    """Generate, build and test every variant; print the matrix and each distinct failure.

    What stands after -- is run in each variant instead of the project's steps: words
    as they are, or one text for sh. {config} {out} {name} {tree} {results} {jobs} and
    {env.NAME} stand for the variant's.

    \b
    Examples:
      kvariant sweep
      kvariant sweep pairwise --budget 45m
      kvariant sweep --config 'configs/*_defconfig' -- make -C {tree} O={out} -j{jobs}
    """
    flags.refuse_idle(running.jobs)
    stopwatch = Stopwatch()
    with _told_if_nothing_was_built(stopwatch, flags):
        asked = Running(tree=options, variants=variants, options=running)
        if flags.commits is not None:
            return _sweep_commits(asked, flags.commits, stopwatch, flags, as_json=as_json)
        return _sweep_variants(asked, stopwatch, flags, as_json=as_json)


@contextmanager
def _told_if_nothing_was_built(stopwatch: Stopwatch, flags: SweepFlags) -> Iterator[None]:
    """Have an error say so that has come before the first command began."""
    try:
        yield
    except KvariantError as error:
        if not (flags.dry_run or stopwatch.has_begun):
            error.add_note(f"exit code {int(error.exit_code)}, nothing was built")
        raise


# Of variants


@dataclass(frozen=True, kw_only=True)
class _PreparedSweep:
    """A sweep that is chosen and checked, and has not begun."""

    run: Running
    selection: Selection
    plans: Plans
    how: SweepOptions
    baselines: Baselines
    least: Fraction | None
    """The share that has to be covered."""

    @property
    def wanted(self) -> Steps:
        """The steps that run."""
        return self.run.options.wanted(self.plans)


def _sweep_variants(
    asked: Running, stopwatch: Stopwatch, flags: SweepFlags, *, as_json: bool
) -> int:
    with ExitStack() as workers_run:
        sweep = _prepared(asked, flags, workers_run)
        cells = sweep.run.cells(sweep.plans, sweep.selection, sweep.how, stopwatch)
    report = _reported(sweep, cells, flags)
    document = _document(report, sweep.plans, sweep.run.options, stopwatch)
    if not flags.dry_run:
        _write(sweep, report, document, flags.junit)
    if as_json:
        say_exact(FORMATS["json"].render(document))
    else:
        _print(sweep, report, document)
    return _exit_code(sweep, report)


def _prepared(asked: Running, flags: SweepFlags, workers_run: ExitStack) -> _PreparedSweep:
    """Return the sweep that is meant; what is left out, and how it is chosen, is told.

    Args:
        workers_run: ends the workers that are started meanwhile.

    Raises:
        InputError, MissingError: something in it cannot be.
    """
    limit, least, part, where = flags.limit(began()), flags.least(), flags.part(), flags.location()
    workers = None
    if where is not None:
        if not flags.dry_run:
            from kvariant.sweep.cluster.dask_connection import starting

            workers = workers_run.enter_context(starting(where))
        asked = replace(asked, options=replace(asked.options, jobs=where.workers or None))
    if flags.junit:
        require_folder(Path(flags.junit))
    project = asked.tree.read()
    selection = asked.variants.selection(project)
    with choosing(quiet=asked.options.quiet) as watch:
        if limit is not None:
            watch = replace(watch, cut=limit.choice_is_over)
        watched = replace(selection, watch=watch, is_budgeted=limit is not None)
        whole = Plans.of(project, watched, remember=not flags.dry_run)
    plans = whole
    if part is not None:
        plans = whole.only(set(part.of([variant.name for variant in whole.variants])))
    goal = None
    if limit or least is not None:
        seconds = limit.seconds if limit else None
        goal = CoverageGoal.of(whole, budget=seconds, part=str(part) if part else "")
    sweep = _PreparedSweep(
        run=asked,
        selection=selection,
        plans=plans,
        how=SweepOptions(
            reuse=not flags.no_reuse,
            fail_fast=flags.fail_fast,
            failed_only=flags.last_failed,
            failed_first=flags.failed_first,
            dry=flags.dry_run,
            cluster=where,
            workers=workers,
            since=Since(named=flags.since, tell=say_aside) if flags.since is not None else None,
            is_part=part is not None,
            shard=part,
            budget=limit.for_cells() if limit else None,
            goal=goal,
        ),
        baselines=_baselines(asked.options.wanted(plans), plans, update=flags.update_baseline),
        least=least,
    )
    cells = counted(len(plans.variants) * len(sweep.wanted.steps), "cell")
    tell_choice(plans, f", {cells}, {asked.options.at_once} at a time")
    return sweep


def _baselines(steps: Steps, plans: Plans, *, update: bool) -> Baselines:
    baselines = Baselines.of((step.name, step.baseline) for step in steps.steps)
    if update:
        baselines.require_any(plans.project)
        for path in baselines.known:
            require_folder(path)
    for warning in baselines.unknown(plans):
        say(warning, err=True)
    return baselines


def _reported(sweep: _PreparedSweep, cells: Sequence[Cell], flags: SweepFlags) -> SweepReport:
    """Return what is said of a sweep that has ended; baselines are lowered, if that was asked."""
    plans, wanted, options = sweep.plans, sweep.wanted, sweep.run.options
    observations = observed(plans, cells, plans.configurations)
    return SweepReport(
        cells=cells,
        steps=wanted.names,
        reading=wanted.reading,
        findings=observations.findings(),
        messages=messages_of(plans.project, cells, observations),
        coverage=sweep.run.covered(plans, sweep.how, cells),
        every=options.verbose,
        since=sweep.how.since,
        ratchet=_ratchet(sweep, cells, observations, update=flags.update_baseline),
        lowering=lowering_command(sweep.run.variants.matrix),
        sizes=None if sweep.how.dry else _sizes(sweep, cells),
    )


def _ratchet(
    sweep: _PreparedSweep, cells: Sequence[Cell], observations: Observations, *, update: bool
) -> tuple[RatchetVerdict, ...]:
    if sweep.how.dry:
        return ()
    verdicts = sweep.baselines.verdicts(cells, observations)
    if not update:
        return verdicts
    is_all = sweep.selection.is_whole and not (sweep.how.is_part or sweep.how.failed_only)
    is_whole = is_all and all(cell.verdict.is_good for cell in cells)
    verdicts = sweep.baselines.lowered(verdicts, sweep.plans, cells, is_whole=is_whole)
    for verdict in verdicts:
        if after := verdict.written:
            write_file(after.path, after.text())
    return verdicts


def _sizes(sweep: _PreparedSweep, cells: Sequence[Cell]) -> SizeReport | None:
    if not any(cell.figures.sizes for cell in cells):
        return None  # nothing was measured, and nothing is loaded for it
    from kvariant.report.measured_sizes import base_words, size_report, sizes_before

    plans, project, variants = sweep.plans, sweep.plans.project, sweep.run.variants
    return size_report(
        cells,
        lambda: columns_of(plans),
        {plan.environment.name: plan.tree for plan in plans}.get,
        lambda: sizes_before(project.database),
        {step.name: step.measure_limits for step in sweep.wanted.steps},
        (*sweep.run.tree.all_words, *base_words(project, variants.matrix, variants.base)),
    )


def _write(
    sweep: _PreparedSweep, report: SweepReport, document: ReportDocument, junit: str | None
) -> None:
    """Write the failures' files, and what else was asked for."""
    plans = sweep.plans
    if junit:
        write_file(Path(junit), FORMATS["junit"].render(document))
        project_files.renew(plans.project.state)
    configurations = {v.name: v.configuration for v in plans.variants}
    trees = {v.name: plans[v].tree for v in plans.variants}
    bundles = sweep.run.bundles(plans)
    write_failures(plans.project.state, report.findings, configurations, trees, bundles.of)


def _print(sweep: _PreparedSweep, report: SweepReport, document: ReportDocument) -> None:
    if sweep.how.dry:
        from kvariant.report.dry_run import dry_run_text

        say(dry_run_text(report.cells, report.steps))
    elif not report.cells and not report.coverage:
        say("no variant failed when it last ran" if sweep.plans.variants else "an empty shard")
        return
    else:
        say(FORMATS["terminal"].render(document))
    if sweep.how.since:
        from kvariant.report.since import since_text

        say(since_text(sweep.how.since, verbose=sweep.how.dry or report.every))


def _exit_code(sweep: _PreparedSweep, report: SweepReport) -> ExitCode:
    if sweep.how.dry:
        return ExitCode.OK
    is_enough = tell_lacking(report.coverage, sweep.least)
    is_beyond = any(verdict.new for verdict in report.ratchet)
    is_bad = any(cell.is_bad for cell in report.cells) or is_beyond or not is_enough
    return ExitCode.FAILED if is_bad else ExitCode.OK


# Of commits


def _sweep_commits(
    asked: Running, named: str, stopwatch: Stopwatch, flags: SweepFlags, *, as_json: bool
) -> int:
    from kvariant.cli.commits import swept_commits  # git, and runs in folders of their own
    from kvariant.report.commits import commits_text

    options = asked.options
    anew = flags.no_reuse
    swept = swept_commits(named, asked.tree, asked.variants, options, stopwatch, anew=anew)
    cells, observations, wanted = swept.cells, swept.observations, options.wanted(swept.plans)
    report = SweepReport(
        cells=cells,
        steps=wanted.names,
        reading=wanted.reading,
        findings=observations.findings(),
        messages=messages_of(swept.plans.project, cells, observations),
        every=options.verbose,
        commits=swept.found,
    )
    document = _document(report, None, options, stopwatch)
    if as_json:
        say_exact(FORMATS["json"].render(document))
    else:
        say(FORMATS["terminal"].render(document))
        say(commits_text(swept.found, verbose=options.verbose))
    return ExitCode.FAILED if any(cell.is_bad for cell in cells) else ExitCode.OK


def _document(
    report: SweepReport, plans: Plans | None, options: RunOptions, stopwatch: Stopwatch
) -> ReportDocument:
    """Return a report's document, with what the sweep took until now.

    Args:
        plans: of which failures there are files; None: of none.
    """
    seconds, commands = time.perf_counter() - began(), stopwatch.seconds
    cost = Cost.of(report.cells, seconds=seconds, jobs=options.at_once, commands=commands)
    folder = displayed(plans.project.state / FOLDER) if plans else ""
    return sweep_document(report, cost, folder)
