# SPDX-License-Identifier: MIT
"""Groups of variants: everybody is in one, the same on every machine, and fairly sized."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.errors import InputError
from kvariant.plan.shards import Shard, grouped

names = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=12)


@given(names, st.integers(1, 20))
def test_everybody_once(drawn: list[str], count: int) -> None:
    """Every name is in exactly one group, in the matrix's order, sizes differ by at most one."""
    groups = grouped(drawn, count)
    assert sorted(drawn) == sorted(itertools.chain(*groups))
    assert all(group == [name for name in drawn if name in group] for group in groups)
    sizes = [len(group) for group in groups]
    assert count == len(sizes)
    assert max(sizes) - min(sizes) <= 1
    assert groups == [Shard(number, count).of(drawn) for number in range(1, count + 1)]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(1, 3))
def test_no_group_is_much_heavier_than_the_best(costs: list[int], count: int) -> None:
    """The heaviest group is at most 4/3 of what trying every assignment finds."""
    weights = {f"v{index}": float(cost) for index, cost in enumerate(costs)}
    best = min(
        max(sum(c for c, g in zip(costs, places, strict=True) if g == group) for group in places)
        for places in itertools.product(range(count), repeat=len(costs))
    )
    groups = grouped(list(weights), count, weights)
    assert max(sum(weights[name] for name in group) for group in groups) <= best * 4 / 3


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "-1/3", "1/0", "1/3/5", "a/b", "1.0/3"])
def test_what_is_no_shard(text: str) -> None:
    """Anything but N/M with N from 1 to M is refused."""
    with pytest.raises(InputError, match=r"is not of the form N/M.*\[shard\]"):
        Shard.parse(text)


def test_parsed_is_printed() -> None:
    """A shard prints as it is written."""
    assert "3/12" == str(Shard.parse("3/12"))
