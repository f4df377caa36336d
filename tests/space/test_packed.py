# SPDX-License-Identifier: MIT
"""Packed configurations: each lane is what resolving gives, however it is read."""

from __future__ import annotations

import pytest

from kvariant import Assignments, Space

from .conftest import MakeTree

OPTIONS = "".join(f'config A{i}\n\tbool "a"\n\tdefault y\n' for i in range(60))


@pytest.mark.parametrize("lane", [0, 63, 64, 129])
def test_a_lane_is_read_one_by_one_and_whole(lane: int, make_tree: MakeTree) -> None:
    """Few values, all of them, and those behind the few are those of `Tree.resolve`."""
    tree = make_tree(f'{OPTIONS}config N\n\tint "n"\n\tdefault 5\n')
    asked = [{f"A{i % 60}": "n", "N": str(i % 3)} for i in range(130)]
    found = Space.of(tree).evaluate(Assignments.of(asked))
    expected = dict(tree.resolve(asked[lane]))
    assert expected == {name: found[lane][name] for name in expected}
    one = found[lane]
    assert [expected["N"]] * 80 == [one["N"] for _ in range(80)]
    assert expected == dict(one)
    with pytest.raises(KeyError):
        one["NONE"]
