# SPDX-License-Identifier: MIT
"""And-inverter graph: the one representation that every view of the space reads.

A literal is a signed node number, as in DIMACS: `-x` is not x. Node 1 is the
constant true; every other node is an input or the conjunction of two literals.

    node    1      2      3      4
    is      true   input  input  2 & -3
    left    0      0      0      -3
    right   0      0      0      2

A bool or tristate is two literals, a thermometer:

    value   n     m     y
    some    0     1     1
    full    0     0     1

Gates are hashed by structure and folded as they are made (Kuehlmann, Paruthi,
Krohm, Ganai: Robust Boolean reasoning for equivalence checking and functional
property verification, IEEE TCAD 21(12), 2002, section III), so equal conditions
are one gate wherever they stand in the tree. Operands come before their gate:
node order is a topological order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Literal = int
"""A signed node number, never 0."""

TRUE: Literal = 1
FALSE: Literal = -1


class Tri(NamedTuple):
    """A bool's or tristate's value as a thermometer; `full` implies `some`."""

    some: Literal
    """The value is m or y."""
    full: Literal
    """The value is y."""


N = Tri(FALSE, FALSE)
M = Tri(TRUE, FALSE)
Y = Tri(TRUE, TRUE)


class Circuit:
    """A growing and-inverter graph. Making a gate costs about a microsecond."""

    __slots__ = ("_gates", "left", "right")
    true, false = TRUE, FALSE
    n, m, y = N, M, Y

    def __init__(self) -> None:
        self.left: list[int] = [0, 0]
        """First operand per node, 0 for the constant and for inputs; index 0 is unused."""
        self.right: list[int] = [0, 0]
        """Second operand per node; `left[n] < right[n]` for gates."""
        self._gates: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        """Return the highest node number."""
        return len(self.left) - 1

    def input(self) -> Literal:
        """Add an input."""
        self.left.append(0)
        self.right.append(0)
        return len(self.left) - 1

    def both(self, a: Literal, b: Literal) -> Literal:
        """Return `a & b`."""
        if a > b:
            a, b = b, a
        if a == b or b == TRUE:
            return a
        if a == -b or a == FALSE or b == FALSE:
            return FALSE
        if a == TRUE:
            return b
        known = self._gates.get((a, b))
        if known is not None:
            return known
        folded = self._absorbed(a, b) or self._absorbed(b, a)
        if folded:
            self._gates[a, b] = folded
            return folded
        self.left.append(a)
        self.right.append(b)
        node = len(self.left) - 1
        self._gates[a, b] = node
        return node

    def _absorbed(self, a: Literal, gate: Literal) -> Literal:
        """Return `a & gate` where an operand of the gate decides it, else 0."""
        node = abs(gate)
        left, right = self.left[node], self.right[node]
        if not left:
            return 0
        if gate > 0:  # a & (left & right)
            if a in (left, right):
                return gate
            if -a in (left, right):
                return FALSE
        elif -a in (left, right):  # a & !(!a & ...)
            return a
        elif a == left:  # a & !(a & right)
            return self.both(a, -right)
        elif a == right:
            return self.both(a, -left)
        return 0

    def either(self, a: Literal, b: Literal) -> Literal:
        """Return `a | b`."""
        return -self.both(-a, -b)

    def choose(self, condition: Literal, yes: Literal, no: Literal) -> Literal:
        """Return `condition ? yes : no`."""
        if yes == no:
            return yes
        return self.either(self.both(condition, yes), self.both(-condition, no))

    def same(self, a: Literal, b: Literal) -> Literal:
        """Return whether `a` and `b` are equal."""
        return self.choose(a, b, -b)

    def implies(self, a: Literal, b: Literal) -> Literal:
        """Return `!a | b`."""
        return -self.both(a, -b)

    def every(self, literals: Iterable[Literal]) -> Literal:
        """Return the conjunction of literals, as a balanced tree in their order."""
        row = list(dict.fromkeys(literals))
        while len(row) > 1:
            paired = [self.both(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
            row = paired + row[len(row) - len(row) % 2 :]
        return row[0] if row else TRUE

    def some(self, literals: Iterable[Literal]) -> Literal:
        """Return the disjunction of literals."""
        return -self.every(-literal for literal in literals)

    # Levels: what makes it an algebra of the rules [kvariant.kconfig.semantics.algebra]

    def inverse(self, truth: Literal) -> Literal:
        """Return `!truth`."""
        return -truth

    def level(self, some: Literal, full: Literal) -> Tri:
        """Return the level of two truths."""
        return Tri(some, full)

    def is_some(self, level: Tri) -> Literal:
        """Return whether a level is m or y."""
        return level[0]

    def is_full(self, level: Tri) -> Literal:
        """Return whether a level is y."""
        return level[1]

    def negated(self, level: Tri) -> Tri:
        """Return Kconfig's `!`."""
        return Tri(-level[1], -level[0])

    def lowest(self, levels: Iterable[Tri]) -> Tri:
        """Return the minimum, Kconfig's `&&`."""
        row = list(levels)
        if len(row) == 1:
            return row[0]
        return Tri(self.every([a for a, _ in row]), self.every([b for _, b in row]))

    def highest(self, levels: Iterable[Tri]) -> Tri:
        """Return the maximum, Kconfig's `||`."""
        row = list(levels)
        if len(row) == 1:
            return row[0]
        return Tri(-self.every([-a for a, _ in row]), -self.every([-b for _, b in row]))

    def chosen(self, condition: Literal, yes: Tri, no: Tri) -> Tri:
        """Return `condition ? yes : no`."""
        return Tri(self.choose(condition, yes[0], no[0]), self.choose(condition, yes[1], no[1]))

    def promoted(self, condition: Literal, level: Tri) -> Tri:
        """Return y for m where a condition holds."""
        some, full = level
        return Tri(some, self.choose(condition, some, full))

    # Sets of literals

    def at_most_one(self, literals: Sequence[Literal]) -> Literal:
        """Return whether at most one literal is true; a gate or three for each."""
        seen, clear = FALSE, TRUE
        for literal in literals:
            clear = self.both(clear, -self.both(seen, literal))
            seen = self.either(seen, literal)
        return clear

    def cone(self, literals: Iterable[Literal]) -> list[int]:
        """Return the nodes that literals depend on, themselves included, ascending."""
        wanted = bytearray(len(self.left))
        for literal in literals:
            wanted[abs(literal)] = 1
        left, right = self.left, self.right
        for node in range(len(left) - 1, 1, -1):
            if wanted[node] and left[node]:
                wanted[abs(left[node])] = 1
                wanted[abs(right[node])] = 1
        return [node for node in range(2, len(left)) if wanted[node]]

    def clauses(self, nodes: Iterable[int]) -> Iterator[list[int]]:
        """Yield the clauses that define gates: three each (Tseitin 1968).

        The constant is not among them: add the unit clause `[TRUE]` once.
        """
        for node in nodes:
            a, b = self.left[node], self.right[node]
            if a:
                yield [-node, a]
                yield [-node, b]
                yield [node, -a, -b]
