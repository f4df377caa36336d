# SPDX-License-Identifier: MIT
"""The plan: a project's tree, templates and matrix, read once and joined."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, did_you_mean, displayed
from kvariant.kconfig import Expression, Fragment, Tree, read_fragments
from kvariant.matrix import named
from kvariant.plan.variant import Matrix, Variant
from kvariant.project import Environment, Project
from kvariant.render import Templates, recorded

NAMED = "named"


@dataclass(frozen=True)
class Selection:
    """Which variants a command is about."""

    configs: tuple[Path, ...] = ()
    """Fragments named on the command line; none: the project's."""
    globs: tuple[str, ...] = ()
    """Only variants whose name matches one of these."""
    where: Expression | None = None
    """Only variants that satisfy this."""

    @property
    def is_whole(self) -> bool:
        """Whether this is the project's matrix and nothing less."""
        return not (self.configs or self.globs or self.where)


@dataclass(frozen=True)
class Plan:
    """What a project is, ready to be rendered: all of it valid."""

    project: Project
    tree: Tree
    matrix: Matrix
    fragments: tuple[Fragment, ...]
    templates: Templates | None

    @classmethod
    def of(cls, project: Project, selection: Selection | None = None) -> Plan:
        """Read a project's tree, templates and fragments.

        Raises:
            InputError: something in them is wrong, or the selection is empty.
        """
        selection = selection or Selection()
        tree = load_tree(project)
        templates = load_templates(project, tree)
        fragments = read_fragments(selection.configs or project.configs(), project.config_prefix)
        if not fragments:
            raise InputError(_no_fragments(project))
        variants = [
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, named(tree, fragments), strict=True)
        ]
        chosen = _selected(variants, selection, tree)
        return cls(
            project, tree, Matrix(name=NAMED, strategy=NAMED, variants=chosen), fragments, templates
        )

    @cached_property
    def named_variants(self) -> tuple[str, ...]:
        """The names of all variants of the fragments read, selected or not."""
        return tuple(f.name for f in self.fragments)

    def files(self, variant: Variant) -> Mapping[str, str]:
        """Return everything that is written for a variant: rendered files and records.

        Raises:
            InputError: a template fails on the variant's values.
        """
        rendered = self.templates.render(variant.configuration) if self.templates else None
        return recorded(self.tree, variant.configuration, rendered)


def load_tree(project: Project, environment: Environment | None = None) -> Tree:
    """Return the project's tree in one of its environments.

    Args:
        environment: one of `project.environments`; may be left out where there is one only.

    Raises:
        InputError: it does not parse, or the environment is left out and `env` has
            several [environments].
    """
    if environment is None:
        environment, *others = project.environments
        if others:
            raise InputError(_several(project))
    return Tree.load(
        project.kconfig,
        env=environment.values,
        config_prefix=project.config_prefix,
        shell=project.shell,
        preset=project.preset,
        dialect=project.dialect,
    )


def load_templates(project: Project, tree: Tree) -> Templates | None:
    """Return the project's templates, None where nothing is generated.

    Raises:
        InputError: they are not valid against the tree.
    """
    if project.templates is None:
        return None
    return Templates(project.templates, tree, project.templates_label)


def _selected(variants: Sequence[Variant], selection: Selection, tree: Tree) -> tuple[Variant, ...]:
    if selection.where and (unknown := tree.check_expression(selection.where, None)):
        raise InputError(*unknown)
    kept = tuple(
        variant
        for variant in variants
        if (
            not selection.globs
            or any(fnmatch.fnmatchcase(variant.name, g) for g in selection.globs)
        )
        and (selection.where is None or variant.configuration.satisfies(selection.where))
    )
    if not kept:
        raise InputError(_nothing_selected(selection, [v.name for v in variants]))
    return kept


def _nothing_selected(selection: Selection, names: Iterable[str]) -> Diagnostic:
    wanted = ", ".join([*selection.globs, *([str(selection.where)] if selection.where else [])])
    known = list(names)
    listed = f"variants: {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}"
    hint = did_you_mean(selection.globs[0], known, listed) if selection.globs else listed
    return Diagnostic(message=f"no variant matches {wanted}", code="no-variant", hint=hint)


def _several(project: Project) -> Diagnostic:
    names = [environment.name for environment in project.environments]
    axes = [f"--env {n}={v[0]}" for n, v in project.env.items() if not isinstance(v, str)]
    return Diagnostic(
        message=f"this command takes one tree, and env makes {len(names)}: {', '.join(names)}",
        code="environments",
        location=Location(str(project.path)) if project.path else None,
        hint=f"choose one, for example {' '.join(axes)}",
    )


def _no_fragments(project: Project) -> Diagnostic:
    globs = ", ".join(project.config_globs)
    return Diagnostic(
        message=f"no fragment matches {globs} in {displayed(project.root)}",
        code="no-fragment",
        location=Location(str(project.path)) if project.path else None,
        hint="write one, for example configs/default.config, or name one with --config FILE",
    )
