# SPDX-License-Identifier: MIT
"""`kvariant report`: what a sweep found, once more: of shards put together, for CI, for mail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kvariant.blame.baselines import Baselines, lowering_command
from kvariant.blame.observed import messages_of, observed_once_more
from kvariant.cli.coverage_required import share_of, tell_lacking
from kvariant.cli.file_name import file_name
from kvariant.cli.files import write_file
from kvariant.cli.options import gathered, json_option, refuse_idle, verbose_option
from kvariant.cli.printer import say, say_exact
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import Diagnostic, ExitCode, InputError, Location, Severity
from kvariant.plan.facts import trees_by_environment
from kvariant.plan.rules_then import under_other_rules
from kvariant.project.glob_matches import paths_of
from kvariant.report import (
    FORMATS,
    Renderer,
    SweepReport,
)
from kvariant.report.measured_sizes import base_words, size_report, sizes_before, sizes_of_other
from kvariant.report.repository_lines import RepositoryLines
from kvariant.report.sweep_document import sweep_document
from kvariant.report.verdict import BlameVerdict
from kvariant.results import MergedResults, compared
from kvariant.results.databases import Databases
from kvariant.words import agreeing, counted, listed

if TYPE_CHECKING:
    from kvariant.project import Project
    from kvariant.report.document import ReportDocument
    from kvariant.report.sizes import SizeReport
    from kvariant.results.size_changes import SizesBefore

MOST = 8
"""Variants that are named in an error; the rest is counted."""


_OPTIONAL = [renderer for renderer in FORMATS.values() if renderer.help]
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class FormatOptions:
    """In which formats a report is wanted: what is given for the option of each."""

    given: Mapping[str, str | bool | None]

    @property
    def files(self) -> list[tuple[Renderer, str]]:
        """The formats that are written, and where to."""
        every = [(renderer, self.given[renderer.name]) for renderer in _OPTIONAL]
        return [(renderer, file) for renderer, file in every if file and isinstance(file, str)]

    def printed(self, as_json: bool) -> Renderer:
        """Return the format that is printed.

        Raises:
            UsageError: it is several.
        """
        choices = [renderer for renderer in _OPTIONAL if not renderer.is_file]
        chosen = [renderer for renderer in choices if self.given[renderer.name]]
        chosen += [FORMATS["json"]] if as_json else []
        if len(chosen) > 1:
            names = ", ".join(f"--{renderer.name}" for renderer in choices)
            count = _COUNTS[len(choices) + 1]
            raise click.UsageError(f"{names} and --json are {count} different reports")
        return chosen[0] if chosen else FORMATS["terminal"]


def _format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each format, a flag or where to write it: `formats`."""
    names = [renderer.name for renderer in _OPTIONAL]
    words = [name.replace("-", "_") for name in names]

    def options(**given: str | bool | None) -> FormatOptions:
        return FormatOptions(dict(zip(names, (given[word] for word in words), strict=True)))

    command = gathered(command, "formats", options, words)
    for renderer in reversed(_OPTIONAL):
        form: dict[str, Any] = (
            {"metavar": "FILE", "type": file_name} if renderer.is_file else {"is_flag": True}
        )
        command = click.option(f"--{renderer.name}", help=renderer.help, **form)(command)
    return command


@click.command("report")
@click.argument("databases", metavar="[DB]...", nargs=-1)
@_format_options
@click.option(
    "--compare",
    metavar="DB",
    type=file_name,
    help="What changed since the sweep in another database",
)
@click.option(
    "--require", "required", metavar="MATRIX", help="Fail unless all variants of it did report"
)
@click.option(
    "--require-coverage",
    "least",
    metavar="PERCENT",
    help="Exit 1 if less of what sweeps with a budget were to cover has ended",
)
@tree_options
@json_option
@verbose_option
def command(
    databases: tuple[str, ...],
    compare: str | None,
    required: str | None,
    least: str | None,
    as_json: bool,
    verbose: bool,
    options: TreeOptions,
    formats: FormatOptions,
) -> int:
    """Print what the last sweep found; of several databases, as if it were one sweep.

    Without DB it is the project's own, <state>/results.sqlite. In a job of GitHub Actions
    the first failures are annotations as well.

    \b
    Examples:
      kvariant report --html report.html
      kvariant report shards/*.sqlite --require pairwise --junit junit.xml
    """
    printed = formats.printed(as_json)
    refuse_idle(("--verbose", verbose, "with --json, which has all", as_json))
    share = share_of(least) if least is not None else None
    project = options.read()
    sources = Databases(required)
    own = _paths(databases, sources) if databases else [project.database]
    results = sources.read(own)
    before = Databases(required).read([Path(compare)]) if compare else None
    sizes = _sizes(project, options, results, partial(_sizes_before, before, own))
    expected = tuple(sources.expected(project, results))
    report = replace(
        _reported(project, results, before, sizes),
        unreported=_unreported(expected, sources, results),
        jobs=results.jobs(expected),
        every=verbose,
    )
    _render(sweep_document(report, lines=RepositoryLines(project)), formats, printed)
    if compare and before and (rules := _rules(compare, before, results)):
        say(rules, err=True)
    # Not raised: what there is has been told, as JSON too.
    wrong = [*sources.unusable, *_incomplete(required, report, results)]
    for diagnostic in wrong:
        say(diagnostic, err=True)
    if share is not None and results.coverage is None:
        raise InputError(_uncounted())
    is_bad = (
        not tell_lacking(results.coverage, share)
        or wrong
        or any(verdict.new for verdict in report.ratchet)
        or any(cell.is_bad for cell in report.heads)
    )
    return ExitCode.FAILED if is_bad else ExitCode.OK


