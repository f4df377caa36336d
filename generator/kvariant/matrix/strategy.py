# SPDX-License-Identifier: MIT
"""What a strategy is asked, what it answers, and the protocol between them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.matrix.unfinished import UnfinishedStore
    from kvariant.project.strategies import StrategyRecord
    from kvariant.space import Space

LISTED = 1_000
"""Uncovered tuples that are listed; more are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRequest:
    """What every strategy is asked; each reads what concerns it."""

    symbols: tuple[str, ...]
    """The symbols whose values matter, in Kconfig order."""
    strength: int = 2
    """Symbols in a tuple (t-wise)."""
    size: int = 0
    """Samples (uniform)."""
    limit: int = 0
    """The most variants, included ones counted; 0: as many as are needed."""
    most: int = 0
    """Variants beyond which a search without a limit ends, as somebody is asked for one: it
    hands back what it has, which is more than that. 0: it goes on."""
    is_cut: bool = False
    """Whether a search without a limit has `most` as its limit, where more are needed."""
    random_seed: int = 0
    included: Sequence[Configuration] = ()
    """Configurations that come first, whatever they cover."""
    candidates: Sequence[Configuration] | None = None
    """Choose only among these; None: among the whole space."""
    watch: SearchWatch = field(default=UNWATCHED, compare=False, repr=False)
    """Who hears how far it is."""
    unfinished: UnfinishedStore | None = field(default=None, compare=False, repr=False)
    """Where a long search is kept until it is over; None: nowhere."""


def enough(request: StrategyRequest) -> int:
    """Return the rows at which a search may end though not all tuples are in one; 0: it may not."""
    return request.limit or (request.most + 1 if request.most else 0)


def with_limit(request: StrategyRequest, rows: int) -> StrategyRequest:
    """Return a request of which so many rows were found with the limit that it then has."""
    if not request.limit and request.is_cut and rows > request.most > 0:
        return replace(request, limit=request.most)
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuples:
    """Combinations of values of `strength` symbols, counted.

    `feasible + infeasible + unproven` is the number of all combinations; a feasible one is
    in at least one configuration of the space, an infeasible one is proven to be in none.
    """

    strength: int
    feasible: int
    infeasible: int
    covered: int
    uncovered: tuple[Mapping[str, str], ...] = ()
    """Feasible tuples that no variant has: the first `LISTED`."""
    unproven: int = 0
    """Those of which it is not known: a limit, or an end of the time, came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A strategy's answer."""

    configurations: Sequence[Configuration]
    """Included ones first, in their order; the rest in the strategy's order."""
    tuples: Tuples | None = None
    """What they cover, None where the strategy does not count tuples."""
    lower_bound: int = 0
    """No fewer configurations cover all that is feasible; 0: nothing is known."""
    method: str = ""
    """How random choices were made, "" where there were none."""


class Strategy(Protocol):
    """Chooses configurations of a space."""

    def __call__(self, space: Space, request: StrategyRequest) -> Chosen:
        """Return the chosen configurations; the same request gives the same answer.

        Raises:
            InputError: the request cannot be met; the message says which part of it.
        """
        ...


def function_of(record: StrategyRecord) -> Strategy:
    """Return the function of a strategy, imported when it is needed."""
    module, _, name = record.function.partition(":")
    found: Strategy = getattr(importlib.import_module(module), name)
    return found
