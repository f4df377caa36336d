# SPDX-License-Identifier: MIT
"""`kvariant report`: what a sweep found, once more: of shards put together, for CI, for mail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

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
from kvariant.cli.running import messages_of, observed_once_more
from kvariant.errors import Diagnostic, ExitCode, InputError, Location
from kvariant.plan import Plans, Selection
from kvariant.project import Project
from kvariant.report import (
    Told,
    comparison_json,
    comparison_text,
    sweep_json,
    sweep_junit,
    sweep_mail,
    sweep_markdown,
    sweep_text,
)
from kvariant.report.summary import listed
from kvariant.report.verdict import Verdict
from kvariant.results import MergedResults, Past, Store, compared

MOST = 8
"""Variants that are named in an error; the rest is counted."""


@click.command("report")
@click.argument("databases", metavar="[DB]...", nargs=-1)
@click.option("--markdown", is_flag=True, help="For the summary of a CI job")
@click.option("--text", is_flag=True, help="For mail: ASCII, 72 columns, nothing of this machine")
@click.option("--junit", metavar="FILE", help="Write JUnit XML as well")
@click.option("--compare", metavar="DB", help="What changed since the sweep in another database")
@click.option(
    "--require", "required", metavar="MATRIX", help="Fail unless all variants of it did report"
)
@tree_options
@json_option
@verbose_option
def command(
    databases: tuple[str, ...],
    markdown: bool,
    text: bool,
    junit: str | None,
    compare: str | None,
    required: str | None,
    as_json: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """Print what the last sweep found; of several databases, as if it were one sweep.

    Without DB it is the project's own, <state>/results.sqlite.
    """
    if markdown + text + as_json > 1:
        raise click.UsageError("--markdown, --text and --json are three different reports")
    refuse_idle(("--verbose", verbose, "with --json, which has all", as_json))
    project = the_project(**given)
    unusable: list[Diagnostic] = []
    tolerated = unusable if required else None
    paths = _paths(databases, tolerated) if databases else [project.state / "results.sqlite"]
    results = _results(paths, required, tolerated)
    before = _results([Path(compare)], required) if compare else None
    observations = observed_once_more(project, results)
    told = Told(
        cells=results.cells,
        steps=results.steps,
        reading=results.reading,
        findings=observations.findings(),
        messages=messages_of(project, results.cells, observations),
        changes=compared(before.cells, results.cells) if before else None,
        verdicts=[Verdict.of_json(one) for one in results.blamed],
        unreported=results.unreported(_names(project, required, results)),
        every=verbose,
    )
    if junit:
        write_file(Path(junit), sweep_junit(told.cells))
    if as_json:
        click.echo(json.dumps(_json(told), indent=1))
    elif markdown:
        click.echo(sweep_markdown(told))
    elif text:
        click.echo(sweep_mail(told))
    elif texts := list(_texts(told)):
        say("\n\n".join(texts))
    for wrong in unusable:  # not raised: what there is has been told, as JSON too
        say(wrong, err=True)
    if told.unreported:
        say(_incomplete(required, told), err=True)
    is_bad = unusable or told.unreported or any(cell.is_bad for cell in told.heads)
    return ExitCode.FAILED if is_bad else ExitCode.OK


def _texts(told: Told) -> Iterator[str]:
    if told.cells:
        yield sweep_text(told)
    if told.changes:
        yield comparison_text(told.changes)


def _json(told: Told) -> dict[str, object]:
    record = sweep_json(told) | {"unreported": list(told.unreported)}
    return record | ({"compared": comparison_json(told.changes)} if told.changes else {})


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


def _incomplete(matrix: str | None, told: Told) -> Diagnostic:
    lost = told.unreported
    every = {*told.variants, *lost}
    return Diagnostic(
        message=f"{len(lost)} of {len(every)} variants did not report: {listed(lost, MOST)}",
        code="incomplete",
        hint=f"the variants are those of the matrix {matrix}; a job may have failed or been cut"
        if matrix
        else "the sweep was cut; the same command again goes on where it was",
    )
