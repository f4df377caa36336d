# SPDX-License-Identifier: MIT
"""A plan: tree, templates and matrix of one environment, read once and joined."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Severity
from kvariant.kconfig.presets import cross_compilers
from kvariant.plan.chooser import Chooser
from kvariant.plan.memory import Memory
from kvariant.plan.selection import Selection
from kvariant.plan.trees import load_tree, only_environment
from kvariant.render import recorded

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.matrix.promise import Promise
    from kvariant.plan.base import Base
    from kvariant.plan.line_presence import LinePresence
    from kvariant.plan.patch import PatchPlan
    from kvariant.plan.variant import Matrix, Variant
    from kvariant.project import Environment, Project
    from kvariant.render import Templates


@dataclass(frozen=True)
class Plan:
    """What a project is in one of its environments, ready to be rendered: all of it valid."""

    project: Project
    environment: Environment
    tree: Tree
    matrix: Matrix
    """The variants that the selection means."""
    promise: Promise
    """What the matrix is to be verified for."""
    templates: Templates | None
    names: tuple[str, ...]
    """The names of all variants of the matrix, selected or not."""
    base: Base | None = None
    """Where the values come from that the matrix does not choose; None: the tree's defaults."""
    lines: LinePresence | None = None
    """Where lines are, as far as they were looked up for the matrix."""
    patch: PatchPlan | None = None
    """What a patch is to be seen in, where the matrix is one of its variants."""
    warnings: tuple[Diagnostic, ...] = ()
    """What was left out of the matrix on the way, and why."""

    @classmethod
    def of(
        cls,
        project: Project,
        selection: Selection | None = None,
        environment: Environment | None = None,
        *,
        remember: bool = False,
    ) -> Plan:
        """Read a project's tree and templates, and choose its variants.

        Args:
            selection: which variants; none of them need match.
            environment: one of the project's; may be left out where there is one only.
            remember: whether what is chosen is kept in the state folder; see `Memory`.

        Raises:
            InputError: something in them is wrong.
        """
        environment = environment or only_environment(project)
        tree = load_tree(project, environment)
        templates = load_templates(project, tree)
        selection = selection or Selection()
        return cls._chosen(project, environment, tree, templates, selection, remember=remember)

    def choosing(self, selection: Selection) -> Plan:
        """Return the plan of other variants of the same tree, which is not read again.

        Raises:
            InputError: something in what is selected is wrong.
        """
        return self._chosen(self.project, self.environment, self.tree, self.templates, selection)

    @classmethod
    def _chosen(
        cls,
        project: Project,
        environment: Environment,
        tree: Tree,
        templates: Templates | None,
        selection: Selection,
        *,
        remember: bool = False,
    ) -> Plan:
        selection = selection.within(environment.values)
        chooser = Chooser(
            project,
            tree,
            templates,
            selection,
            environment=environment.name,
            memory=Memory(project.state, tree, environment.name, writes=remember),
        )
        matrix = chooser.selected()
        variants = tuple(variant.within(environment.name) for variant in matrix)
        plan = cls(
            project=project,
            environment=environment,
            tree=tree,
            matrix=dataclasses.replace(matrix, variants=variants),
            promise=chooser.promises[matrix.name],
            templates=templates,
            names=tuple(variant.name for variant in variants),
            base=chooser.bases[matrix.name],
            lines=chooser.lines,
            patch=chooser.patches.get(matrix.name),
            warnings=(*_without_compiler(tree, environment), *chooser.warnings),
        )
        return plan.only({v.name for v in variants if selection.matches(v)})

    @property
    def variables(self) -> Mapping[str, str]:
        """What steps find in their environment: the environment's own, and the tree's compiler."""
        cross = {"CROSS_COMPILE": self.tree.cross_compile} if self.tree.cross_compile else {}
        return {**cross, **self.environment.values}

    def only(self, names: Collection[str]) -> Plan:
        """Return the plan with some of its variants alone, in their order."""
        matrix, promise = self.matrix, self.promise
        kept = tuple(variant for variant in matrix if variant.name in names)
        if len(kept) < len(matrix):  # what is said of all variants is not true of some
            matrix = dataclasses.replace(matrix, variants=kept, tuples=None, lower_bound=0)
            own = {id(v.configuration) for v in kept}
            included = [c for c in promise.included if id(c) in own]
            promise = dataclasses.replace(promise, strength=0, is_distinct=False, included=included)
        return dataclasses.replace(self, matrix=matrix, promise=promise)

    def files(self, variant: Variant) -> Mapping[str, str]:
        """Return everything that is written for a variant: rendered files and records.

        Raises:
            InputError: a template fails on the variant's values.
        """
        rendered = self.templates.render(variant.configuration) if self.templates else None
        return recorded(self.tree, variant.configuration, rendered)


def load_templates(project: Project, tree: Tree) -> Templates | None:
    """Return the project's templates, None where nothing is generated.

    Raises:
        InputError: they are not valid against the tree.
    """
    if project.templates is None:
        return None
    from kvariant.render import Templates  # Jinja, where there are any

    return Templates(project.templates, tree, project.templates_label)


def _without_compiler(tree: Tree, environment: Environment) -> Iterator[Diagnostic]:
    """Yield a warning where the compiler of another architecture answered `$(shell ...)`."""
    arch, given = tree.environment.get("ARCH", ""), {**os.environ, **environment.values}
    is_told = "CROSS_COMPILE" in given or "CC" in given
    if is_told or tree.cross_compile or not any(c.was_run for c in tree.shell_commands):
        return
    if tree.preset.has_cross_compilers and (prefixes := cross_compilers(arch)):
        package = f"gcc-{prefixes[0].rstrip('-').replace('_', '-')}"
        yield Diagnostic(
            message=f"no compiler for {arch} is on PATH: gcc of this machine answered "
            "what Kconfig asks of it",
            code="no-tool",
            severity=Severity.WARNING,
            hint=f"install one (Debian: apt install {package}), or --env CROSS_COMPILE=PREFIX",
        )
