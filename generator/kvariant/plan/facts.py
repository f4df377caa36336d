# SPDX-License-Identifier: MIT
"""Values of variants of several trees, under names that all trees have, so that they compare.

    name        in a tree that defines it     in one that does not
    NET         its value                     n, or "" where it is no bool or tristate
    $(ARCH)     x86, arm64 ...: in which of the trees the variant is

A variable is a name of its own where the trees differ in it: what depends on the tree
itself, and on nothing that Kconfig knows, can be said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.errors import KvariantError
from kvariant.kconfig import Configuration, SymbolType, Tree
from kvariant.kconfig.expression import variable
from kvariant.plan.plans import Plans, axes_of, joined
from kvariant.plan.trees import load_tree

if TYPE_CHECKING:
    from kvariant.plan.plan import Plan
    from kvariant.project import Project
    from kvariant.project.project import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The values of some variants, and what their names are."""

    configurations: Mapping[str, Configuration]
    """By variant, in order."""
    types: Mapping[str, SymbolType]
    """Variables first, then symbols in Kconfig order."""
    read: Collection[str]
    """The symbols that the templates read, and variables; none where nobody knows."""
    settable: Collection[str]
    """The symbols that people can set, and variables."""
    asked: Mapping[str, int]
    """By variant, how many symbols it asks for."""

    @classmethod
    def of(cls, plans: Plans, configurations: Mapping[str, Mapping[str, Configuration]]) -> Facts:
        """Return what is known of variants.

        Args:
            configurations: by environment, then by variant.
        """
        variables = tuple(variable(name) for name in plans.axes)
        types = {**dict.fromkeys(variables, SymbolType.STRING), **plans.types}
        return cls(
            configurations={
                name: _filled(one, types, beyond(plan, plans))
                for plan in plans
                for name, one in configurations.get(plan.environment.name, {}).items()
            },
            types=types,
            read=(*variables, *plans.read) if plans.read else (),
            settable=(*variables, *plans.settable),
            asked={
                name: len(one.assignment)
                for mine in configurations.values()
                for name, one in mine.items()
            },
        )


def beyond(plan: Plan, plans: Plans) -> Mapping[str, str]:
    """Return the values in one tree of the names that its Kconfig files do not define."""
    return _beyond(plan.environment, plan.tree, [(p.environment, p.tree) for p in plans])


def trees_at_hand(project: Project) -> Sequence[tuple[Tree, Mapping[str, str]]]:
    """Return a project's trees, each with `beyond`; none where they cannot be read.

    A job that puts the results of others together need not have any.
    """
    try:
        trees = [(one, load_tree(project, one)) for one in project.environments]
    except KvariantError:
        return []
    return [(tree, _beyond(one, tree, trees)) for one, tree in trees]


def trees_by_environment(project: Project) -> Mapping[str, Tree]:
    """Return a project's trees by the names of their environments; none that cannot be read."""
    found = {}
    for one in project.environments:
        with contextlib.suppress(KvariantError):  # told by who reads it to build or choose
            found[one.name] = load_tree(project, one)
    return found


def _beyond(
    environment: Environment, tree: Tree, trees: Sequence[tuple[Environment, Tree]]
) -> Mapping[str, str]:
    every = joined(other.types for _, other in trees)
    values = {
        variable(name): environment.values[name] for name in axes_of([one for one, _ in trees])
    }
    kinds = ((n, kind) for n, kind in every.items() if n not in tree.types)
    return values | {n: "n" if kind.is_logical else "" for n, kind in kinds}


def _filled(
    one: Configuration, types: Mapping[str, SymbolType], values: Mapping[str, str]
) -> Configuration:
    if not values:
        return one
    return replace(one, values_={n: values[n] if n in values else one[n] for n in types})