def _reported(
    project: Project,
    results: MergedResults,
    before: MergedResults | None,
    sizes: SizeReport | None,
) -> SweepReport:
    """Return what is said of results, compared with those before if there are any."""
    observations = observed_once_more(project, results)
    baselines = Baselines.of_project(project, results.counted)
    return SweepReport(
        cells=results.cells,
        steps=results.steps,
        reading=results.reading,
        findings=observations.findings(),
        messages=messages_of(project, results.cells, observations),
        changes=compared(before.cells, results.cells) if before else None,
        verdicts=[BlameVerdict.of_json(one) for one in results.blamed],
        coverage=results.coverage,
        table=results.columns,
        ratchet=baselines.verdicts(results.cells, observations),
        lowering=lowering_command(_matrix(project, results)),
        sizes=sizes,
        about=results.matrices,
    )


def _sizes(
    project: Project,
    options: TreeOptions,
    results: MergedResults,
    before: Callable[[], SizesBefore | None],
) -> SizeReport | None:
    return size_report(
        results.cells,
        lambda: results.columns,
        lambda name: trees_by_environment(project).get(name),
        before,
        {step.name: step.measure_limit for step in project.steps},
        (*options.all_words, *base_words(project, _matrix(project, results))),
    )


def _render(document: ReportDocument, formats: FormatOptions, printed: Renderer) -> None:
    """Write the formats that are files, and print the one that is printed."""
    for renderer, file in formats.files:
        write_file(Path(file), renderer.render(document))
    text = printed.render(document)
    if printed is FORMATS["json"]:
        say_exact(text)
    elif printed is not FORMATS["terminal"]:
        say(text, color=False)
    elif text:
        say(text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        say_exact(FORMATS["annotations"].render(document), err=True)


def _sizes_before(before: MergedResults | None, own: Sequence[Path]) -> SizesBefore | None:
    """Return with what sizes are compared: what was named for it, else the sweep before."""
    if before is not None:
        return sizes_of_other(before)
    return sizes_before(own[0]) if len(own) == 1 else None


def _matrix(project: Project, results: MergedResults) -> str:
    """Return what a sweep of the same matrix names it; "": the project's."""
    names = [text.partition(" (")[0] for text in results.matrices]
    return names[0] if len(names) == 1 and names[0] != project.matrix else ""


def _uncounted() -> Diagnostic:
    """Return the error for a share that nobody can tell."""
    return Diagnostic(
        message="what is covered is not known: no sweep here had --budget or --require-coverage, "
        "or they are of different matrices",
        code="coverage",
        hint="kvariant sweep MATRIX --require-coverage 95 counts as well",
    )


def _unreported(
    expected: Sequence[str], sources: Databases, results: MergedResults
) -> tuple[str, ...]:
    """Return the variants that should have reported; a spent budget is no reason not to, where
    all of a matrix are required."""
    lost = results.unreported(expected)
    left = frozenset[str]() if sources.required else results.left
    return tuple(name for name in lost if name not in left)


def _rules(path: str, before: MergedResults, results: MergedResults) -> Diagnostic | None:
    """Return the warning for results that were made under other rules than those before."""
    if not results.dialects:
        return None  # older than labels
    told = under_other_rules(before.dialects, results.dialects, "in what it is compared with")
    if not told:
        return None
    return Diagnostic(
        message=told,
        code="other-rules",
        severity=Severity.WARNING,
        location=Location(path),
        hint="a failure that comes or goes may be the rules' work",
    )


def _paths(patterns: Iterable[str], sources: Databases) -> list[Path]:
    """Return the databases that arguments name."""
    found: list[Path] = []
    for pattern in patterns:
        with sources.tolerating():
            found += paths_of(pattern, "no-results")
    return found


def _incomplete(
    matrix: str | None, report: SweepReport, results: MergedResults
) -> Iterator[Diagnostic]:
    """Yield what is missing: steps of some sweeps, variants."""
    if others := results.others:
        lacking = "; ".join(f"{name} has no {', '.join(steps)}" for name, steps in others.items())
        yield Diagnostic(
            message=f"the sweeps are not of the same steps: {lacking}",
            code="incomplete",
            hint="sweep all shards with the same steps, or report each by itself",
        )
    if lost := report.unreported:
        every = counted(len({*report.variants, *lost}), "variant")
        yield Diagnostic(
            message=f"{len(lost):,} of {every} did not report: {_by_job(lost, report.jobs)}",
            code="incomplete",
            hint=f"the variants are those of the matrix {matrix}; a job may have failed or been cut"
            if matrix
            else "the sweep was cut; the same command again goes on where it was",
        )


def _by_job(names: Sequence[str], jobs: Mapping[str, int]) -> str:
    """Return variants with the jobs that they are in: `rpi_4, qemu_arm64 (job 3); sandbox (job 4)`.

    Of many jobs, or many variants, the first are told and the rest is counted.
    """
    by_job: dict[int, list[str]] = {}
    for name in names:
        by_job.setdefault(jobs.get(name, 0), []).append(name)
    told = [f"{listed(own, MOST)}{f' (job {job})' * (job > 0)}" for job, own in by_job.items()]
    most = max(1, MOST // max(map(len, by_job.values())))
    rest = [*by_job][most:]
    more = f"; and of {agreeing(len(rest), 'job', 'jobs')} {listed([*map(str, rest)], MOST)}"
    return "; ".join(told[:most]) + (more if rest else "")
