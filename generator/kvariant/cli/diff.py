# SPDX-License-Identifier: MIT
"""`kvariant diff A B`: two variants' values and generated code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from kvariant.project import Environment, Project
from kvariant.render import Templates
from kvariant.report import diff_json, diff_text


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@tree_options
@json_option
def command(first: str, second: str, as_json: bool, **tree: Any) -> None:
    """Compare two variants, each a name or a fragment's path; ENVIRONMENT/NAME of several trees."""
    project = the_project(**tree)
    wanted = [_Wanted.of(name, project.environments) for name in (first, second)]
    pair, files = [], []
    known: dict[str, tuple[Mapping[str, Variant], Templates | None]] = {}
    for one in wanted:
        environment = one.environment
        if environment.name not in known:
            loaded = load_tree(project, environment)
            paths = [w.path for w in wanted if w.path and w.environment == environment]
            templates = load_templates(project, loaded)
            known[environment.name] = _known(project, loaded, paths, environment.name), templates
        variants, templates = known[environment.name]
        variant = _variant(variants, one.name)
        pair.append(variant.within(environment.name))
        files.append(templates.render(variant.configuration).files if templates else {})
    show = diff_json if as_json else diff_text
    shown = show(pair[0], pair[1], (files[0], files[1]))
    click.echo(shown if isinstance(shown, str) else json.dumps(shown, indent=1))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A variant as an argument names it."""

    name: str
    path: Path | None
    """The fragment, where it is named by its path."""
    environment: Environment

    @classmethod
    def of(cls, text: str, environments: Sequence[Environment]) -> _Wanted:
        """Return what an argument means: NAME, PATH, or ENVIRONMENT/ and one of these.

        Raises:
            InputError: there are several environments, and it names none [environments].
        """
        first, *others = environments
        if others:
            head, _, rest = text.partition("/")
            named = next((e for e in environments if e.name == head), None)
            if named is None:
                known = ", ".join(e.name for e in environments)
                raise InputError(
                    Diagnostic(
                        message=f"{text} is of no tree, and env makes {len(environments)}: {known}",
                        code="environments",
                        hint=f"say which one: {first.name}/{text}",
                    )
                )
            first, text = named, rest
        elif first.name:
            text = text.removeprefix(f"{first.name}/")
        path = Path(text) if "/" in text or text.endswith(".config") else None
        return cls(path.name.removesuffix(".config") if path else text, path, first)


def _known(project: Project, tree: Tree, paths: list[Path], environment: str) -> dict[str, Variant]:
    """Return variants by name: named fragments, the project's own, and what is locked."""
    given = {path.absolute() for path in paths}
    own = [path for path in project.configs() if path not in given] if len(given) < 2 else []
    fragments = read_fragments([*own, *dict.fromkeys(paths)], project.config_prefix)
    found = {
        f.name: Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
        for f, c in zip(fragments, named(tree, fragments), strict=True)
    }
    for name, kept in Lock.read(project.lock).within(environment).matrices.items():
        for variant in kept_matrix(kept, name, tree):
            found.setdefault(variant.name, variant)
    return found


def _variant(known: Mapping[str, Variant], wanted: str) -> Variant:
    if wanted in known:
        return known[wanted]
    raise InputError(
        Diagnostic(
            message=f"no variant is named {wanted}",
            code="no-variant",
            hint=did_you_mean(wanted, list(known), "kvariant matrix lists the variants"),
        )
    )
