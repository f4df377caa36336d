# SPDX-License-Identifier: MIT
"""The plans of a project: one for each of its environments, with one name for each variant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Note, did_you_mean
from kvariant.plan.plan import Plan
from kvariant.plan.selection import Selection

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, SymbolType
    from kvariant.plan.variant import Variant
    from kvariant.project import Environment, Project


@dataclass(frozen=True)
class Plans:
    """What a project is, in all its environments."""

    plans: tuple[Plan, ...]
    """In the order of `Project.environments`; at least one."""

    @classmethod
    def of(
        cls, project: Project, selection: Selection | None = None, *, remember: bool = False
    ) -> Plans:
        """Read a project's trees and templates, and choose its variants.

        Args:
            selection: which variants.
            remember: whether what is chosen is kept in the state folder; see `Memory`.

        Raises:
            InputError: something in them is wrong (what is not wrong in every environment
                says where it is), or the selection is empty.
        """
        selection = selection or Selection()
        environments = project.environments
        found: list[Plan] = []
        wrong: dict[Diagnostic, list[tuple[Environment, Diagnostic]]] = {}
        for environment in environments:
            try:
                found.append(Plan.of(project, selection, environment, remember=remember))
            except InputError as error:
                for one in error.diagnostics:
                    same = replace(one, notes=(), hint="")  # these may name a tree's own symbols
                    wrong.setdefault(same, []).append((environment, one))
        if wrong:
            raise InputError(*(_placed(where, environments) for where in wrong.values()))
        plans = cls(tuple(found))
        if not plans.variants:
            raise InputError(_nothing_selected(selection, plans.names))
        return plans

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.plans)

    def __getitem__(self, variant: Variant) -> Plan:
        """Return the plan that a variant is of."""
        return next(p for p in self.plans if p.environment.name == variant.environment)

    @property
    def project(self) -> Project:
        """The project."""
        return self.plans[0].project

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants that the selection means, environment by environment."""
        return tuple(variant for plan in self.plans for variant in plan.matrix)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all variants, selected or not."""
        return tuple(name for plan in self.plans for name in plan.names)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was left out of the matrices on the way, and why."""
        return tuple(dict.fromkeys(warning for plan in self.plans for warning in plan.warnings))

    @property
    def types(self) -> Mapping[str, SymbolType]:
        """The type of every symbol of any tree; what the first tree says of it counts."""
        return joined(plan.tree.types for plan in self.plans)

    @property
    def axes(self) -> tuple[str, ...]:
        """The variables in which the trees differ."""
        return axes_of([plan.environment for plan in self.plans])

    @property
    def configurations(self) -> Mapping[str, Mapping[str, Configuration]]:
        """The variants' values, by environment, then by variant."""
        return {p.environment.name: {v.name: v.configuration for v in p.matrix} for p in self}

    @property
    def read(self) -> tuple[str, ...]:
        """The symbols that the templates read, in Kconfig order; none without templates."""
        templates = self.plans[0].templates  # the same ones in every environment
        return templates.symbols if templates else ()

    @property
    def settable(self) -> frozenset[str]:
        """The symbols that people can set, in one tree or another."""
        models = (plan.tree.model.symbols for plan in self.plans)
        return frozenset(name for model in models for name in model if model[name].prompts)

    @property
    def outputs(self) -> tuple[str, ...] | None:
        """The paths that the templates render; None: nothing is generated."""
        templates = self.plans[0].templates
        return templates.outputs if templates else None

    def choosing(self, fragments: Mapping[str, Collection[Path]]) -> Plans:
        """Return the plans of other variants of the same trees, which are not read again.

        Args:
            fragments: the files that are variants, by environment; of others there are none.
        """
        chosen = (
            plan.choosing(Selection(configs=tuple(found)))
            if (found := fragments.get(plan.environment.name, ()))
            else plan.only(())
            for plan in self.plans
        )
        return Plans(tuple(chosen))

    def only(self, names: Collection[str]) -> Plans:
        """Return the plans with some of the variants alone, in their order."""
        return Plans(tuple(plan.only(names) for plan in self.plans))

    def files(self, variant: Variant) -> Mapping[str, str]:
        """Return everything that is written for a variant: rendered files and records.

        Raises:
            InputError: a template fails on the variant's values.
        """
        return self[variant].files(variant)


def axes_of(environments: Sequence[Environment]) -> tuple[str, ...]:
    """Return the variables in which environments differ."""
    return tuple(
        name for name in environments[0].listed if len({e.values[name] for e in environments}) > 1
    )


def joined(trees: Iterable[Mapping[str, SymbolType]]) -> Mapping[str, SymbolType]:
    """Return the types of the symbols of several trees; what the first one says counts."""
    found: dict[str, SymbolType] = {}
    for types in trees:
        found |= {name: kind for name, kind in types.items() if name not in found}
    return found


def _placed(
    wrong: Sequence[tuple[Environment, Diagnostic]], environments: Sequence[Environment]
) -> Diagnostic:
    """Return an error with the environments that have it, unless all do."""
    (_, diagnostic), *_ = wrong
    if len(wrong) == len(environments):
        return diagnostic
    note = Note(f"only in the tree of {', '.join(str(environment) for environment, _ in wrong)}")
    return replace(diagnostic, notes=(*diagnostic.notes, note))


def _nothing_selected(selection: Selection, names: Sequence[str]) -> Diagnostic:
    wanted = [*selection.globs, *([str(selection.where)] if selection.where else [])]
    listed = f"variants: {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}"
    hint = did_you_mean(selection.globs[0], names, listed) if selection.globs else listed
    message = f"no variant matches {', '.join(map(repr, wanted))}"
    return Diagnostic(message=message, code="no-variant", hint=hint)
