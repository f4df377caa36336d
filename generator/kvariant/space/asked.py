# SPDX-License-Identifier: MIT
"""The values as a function of what the user asks for: the circuit to simulate.

Every user value is an input of its own, so that any assignment can be given:

    symbol                inputs
    bool, tristate        one for each value text; none true: no user value
    int, hex, string      one for each text of the domain
    member of a choice    picked: the last member that a `.config` says y for
                          some:   its user value is not n (tristate members)
    tristate choice       full:   the last line that is not n says y

The last two mirror how kconfiglib loads a `.config` [`Kconfig._load_config`,
`Symbol.set_value`]: the mode of a choice is what the last line for one of its
members says, its user selection the last member that was given y.
"""

from __future__ import annotations

from kvariant.kconfig.dialect import Dialect
from kvariant.kconfig.model import ChoiceRules, Model, Rules
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.domains import Domains
from kvariant.space.semantics import N, Semantics, Texts, Tri

Key = tuple[str, str]
"""A symbol and a user value text; a member's texts are `picked` and `some`."""

PICKED = "picked"
SOME = "some"


class Asked(Semantics):
    """Values from user values."""

    def __init__(self, model: Model, domains: Domains, dialect: Dialect) -> None:
        super().__init__(model, domains, dialect)
        self.inputs: dict[Key, Literal] = {}
        """Input per symbol and user value."""
        self.modes: dict[int, Literal] = {}
        """Input per tristate choice: whether its last line that is not n says y."""
        self._selections: dict[int, dict[str, Literal]] = {}

    def _asked(self, name: str, text: str) -> Literal:
        known = self.inputs.get((name, text))
        if known is None:
            known = self.inputs[name, text] = self.circuit.input()
        return known

    def _logical(self, rules: Rules) -> Tri:
        circuit = self.circuit
        visible = self.visibility(rules)
        full = self._asked(rules.name, "y")
        some = (
            circuit.either(full, self._asked(rules.name, "m"))
            if rules.type is SymbolType.TRISTATE
            else full
        )
        given = circuit.either(some, self._asked(rules.name, "n"))
        asked = self.lowest([Tri(some, full), visible])
        value = self.chosen(circuit.both(visible.some, given), asked, self._default(rules))
        return self.raised(rules, value)

    def _numeric(self, rules: Rules) -> Texts:
        circuit = self.circuit
        taken = {
            text: circuit.both(self.takes(rules, text), self._asked(rules.name, text))
            for text in self.domains[rules.name]
        }
        none = -circuit.some(taken.values())
        texts: dict[str, Literal] = {}
        for text, literal in taken.items():
            self._add(texts, text, literal)
        for text, literal in self.numeric_fallback(rules).items():
            self._add(texts, text, circuit.both(none, literal))
        return texts

    def _mode(self, index: int, choice: ChoiceRules) -> Tri:
        """Return the mode of a choice [kconfiglib `Choice.tri_value`]."""
        circuit = self.circuit
        visible = self.choice_visibility(choice)
        members = [self.model.symbols[name] for name in choice.members]
        picked = circuit.some(self._asked(m.name, PICKED) for m in members if m.is_logical)
        if choice.type is SymbolType.TRISTATE:
            self.modes[index] = circuit.input()
            tristates = [m for m in members if m.type is SymbolType.TRISTATE]
            some = circuit.either(
                picked, circuit.some(self._asked(m.name, SOME) for m in tristates)
            )
            full = circuit.both(picked, self.modes[index])
        elif choice.type is SymbolType.BOOL:
            some = full = picked
        else:
            some = full = FALSE
        mode = self.lowest([Tri(some if choice.is_optional else TRUE, full), visible])
        if choice.type is None:
            return mode
        return Tri(mode.some, circuit.choose(self.acts_as_bool(choice.type), mode.some, mode.full))

    def _member(self, rules: Rules, choice: ChoiceRules) -> Tri:
        circuit = self.circuit
        assert rules.choice is not None
        visible = self.visibility(rules)
        if visible.some == FALSE:
            return N
        full = circuit.both(visible.full, self._selection(rules.choice, choice)[rules.name])
        if rules.type is not SymbolType.TRISTATE:
            return Tri(full, full)
        only_some = circuit.both(visible.some, -visible.full)
        return Tri(
            circuit.either(full, circuit.both(only_some, self._asked(rules.name, SOME))), full
        )

    def _selection(self, index: int, choice: ChoiceRules) -> dict[str, Literal]:
        """Return for each member whether it is selected [kconfiglib `Choice._selection`]."""
        known = self._selections.get(index)
        if known is not None:
            return known
        circuit = self.circuit
        mode = self.mode(index)
        shows = {
            name: circuit.both(mode.full, self.visibility(self.model.symbols[name]).some)
            for name in choice.members
        }
        selected = dict.fromkeys(choice.members, FALSE)
        none_before = TRUE
        for name in choice.members:
            if self.model.symbols[name].is_logical:
                selected[name] = circuit.both(shows[name], self._asked(name, PICKED))
                none_before = circuit.both(none_before, -selected[name])
        candidates = [
            *((name, self.condition(condition).some) for name, condition in choice.defaults),
            *((name, TRUE) for name in choice.members),
        ]
        for name, holds in candidates:
            if name in shows:  # a default that is no member is warned about and never visible here
                active = circuit.every([none_before, holds, shows[name]])
                selected[name] = circuit.either(selected[name], active)
                none_before = circuit.both(none_before, -circuit.both(holds, shows[name]))
        self._selections[index] = selected
        return selected
