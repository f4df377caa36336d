# SPDX-License-Identifier: MIT
"""`kvariant report`: what a sweep found, once more: of shards put together, for CI, for mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kvariant.blame.observed import messages_of, observed_once_more
from kvariant.cli.colour import say
from kvariant.cli.files import write_file
from kvariant.cli.options import (
    json_option,
    paths_of,
    refuse_idle,
    the_project,
    tree_options,
    verbose_option,
)
from kvariant.errors import Diagnostic, ExitCode, InputError, Location
from kvariant.plan import Plans, Selection
from kvariant.project import Project
from kvariant.report import FORMATS, Renderer, SweepReport, sweep_document
from kvariant.report.words import listed
from kvariant.results import MergedResults, Past, Store, compared

MOST = 8
"""Variants that are named in an error; the rest is counted."""


_OPTIONAL = [renderer for renderer in FORMATS.values() if renderer.help]
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each format: a flag, or where to write it."""
    for renderer in reversed(_OPTIONAL):
        form = {"metavar": "FILE"} if renderer.is_file else {"is_flag": True}
        command = click.option(f"--{renderer.name}", help=renderer.help, **form)(command)
    return command


@click.command("report")
@click.argument("databases", metavar="[DB]...", nargs=-1)
@_format_options
@click.option("--compare", metavar="DB", help="What changed since the sweep in another database")
@click.option(
    "--require", "required", metavar="MATRIX", help="Fail unless all variants of it did report"
)
@tree_options
@json_option
@verbose_option
def command(
    databases: tuple[str, ...],
    compare: str | None,
    required: str | None,
    as_json: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """Print what the last sweep found; of several databases, as if it were one sweep.

    Without DB it is the project's own, <state>/results.sqlite.
    """
    formats = {renderer.name: given.pop(renderer.name) for renderer in _OPTIONAL}
    printed = _printed(formats, as_json)
    refuse_idle(("--verbose", verbose, "with --json, which has all", as_json))
    project = the_project(**given)
    unusable: list[Diagnostic] = []
    tolerated = unusable if required else None
    paths = _paths(databases, tolerated) if databases else [project.state / "results.sqlite"]
    results = _results(paths, required, tolerated)
    before = _results([Path(compare)], required) if compare else None
    observations = observed_once_more(project, results)
    report = SweepReport(
        cells=results.cells,
        steps=results.steps,
        reading=results.reading,
        findings=observations.findings(),
        messages=messages_of(project, results.cells, observations),
        changes=compared(before.cells, results.cells) if before else None,
        unreported=results.unreported(_names(project, required, results)),
        every=verbose,
    )
    document = sweep_document(report)
    for renderer in _OPTIONAL:
        if renderer.is_file and formats[renderer.name]:
            write_file(Path(formats[renderer.name]), renderer.render(document))
    text = printed.render(document)
    if printed is not FORMATS["terminal"]:
        click.echo(text)
    elif text:
        say(text)
    for wrong in unusable:  # not raised: what there is has been told, as JSON too
        say(wrong, err=True)
    if report.unreported:
        say(_incomplete(required, report), err=True)
    is_bad = unusable or report.unreported or any(cell.is_bad for cell in report.heads)
    return ExitCode.FAILED if is_bad else ExitCode.OK


def _printed(given: Mapping[str, Any], as_json: bool) -> Renderer:
    """Return the format that is printed.

    Args:
        given: what is given for the option of each format.
    """
    choices = [renderer for renderer in _OPTIONAL if not renderer.is_file]
    chosen = [renderer for renderer in choices if given[renderer.name]]
    chosen += [FORMATS["json"]] if as_json else []
    if len(chosen) > 1:
        names = ", ".join(f"--{renderer.name}" for renderer in choices)
        count = _COUNTS[len(choices) + 1]
        raise click.UsageError(f"{names} and --json are {count} different reports")
    return chosen[0] if chosen else FORMATS["terminal"]


def _results(
    paths: Iterable[Path], matrix: str | None, unusable: list[Diagnostic] | None = None
) -> MergedResults:
    """Return the last sweeps of databases put together; `unusable` as in `_tolerating`."""
    found: list[tuple[Path, Past | None]] = []
    for path in paths:
        with _tolerating(unusable):
            found.append((path, _past(path, matrix)))
    pasts = [past for _, past in found if past is not None]
    if not pasts and matrix is None:
        raise _no_results(found[0][0])
    return MergedResults.of(pasts)


def _paths(patterns: Iterable[str], unusable: list[Diagnostic] | None) -> list[Path]:
    """Return the databases that arguments name; `unusable` as in `_tolerating`."""
    found: list[Path] = []
    for pattern in patterns:
        with _tolerating(unusable):
            found += paths_of(pattern, "no-results")
    return found


@contextmanager
def _tolerating(unusable: list[Diagnostic] | None) -> Iterator[None]:
    """Put what is wrong with a database into a list; None: raise it.

    Where a matrix is required, the reader is to know which of its variants are lost with it.
    """
    try:
        yield
    except InputError as error:
        if unusable is None:
            raise
        unusable += error.diagnostics


def _no_results(path: Path) -> InputError:
    return InputError(
        Diagnostic(
            message="no results are here",
            code="no-results",
            location=Location(str(path)),
            hint="kvariant sweep makes them",
        )
    )


def _past(path: Path, matrix: str | None) -> Past | None:
    """Return the last sweep of a database: of a matrix, where one is required."""
    if not path.is_file():
        raise _no_results(path)
    with Store.read(path) as store:
        return store.last(matrix)


def _names(project: Project, matrix: str | None, results: MergedResults) -> Iterable[str]:
    """Return the variants that should have reported."""
    if matrix is None:  # a sweep that came to its end has a cell for all that it was to run
        has_cells = (cell.variant for cell in results.cells)
        return dict.fromkeys(has_cells if results.ended else results.columns.variants)
    return Plans.of(project, Selection(matrix=matrix)).names


def _incomplete(matrix: str | None, report: SweepReport) -> Diagnostic:
    lost = report.unreported or ()
    every = {*report.variants, *lost}
    return Diagnostic(
        message=f"{len(lost)} of {len(every)} variants did not report: {listed(lost, MOST)}",
        code="incomplete",
        hint=f"the variants are those of the matrix {matrix}; a job may have failed or been cut"
        if matrix
        else "the sweep was cut; the same command again goes on where it was",
    )
