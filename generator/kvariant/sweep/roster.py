# SPDX-License-Identifier: MIT
"""The roster: an ordered matrix in plain values, so that it can be sent to other processes.

Choosing a matrix may need a solver, so one process does it; the others (pytest-xdist's
workers) take the roster and never read the Kconfig tree, unless they have to render.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.kconfig import Configuration, SymbolType
from kvariant.plan import Plan, Variant
from kvariant.sweep import keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The variants of a matrix, and what is needed to know whether they are fresh."""

    variants: Mapping[str, Variant]
    """By name, in the matrix's order."""
    types: Mapping[str, SymbolType]
    """Every symbol's type, in Kconfig order."""
    read: tuple[str, ...]
    """The symbols that the templates read, in Kconfig order; none without templates."""
    sources: str
    """Digest of what variants are rendered from, with our own code; "": nothing is rendered."""
    is_whole: bool
    """Whether this is a matrix of the project and nothing less."""

    @classmethod
    def of(cls, plan: Plan, *, is_whole: bool) -> Roster:
        """Return the roster of a plan's matrix."""
        templates = plan.templates
        return cls(
            variants={variant.name: variant for variant in plan.matrix},
            types=plan.tree.types,
            read=templates.symbols if templates else (),
            sources=_sources(plan) if templates else "",
            is_whole=is_whole,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The variants' names, in order."""
        return tuple(self.variants)

    def key(self, name: str) -> str:
        """Return the digest of everything that a variant's files depend on."""
        configuration = self.variants[name].configuration
        return keys.digest([self.sources, keys.of_configuration(configuration)])

    def plain(self) -> dict[str, Any]:
        """Return it as dicts, lists and text, for `of_plain`."""
        return {
            "types": {name: kind.value for name, kind in self.types.items()},
            "variants": [_plain(variant, self.types) for variant in self.variants.values()],
            "read": list(self.read),
            "sources": self.sources,
            "is_whole": self.is_whole,
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> Roster:
        """Return the roster that `plain` made data of."""
        types = {name: SymbolType(kind) for name, kind in data["types"].items()}
        variants = (_variant(item, types) for item in data["variants"])
        return cls(
            variants={variant.name: variant for variant in variants},
            types=types,
            read=tuple(data["read"]),
            sources=data["sources"],
            is_whole=data["is_whole"],
        )


def _plain(variant: Variant, types: Mapping[str, SymbolType]) -> list[Any]:
    configuration = variant.configuration
    return [
        variant.name,
        variant.description,
        str(variant.fragment) if variant.fragment else None,
        dict(configuration.assignment),
        [configuration[name] for name in types],  # names once, not with every variant
    ]


def _variant(data: Sequence[Any], types: Mapping[str, SymbolType]) -> Variant:
    name, description, fragment, assignment, texts = data
    return Variant(
        name=name,
        description=description,
        fragment=Path(fragment) if fragment else None,
        configuration=Configuration(
            values_=dict(zip(types, texts, strict=True)), types=types, assignment=assignment
        ),
    )


def _sources(plan: Plan) -> str:
    files = [*plan.tree.files, *(plan.templates.files if plan.templates else ())]
    environment = (f"{name}={value}" for name, value in plan.tree.environment.items())
    return keys.digest([keys.toolkit(), keys.of_files(files), *environment])
