# SPDX-License-Identifier: MIT
"""`kvariant report`: what a sweep found, once more: of shards put together, for CI, for mail."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kvariant.cli.files import write_file
from kvariant.cli.options import json_option, paths_of, the_project, tree_options
from kvariant.cli.running import messages_of
from kvariant.errors import Diagnostic, ExitCode, InputError, KvariantError, Location
from kvariant.plan import Plans, Selection
from kvariant.project import Project
from kvariant.report import (
    comparison_json,
    comparison_text,
    sweep_json,
    sweep_junit,
    sweep_mail,
    sweep_markdown,
    sweep_text,
)
from kvariant.sweep import Past, Results, Store, compared

MOST = 8
"""Variants that are named in an error; the rest is counted."""


@click.command("report", options_metavar="[DB...] [OPTIONS]")
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
def command(
    databases: tuple[str, ...],
    markdown: bool,
    text: bool,
    junit: str | None,
    compare: str | None,
    required: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Print what the last sweep found; of several databases, as if it were one sweep.

    Without DB it is the project's own, <state>/results.sqlite.
    """
    if markdown + text + as_json > 1:
        raise click.UsageError("--markdown, --text and --json are three different reports")
    project = the_project(**given)
    paths = [path for pattern in databases for path in paths_of(pattern)]
    results = _results(paths or [project.state / "results.sqlite"], required)
    observations = results.observations()
    findings = observations.findings()
    messages = messages_of(project, results.cells, observations)
    heads = [cell for cell in results.cells if not cell.test]
    changes = (
        compared(_results([Path(compare)], required).cells, results.cells) if compare else None
    )
    lost = results.unreported(_names(project, required, results))
    if junit:
        write_file(Path(junit), sweep_junit(results.cells))
    if as_json:
        record = sweep_json(results.cells, None, findings, messages) | {"unreported": list(lost)}
        record |= {"compared": comparison_json(changes)} if changes else {}
        click.echo(json.dumps(record, indent=1))
    elif markdown:
        click.echo(sweep_markdown(results.cells, results.steps, findings))
    elif text:
        click.echo(sweep_mail(results.cells, results.steps, findings))
    elif results.cells:
        click.echo(sweep_text(results.cells, results.steps, None, findings, messages=messages))
    if changes and not as_json:
        click.echo(f"\n{comparison_text(changes)}")
    if required and lost:
        raise KvariantError(_incomplete(required, lost, results))
    return ExitCode.FAILED if any(cell.is_bad for cell in heads) else ExitCode.OK


def _results(paths: Iterable[Path], matrix: str | None) -> Results:
    pasts = [past for path in paths if (past := _past(path, matrix)) is not None]
    return Results.of(pasts)


def _past(path: Path, matrix: str | None) -> Past | None:
    """Return the last sweep of a database: of a matrix, where one is required."""
    if not path.is_file():
        raise InputError(
            Diagnostic(
                message="no results are here",
                code="no-results",
                location=Location(str(path)),
                hint="kvariant sweep makes them",
            )
        )
    with Store.read(path) as store:
        for number in reversed(store.sweeps()):
            past = store.past(number)
            if past.about.get("extra"):
                continue  # what blame ran is no sweep of a matrix
            if matrix is None or past.about.get("matrix") == matrix:
                return past
    return None


def _names(project: Project, matrix: str | None, results: Results) -> tuple[str, ...]:
    """Return the variants that should have reported."""
    if matrix is None:
        return results.columns.variants
    return Plans.of(project, Selection(matrix=matrix)).names


def _incomplete(matrix: str, lost: tuple[str, ...], results: Results) -> Diagnostic:
    named = ", ".join(lost[:MOST]) + (f" and {len(lost) - MOST} more" if len(lost) > MOST else "")
    reported = {cell.variant for cell in results.cells} - set(lost)
    return Diagnostic(
        message=f"{len(lost)} of {len(lost) + len(reported)} variants did not report: {named}",
        code="incomplete",
        hint=f"the variants are those of the matrix {matrix}; a job may have failed or been cut",
    )
