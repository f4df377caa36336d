# SPDX-License-Identifier: MIT
"""`kvariant diff A B`: two variants' values and generated code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kvariant.cli.options import json_option, the_project, tree_options
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.plan import Plan, Selection, Variant
from kvariant.report import diff_json, diff_text


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@tree_options
@json_option
def command(first: str, second: str, as_json: bool, **tree: Any) -> None:
    """Compare two variants, each a name or a fragment's path."""
    project = the_project(**tree)
    paths = tuple(Path(name) for name in dict.fromkeys((first, second)) if _is_path(name))
    named = (
        []
        if len(paths) == 2
        else [p for p in project.configs() if p not in map(Path.absolute, paths)]
    )
    plan = Plan.of(project, Selection(configs=(*named, *paths)))
    pair = _variant(plan, first), _variant(plan, second)
    files = [
        plan.templates.render(variant.configuration).files if plan.templates else {}
        for variant in pair
    ]
    show = diff_json if as_json else diff_text
    shown = show(*pair, (files[0], files[1]))
    click.echo(shown if isinstance(shown, str) else json.dumps(shown, indent=1))


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".config")


def _variant(plan: Plan, name: str) -> Variant:
    wanted = Path(name).name.removesuffix(".config") if _is_path(name) else name
    for variant in plan.matrix:
        if variant.name == wanted:
            return variant
    raise InputError(
        Diagnostic(
            message=f"no variant is named {wanted}",
            code="no-variant",
            hint=did_you_mean(wanted, plan.names, "kvariant matrix lists the variants"),
        )
    )
