# SPDX-License-Identifier: MIT
"""How many configurations have given values, against brute force."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Space, Tree
from kvariant.kconfig import Expression
from kvariant.space import shares
from strategies import SmallTree, small_trees

from .conftest import MakeTree

exactly = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("listed", [shares.LISTED, 2], ids=["listed", "counted"])
@given(small=small_trees(numbers=False), data=st.data())
@exactly
def test_rows_share_the_configurations(listed: int, small: SmallTree, data: st.DataObject) -> None:
    """Each row stands for as many configurations as brute force finds with its values."""
    if listed == 2 and not shares.has_counter():
        pytest.skip("pyganak, the counter of large parts, is not installed")
    with small.written() as path, pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "FEW", listed)
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > 1000:
            return
        names = strategies.logical(kconfig)
        every = strategies.configurations(strategies.brute_force(path), names)
        some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        places = [names.index(name) for name in some]
        expected = Counter(tuple(values[i] for i in places) for values in every)
        space = Space.of(Tree.load(path))
        rows = [dict(zip(some, texts, strict=True)) for texts in sorted(expected)]
        assert [expected[texts] for texts in sorted(expected)] == list(space.shares(rows))


def test_a_restriction_counts(make_tree: MakeTree) -> None:
    """Only configurations of the space count; what cannot be stands for none."""
    tree = make_tree('config A\n\tbool "a"\nconfig B\n\tbool "b"\nconfig C\n\tbool "c"\n')
    space = Space.of(tree).restricted(Expression.parse("A || B"))
    assert (4, 2, 0) == space.shares([{"A": "y"}, {"A": "n"}, {"A": "n", "B": "n"}])
    assert (6,) == space.shares([{}])


def test_without_a_counter_large_parts_are_not_known(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be listed is not guessed."""
    monkeypatch.setattr(shares, "LISTED", 2)
    monkeypatch.setattr(shares, "FEW", 2)
    monkeypatch.setattr(shares, "has_counter", lambda: False)
    lines = [f'config A{i}\n\tbool "a"\n\tdepends on A{i - 1}' for i in range(1, 6)]
    space = Space.of(make_tree("\n".join(['config A0\n\tbool "a"', *lines])))
    assert (None, 1) == space.shares([{"A0": "y"}, {"A0": "n"}])
