# SPDX-License-Identifier: MIT
"""From a matrix to what the lock keeps of it, and back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.digest import short_digest
from kvariant.kconfig import SymbolType, Tree
from kvariant.kconfig.branch_condition import TRUTH, factor_texts, is_condition
from kvariant.matrix import StrategyRequest, Tuples
from kvariant.plan.digests import rendered_digest, resolved_digest, tree_digest
from kvariant.plan.lock import Locked, LockedTuples, LockedVariant
from kvariant.plan.tuple_text import tuple_text, tuple_values
from kvariant.plan.variant import Matrix, Variant
from kvariant.project.matrix import EDGES

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.project import MatrixTable
    from kvariant.render import Templates
    from kvariant.space import Space

MOST_SYMBOLS = 2_000
"""Symbols of a tree that are kept for a matrix that was not chosen by symbols."""
MOST_IMPOSSIBLE = 1_000
"""Infeasible tuples that are kept; of more only the number is."""
_MOST_STEPS = 5_000_000
"""Tuples times variants that are looked at to find the infeasible ones."""

Levels = Mapping[str, tuple[str, ...]]
"""Value texts of each symbol."""
_Value = tuple[str, str]
_TEXTS: Mapping[SymbolType, tuple[str, ...]] = {
    SymbolType.BOOL: ("n", "y"),
    SymbolType.TRISTATE: ("n", "m", "y"),
}


def choice_key(
    tree: Tree, table: MatrixTable, request: StrategyRequest, reads: Iterable[str] = ()
) -> str:
    """Return digests of all that a choice depends on; see `Matrix.key`.

    The first half is of what is asked for, the second of what it is asked of. A seed
    that is today's date is not looked at, so that what is locked holds until it is
    written again.

    Args:
        reads: texts that it depends on besides: of templates, of a base.
    """
    # These are in the digest where they are given only: locks from before they existed hold.
    later = ("base", "include", "from_", "diff", "files", "added_lines")
    absent = {key for key in later if not getattr(table, key)}
    if table.numbers == EDGES:  # which these are is among `reads`, where there are any
        absent.add("numbers")
    given = table.model_dump(exclude={"extends", *absent})
    asked = short_digest(f"{key}={value}" for key, value in sorted(given.items()))
    return asked + short_digest(
        [
            tree_digest(tree),
            " ".join(request.symbols),
            *map(resolved_digest, request.included),
            # Of a thousand, what they ask for: the tree's rules make the rest of it.
            *(
                short_digest(f"{n}={t}" for n, t in c.assignment.items())
                for c in request.candidates or ()
            ),
            *reads,
        ]
    )


def is_asked_the_same(first: str, second: str) -> bool:
    """Return whether two keys are of the same request, perhaps of different trees."""
    half = len(first) // 2
    return bool(half) and first[:half] == second[:half]


def kept_matrix(kept: Locked, name: str, tree: Tree) -> Matrix:
    """Return a matrix as the lock has it, without symbols that are gone, or never were."""
    from kvariant.space import Space

    counts = kept.tuples
    configurations = Space.of(tree).evaluate(known_assignments(kept, tree))
    return Matrix(
        name=name,
        strategy=kept.strategy,
        variants=tuple(
            Variant(
                name=variant.name,
                description="",
                configuration=configuration,
                fragment=None,
                stands_for=variant.stands_for,
                distance=variant.distance,
            )
            for variant, configuration in zip(kept.variants, configurations, strict=True)
        ),
        symbols=tuple(
            name for name in kept.symbols if not is_condition(name) and name in tree.symbols
        ),
        random_seed=kept.random_seed,
        method=kept.method,
        tuples=Tuples(
            strength=counts.strength,
            feasible=counts.feasible,
            infeasible=counts.infeasible,
            covered=counts.covered,
            unproven=counts.unproven,
            uncovered=tuple(tuple_values(one) or {} for one in kept.uncovered),
        )
        if counts
        else None,
        lower_bound=kept.lower_bound,
        key=kept.key,
    )


def locked(matrix: Matrix, space: Space, templates: Templates | None) -> Locked:
    """Return what the lock keeps of a matrix.

    Raises:
        InputError: a template fails on a variant's values.

    Cost: that of rendering each variant.
    """
    levels = {**_levels(matrix, space), **{n.name: n.texts for n in matrix.numbers}}
    levels |= {one.name: TRUTH for one in matrix.conditions}
    counts = matrix.tuples
    return Locked(
        strategy=matrix.strategy,
        random_seed=matrix.random_seed,
        key=matrix.key,
        dialect=space.tree.dialect.label,
        method=matrix.method,
        symbols=levels,
        tuples=LockedTuples(
            strength=counts.strength,
            feasible=counts.feasible,
            infeasible=counts.infeasible,
            covered=counts.covered,
            unproven=counts.unproven,
        )
        if counts
        else None,
        lower_bound=matrix.lower_bound,
        impossible=_impossible(matrix, levels),
        uncovered=tuple(map(tuple_text, counts.uncovered)) if counts else (),
        variants=tuple(
            LockedVariant(
                name=variant.name,
                resolved=resolved_digest(variant.configuration),
                rendered=_rendered(variant, templates),
                assignment=dict(variant.symbols),
                stands_for=variant.stands_for,
                distance=variant.distance,
            )
            for variant in matrix
        ),
    )


def known_assignments(kept: Locked, tree: Tree) -> list[dict[str, str]]:
    """Return the assignments of locked variants, without symbols and values that are gone."""
    return [
        {
            name: text
            for name, text in variant.assignment.items()
            if name in tree.symbols and tree.types[name].has(text)
        }
        for variant in kept.variants
    ]


def previous(kept: Locked, space: Space) -> dict[str, dict[str, str]]:
    """Return the values that each locked name stands for, in today's tree.

    Its assignment is resolved anew, without symbols that are gone; what counts
    are the symbols that the variants were chosen by.
    """
    tree: Tree = space.tree
    symbols = [name for name in kept.symbols if name in tree.symbols]
    configurations = space.evaluate(known_assignments(kept, tree))
    return {
        variant.name: {name: configuration[name] for name in symbols}
        for variant, configuration in zip(kept.variants, configurations, strict=True)
    }


def _rendered(variant: Variant, templates: Templates | None) -> str:
    return rendered_digest(templates.render(variant.configuration)) if templates else ""


def _levels(matrix: Matrix, space: Space) -> Levels:
    """Return the values of each symbol's type, possible or not; none of those that have texts."""
    types = space.tree.types
    if matrix.factors:
        return {name: _TEXTS.get(types[name], ()) for name in matrix.symbols}
    names = tuple(space.tree.symbols)
    return dict.fromkeys(names, ()) if len(names) <= MOST_SYMBOLS else {}


