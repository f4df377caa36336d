# SPDX-License-Identifier: MIT
"""Names that a shell completes: of matrices, configurations and symbols.

Nothing is said here, whatever is wrong: a half-written command line is no place for it.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from kvariant.errors import KvariantError

MOST = 200
"""Symbols that are offered; more letters find the others."""


def matrices(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the names of matrices that begin so: the project's, then the built-in ones."""
    from kvariant.project import BUILT_IN, Project

    try:
        given = context.params.get("project")
        project = Project.read(Path(given)) if given else Project.find(Path.cwd())
        names = project.matrices.names
    except (KvariantError, OSError):
        names = tuple(BUILT_IN)
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def symbols(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the names of symbols that begin so, in whatever case."""
    from kvariant.plan.trees import load_tree
    from kvariant.project import Project

    try:
        given = context.params.get("project")
        project = Project.read(Path(given)) if given else Project.find(Path.cwd())
        project.keeps_trees = True
        tree = load_tree(project, next(iter(project.environments)))
    except (KvariantError, OSError, RecursionError):
        return []
    found = [name for name in tree.symbols if name.startswith(begun.upper())]
    return [CompletionItem(name) for name in found[:MOST]]


def configurations(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the names of the project's configurations that begin so."""
    from kvariant.kconfig.variant_names import variant_names
    from kvariant.project import Project

    try:
        given = context.params.get("project")
        project = Project.read(Path(given)) if given else Project.find(Path.cwd())
        names = variant_names(project.configs(), project.root)
    except (KvariantError, OSError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(begun)]
