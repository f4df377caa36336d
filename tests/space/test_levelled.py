"""A circuit in its two forms, held against gates evaluated one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kvariant.space.circuit import TRUE, Circuit
from kvariant.space.instructions import Instructions
from kvariant.space.levelled import PASS_WORDS, Levelled
from kvariant.space.simulate import Words

FORMS = [Levelled, Instructions]


def random_circuit(seed: int) -> tuple[Circuit, list[int], list[int]]:
    """Return a circuit, inputs in it, and outputs: inputs, gates, constants, each sign, twice."""
    dice = random.Random(seed)
    circuit = Circuit()
    inputs = [circuit.input() for _ in range(dice.randrange(1, 12))]
    literals = [*inputs, TRUE]
    for _ in range(dice.choice([0, 5, 60])):
        a, b = (dice.choice([1, -1]) * dice.choice(literals) for _ in range(2))
        literals.append(circuit.both(a, b))
    outputs = [dice.choice([1, -1]) * dice.choice(literals) for _ in range(dice.randrange(20))]
    return circuit, inputs, outputs


def one_by_one(circuit: Circuit, values: dict[int, int], output: int) -> int:
    """Return the words of a literal as one integer, from the gates' definition."""
    node = abs(output)
    if node not in values:
        a, b = (one_by_one(circuit, values, side[node]) for side in (circuit.left, circuit.right))
        values[node] = a & b
    return values[node] if output > 0 else values[TRUE] ^ values[node]


@pytest.mark.parametrize("width", [1, 3, PASS_WORDS, PASS_WORDS + 1, 300])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_equals_gates_one_by_one(form: type[Levelled | Instructions], width: int) -> None:
    """Whatever is negated, shared, constant or asked for twice, each output has its bits."""
    seen = 0
    for seed in range(40 if width < 100 else 3):
        circuit, _, outputs = random_circuit(seed)
        nodes = circuit.cone(outputs)
        inputs = [node for node in nodes if not circuit.left[node]]
        dice = np.random.default_rng(seed)
        bits: Words = dice.integers(0, 2**64, size=(len(inputs) + 1, width), dtype=np.uint64)
        sources = dice.permutation(len(inputs) + 1)[: len(inputs)]
        sources[dice.random(len(inputs)) < 0.2] = -1
        results = np.empty((len(outputs), width), dtype=np.uint64)
        form(circuit, nodes, inputs, outputs).run(bits, sources, results)

        every = (1 << 64 * width) - 1
        values = {TRUE: every}
        for node, source in zip(inputs, sources.tolist(), strict=True):
            values[node] = int.from_bytes(bits[source].tobytes(), "little") if source >= 0 else 0
        for output, row in zip(outputs, results, strict=True):
            expected = one_by_one(circuit, values, output)
            assert expected == int.from_bytes(row.tobytes(), "little")
            seen += 1
    assert seen > 20
