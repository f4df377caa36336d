# SPDX-License-Identifier: MIT
"""`kvariant diff A B`: two variants' values and generated code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from kvariant.cli.options import SeveralValues, json_option, refuse_idle
from kvariant.cli.printer import say, say_json
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, choosing_options, variants_of
from kvariant.plan.variants_at_hand import VariantName, VariantsAtHand
from kvariant.report import diff_json, diff_text

_CHOICE = {
    "matrix": "MATRIX",
    "configs": "--config",
    "where": "--where",
    "symbols": "--symbols",
    "ignore": "--ignore",
    "base": "--base",
    "from_": "--from",
    "include": "--include",
    "strength": "--strength",
    "size": "--size",
    "max_variants": "--max-variants",
    "numbers": "--numbers",
    "random_seed": "--random-seed",
    "diff": "--diff",
    "files": "--files",
    "added_lines": "--added-lines",
}
"""What says how variants are chosen: the names of their values and what they are called."""


@click.command("diff", cls=SeveralValues)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.argument("matrix", metavar="[MATRIX]", required=False, default="")
@choosing_options
@variants_of
@tree_options
@json_option
def command(
    first: str,
    second: str,
    as_json: bool,
    options: TreeOptions,
    variants: VariantOptions,
) -> None:
    """Compare two variants, each a name or a fragment's path; ENVIRONMENT/NAME of several trees.

    Names are those of MATRIX, else of the project's fragments, its lock and its matrix.

    \b
    Examples:
      kvariant diff acme base
      kvariant diff acme configs/new.config
    """
    project = options.read()
    selection = variants.selection(project)
    wanted = [VariantName.of(name, project.environments) for name in (first, second)]
    _refuse_idle(wanted, variants)
    places: dict[str, VariantsAtHand] = {}
    pair, files = [], []
    for one in wanted:
        environment = one.environment
        place = places.setdefault(environment.name, VariantsAtHand(project, environment, selection))
        variant = place.at(one.path) if one.path else place.variant(one.name)
        pair.append(variant.within(environment.name))
        files.append(place.files(variant))
    for warning in dict.fromkeys(w for place in places.values() for w in place.known.warnings):
        say(warning, err=True)
    a, b = pair
    if a.name == b.name and a.fragment != b.fragment:  # of two folders: as they were named
        pair = [replace(v, name=name) for v, name in zip(pair, (first, second), strict=True)]
    show = diff_json if as_json else diff_text
    shown = show(pair[0], pair[1], (files[0], files[1]))
    if isinstance(shown, str):
        say(shown)
    else:
        say_json(shown)


def _refuse_idle(wanted: Sequence[VariantName], given: VariantOptions) -> None:
    """Refuse what says how variants are chosen where both are files."""
    if all(one.path for one in wanted):
        why = "where both variants are files"
        refuse_idle(*((name, getattr(given, field), why, True) for field, name in _CHOICE.items()))
