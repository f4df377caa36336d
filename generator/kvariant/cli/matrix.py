# SPDX-License-Identifier: MIT
"""`kvariant matrix`: the variants, what each is and what it asks for."""

from __future__ import annotations

import json
from typing import Any

import click

from kvariant.cli.options import (
    json_option,
    matrix_argument,
    tell_choice,
    the_request,
    tree_options,
)
from kvariant.plan import Plan
from kvariant.report import matrix_json, matrix_text


@click.command("matrix")
@matrix_argument
@tree_options
@json_option
def command(as_json: bool, **given: Any) -> None:
    """Print the variants: what each is and how much it asks for."""
    plan = Plan.of(*the_request(given))
    tell_choice(plan)
    click.echo(
        json.dumps(matrix_json(plan.matrix), indent=1) if as_json else matrix_text(plan.matrix)
    )
