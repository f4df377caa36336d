# SPDX-License-Identifier: MIT
"""The trees of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig import Tree

if TYPE_CHECKING:
    from kvariant.project import Environment, Project


def only_environment(project: Project) -> Environment:
    """Return the environment of a project that has one.

    Raises:
        InputError: `env` makes several [environments].
    """
    only, *others = project.environments
    if others:
        raise InputError(_several(project))
    return only


def load_tree(project: Project, environment: Environment | None = None) -> Tree:
    """Return the project's tree in one of its environments.

    Args:
        environment: one of `project.environments`; may be left out where there is one only.

    Raises:
        InputError: it does not parse, or the environment is left out and `env` has
            several [environments].
    """
    return Tree.load(
        project.kconfig,
        env=(environment or only_environment(project)).values,
        config_prefix=project.config_prefix,
        shell=project.shell,
        keep=project.keeps_trees,
        preset=project.preset,
        dialect=project.dialect,
    )


def _several(project: Project) -> Diagnostic:
    names = [environment.name for environment in project.environments]
    axes = [f"--env {n}={v[0]}" for n, v in project.env.items() if not isinstance(v, str)]
    return Diagnostic(
        message=f"this command takes one tree, and env makes {len(names)}: {', '.join(names)}",
        code="environments",
        location=Location(str(project.path)) if project.path else None,
        hint=f"choose one, for example {' '.join(axes)}",
    )


def is_own(project: Project, tree: Tree) -> bool:
    """Return whether a tree is the user's to mend: a project's, and no known one's."""
    return project.path is not None and tree.preset.name == "plain"
