# SPDX-License-Identifier: MIT
"""What the rules calculate with: truths and levels, of one assignment or of all.

A level is a bool's or tristate's value, n < m < y; a truth says whether something
holds. The rules are written over this small algebra, so that the same lines give

    Plain      the value that one assignment gives: levels are 0, 1, 2, truths are bools
    Circuit    the value as a function of all assignments: gates [kvariant.space.circuit]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

Truth = TypeVar("Truth")
Level = TypeVar("Level")


class Algebra(Protocol[Truth, Level]):
    """Operations on truths and levels; equal constants are equal objects."""

    true: Truth
    false: Truth
    n: Level
    m: Level
    y: Level

    def inverse(self, truth: Truth) -> Truth:
        """Return `!truth`."""

    def both(self, a: Truth, b: Truth) -> Truth:
        """Return `a & b`."""

    def either(self, a: Truth, b: Truth) -> Truth:
        """Return `a | b`."""

    def some(self, truths: Iterable[Truth]) -> Truth:
        """Return whether one holds at least."""

    def every(self, truths: Iterable[Truth]) -> Truth:
        """Return whether all hold."""

    def level(self, some: Truth, full: Truth) -> Level:
        """Return y where `full` holds, else m where `some` does, else n; `full` implies `some`."""

    def is_some(self, level: Level) -> Truth:
        """Return whether a level is m or y."""

    def is_full(self, level: Level) -> Truth:
        """Return whether a level is y."""

    def negated(self, level: Level) -> Level:
        """Return Kconfig's `!`: y for n, m for m, n for y."""

    def lowest(self, levels: Iterable[Level]) -> Level:
        """Return the minimum, Kconfig's `&&`; of none y."""

    def highest(self, levels: Iterable[Level]) -> Level:
        """Return the maximum, Kconfig's `||`; of none n."""

    def chosen(self, condition: Truth, yes: Level, no: Level) -> Level:
        """Return `condition ? yes : no`."""

    def promoted(self, condition: Truth, level: Level) -> Level:
        """Return y for m where a condition holds."""


class Plain:
    """The algebra of one assignment."""

    true, false = True, False
    n, m, y = 0, 1, 2

    def inverse(self, truth: bool) -> bool:
        """Return `!truth`."""
        return not truth

    def both(self, a: bool, b: bool) -> bool:
        """Return `a & b`."""
        return a and b

    def either(self, a: bool, b: bool) -> bool:
        """Return `a | b`."""
        return a or b

    def some(self, truths: Iterable[bool]) -> bool:
        """Return whether one holds at least."""
        return any(truths)

    def every(self, truths: Iterable[bool]) -> bool:
        """Return whether all hold."""
        return all(truths)

    def level(self, some: bool, full: bool) -> int:
        """Return the level of two truths."""
        return 2 if full else 1 if some else 0

    def is_some(self, level: int) -> bool:
        """Return whether a level is m or y."""
        return level > 0

    def is_full(self, level: int) -> bool:
        """Return whether a level is y."""
        return level == 2

    def negated(self, level: int) -> int:
        """Return Kconfig's `!`."""
        return 2 - level

    def lowest(self, levels: Iterable[int]) -> int:
        """Return the minimum."""
        return min(levels, default=2)

    def highest(self, levels: Iterable[int]) -> int:
        """Return the maximum."""
        return max(levels, default=0)

    def chosen(self, condition: bool, yes: int, no: int) -> int:
        """Return `condition ? yes : no`."""
        return yes if condition else no

    def promoted(self, condition: bool, level: int) -> int:
        """Return y for m where a condition holds."""
        return 2 if condition and level == 1 else level
