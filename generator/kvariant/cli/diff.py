# SPDX-License-Identifier: MIT
"""`kvariant diff A B`: two variants' values and generated code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kvariant.cli.options import json_option, the_project, tree_options
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig import Tree, read_fragments
from kvariant.matrix import named
from kvariant.plan import Variant, load_templates, load_tree
from kvariant.plan.lock import Lock
from kvariant.plan.locking import kept_matrix
from kvariant.project import Project
from kvariant.report import diff_json, diff_text


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@tree_options
@json_option
def command(first: str, second: str, as_json: bool, **tree: Any) -> None:
    """Compare two variants, each a name or a fragment's path."""
    project = the_project(**tree)
    loaded = load_tree(project)
    templates = load_templates(project, loaded)
    known = _known(project, loaded, [Path(name) for name in (first, second) if _is_path(name)])
    pair = _variant(known, first), _variant(known, second)
    files = [templates.render(variant.configuration).files if templates else {} for variant in pair]
    show = diff_json if as_json else diff_text
    shown = show(*pair, (files[0], files[1]))
    click.echo(shown if isinstance(shown, str) else json.dumps(shown, indent=1))


def _known(project: Project, tree: Tree, paths: list[Path]) -> dict[str, Variant]:
    """Return variants by name: named fragments, the project's own, and what is locked."""
    given = {path.absolute() for path in paths}
    own = [path for path in project.configs() if path not in given] if len(given) < 2 else []
    fragments = read_fragments([*own, *dict.fromkeys(paths)], project.config_prefix)
    found = {
        f.name: Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
        for f, c in zip(fragments, named(tree, fragments), strict=True)
    }
    for name, kept in Lock.read(project.lock).matrices.items():
        for variant in kept_matrix(kept, name, tree):
            found.setdefault(variant.name, variant)
    return found


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".config")


def _variant(known: Mapping[str, Variant], name: str) -> Variant:
    wanted = Path(name).name.removesuffix(".config") if _is_path(name) else name
    if wanted in known:
        return known[wanted]
    raise InputError(
        Diagnostic(
            message=f"no variant is named {wanted}",
            code="no-variant",
            hint=did_you_mean(wanted, list(known), "kvariant matrix lists the variants"),
        )
    )
