# SPDX-License-Identifier: MIT
"""Resolve packed assignments: user values in, configurations out, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.model import Model
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.packed import Assignments, Configurations, Places
from kvariant.space.simulate import Simulator, Words, words_for
from kvariant.space.user_circuit import UserCircuit, UserLine


class Evaluator:
    """The circuit from user values to the values of some symbols, ready to run."""

    def __init__(self, circuit: UserCircuit, names: Sequence[str]) -> None:
        self._circuit = circuit
        literals: dict[Literal, int] = {}
        self._rows: dict[str, Mapping[str, int]] = {}
        for name in names:
            self._rows[name] = {
                text: literals.setdefault(literal, len(literals))
                for text, literal in circuit.texts(name).items()
                if literal != FALSE
            }
        self._simulator = Simulator(circuit.circuit, tuple(literals))
        row_of = {node: row for row, node in enumerate(self._simulator.inputs)}
        self._input_rows = {
            key: row_of[node] for key, node in circuit.inputs.items() if node in row_of
        }
        model = circuit.model
        self._places = places_of(model)
        self._types = {
            name: rules.type or SymbolType.STRING for name, rules in model.symbols.items()
        }

    def run(self, assignments: Assignments) -> Configurations:
        """Return the configurations that assignments give.

        Raises:
            InputError: a symbol is unknown, or a value is not in its domain [value].
        """
        self._check(assignments.keys)
        bits = self._simulator.run(self._inputs(assignments))
        return Configurations(self._rows, bits, assignments, self._types)

    def _check(self, keys: Sequence[tuple[str, str]]) -> None:
        wrong = []
        for name, text in keys:
            kind = self._types.get(name)
            if kind is None:
                hint = did_you_mean(name, list(self._types))
                wrong.append(
                    Diagnostic(
                        message=f"no symbol is named {name}", code="unknown-symbol", hint=hint
                    )
                )
            elif not self._circuit.dialect.is_value(text, kind):
                wrong.append(
                    Diagnostic(
                        message=f"{name} is {kind.phrase}; {text!r} is none of its values",
                        code="value",
                        hint=f"its values are {_valid(kind)}",
                    )
                )
        if wrong:
            raise InputError(*wrong)

    def _inputs(self, assignments: Assignments) -> Words:
        inputs = np.zeros(
            (len(self._simulator.inputs), words_for(len(assignments))), dtype=np.uint64
        )
        rounds = assignments.rounds(self._places)
        for row, (key, number) in enumerate(zip(assignments.keys, rounds, strict=True)):
            target = self._input_rows.get(UserLine(*key, number))
            if target is not None:
                inputs[target] |= assignments.bits[row]
        return inputs


def places_of(model: Model) -> Places:
    """Return where in its choice each member stands."""
    return {
        name: (index, position)
        for index, choice in enumerate(model.choices)
        for position, name in enumerate(choice.members)
    }


def rounds_of(assignments: Assignments, places: Places) -> Mapping[int, int]:
    """Return how many rounds the lines of each choice need, of those that need several."""
    found: dict[int, int] = {}
    for (name, _), number in zip(assignments.keys, assignments.rounds(places), strict=True):
        if number:
            choice = places[name][0]
            found[choice] = max(found.get(choice, 0), number + 1)
    return found


def _valid(kind: SymbolType) -> str:
    return {
        SymbolType.BOOL: "n and y",
        SymbolType.TRISTATE: "n, m and y",
        SymbolType.INT: "decimal numbers",
        SymbolType.HEX: "hexadecimal numbers",
        SymbolType.STRING: "texts",
    }[kind]
