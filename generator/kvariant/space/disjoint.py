# SPDX-License-Identifier: MIT
"""Disjoint sets of variables: which of them clauses bind together [Galler and Fischer, 1964]."""

from __future__ import annotations

from collections.abc import Iterable


class DisjointSets:
    """Sets of numbers, each alone until it is joined with others."""

    def __init__(self) -> None:
        self._leader: dict[int, int] = {}

    def find(self, member: int) -> int:
        """Return the number that stands for a member's set."""
        leader = self._leader
        while leader.setdefault(member, member) != member:
            leader[member] = leader[leader[member]]
            member = leader[member]
        return member

    def join(self, members: Iterable[int]) -> None:
        """Make one set of the sets of some members."""
        first: int | None = None
        for member in members:
            own = self.find(member)
            if first is None:
                first = own
            else:
                self._leader[own] = first
