# SPDX-License-Identifier: MIT
"""Lines of templates that no configuration reaches any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.plan import load_templates
from kvariant.plan.unreached import dead_branches
from kvariant.space import Space

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A line that no configuration reaches, and one did."""

    path: str
    """As people see it."""
    line: int
    said: str
    """Under which condition it would be there."""
    is_whole: bool = False
    """Whether all of the file is unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChanges:
    """What an edit of Kconfig does to templates."""

    unreachable: tuple[Unreachable, ...] = ()
    broken: tuple[Diagnostic, ...] = ()
    """Why they are not valid any more: a symbol that they read is gone."""


def template_changes(project: Project, before: Tree, after: Tree) -> TemplateChanges:
    """Return the branches of today's templates that only the tree before reaches.

    Where they are not valid for the tree before either, what is wrong with them is no
    consequence, and `kvariant check` tells it.
    """
    then, wrong_then = _dead(project, before)
    now, wrong_now = _dead(project, after)
    known = {(error.code, error.message) for error in wrong_then}
    return TemplateChanges(
        unreachable=tuple(
            Unreachable(path=path, line=line, said=said)
            for (path, line), said in now.items()
            if (path, line) not in then and not wrong_then
        ),
        broken=tuple(e for e in wrong_now if (e.code, e.message) not in known),
    )


def _dead(
    project: Project, tree: Tree
) -> tuple[Mapping[tuple[str, int], str], tuple[Diagnostic, ...]]:
    """Return the branches that nothing reaches, and what is wrong with the templates."""
    try:
        templates = load_templates(project, tree)
    except InputError as error:
        return {}, error.diagnostics
    if templates is None:
        return {}, ()
    return dict(map(_branch_place, dead_branches(templates, Space.of(tree)))), ()


def _branch_place(diagnostic: Diagnostic) -> tuple[tuple[str, int], str]:
    assert diagnostic.location is not None
    said = diagnostic.message.partition(": ")[2]
    return (diagnostic.location.path, diagnostic.location.line), said
