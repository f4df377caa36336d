# SPDX-License-Identifier: MIT
"""Every strategy on small random trees: verified, and compared with brute force.

KVARIANT_EXAMPLES=N draws N trees for each property.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kvariant import Configuration, Expression, Space
from kvariant.errors import InputError
from kvariant.matrix import Chosen, StrategyRequest
from kvariant.matrix.given import given as chosen_among
from kvariant.matrix.promise import Promise
from kvariant.matrix.t_wise import t_wise
from kvariant.matrix.uniform import uniform
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from matrix.oracle import Known, exactly, fewest, known, tuples
from strategies import SmallTree, small_trees

WHERE = ("{0}", "!{0}", "{0} || {1}", "{0} && !{1}", "{0} = {1}", "{0} != m", "{0} >= {1}")


def written(chosen: Chosen) -> Written:
    """Return an answer in its JSON form, as a program would read it."""
    counted = chosen.tuples
    record = {
        "format": 1,
        "strategy": "any",
        "variants": [
            {"name": f"v{i}", "assignment": dict(c.assignment)}
            for i, c in enumerate(chosen.configurations)
        ],
        "tuples": {
            "feasible": counted.feasible,
            "infeasible": counted.infeasible,
            "covered": counted.covered,
        } if counted else None,
        "lower_bound": chosen.lower_bound,
    }  # fmt: skip
    return Written.parse(json.dumps(record))


class Drawn:
    """A request over a small tree, and what brute force knows of it."""

    def __init__(self, it: Known, data: st.DataObject, most: int = 8) -> None:
        self.it = it
        subset = st.lists(st.sampled_from(it.logical), min_size=1, max_size=most, unique=True)
        drawn = data.draw(subset, label="symbols")
        self.symbols = tuple(name for name in it.logical if name in drawn)
        self.where = self._where(data)
        self.found = it.satisfying(self.where) if self.where else list(it.configurations)
        self.fresh = Space.of(it.tree)
        if self.where:
            expression = Expression.parse(self.where)
            if not self.found:
                with pytest.raises(InputError):
                    self.fresh.restricted(expression)
                assume(False)
            self.fresh = self.fresh.restricted(expression)
        self.seed = data.draw(st.integers(0, 3), label="seed")

    def _where(self, data: st.DataObject) -> str:
        if not data.draw(st.booleans(), label="has where"):
            return ""
        names = st.sampled_from(self.it.logical)
        return data.draw(st.sampled_from(WHERE)).format(data.draw(names), data.draw(names))

    def some(self, data: st.DataObject, most: int) -> list[Configuration]:
        """Draw configurations that satisfy `where`, as the tree resolves them."""
        indices = st.lists(st.integers(0, len(self.found) - 1), max_size=most, unique=True)
        assignments = [
            self.it.assignments[self.it.configurations.index(self.found[i])]
            for i in data.draw(indices, label="configurations")
        ]
        return [self.it.tree.resolve(assignment) for assignment in assignments]

    def space(self) -> Space:
        """Return a space for the strategy."""
        space = Space.of(self.it.tree)
        return space.restricted(Expression.parse(self.where)) if self.where else space

    def promise(self, **more: Any) -> Promise:
        """Return what the strategy promises, for the verifier."""
        where = Expression.parse(self.where) if self.where else None
        return Promise(symbols=self.symbols, where=where, **more)

    def verified(self, chosen: Chosen, **more: Any) -> None:
        """Let the verifier look at an answer."""
        assert () == verify(self.fresh, written(chosen), self.promise(**more)).faults


def values(configurations: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the values of configurations, comparable."""
    return [dict(c) for c in configurations]


