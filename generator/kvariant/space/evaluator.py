# SPDX-License-Identifier: MIT
"""Resolve packed assignments: user values in, configurations out, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.packed import Assignments, Configurations, Places
from kvariant.space.simulate import Simulator, Words, words_for
from kvariant.space.user_circuit import UserCircuit, UserLine

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model


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
        self._plain_rows = _RowOrNone(
            ((name, text), row)
            for (name, text, _), row in self._input_rows.items()
            if name not in self._places
        )
        self._types = {
            name: rules.type or SymbolType.STRING for name, rules in model.symbols.items()
        }

    def run(self, assignments: Assignments) -> Configurations:
        """Return the configurations that assignments give.

        Raises:
            InputError: a symbol is unknown, or a value is not in its domain [value].
        """
        bits, sources = self._sources(assignments)
        found = self._simulator.run(bits, sources, repeats=assignments.sources is None)
        return Configurations(self._rows, found, assignments, self._types)

    def _check(self, keys: Iterable[tuple[str, str]]) -> None:
        wrong = []
        for name, text in keys:
            kind = self._types.get(name)
            if kind is None:
                hint = symbol_hint(name, self._circuit.model.symbols)
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

    def _sources(self, assignments: Assignments) -> tuple[Words, npt.NDArray[np.intp]]:
        """Return rows of lanes, and which of them each input reads, -1 for none.

        Raises:
            InputError: see `run`.
        """
        keys = assignments.keys
        targets = np.fromiter(map(self._plain_rows.__getitem__, keys), np.intp, len(keys))
        others = np.flatnonzero(targets < 0).tolist()
        self._check(keys[i] for i in others)
        if others:
            rounds = assignments.rounds(self._places)
            for i in others:
                line = UserLine(*keys[i], rounds.get(i, 0))
                targets[i] = self._input_rows.get(line, -1)
        bits = assignments.bits[:, : words_for(len(assignments))]
        sources = np.full(len(self._simulator.inputs), -1, dtype=np.intp)
        read = np.flatnonzero(targets >= 0)
        rows = targets[read]
        sources[rows] = read
        if np.any(doubled := sources[rows] != read):  # a line in several rows
            bits = bits.copy()
            for i, row in zip(read[doubled].tolist(), rows[doubled].tolist(), strict=True):
                bits[sources[row]] |= bits[i]
        return bits, sources


class _RowOrNone(dict[tuple[str, str], int]):
    """The row of each line, -1 where there is none."""

    def __missing__(self, key: tuple[str, str]) -> int:
        return -1


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
    for row, number in assignments.rounds(places).items():
        if number:
            choice = places[assignments.keys[row][0]][0]
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
