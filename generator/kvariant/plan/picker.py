# SPDX-License-Identifier: MIT
"""What a strategy picks: configurations of all symbols, and the variants that they become."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.strategy import function_of
from kvariant.plan.branch_factors import BranchFactors
from kvariant.plan.distinct import distinct
from kvariant.plan.locking import is_asked_the_same, known_assignments, previous
from kvariant.plan.names import names
from kvariant.plan.numbers import combined
from kvariant.plan.variant import Variant
from kvariant.project.strategies import STRATEGIES
from kvariant.render import Renderings

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.kconfig import Configuration, Tree
    from kvariant.matrix import Chosen, Strategy, StrategyRequest, Tuples
    from kvariant.plan.choice_request import ChoiceRequest
    from kvariant.plan.lock import Locked
    from kvariant.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What a strategy chose, each configuration of all symbols."""

    configurations: Sequence[Configuration]
    stands_for: Sequence[int | None]
    tuples: Tuples | None
    combinations: int | None = None
    lower_bound: int = 0
    method: str = ""
    warnings: tuple[Diagnostic, ...] = ()


class Picker:
    """Asks strategies for the configurations that requests mean."""

    def __init__(
        self, tree: Tree, space: Callable[[], Space], *, tells_shares: bool = True
    ) -> None:
        """Prepare to pick.

        Args:
            tree: the tree.
            space: returns its space, the same each time.
            tells_shares: see `Selection.tells_shares`.
        """
        self._tree, self._space, self._tells_shares = tree, space, tells_shares

    def picked(self, asked: ChoiceRequest) -> Picked:
        """Return what the strategy of a matrix picks.

        Raises:
            InputError: the matrix's table cannot be met; each error is at its key.
        """
        try:
            return self._distinct(asked) if asked.is_by_renderings else self._of_space(asked)
        except InputError as error:
            raise InputError(*(asked.keys.placed(d) for d in error.diagnostics)) from None

    def _distinct(self, asked: ChoiceRequest) -> Picked:
        space, base = asked.space, asked.base
        key = Renderings(asked.templates).key if asked.templates else None
        values = base.configuration if base else self._tree.resolve({})
        what = combined(asked.request.symbols, asked.numbers)
        shares = self._tells_shares
        found = distinct(asked.narrow, asked.request, values, key, what, tells_shares=shares)
        rows = [one.values for one in found.classes if one.chosen is None]
        new = iter(space.based_on(base.assignment if base else {}, rows) if rows else ())
        pairs: list[tuple[Configuration, int | None]] = [
            (one.chosen or next(new), one.stands_for) for one in found.classes
        ]
        pairs += [(configuration, 0) for configuration in found.repeated]
        return Picked(
            configurations=[configuration for configuration, _ in pairs],
            stands_for=[number for _, number in pairs],
            tuples=found.tuples,
            combinations=found.combinations,
        )

    def _of_space(self, asked: ChoiceRequest) -> Picked:
        """Return what a strategy on the space chooses, the rest of it as in the base."""
        record = STRATEGIES[asked.keys.table.strategy]
        space, request, base = asked.narrow, asked.request, asked.base
        from kvariant.matrix.given import given  # what a named matrix does without

        strategy = function_of(record)
        if request.candidates is None:
            chosen = self._continued(strategy, asked)
        else:
            among = self._by_conditions(asked, given) if record.is_covering else strategy
            chosen = among(space, request)
        configurations = chosen.configurations
        first = len(request.included)
        if request.candidates is None and base is not None and len(configurations) > first:
            pinned = asked.read(self._tree)
            rows = [{n: c[n] for n in pinned} for c in configurations[first:]]
            own = self._telling(asked, rows).based_on(base.assignment, rows)
            configurations = [*configurations[:first], *own]
        return Picked(
            configurations=self._whole(configurations),
            stands_for=[None] * len(configurations),
            tuples=chosen.tuples,
            lower_bound=chosen.lower_bound,
            method=chosen.method,
        )

    def _continued(self, strategy: Strategy, asked: ChoiceRequest) -> Chosen:
        """Return what a strategy chooses, through an edit of the tree with what it chose before."""
        kept, space, request = asked.kept, asked.narrow, asked.request
        if not (kept and kept.tuples and is_asked_the_same(kept.key, asked.key)) or request.limit:
            return self._by_conditions(asked, strategy)(space, request)
        before, symbols = known_assignments(kept, self._tree), kept.symbols
        from kvariant.matrix.continued import continued

        def go_on(space: Space, request: StrategyRequest) -> Chosen:
            return continued(strategy, space, request, before, symbols)

        return self._by_conditions(asked, go_on)(space, request)

    def _by_conditions(self, asked: ChoiceRequest, strategy: Strategy) -> Strategy:
        return BranchFactors(self._tree, asked.conditions).asking(strategy)

    def _telling(self, asked: ChoiceRequest, rows: Sequence[Mapping[str, str]]) -> Space:
        """Return the space that tells the values of rows apart, which conditions may read."""
        types = self._tree.types
        names = [n for n in asked.read(self._tree) if not types[n].is_logical] if rows else ()
        texts = {name: dict.fromkeys(row[name] for row in rows) for name in names}
        return asked.space.widened(texts) if asked.conditions and texts else asked.space

    def is_kept_whole(self, asked: ChoiceRequest, kept: Locked) -> bool:
        """Return whether the lock's rows cover what they say, so that it stays as it is.

        Chosen again from these rows, nothing would be added, but a bound or the order of
        rows might come out otherwise, and the lock change where nothing has changed.
        """
        record, counts = STRATEGIES[asked.keys.table.strategy], kept.tuples
        if not record.is_covering or counts is None or asked.request.limit:
            return False
        if asked.request.candidates is not None or len(kept.variants) <= len(asked.known):
            return False
        rows = list(self._space().evaluate(known_assignments(kept, self._tree)))
        first = [dict(configuration) for configuration in asked.request.included]
        if [dict(row) for row in rows[: len(first)]] != first:
            return False
        try:
            again = self._by_conditions(asked, function_of(record))
            found = again(asked.narrow, dataclasses.replace(asked.request, included=rows))
        except InputError:  # a row that is in the space no more
            return False
        told = found.tuples
        return (
            told is not None
            and len(found.configurations) == len(rows)
            and (told.feasible, told.infeasible, told.covered)
            == (counts.feasible, counts.infeasible, counts.covered)
        )

    def _whole(self, configurations: Sequence[Configuration]) -> Sequence[Configuration]:
        """Return configurations of all symbols: a strategy may know but those it chose by."""
        every = len(self._tree.symbols)
        if all(len(c) == every for c in configurations):
            return configurations
        texts: dict[str, dict[str, None]] = {}
        for one in configurations:
            for name, text in one.assignment.items():
                if not self._tree.types[name].is_logical:
                    texts.setdefault(name, {})[text] = None
        space = self._space().widened(texts) if texts else self._space()
        whole = space.evaluate([c.assignment for c in configurations])
        return [c if len(c) == every else w for c, w in zip(configurations, whole, strict=True)]

    def variants(self, picked: Picked, asked: ChoiceRequest) -> list[Variant]:
        """Return the variants: known ones keep their names, the others get telling ones."""
        tree, known, kept, base = self._tree, asked.known, asked.kept, asked.base
        symbols = asked.read(self._tree)
        # By identity: two that are known may be equal, and each has a name of its own.
        own = {id(variant.configuration): variant for variant in known}
        new = [c for c in picked.configurations if id(c) not in own]
        made = iter(
            names(
                new,
                symbols,
                [variant.name for variant in known],
                base=base.configuration if base else tree.resolve({}),
                choices=[choice.members for choice in tree.choices],
                derived=[n for n in symbols if not tree.model.symbols[n].prompts],
                previous=previous(kept, self._space()) if kept else None,
            )
        )
        return [
            dataclasses.replace(own[id(c)], stands_for=number)
            if id(c) in own
            else Variant(
                name=next(made),
                description="",
                configuration=c,
                fragment=None,
                stands_for=number,
            )
            for c, number in zip(picked.configurations, picked.stands_for, strict=True)
        ]
