# SPDX-License-Identifier: MIT
"""The values themselves, free within their bounds: the formula to solve and count.

A user value is read by one symbol only, so it can be eliminated symbol by symbol:
the value becomes an input of the circuit, and a requirement says which values
some user value (or none) gives, where `shows` is the visibility:

    raised by a select        value >= selected
    above its bound           value <= max(shows, fallback)
    hidden                    not shows: value = fallback
    m where m becomes y       never
    int, hex, string          value = fallback, or a text that counts

`fallback` is the value without a user value. The solutions of all requirements
are exactly the configurations that assignments produce, each once (but for modes
of tristate choices that no value shows), and the smallest user values for one
are simple: none where the value is the fallback, else the value itself.

Every requirement knows the symbol and the rule it stands for, so that an unsat
core can be told in Kconfig's words.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from kvariant.kconfig.dialect import Dialect
from kvariant.kconfig.expression import Expression, conjuncts
from kvariant.kconfig.model import ChoiceRules, Model, Rules
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.domains import Domains
from kvariant.space.semantics import N, Semantics, Texts, Tri, Y


class Rule(enum.Enum):
    """Which rule a requirement stands for."""

    BOUND = "bound"
    """The value is above what is visible, and no default or select gives it."""
    HIDDEN = "hidden"
    """The value is below the default of a symbol that is not visible."""
    SELECT = "select"
    """The value is below what a select gives."""
    PROMOTED = "promoted"
    """m becomes y here."""
    RANGE = "range"
    """Neither the default nor a text in the active range."""
    ONE = "one"
    """A value is one value; the encoding's own rule."""
    MODE = "mode"
    """The mode of a choice is outside what its prompt and members allow."""
    MEMBER = "member"
    """A choice in y mode has exactly one of its visible members."""
    WHERE = "where"
    """The space is restricted to configurations that satisfy the term."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A literal that every configuration makes true."""

    literal: Literal
    symbol: str
    """The symbol; a choice's first member for its mode."""
    rule: Rule
    term: Expression | None = None
    """The term of the symbol's dependency, or of a `where`, that it is about, if of one."""


