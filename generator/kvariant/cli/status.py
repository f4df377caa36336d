# SPDX-License-Identifier: MIT
"""A bare `kvariant`: the state of the project, and the next command."""

from __future__ import annotations

from pathlib import Path

import click

from kvariant.errors import KvariantError, displayed
from kvariant.plan import Generation, Plans
from kvariant.project import NAMED, Project
from kvariant.report import table_text


def status() -> None:
    """Print what there is, what is stale, and what to do next."""
    project = Project.find(Path.cwd())
    if not project.kconfig.is_file():
        click.echo("No Kconfig tree here.")
        click.echo(
            "next: kvariant init writes a small project here; --project FILE names another one"
        )
        return
    try:
        plans = Plans.of(project)
    except KvariantError as error:
        count = len(error.diagnostics)
        click.echo(
            f"{displayed(project.kconfig)}: {count} error{'s' * (count != 1)}\nnext: kvariant check"
        )
        return
    first = plans.plans[0]
    templates, matrix = first.templates, first.matrix
    named = matrix.strategy == NAMED
    source = f", from {', '.join(project.config_globs)}" if named else ""
    rows = [
        *(
            [
                "Kconfig",
                f"{displayed(project.kconfig)}: {len(plan.tree.symbols)} symbols,"
                f" {len(plan.tree.choices)} choices"
                f"{f', {plan.environment}' if plan.environment.name else ''}",
            ]
            for plan in plans
        ),
        ["variants", f"{len(plans.variants)} of the matrix {matrix.name}{source}"],
    ]
    following = "kvariant matrix"
    if templates and project.output:
        generation = Generation(plans, project.output, is_home=True)
        stale = sum(map(bool, map(generation.change, plans.variants))) + len(
            generation.stale_variants()
        )
        rows.append(
            [
                "templates",
                f"{len(templates.outputs)} files a variant,"
                f" which read {len(templates.symbols)} symbols",
            ]
        )
        state = f"{stale} variants are stale" if stale else "fresh"
        rows.append(["generated", f"{displayed(project.output)}: {state}"])
        following = "kvariant generate" if stale else "kvariant sweep"
    rows.append(["next", following])
    click.echo(table_text(rows, indent=0))
