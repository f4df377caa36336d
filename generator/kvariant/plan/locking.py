# SPDX-License-Identifier: MIT
"""From a matrix to what the lock keeps of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from kvariant.kconfig import Tree
from kvariant.plan.digests import rendered_digest, resolved_digest
from kvariant.plan.lock import Locked, LockedTuples, LockedVariant
from kvariant.plan.variant import Matrix, Variant
from kvariant.render import Templates
from kvariant.space import Space
from kvariant.space.circuit import FALSE

MOST_SYMBOLS = 2_000
"""Symbols of a tree that are kept for a matrix that was not chosen by symbols."""
MOST_IMPOSSIBLE = 1_000
"""Infeasible tuples that are kept; of more only the number is."""
_MOST_STEPS = 5_000_000
"""Tuples times variants that are looked at to find the infeasible ones."""

Levels = Mapping[str, tuple[str, ...]]
"""Value texts of each symbol."""


def locked(
    matrix: Matrix,
    space: Space,
    templates: Templates | None,
    key: str = "",
    rendered: Mapping[str, str] | None = None,
) -> Locked:
    """Return what the lock keeps of a matrix.

    Args:
        key: digest of what it was chosen for.
        rendered: digests of variants that are rendered already, by name.

    Raises:
        InputError: a template fails on a variant's values.

    Cost: that of rendering each variant.
    """
    levels = _levels(matrix, space)
    counts = matrix.tuples
    known = rendered or {}
    return Locked(
        strategy=matrix.strategy,
        random_seed=matrix.random_seed,
        key=key,
        symbols=levels,
        tuples=LockedTuples(
            strength=counts.strength,
            feasible=counts.feasible,
            infeasible=counts.infeasible,
            covered=counts.covered,
        )
        if counts
        else None,
        lower_bound=matrix.lower_bound,
        impossible=_impossible(matrix, levels),
        variants=tuple(
            LockedVariant(
                name=variant.name,
                resolved=resolved_digest(variant.configuration),
                rendered=known.get(variant.name) or _rendered(variant, templates),
                assignment=dict(variant.symbols),
            )
            for variant in matrix
        ),
    )


def previous(kept: Locked, space: Space) -> dict[str, dict[str, str]]:
    """Return the values that each locked name stands for, in today's tree.

    Its assignment is resolved anew, without symbols that are gone; what counts
    are the symbols that the variants were chosen by.
    """
    tree: Tree = space.tree
    assignments = [
        {name: text for name, text in variant.assignment.items() if name in tree.symbols}
        for variant in kept.variants
    ]
    symbols = [name for name in kept.symbols if name in tree.symbols]
    return {
        variant.name: {name: configuration[name] for name in symbols}
        for variant, configuration in zip(kept.variants, space.evaluate(assignments), strict=True)
    }


def _rendered(variant: Variant, templates: Templates | None) -> str:
    return rendered_digest(templates.render(variant.configuration)) if templates else ""


def _levels(matrix: Matrix, space: Space) -> Levels:
    if matrix.symbols:
        return {
            name: tuple(text for text, x in space.literals(name).items() if x != FALSE)
            for name in matrix.symbols
        }
    names = tuple(space.tree.symbols)
    return dict.fromkeys(names, ()) if len(names) <= MOST_SYMBOLS else {}


def _impossible(matrix: Matrix, levels: Levels) -> tuple[str, ...] | None:
    """Return the infeasible tuples: those that no variant has and that are not uncovered.

    None where they are too many, or where not every uncovered one is listed.
    """
    counts = matrix.tuples
    if counts is None or counts.infeasible > MOST_IMPOSSIBLE:
        return None
    if len(counts.uncovered) != counts.feasible - counts.covered:
        return None
    if math.comb(len(matrix.symbols), counts.strength) * len(matrix) > _MOST_STEPS:
        return None
    possible = {tuple(sorted(one.items())) for one in counts.uncovered}
    found = [
        one
        for one in _unseen(matrix, levels, counts.strength)
        if tuple(sorted(one.items())) not in possible
    ]
    if len(found) != counts.infeasible:  # counted by other values than the tree's
        return None
    return tuple(" ".join(f"{n}={t}" for n, t in one.items()) for one in found)


def _unseen(matrix: Matrix, levels: Levels, strength: int) -> Iterator[Mapping[str, str]]:
    """Yield each combination of levels that no variant has, in Kconfig order."""
    rows: Sequence[Mapping[str, str]] = [variant.configuration for variant in matrix]
    columns = {name: [row[name] for row in rows] for name in matrix.symbols}
    for names in itertools.combinations(matrix.symbols, strength):
        seen = set(zip(*(columns[name] for name in names), strict=True))
        for texts in itertools.product(*(levels[name] for name in names)):
            if texts not in seen:
                yield dict(zip(names, texts, strict=True))