class Image(Semantics):
    """Values that some assignment gives."""

    def __init__(self, model: Model, domains: Domains, dialect: Dialect) -> None:
        super().__init__(model, domains, dialect)
        self.requirements: list[Requirement] = []
        self.inputs: list[Literal] = []
        """Every free literal: values, and modes of tristate or optional choices."""
        self.built: frozenset[str] = frozenset()
        """Symbols in the cone that was built."""
        self._pending_symbols: list[Rules] = []
        self._pending_choices: list[int] = []
        self._visited_choices: set[int] = set()

    def build(self, names: Iterable[str], where: Expression | None = None) -> None:
        """Build the cone of symbols: their values, and all requirements on it.

        Args:
            names: the symbols.
            where: what the values have to satisfy; its symbols are built too.
        """
        for name in names:
            if self.model.symbols[name].is_logical:
                self.value(name)
            else:
                self.texts(name)
        for term in conjuncts(where) if where else ():
            literal = self.condition(term).some
            if literal != TRUE:
                symbol = next(iter(term.symbols), "")
                self.requirements.append(Requirement(literal, symbol, Rule.WHERE, term))
        while self._pending_symbols or self._pending_choices:
            while self._pending_symbols:
                rules = self._pending_symbols.pop()
                if rules.is_logical:
                    self._bound_logical(rules)
                else:
                    self._bound_numeric(rules)
            if self._pending_choices:
                self._bound_choice(self._pending_choices.pop())

        logical = {n for n in self._values if (r := self.model.symbols.get(n)) and r.is_logical}
        self.built = frozenset({*logical, *self._texts})

    def _free(self) -> Literal:
        literal = self.circuit.input()
        self.inputs.append(literal)
        return literal

    def _free_tri(self, as_bool: Literal) -> Tri:
        some = self._free()
        return Tri(some, some if as_bool == TRUE else self._free())

    def _require(self, literal: Literal, symbol: str, rule: Rule) -> None:
        if literal != TRUE:
            self.requirements.append(Requirement(literal, symbol, rule))

    # Symbols outside choices

    def _logical(self, rules: Rules) -> Tri:
        if self.selected(rules).full == TRUE:
            return Y
        self._pending_symbols.append(rules)
        return self._free_tri(self.acts_as_bool(rules.type))

    def _bound_logical(self, rules: Rules) -> None:
        circuit, name = self.circuit, rules.name
        value, shows = self.value(name), self.visibility(rules)
        fallback, selected = self.fallback(rules), self.selected(rules)
        promotes = self.promotes(rules)
        self._require(circuit.implies(value.full, value.some), name, Rule.ONE)
        upper = circuit.either(shows.full, circuit.both(shows.some, promotes))
        self._require(
            circuit.implies(value.some, circuit.either(shows.some, fallback.some)), name, Rule.BOUND
        )
        self._require(
            circuit.implies(value.full, circuit.either(upper, fallback.full)), name, Rule.BOUND
        )
        for own, given, without in zip(value, selected, fallback, strict=True):
            self._require(circuit.implies(given, own), name, Rule.SELECT)
            hidden = circuit.both(without, -shows.some)
            self._require(circuit.implies(hidden, own), name, Rule.HIDDEN)
        only_some = circuit.both(value.some, -value.full)
        self._require(-circuit.both(only_some, promotes), name, Rule.PROMOTED)

    def has_fallback(self, name: str) -> Literal:
        """Return whether a symbol's value is the one it has without a user value."""
        rules = self.model.symbols[name]
        circuit = self.circuit
        if rules.is_logical:
            value, fallback = self.value(name), self.fallback(rules)
            return circuit.every(circuit.same(a, b) for a, b in zip(value, fallback, strict=True))
        texts, without = self.texts(name), self.numeric_fallback(rules)
        return circuit.some(
            circuit.both(texts.get(text, FALSE), literal) for text, literal in without.items()
        )

    # Ints, hexes and strings

    def _numeric(self, rules: Rules) -> Texts:
        self._pending_symbols.append(rules)
        candidates = dict.fromkeys(self.numeric_fallback(rules))
        takes = {text: self.takes(rules, text) for text in self.domains[rules.name]}
        candidates |= dict.fromkeys(text for text, literal in takes.items() if literal != FALSE)
        if len(candidates) == 1:
            return dict.fromkeys(candidates, TRUE)
        return {text: self._free() for text in candidates}

    def _bound_numeric(self, rules: Rules) -> None:
        circuit, name = self.circuit, rules.name
        texts, fallback = self.texts(name), self.numeric_fallback(rules)
        self._require(circuit.some(texts.values()), name, Rule.ONE)
        self._require(circuit.at_most_one(list(texts.values())), name, Rule.ONE)
        domain = set(self.domains[name])
        for text, literal in texts.items():
            takes = self.takes(rules, text) if text in domain else FALSE
            allowed = circuit.either(takes, fallback.get(text, FALSE))
            self._require(circuit.implies(literal, allowed), name, Rule.RANGE)

    # Choices

    def _mode(self, index: int, choice: ChoiceRules) -> Tri:
        self._pend_choice(index)
        shows = self.choice_visibility(choice)
        if choice.type is None:
            return N if choice.is_optional else Tri(shows.some, FALSE)
        as_bool = self.acts_as_bool(choice.type)
        if as_bool == TRUE and not choice.is_optional:
            return Tri(shows.some, shows.some)
        if shows.some == FALSE:
            return N
        return self._free_tri(as_bool)

    def _member(self, rules: Rules, choice: ChoiceRules) -> Tri:
        assert rules.choice is not None
        self._pend_choice(rules.choice)
        if self.visibility(rules).some == FALSE:
            return N
        tristate = rules.type is SymbolType.TRISTATE and self.modules != FALSE
        return self._free_tri(FALSE if tristate else TRUE)

    def _pend_choice(self, index: int) -> None:
        if index not in self._visited_choices:
            self._visited_choices.add(index)
            self._pending_choices.append(index)

    def _bound_choice(self, index: int) -> None:
        circuit = self.circuit
        choice = self.model.choices[index]
        members = [
            rules for name in choice.members if (rules := self.model.symbols[name]).is_logical
        ]
        mode = self.mode(index)
        self._bound_mode(index, choice, members)
        for rules in members:
            value, shows = self.value(rules.name), self.visibility(rules)
            only_some = circuit.both(value.some, -value.full)
            self._require(circuit.implies(value.full, value.some), rules.name, Rule.ONE)
            picked = circuit.both(shows.full, mode.full)
            self._require(circuit.implies(value.full, picked), rules.name, Rule.BOUND)
            some = circuit.both(shows.some, -shows.full)
            self._require(circuit.implies(only_some, some), rules.name, Rule.BOUND)
        full = [self.value(rules.name).full for rules in members]
        any_shows = circuit.some(self.visibility(rules).some for rules in members)
        first = choice.members[0] if choice.members else ""
        self._require(circuit.at_most_one(full), first, Rule.MEMBER)
        needed = circuit.both(mode.full, any_shows)
        self._require(circuit.implies(needed, circuit.some(full)), first, Rule.MEMBER)

    def _bound_mode(self, index: int, choice: ChoiceRules, members: list[Rules]) -> None:
        """Require a mode that lines of a `.config` for the members can give.

        The mode of an optional choice is what such lines say, so that m mode
        needs one: of a visible tristate member (which then is m), of a hidden
        one, or, where the prompt allows no more than m, of any member.
        """
        if choice.type is None or self.mode(index) == N:
            return
        circuit = self.circuit
        first = choice.members[0] if choice.members else ""
        mode, shows = self.mode(index), self.choice_visibility(choice)
        as_bool = self.acts_as_bool(choice.type)
        self._require(circuit.implies(mode.full, mode.some), first, Rule.ONE)
        self._require(circuit.implies(mode.some, shows.some), first, Rule.MODE)
        self._require(circuit.implies(mode.full, shows.full), first, Rule.MODE)
        self._require(
            circuit.implies(circuit.both(mode.some, as_bool), mode.full), first, Rule.MODE
        )
        if not members:
            self._require(-mode.full if as_bool != TRUE else TRUE, first, Rule.MODE)
        if not choice.is_optional:
            self._require(circuit.implies(shows.some, mode.some), first, Rule.MODE)
            return
        if not members:
            self._require(-mode.some, first, Rule.MODE)
        if choice.type is not SymbolType.TRISTATE:
            return
        tristates = [rules for rules in members if rules.type is SymbolType.TRISTATE]
        asked = []
        for rules in tristates:
            value, seen = self.value(rules.name), self.visibility(rules)
            asked.append(circuit.either(value.some, -circuit.both(seen.some, -seen.full)))
            given = circuit.both(circuit.both(value.some, -value.full), shows.some)
            self._require(circuit.implies(given, mode.some), first, Rule.MODE)
        if len(tristates) < len(members):
            asked.append(-shows.full)
        only_some = circuit.both(mode.some, -mode.full)
        self._require(circuit.implies(only_some, circuit.some(asked)), first, Rule.MODE)
