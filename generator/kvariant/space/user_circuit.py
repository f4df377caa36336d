# SPDX-License-Identifier: MIT
"""The values as a function of what the user asks for: the circuit to simulate.

Every line that a `.config` can have is an input of its own:

    symbol                inputs
    bool, tristate        one for each value text; none true: no user value
    int, hex, string      one for each text of the domain
    member of a choice    the same, once for each round

Between members of a choice the order of lines counts. The members' inputs stand for
lines in Kconfig order, round after round: lines in another order are spread over
several rounds, so that any order can be given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kvariant.kconfig.semantics.choices import Line
from kvariant.kconfig.semantics.user_values import UserValues
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, Circuit, Literal, Tri

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import Model, Rules
    from kvariant.space.domains import Domains


class UserLine(NamedTuple):
    """One line of a `.config`."""

    symbol: str
    text: str
    round: int = 0
    """Of a choice's member: lines of a later round stand after all of an earlier one."""


class Inputs:
    """An input of a circuit for each line, made when first asked for."""

    def __init__(
        self,
        circuit: Circuit,
        model: Model,
        domains: Domains,
        dialect: Dialect,
        rounds: Mapping[int, int],
    ) -> None:
        self._circuit = circuit
        self._model = model
        self._domains = domains
        self._dialect = dialect
        self._rounds = rounds
        self._lines: dict[int, Sequence[Line[Literal]]] = {}
        self.of_key: dict[UserLine, Literal] = {}

    def level(self, rules: Rules) -> tuple[Literal, Tri]:
        """Return whether a bool or tristate has a user value, and which."""
        circuit = self._circuit
        if rules.choice is not None:
            own = [line for line in self.lines(rules.choice) if line.member == rules.name]
            full = circuit.some(line.y for line in own)
            some = circuit.either(full, circuit.some(line.m for line in own))
            return circuit.either(some, circuit.some(line.n for line in own)), Tri(some, full)
        full = self._input(rules.name, "y")
        some = full
        if rules.type is SymbolType.TRISTATE:
            some = circuit.either(full, self._input(rules.name, "m"))
        return circuit.either(some, self._input(rules.name, "n")), Tri(some, full)

    def texts(self, rules: Rules) -> Mapping[str, Literal]:
        """Return whether an int, hex or string is asked to have each text of its domain."""
        return {text: self._input(rules.name, text) for text in self._domains.get(rules.name, ())}

    def lines(self, index: int) -> Sequence[Line[Literal]]:
        """Return the lines for members of a choice, round after round."""
        known = self._lines.get(index)
        if known is None:
            members = [self._model.symbols[name] for name in self._model.choices[index].members]
            known = self._lines[index] = [
                self._line(rules, number)
                for number in range(self._rounds.get(index, 1))
                for rules in members
                if rules.is_logical
            ]
        return known

    def _line(self, rules: Rules, number: int) -> Line[Literal]:
        tristate = rules.type is SymbolType.TRISTATE
        counts = self._dialect.unset_members or (tristate and self._dialect.member_defaults)
        return Line(
            rules.name,
            self._input(rules.name, "y", number),
            self._input(rules.name, "m", number) if tristate else FALSE,
            self._input(rules.name, "n", number) if counts else FALSE,
        )

    def _input(self, name: str, text: str, number: int = 0) -> Literal:
        key = UserLine(name, text, number)
        known = self.of_key.get(key)
        if known is None:
            known = self.of_key[key] = self._circuit.input()
        return known


class UserCircuit(UserValues[Literal, Tri]):
    """Values from user values, as gates."""

    def __init__(
        self,
        model: Model,
        domains: Domains,
        dialect: Dialect,
        rounds: Mapping[int, int] | None = None,
    ) -> None:
        """Prepare a circuit.

        Args:
            rounds: of choices that need more than one, how many.
        """
        self.circuit = Circuit()
        self.domains = domains
        inputs = Inputs(self.circuit, model, domains, dialect, rounds or {})
        super().__init__(model, dialect, self.circuit, inputs)
        self.inputs: Mapping[UserLine, Literal] = inputs.of_key
        """Input per line; it grows with what is asked for."""
