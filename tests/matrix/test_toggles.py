# SPDX-License-Identifier: MIT
"""`toggles` has every value that some assignment gives, and its bound is none too high."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings

import strategies
from kvariant.kconfig import Tree
from kvariant.matrix import StrategyRequest
from kvariant.matrix.toggles import toggles
from kvariant.space import Space
from strategies import SmallTree, small_trees


@given(small_trees())
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_feasible_value_is_in_a_variant(small: SmallTree) -> None:
    """Against brute force: the values, their number, and whether fewer rows would do."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        names = tuple(strategies.logical(kconfig))
        if not names or strategies.number_of_assignments(kconfig) > 600:
            return
        reached = strategies.configurations(strategies.brute_force(path), list(names))
        expected = {value for row in reached for value in enumerate(row)}
        chosen = toggles(Space.of(Tree.load(path)), StrategyRequest(symbols=names))
        rows = {tuple(c[name] for name in names) for c in chosen.configurations}
        assert rows <= reached
        assert expected == {value for row in rows for value in enumerate(row)}
        counts = chosen.tuples
        assert counts is not None
        assert (1, len(expected), len(expected)) == (
            counts.strength,
            counts.feasible,
            counts.covered,
        )
        assert 1 <= chosen.lower_bound <= len(chosen.configurations)
        fewer = chosen.lower_bound - 1
        if fewer and len(reached) ** fewer <= 5_000:
            assert not any(
                expected == {value for row in some for value in enumerate(row)}
                for some in itertools.combinations(sorted(reached), fewer)
            )


def test_members_of_a_choice_need_a_row_each() -> None:
    """No two members are on together, which the bound knows."""
    text = 'choice\n\tprompt "cpu"\n' + "".join(f'config CPU_{i}\n\tbool "{i}"\n' for i in range(5))
    with SmallTree(text + 'endchoice\nconfig FAST\n\tbool "fast"\n').written() as path:
        tree = Tree.load(path)
        chosen = toggles(Space.of(tree), StrategyRequest(symbols=tuple(tree.symbols)))
    assert (5, 5) == (len(chosen.configurations), chosen.lower_bound)