@given(small_trees(), st.data())
@exactly()
def test_t_wise_is_complete(small: SmallTree, data: st.DataObject) -> None:
    """Each feasible tuple is in a row, the others are in no configuration, and are counted."""
    with known(small) as it:
        drawn = Drawn(it, data)
        strength = data.draw(st.integers(1, min(3, len(drawn.symbols))), label="strength")
        included = drawn.some(data, 2)
        request = StrategyRequest(
            symbols=drawn.symbols,
            strength=strength,
            included=included,
            random_seed=drawn.seed,
        )
        chosen = t_wise(drawn.space(), request)
        drawn.verified(chosen, strength=strength, included=included)
        feasible = tuples(drawn.found, drawn.symbols, strength)
        counted = chosen.tuples
        assert counted is not None
        assert (strength, len(feasible)) == (counted.strength, counted.feasible)
        assert len(it.combinations(drawn.symbols, strength)) - len(feasible) == counted.infeasible
        assert feasible == tuples(chosen.configurations, drawn.symbols, strength)
        assert (len(feasible), ()) == (counted.covered, counted.uncovered)
        assert values(included) == values(chosen.configurations[: len(included)])
        for i in range(len(included), len(chosen.configurations)):  # it is minimised
            rest = [c for j, c in enumerate(chosen.configurations) if j != i]
            assert feasible != tuples(rest, drawn.symbols, strength), f"row {i} is for nothing"
        rows = [tuples([c], drawn.symbols, strength) for c in drawn.found]
        start = [drawn.found.index(c) for c in values(included)]
        assert chosen.lower_bound <= fewest(feasible, rows, start) <= len(chosen.configurations)
        again = t_wise(drawn.space(), request)
        assert values(chosen.configurations) == values(again.configurations)


@given(small_trees(), st.data())
@exactly(25)
def test_t_wise_counts_what_a_limit_leaves_out(small: SmallTree, data: st.DataObject) -> None:
    """Under a limit, the tuples left out are counted and listed, all of them feasible."""
    with known(small) as it:
        drawn = Drawn(it, data)
        strength = data.draw(st.integers(1, min(3, len(drawn.symbols))), label="strength")
        limit = data.draw(st.integers(1, 5), label="limit")
        included = drawn.some(data, limit)
        request = StrategyRequest(
            symbols=drawn.symbols, strength=strength, limit=limit, included=included
        )
        chosen = t_wise(drawn.space(), request)
        assert len(chosen.configurations) <= limit
        drawn.verified(chosen, strength=strength, included=included)
        feasible = tuples(drawn.found, drawn.symbols, strength)
        covered = tuples(chosen.configurations, drawn.symbols, strength)
        counted = chosen.tuples
        assert counted is not None
        assert (len(feasible), len(covered)) == (counted.feasible, counted.covered)
        assert feasible - covered == {frozenset(u.items()) for u in counted.uncovered}
        assert len(counted.uncovered) == len(feasible - covered)


@given(small_trees(), st.data())
@exactly(25)
def test_of_candidates_few_have_what_all_have(small: SmallTree, data: st.DataObject) -> None:
    """Of a list, the rows chosen have every tuple that the list has."""
    with known(small) as it:
        drawn = Drawn(it, data)
        strength = data.draw(st.integers(1, min(3, len(drawn.symbols))), label="strength")
        candidates = drawn.some(data, 12)
        assume(candidates)
        request = StrategyRequest(symbols=drawn.symbols, strength=strength, candidates=candidates)
        chosen = chosen_among(drawn.space(), request)
        drawn.verified(chosen, strength=strength, candidates=candidates)
        exercised = tuples(candidates, drawn.symbols, strength)
        assert exercised == tuples(chosen.configurations, drawn.symbols, strength)
        rows = [tuples([c], drawn.symbols, strength) for c in candidates]
        assert chosen.lower_bound <= fewest(exercised, rows) <= len(chosen.configurations)


@given(small_trees(), st.data())
@exactly(25)
def test_uniform_is_a_sample_of_the_space(small: SmallTree, data: st.DataObject) -> None:
    """Samples are as many as asked for, valid, and the same for the same seed."""
    with known(small) as it:
        drawn = Drawn(it, data)
        size = data.draw(st.integers(1, 9), label="size")
        request = StrategyRequest(symbols=drawn.symbols, size=size, random_seed=drawn.seed)
        chosen = uniform(drawn.space(), request)
        drawn.verified(chosen)
        assert 1 <= len(chosen.configurations) <= size
        # Of texts and numbers there are others than brute force tries.
        known_values = {tuple(c[n] for n in it.logical) for c in drawn.found}
        sampled = {tuple(c[n] for n in it.logical) for c in chosen.configurations}
        assert sampled <= known_values
        again = uniform(drawn.space(), request)
        assert values(chosen.configurations) == values(again.configurations)
