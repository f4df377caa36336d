# ruff: noqa: ARG005 - every operation of the table takes the same arguments
"""Gates: what they compute, and what folding keeps equal."""

from __future__ import annotations

import itertools

import pytest

from kvariant.space.circuit import FALSE, TRUE, Circuit
from kvariant.space.solver import Formula, Solver


def evaluate(circuit: Circuit, literal: int, values: dict[int, bool]) -> bool:
    """Return a literal's value, by walking the gates."""
    known = {1: True, **values}
    for node in range(2, len(circuit) + 1):
        if circuit.left[node]:
            a, b = circuit.left[node], circuit.right[node]
            known[node] = (known[abs(a)] == (a > 0)) and (known[abs(b)] == (b > 0))
    return known[abs(literal)] == (literal > 0)


OPERATIONS = [
    ("both", lambda c, x: c.both(c.both(x[0], x[1]), x[2]), lambda a, b, c: a and b and c),
    ("either", lambda c, x: c.either(x[0], -x[1]), lambda a, b, c: a or not b),
    ("choose", lambda c, x: c.choose(x[0], x[1], x[2]), lambda a, b, c: b if a else c),
    ("same", lambda c, x: c.same(x[0], x[1]), lambda a, b, c: a == b),
    ("implies", lambda c, x: c.implies(x[0], x[1]), lambda a, b, c: not a or b),
    ("every", lambda c, x: c.every(x), lambda a, b, c: a and b and c),
    ("some", lambda c, x: c.some(x), lambda a, b, c: a or b or c),
    ("none", lambda c, x: c.every([]), lambda a, b, c: True),
    ("at_most_one", lambda c, x: c.at_most_one(x), lambda a, b, c: a + b + c <= 1),
    ("absorbed", lambda c, x: c.both(x[0], c.either(x[0], x[1])), lambda a, b, c: a),
    ("narrowed", lambda c, x: c.both(x[0], -c.both(x[0], x[1])), lambda a, b, c: a and not b),
]


@pytest.mark.parametrize(
    ("make", "expected"), [o[1:] for o in OPERATIONS], ids=[o[0] for o in OPERATIONS]
)
def test_gates_compute_their_operation(make, expected) -> None:
    """Every operation agrees with Python's on all inputs."""
    circuit = Circuit()
    inputs = [circuit.input() for _ in range(3)]
    literal = make(circuit, inputs)
    for bits in itertools.product([False, True], repeat=3):
        values = dict(zip(inputs, bits, strict=True))
        assert evaluate(circuit, literal, values) == bool(expected(*bits))


def test_equal_structure_is_one_gate() -> None:
    """Operand order does not make a second gate, constants make none."""
    circuit = Circuit()
    a, b = circuit.input(), circuit.input()
    assert circuit.both(a, b) == circuit.both(b, a)
    size = len(circuit)
    assert [circuit.both(a, TRUE), circuit.both(a, FALSE), circuit.both(a, -a)] == [a, FALSE, FALSE]
    assert len(circuit) == size


def test_clauses_define_the_gates() -> None:
    """A solver over the clauses has the truth table's solutions."""
    circuit = Circuit()
    a, b, c = (circuit.input() for _ in range(3))
    solver = Solver(Formula(circuit, [circuit.either(circuit.both(a, b), c)], [a, b, c]))
    assert not solver.solve([-c, -a])
    assert solver.solve([a, b, -c])
    assert set(solver.core()) == set()
    assert not solver.solve([-b, -c])
    assert set(solver.core()) <= {-b, -c}
    solver.close()
