# SPDX-License-Identifier: MIT
"""Resolve packed assignments: user values in, configurations out, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.model import ChoiceRules
from kvariant.kconfig.value import SymbolType
from kvariant.space.asked import PICKED, SOME, Asked
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.domains import is_value
from kvariant.space.packed import Assignments, Configurations, Key
from kvariant.space.simulate import Simulator, Words, words_for


class Evaluator:
    """The circuit from user values to the values of some symbols, ready to run."""

    def __init__(self, asked: Asked, names: Sequence[str]) -> None:
        self._asked = asked
        literals: dict[Literal, int] = {}
        self._rows: dict[str, Mapping[str, int]] = {}
        for name in names:
            self._rows[name] = {
                text: literals.setdefault(literal, len(literals))
                for text, literal in asked.texts(name).items()
                if literal != FALSE
            }
        self._simulator = Simulator(asked.circuit, tuple(literals))
        row_of = {node: row for row, node in enumerate(self._simulator.inputs)}
        self._input_rows = {
            key: row_of[node] for key, node in asked.inputs.items() if node in row_of
        }
        self._mode_rows = {
            index: row_of[node] for index, node in asked.modes.items() if node in row_of
        }
        self._members = {name for choice in asked.model.choices for name in choice.members}
        model = asked.model
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

    def unknown_texts(self, keys: Sequence[Key]) -> list[Key]:
        """Return the keys that are valid values but not in the finite domains."""
        domains = self._asked.domains
        return [
            (name, text) for name, text in keys if name in domains and text not in domains[name]
        ]

    def _check(self, keys: Sequence[Key]) -> None:
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
            elif not is_value(text, kind):
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
        plain = [
            (row, self._input_rows[key])
            for row, key in enumerate(assignments.keys)
            if key in self._input_rows and key[0] not in self._members
        ]
        if plain:
            source, target = np.array(plain).T
            inputs[target] = assignments.bits[source]
        rows = {key: row for row, key in enumerate(assignments.keys) if key[0] in self._members}
        if rows:
            for index, choice in enumerate(self._asked.model.choices):
                self._choice(index, choice, rows, assignments, inputs)
        return inputs

    def _choice(
        self,
        index: int,
        choice: ChoiceRules,
        rows: Mapping[Key, int],
        assignments: Assignments,
        inputs: Words,
    ) -> None:
        """Fill in the inputs of a choice as loading the lines in order would."""
        given = [name for name in choice.members if any((name, text) in rows for text in "nmy")]
        if not given:
            return
        nothing = np.zeros(inputs.shape[1], dtype=np.uint64)
        some_row = {name: self._input_rows.get((name, SOME)) for name in given}
        picked = {name: nothing.copy() for name in given}
        full, several, before = nothing.copy(), nothing.copy(), nothing.copy()
        for name in given:
            yes = assignments.bits[rows[name, "y"]] if (name, "y") in rows else nothing
            only = assignments.bits[rows[name, "m"]] if (name, "m") in rows else nothing
            if (row := some_row[name]) is not None:
                inputs[row] = yes | only
            if choice.type is not SymbolType.TRISTATE:
                only = nothing  # m for a member of a bool choice leaves the choice's mode alone
            for other in picked.values():
                other &= ~yes
            picked[name] |= yes
            full = (full | yes) & ~only
            several |= before & (yes | only)
            before |= yes | only
        if assignments.sources is not None:
            self._by_source(choice, given, assignments.sources, several, picked, full)
        for name, chosen in picked.items():
            if (name, PICKED) in self._input_rows:
                inputs[self._input_rows[name, PICKED]] = chosen
        if index in self._mode_rows:
            inputs[self._mode_rows[index]] = full

    def _by_source(
        self, choice: ChoiceRules, given: Sequence[str], sources: Sequence[Mapping[str, str]],
        several: Words, picked: Mapping[str, Words], full: Words,
    ) -> None:  # fmt: skip
        """Where a mapping gives several members a value, let its own order decide."""
        members = set(given)
        for lane in range(len(sources)):
            word, bit = lane // 64, np.uint64(1) << np.uint64(lane % 64)
            if not several[word] & bit:
                continue
            lines = [(name, text) for name, text in sources[lane].items() if name in members]
            last = [
                text
                for _, text in lines
                if text == "y" or (text == "m" and choice.type is SymbolType.TRISTATE)
            ]
            selection = [name for name, text in lines if text == "y"]
            for name in given:
                picked[name][word] &= ~bit
            if selection:
                picked[selection[-1]][word] |= bit
            full[word] = full[word] | bit if last and last[-1] == "y" else full[word] & ~bit


def _valid(kind: SymbolType) -> str:
    return {
        SymbolType.BOOL: "n and y",
        SymbolType.TRISTATE: "n, m and y",
        SymbolType.INT: "decimal numbers",
        SymbolType.HEX: "hexadecimal numbers",
        SymbolType.STRING: "texts",
    }[kind]