def _impossible(matrix: Matrix, levels: Levels) -> tuple[str, ...] | None:
    """Return the infeasible tuples: those that no variant has and that are not uncovered.

    A value that is in none of the others stands for all tuples that it is in. None
    where they are too many, or where not every uncovered one is listed.
    """
    counts = matrix.tuples
    if (
        counts is None
        or counts.unproven
        or len(counts.uncovered) != counts.feasible - counts.covered
    ):
        return None
    if math.comb(len(matrix.factors), counts.strength) * len(matrix) > _MOST_STEPS:
        return None
    if counts.infeasible > _MOST_STEPS:  # of many symbols together, as in `distinct`
        return None
    possible = {tuple(one.items()) for one in counts.uncovered}
    values = {pair for one in possible for pair in one}
    rows = [factor_texts(v.configuration, matrix.symbols, matrix.conditions) for v in matrix]
    values.update((name, row[name]) for row in rows for name in matrix.factors)
    left = [one for one in _unseen(rows, levels, counts.strength) if one not in possible]
    if len(left) != counts.infeasible:  # counted by other values than the tree's
        return None
    never = [
        ((name, text),)
        for name in matrix.factors
        for text in levels[name]
        if (name, text) not in values
    ]
    found = never + [one for one in left if values.issuperset(one)]
    return tuple(tuple_text(dict(one)) for one in found) if len(found) <= MOST_IMPOSSIBLE else None


def _unseen(
    rows: Sequence[Mapping[str, str]], levels: Levels, strength: int
) -> Iterator[tuple[_Value, ...]]:
    """Yield each combination of levels that no row has, in Kconfig order."""
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    if strength > len(columns):  # a lock may say anything
        return
    for names in itertools.combinations(columns, strength):
        seen = set(zip(*(columns[name] for name in names), strict=True))
        for texts in itertools.product(*(levels[name] for name in names)):
            if texts not in seen:
                yield tuple(zip(names, texts, strict=True))
