# SPDX-License-Identifier: MIT
"""`kvariant matrix`: the variants, what each is and what it asks for."""

from __future__ import annotations

import json
from typing import Any

import click

from kvariant.cli.options import (
    json_option,
    the_project,
    the_selection,
    tree_options,
    variant_options,
)
from kvariant.plan import Plan
from kvariant.report import matrix_json, matrix_text


@click.command("matrix")
@click.argument("matrix", type=click.Choice(["named"]), default="named", expose_value=False)
@variant_options
@tree_options
@json_option
def command(configs: Any, globs: Any, where: Any, as_json: bool, **tree: Any) -> None:
    """Print the variants: what each is and how much it asks for."""
    plan = Plan.of(the_project(**tree), the_selection(configs, globs, where))
    click.echo(
        json.dumps(matrix_json(plan.matrix), indent=1) if as_json else matrix_text(plan.matrix)
    )
