# SPDX-License-Identifier: MIT
"""Disjoint sets against connected components found by walking."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kvariant.space.disjoint import DisjointSets


@given(st.lists(st.lists(st.integers(1, 12), max_size=4), max_size=8))
def test_members_are_together_that_a_walk_reaches(groups: list[list[int]]) -> None:
    """Two numbers have one leader exactly if groups lead from one to the other."""
    sets = DisjointSets()
    for group in groups:
        sets.join(group)
    for start in range(1, 13):
        reached, due = {start}, [start]
        while due:
            member = due.pop()
            for group in groups:
                if member in group:
                    due += set(group) - reached
                    reached |= set(group)
        same = {other for other in range(1, 13) if sets.find(other) == sets.find(start)}
        assert reached == same
