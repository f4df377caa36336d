# SPDX-License-Identifier: MIT
"""Lines of templates that no configuration reaches any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Tree
from kvariant.plan import load_templates
from kvariant.plan.unreached import dead_branches
from kvariant.project import Project
from kvariant.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A line that no configuration reaches, and one did."""

    path: str
    """As people see it."""
    line: int
    said: str
    """Under which condition it would be there."""


def unreachable_templates(project: Project, before: Tree, after: Tree) -> tuple[Unreachable, ...]:
    """Return branches of today's templates that only the tree before reaches.

    Raises:
        InputError: the templates are not valid against the tree after.
    """
    now = _dead(project, after)
    if not now:
        return ()
    then = _dead_in(project, before)
    return tuple(
        Unreachable(path=path, line=line, said=said)
        for (path, line), said in now.items()
        if (path, line) not in then
    )


def _dead(project: Project, tree: Tree) -> Mapping[tuple[str, int], str]:
    templates = load_templates(project, tree)
    if templates is None:
        return {}
    return dict(map(_place, dead_branches(templates, Space.of(tree))))


def _dead_in(project: Project, tree: Tree) -> Mapping[tuple[str, int], str]:
    """Return the same of another tree; of one that today's templates are not valid for, none."""
    try:
        return _dead(project, tree)
    except InputError:
        return {}


def _place(diagnostic: Diagnostic) -> tuple[tuple[str, int], str]:
    assert diagnostic.location is not None
    said = diagnostic.message.partition(": ")[2]
    return (diagnostic.location.path, diagnostic.location.line), said
