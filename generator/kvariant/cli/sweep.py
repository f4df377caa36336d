# SPDX-License-Identifier: MIT
"""`kvariant sweep`: run every step in every variant, and print the matrix."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from kvariant.blame import write_failures
from kvariant.blame.failure_files import FOLDER
from kvariant.blame.observed import messages_of, observed
from kvariant.cli.baselines import Baselines, lowering_command
from kvariant.cli.choosing import choosing
from kvariant.cli.commits import swept_commits
from kvariant.cli.coverage_required import share_of, tell_lacking
from kvariant.cli.file_name import file_name
from kvariant.cli.files import require_folder, write_file
from kvariant.cli.options import (
    TreeOptions,
    VariantOptions,
    json_option,
    matrix_argument,
    quiet_option,
    refuse_idle,
    set_option,
    tell_choice,
    tree_options,
    verbose_option,
)
from kvariant.cli.printer import say, say_exact
from kvariant.cli.running import (
    DATABASE,
    Running,
    RunOptions,
    StepCommand,
    began,
    run_options,
)
from kvariant.cli.size_report import base_words, size_report, sizes_before
from kvariant.errors import ExitCode, displayed
from kvariant.plan import Plans
from kvariant.plan.shards import Shard
from kvariant.report import FORMATS, SweepReport, dry_run_text
from kvariant.report.commits import commits_text
from kvariant.report.since import since_text
from kvariant.report.sweep_document import sweep_document
from kvariant.results.swept_coverage import CoverageGoal
from kvariant.sweep import project_files
from kvariant.sweep.budget import Budget
from kvariant.sweep.cluster.dask_connection import require_extra
from kvariant.sweep.cluster.location import ClusterLocation
from kvariant.sweep.columns import columns_of
from kvariant.sweep.commits.commits_sweep import CommitsSweep
from kvariant.sweep.cost import Cost, Stopwatch
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since
from kvariant.words import counted


@click.command("sweep", cls=StepCommand, options_metavar="[OPTIONS] [-- COMMAND]")
@matrix_argument
@set_option
@tree_options
@run_options
@click.option("--shard", metavar="N/M", help="Only the Nth of M groups of variants")
@click.option("--last-failed", is_flag=True, help="Only variants that failed when they last ran")
@click.option("--failed-first", is_flag=True, help="Begin with variants that failed last")
@click.option("--fail-fast", is_flag=True, help="End with the first failure")
@click.option(
    "--budget",
    metavar="TIME",
    help="End by then, most new combinations first: 90s, 10m, 1h30m; go on with the next sweep",
)
@click.option(
    "--require-coverage",
    "required",
    metavar="PERCENT",
    help="Exit 1 if less of what the matrix is to cover has ended",
)
@click.option(
    "--cluster",
    metavar="WHERE",
    help="Run on a number of workers, tls://HOST:PORT, ssh:HOST,HOST, or slurm",
)
@click.option(
    "--cluster-insecure",
    is_flag=True,
    help="Let tcp:// lead to another machine: whoever reaches it runs code there",
)
@click.option(
    "--since",
    metavar="REV",
    help="Only what an edit since REV can change, whose results there are: of a branch, where "
    "this work left it",
)
@click.option(
    "--update-baseline",
    is_flag=True,
    help="Lower the baselines of compiler warnings to what is left; write those that are not there",
)
@click.option(
    "--commits",
    metavar="A..B",
    help="Sweep B, and find of each failure the commit behind A that brought it",
)
@click.option("--no-reuse", is_flag=True, help="Run everything, whatever was run before")
@click.option("--dry-run", is_flag=True, help="Say what would run, and why; run nothing")
@click.option("--junit", metavar="FILE", type=file_name, help="Write JUnit XML as well")
@json_option
@quiet_option
@verbose_option
def command(
    options: TreeOptions,
    variants: VariantOptions,
    running: RunOptions,
    shard: str | None,
    last_failed: bool,
    failed_first: bool,
    fail_fast: bool,
    budget: str | None,
    required: str | None,
    cluster: str | None,
    cluster_insecure: bool,
    since: str | None,
    update_baseline: bool,
    commits: str | None,
    no_reuse: bool,
    dry_run: bool,
    junit: str | None,
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
    refuse_idle(
        ("--junit", junit, "with --dry-run, which runs nothing", dry_run),
        ("--fail-fast", fail_fast, "with --dry-run, which runs nothing", dry_run),
        ("--budget", budget, "with --dry-run, which runs nothing", dry_run),
        ("--require-coverage", required, "with --dry-run, which runs nothing", dry_run),
        ("-j", running.jobs, "with --cluster, whose workers say how many", cluster is not None),
        ("--cluster-insecure", cluster_insecure, "without --cluster", cluster is None),
        ("--update-baseline", update_baseline, "with --dry-run, which runs nothing", dry_run),
        ("--since", since, "with --no-reuse, which runs all", no_reuse),
        ("--failed-first", failed_first, "with --last-failed: there are no others", last_failed),
        ("--failed-first", failed_first, "with --budget, which begins with them", budget),
    )
    started, stopwatch = began(), Stopwatch()
    if commits is not None:
        given = {
            "--shard": shard, "--last-failed": last_failed, "--failed-first": failed_first,
            "--fail-fast": fail_fast, "--budget": budget, "--require-coverage": required,
            "--cluster": cluster, "--since": since, "--dry-run": dry_run, "--junit": junit,
            "--update-baseline": update_baseline,
        }  # fmt: skip
        why = "with --commits, which sweeps commits one after another"
        refuse_idle(*((option, value, why, True) for option, value in given.items()))
        swept = swept_commits(commits, options, variants, running, stopwatch, anew=no_reuse)
        seconds = time.perf_counter() - started
        return _tell_commits(swept, running, seconds, stopwatch, as_json=as_json)
    limit = Budget.parse(budget, started) if budget is not None else None
    least = share_of(required) if required is not None else None
    part = Shard.parse(shard) if shard else None
    where = ClusterLocation.parse(cluster, is_insecure=cluster_insecure) if cluster else None
    if where is not None:
        require_extra(where)
        running = replace(running, jobs=where.workers or None)
    if junit:
        require_folder(Path(junit))
    project = options.read()
    selection = variants.selection(project)
    with choosing(quiet=running.quiet) as watch:
        if limit is not None:
            watch = replace(watch, cut=limit.choice_is_over)
        whole = Plans.of(project, replace(selection, watch=watch), remember=not dry_run)
        plans = _of_shard(whole, part)
    wanted = running.wanted(plans)
    baselines = Baselines.of((step.name, step.baseline) for step in wanted.steps)
    if update_baseline:
        baselines.require_any(project)
    baselines.tell_unknown(plans)
    count = len(plans.variants) * len(wanted.steps)
    tell_choice(plans, f", {counted(count, 'cell')}, {running.at_once} at a time")
    how = SweepOptions(
        reuse=not no_reuse,
        fail_fast=fail_fast,
        failed_only=last_failed,
        failed_first=failed_first,
        dry=dry_run,
        cluster=where,
        since=Since(named=since, tell=_tell) if since is not None else None,
        is_part=part is not None,
        budget=limit.for_cells() if limit else None,
        goal=CoverageGoal.of(
            whole, budget=limit.seconds if limit else None, part=str(part) if part else ""
        )
        if limit or least is not None
        else None,
    )
    run = Running(tree=options, variants=variants, options=running)
    cells = run.cells(plans, selection, how, stopwatch)
    observations = observed(plans, cells, plans.configurations)
    findings = observations.findings()
    ratchet = () if dry_run else baselines.verdicts(cells, observations)
    if update_baseline:
        is_all = selection.is_whole and part is None and not last_failed
        is_whole = is_all and all(cell.verdict.is_good for cell in cells)
        ratchet = baselines.updated(ratchet, plans, cells, is_whole=is_whole)
    report = SweepReport(
        cells=cells,
        steps=wanted.names,
        reading=wanted.reading,
        findings=findings,
        messages=messages_of(project, cells, observations),
        coverage=run.covered(plans, how, cells),
        every=running.verbose,
        since=how.since,
        ratchet=ratchet,
        lowering=lowering_command(variants.matrix),
        sizes=None
        if dry_run
        else size_report(
            cells,
            lambda: columns_of(plans),
            {plan.environment.name: plan.tree for plan in plans}.get,
            lambda: sizes_before(project.state / DATABASE),
            {step.name: step.measure_limits for step in wanted.steps},
            (*options.all_words, *base_words(project, variants.matrix, variants.base)),
        ),
    )
    seconds = time.perf_counter() - started
    commands = stopwatch.seconds if where is None or dry_run else None
    cost = Cost.of(cells, seconds=seconds, jobs=running.at_once, commands=commands)
    document = sweep_document(report, cost, displayed(project.state / FOLDER))
    if not dry_run:
        if junit:
            write_file(Path(junit), FORMATS["junit"].render(document))
            project_files.renew(project.state)
        configurations = {v.name: v.configuration for v in plans.variants}
        trees = {v.name: plans[v].tree for v in plans.variants}
        bundles = run.bundles(plans)
        write_failures(project.state, findings, configurations, trees, bundles.of)
    if as_json:
        say_exact(FORMATS["json"].render(document))
    elif dry_run:
        say(dry_run_text(cells, wanted.names))
        if how.since:
            say(since_text(how.since, verbose=True))
    elif not cells and not report.coverage:
        say("no variant failed when it last ran" if plans.variants else "an empty shard")
    else:
        say(FORMATS["terminal"].render(document))
        if how.since:
            say(since_text(how.since, verbose=running.verbose))
    if dry_run:
        return ExitCode.OK
    is_enough = tell_lacking(report.coverage, least)
    is_beyond = any(verdict.new for verdict in ratchet)
    is_bad = any(cell.is_bad for cell in cells) or is_beyond or not is_enough
    return ExitCode.FAILED if is_bad else ExitCode.OK


def _tell_commits(
    swept: CommitsSweep,
    running: RunOptions,
    seconds: float,
    stopwatch: Stopwatch,
    *,
    as_json: bool,
) -> int:
    cells, observations = swept.cells, swept.observations
    wanted = running.wanted(swept.plans)
    report = SweepReport(
        cells=cells,
        steps=wanted.names,
        reading=wanted.reading,
        findings=observations.findings(),
        messages=messages_of(swept.plans.project, cells, observations),
        every=running.verbose,
        commits=swept.found,
    )
    commands = stopwatch.seconds
    cost = Cost.of(cells, seconds=seconds, jobs=running.at_once, commands=commands)
    document = sweep_document(report, cost)
    if as_json:
        say_exact(FORMATS["json"].render(document))
    else:
        say(FORMATS["terminal"].render(document))
        say(commits_text(swept.found, verbose=running.verbose))
    return ExitCode.FAILED if any(cell.is_bad for cell in cells) else ExitCode.OK


def _tell(text: str) -> None:
    say(text, err=True)


def _of_shard(plans: Plans, shard: Shard | None) -> Plans:
    """Return plans with the variants of one group, in their order."""
    if shard is None:
        return plans
    return plans.only(set(shard.of([variant.name for variant in plans.variants])))
