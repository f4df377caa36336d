# SPDX-License-Identifier: MIT
"""Branches of templates that no variant of a matrix renders, and what would.

    branch        {% if TLS and PORT > 1024 %}         render.branches
    variants      does one satisfy its condition?      Configuration.satisfies
    none does     the variant from which it takes the fewest user values, and which these are

A branch's condition is exact or too weak (`render.branches`): what is told here no variant
renders; a branch under a condition that Kconfig cannot say is not among those counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig.expression import conjuncts
from kvariant.plan.base import distance

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration, Expression
    from kvariant.plan.variant import Variant
    from kvariant.render import Branch, Templates
    from kvariant.space import Space

_TRIED = 4
"""Variants from which the fewest changes are looked for: those that miss the fewest terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestRendering:
    """A configuration that renders a branch."""

    variant: str
    """The variant that it is nearest to."""
    changes: Mapping[str, str]
    """User values in which it differs from that one; "" where none is asked for any more."""
    configuration: Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrendered:
    """A branch that no variant renders."""

    path: Path
    line: int
    condition: Expression
    """Where it is rendered, as far as the template says it."""
    nearest: NearestRendering | None
    """None: no configuration renders it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedBranches:
    """What the variants of a matrix render of the templates."""

    matrix: str
    variants: int
    branches: int
    """Branches whose conditions Kconfig can say."""
    unrendered: tuple[Unrendered, ...]
    """Outer ones only: what is inside them is counted with them."""
    missing: int
    """Branches that no variant renders, those inside others counted."""


def rendered_branches(
    templates: Templates, space: Space, matrix: str, variants: Sequence[Variant]
) -> RenderedBranches:
    """Return which branches some variants render, and for the others what would.

    Cost: a restricted space and some calls of the solver for each branch that none renders.
    """
    found: list[Unrendered] = []
    counts = {"all": 0, "missing": 0}

    def look(path: Path, branches: Iterable[Branch]) -> None:
        for branch in branches:
            if any(v.configuration.satisfies(branch.condition) for v in variants):
                counts["all"] += 1
                look(path, branch.inner)
                continue
            size = sum(1 for _ in _every([branch]))
            counts["all"] += size
            counts["missing"] += size
            nearest = _nearest(space, branch.condition, variants)
            one = Unrendered(path=path, line=branch.line, condition=branch.shown, nearest=nearest)
            found.append(one)

    for path, branches in templates.branches():
        look(path, branches)
    return RenderedBranches(
        matrix=matrix,
        variants=len(variants),
        branches=counts["all"],
        unrendered=tuple(found),
        missing=counts["missing"],
    )


def _every(branches: Iterable[Branch]) -> Iterator[Branch]:
    for branch in branches:
        yield branch
        yield from _every(branch.inner)


def _nearest(
    space: Space, condition: Expression, variants: Sequence[Variant]
) -> NearestRendering | None:
    """Return the configuration that a variant becomes by the fewest changes, None without any."""
    try:
        narrow = space.restricted(condition)
    except InputError:
        return None
    terms = list(conjuncts(condition))

    def missed(variant: Variant) -> int:
        return sum(not variant.configuration.satisfies(term) for term in terms)

    best: tuple[int, NearestRendering] | None = None
    for variant in sorted(variants, key=missed)[:_TRIED]:
        own = variant.configuration.assignment
        configuration = narrow.based_on(own, [{}])[0]
        far = distance(own, configuration.assignment)
        if best is None or far < best[0]:
            changes = _changes(own, configuration.assignment)
            best = (
                far,
                NearestRendering(
                    variant=variant.name, changes=changes, configuration=configuration
                ),
            )
    return best[1] if best else None


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    names = dict.fromkeys([*after, *before])
    return {name: after.get(name, "") for name in names if after.get(name) != before.get(name)}
