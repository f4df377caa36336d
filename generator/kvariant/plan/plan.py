# SPDX-License-Identifier: MIT
"""The plan: a project's tree, templates and matrix, read once and joined."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kvariant.errors import Diagnostic, InputError, Location, did_you_mean
from kvariant.kconfig import Tree
from kvariant.matrix.verifier import Promise
from kvariant.plan.chooser import Chooser
from kvariant.plan.selection import Selection
from kvariant.plan.variant import Matrix, Variant
from kvariant.project import NAMED, Environment, Project
from kvariant.render import Templates, recorded


@dataclass(frozen=True)
class Plan:
    """What a project is, ready to be rendered: all of it valid."""

    project: Project
    tree: Tree
    matrix: Matrix
    """The variants that the selection means."""
    promise: Promise
    """What the matrix is to be verified for."""
    templates: Templates | None
    names: tuple[str, ...]
    """The names of all variants of the matrix, selected or not."""
    warnings: tuple[Diagnostic, ...] = ()
    """What was left out of the matrix on the way, and why."""

    @classmethod
    def of(cls, project: Project, selection: Selection | None = None) -> Plan:
        """Read a project's tree and templates, and choose its variants.

        Raises:
            InputError: something in them is wrong, or the selection is empty.
        """
        selection = selection or Selection()
        tree = load_tree(project)
        if selection.where and (unknown := tree.check_expression(selection.where, None)):
            raise InputError(*unknown)
        templates = load_templates(project, tree)
        chooser = Chooser(project, tree, templates, selection)
        matrix = chooser.matrix(
            selection.matrix or (NAMED if selection.configs else project.matrix)
        )
        names = tuple(variant.name for variant in matrix)
        kept = _selected(matrix.variants, selection)
        promise = chooser.promises[matrix.name]
        if len(kept) < len(matrix):  # what is said of all variants is not true of some
            matrix = dataclasses.replace(matrix, tuples=None, lower_bound=0)
            own = {id(v.configuration) for v in kept}
            included = [c for c in promise.included if id(c) in own]
            promise = dataclasses.replace(promise, strength=0, included=included)
        return cls(
            project=project,
            tree=tree,
            matrix=dataclasses.replace(matrix, variants=kept),
            promise=promise,
            templates=templates,
            names=names,
            warnings=tuple(chooser.warnings),
        )

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


def _selected(variants: Sequence[Variant], selection: Selection) -> tuple[Variant, ...]:
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
