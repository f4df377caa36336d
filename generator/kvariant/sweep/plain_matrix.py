# SPDX-License-Identifier: MIT
"""An ordered matrix in plain values, so that it can be sent to other processes.

Choosing a matrix may need a solver, so one process does it; the others (pytest-xdist's
workers) take the matrix and never read the Kconfig tree, unless they have to render.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.digest import digest
from kvariant.kconfig import Configuration, SymbolType
from kvariant.plan import Variant
from kvariant.plan.variant_table import VariantTable

if TYPE_CHECKING:
    from kvariant.plan import Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainMatrix:
    """The variants of a matrix, and what is needed to know whether they are fresh."""

    variants: Mapping[str, Variant]
    """By name, in the matrix's order."""
    trees: Mapping[str, Mapping[str, SymbolType]]
    """Of each environment, every symbol's type, in Kconfig order."""
    read: tuple[str, ...]
    """The symbols that the templates read, in Kconfig order; none without templates."""
    sources: Mapping[str, str]
    """Of each environment, the digest of what variants are rendered from; empty: of nothing."""
    is_whole: bool
    """Whether this is a matrix of the project and nothing less."""

    @classmethod
    def of(cls, plans: Plans, *, is_whole: bool) -> PlainMatrix:
        """Return the variants of plans."""
        from kvariant.sweep.generate_step import sources  # who is sent a matrix needs no plans

        return cls(
            variants={variant.name: variant for variant in plans.variants},
            trees={plan.environment.name: plan.tree.types for plan in plans},
            read=plans.read,
            sources={plan.environment.name: sources(plan) for plan in plans if plan.templates},
            is_whole=is_whole,
        )

    @property
    def types(self) -> Mapping[str, SymbolType]:
        """The type of every symbol of any tree; what the first tree says of it counts."""
        from kvariant.plan.plans import joined

        return joined(self.trees.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The variants' names, in order."""
        return tuple(self.variants)

    def only(self, names: Collection[str]) -> PlainMatrix:
        """Return the matrix of some of its variants."""
        some = {name: variant for name, variant in self.variants.items() if name in names}
        return replace(self, variants=some)

    def key(self, name: str) -> str:
        """Return the digest of everything that a variant's files depend on."""
        from kvariant.plan.digests import configuration_digest

        variant = self.variants[name]
        values = configuration_digest(variant.configuration)
        return digest([self.sources[variant.environment], values])

    def plain(self) -> dict[str, Any]:
        """Return it as dicts, lists and text, for `of_plain`."""
        tables = {
            environment: VariantTable.of(self._configurations(environment), types)
            for environment, types in self.trees.items()
        }
        return {
            "tables": {environment: table.to_json() for environment, table in tables.items()},
            "variants": [_plain(variant) for variant in self.variants.values()],
            "read": list(self.read),
            "sources": dict(self.sources),
            "is_whole": self.is_whole,
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> PlainMatrix:
        """Return the matrix that `plain` made data of."""
        tables = {name: VariantTable.from_json(table) for name, table in data["tables"].items()}
        trees = {environment: table.types for environment, table in tables.items()}
        values = {environment: table.configurations() for environment, table in tables.items()}
        variants = (_variant(item, trees, values) for item in data["variants"])
        return cls(
            variants={variant.name: variant for variant in variants},
            trees=trees,
            read=tuple(data["read"]),
            sources=data["sources"],
            is_whole=data["is_whole"],
        )

    def _configurations(self, environment: str) -> Mapping[str, Configuration]:
        mine = (one for one in self.variants.values() if one.environment == environment)
        return {variant.name: variant.configuration for variant in mine}


def _plain(variant: Variant) -> list[Any]:
    """Return what a variant has beside its values."""
    return [
        variant.name,
        variant.environment,
        variant.description,
        str(variant.fragment) if variant.fragment else None,
        dict(variant.configuration.assignment),
    ]


def _variant(
    data: Sequence[Any],
    trees: Mapping[str, Mapping[str, SymbolType]],
    values: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> Variant:
    name, environment, description, fragment, assignment = data
    return Variant(
        name=name,
        environment=environment,
        description=description,
        fragment=Path(fragment) if fragment else None,
        configuration=Configuration(
            values_=values[environment][name], types=trees[environment], assignment=assignment
        ),
    )
