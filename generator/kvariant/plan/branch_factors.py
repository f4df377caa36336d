# SPDX-License-Identifier: MIT
"""Conditions of templates' branches as factors of a strategy, and back.

    space        with a bool for each condition                 Space.with_conditions
    request      their names behind the symbols; what is included or given has their values
    chosen       of the tree's symbols alone; tuples say `[SWAP && !ZSWAP]=true`

A strategy knows nothing of it: a condition is one more bool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.kconfig import Configuration, SymbolType, Tree
from kvariant.kconfig.branch_condition import TRUTH, BranchCondition

if TYPE_CHECKING:  # a matrix that is remembered needs no solver
    from kvariant.matrix import Chosen, Strategy, StrategyRequest
    from kvariant.space import Space

_BOOL = ("n", "y")


@dataclass(frozen=True, slots=True)
class BranchFactors:
    """The conditions that one matrix chooses by."""

    tree: Tree
    conditions: tuple[BranchCondition, ...]

    def asking(self, strategy: Strategy) -> Strategy:
        """Return a strategy that chooses by the conditions too, and answers as the tree has it."""
        if not self.conditions:
            return strategy

        def ask(space: Space, request: StrategyRequest) -> Chosen:
            conditions = {one.name: one.expression for one in self.conditions}
            asked = self._valued_request(request)
            return self._told(strategy(space.with_conditions(conditions), asked), request, asked)

        return ask

    def _valued_request(self, request: StrategyRequest) -> StrategyRequest:
        given = request.candidates
        return replace(
            request,
            symbols=(*request.symbols, *(one.name for one in self.conditions)),
            included=self._valued(request.included),
            candidates=None if given is None else self._valued(given),
        )

    def _valued(self, configurations: Iterable[Configuration]) -> list[Configuration]:
        """Return configurations in which the conditions have values."""
        types = {one.name: SymbolType.BOOL for one in self.conditions}
        return [
            replace(
                one,
                values_={**one.values_, **{c.name: _bool(c, one) for c in self.conditions}},
                types={**one.types, **types},
            )
            for one in configurations
        ]

    def _told(self, found: Chosen, request: StrategyRequest, asked: StrategyRequest) -> Chosen:
        """Return what a strategy chose: what is known as it was given, tuples in words."""
        own = {
            id(valued): one
            for ours, theirs in (
                (request.included, asked.included),
                (request.candidates or (), asked.candidates or ()),
            )
            for one, valued in zip(ours, theirs, strict=True)
        }
        tuples = found.tuples
        if tuples is not None:
            tuples = replace(tuples, uncovered=tuple(map(self._written, tuples.uncovered)))
        configurations = [
            own[id(one)] if id(one) in own else self._plain(one) for one in found.configurations
        ]
        return replace(found, configurations=configurations, tuples=tuples)

    def _written(self, values: Mapping[str, str]) -> dict[str, str]:
        names = {one.name for one in self.conditions}
        return {n: TRUTH[_BOOL.index(t)] if n in names else t for n, t in values.items()}

    def _plain(self, configuration: Configuration) -> Configuration:
        names = {one.name for one in self.conditions}
        return replace(
            configuration,
            values_={name: text for name, text in configuration.items() if name not in names},
            types=self.tree.types,
        )


def _bool(condition: BranchCondition, configuration: Configuration) -> str:
    return _BOOL[TRUTH.index(condition.text(configuration))]
