# SPDX-License-Identifier: MIT
"""The values themselves, free within their bounds: the formula to solve and count.

A user value is read by one symbol only, so it can be eliminated symbol by symbol:
the value becomes an input of the circuit, and a requirement says which values
some user value (or none) gives, where `shows` is the visibility:

    raised by a select        value >= selected
    above its bound           value <= max(shows, fallback)
    hidden                    not shows: value = fallback
    m where m becomes y       never
    barred by a select        value = n
    int, hex, string          value = fallback, or a text that counts
    chosen                    value = one of the chosen, if one of them counts

`fallback` is the value without a user value. The solutions of all requirements
are exactly the configurations that assignments produce, each once (but for modes
of tristate choices that no value shows), and the smallest user values for one
are simple: none where the value is the fallback, else the value itself.

Every requirement knows the symbol and the rule it stands for, so that an unsat
core can be told in Kconfig's words.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import Expression, conjuncts
from kvariant.kconfig.semantics import choices, levels, texts
from kvariant.kconfig.semantics.values import Values
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, TRUE, Circuit, Literal, N, Tri, Y

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import ChoiceRules, Model, Rules
    from kvariant.space.domains import Domains


class Rule(enum.Enum):
    """Which rule a requirement stands for."""

    BOUND = "bound"
    """The value is above what is visible, and no default or select gives it."""
    HIDDEN = "hidden"
    """The value is below the default of a symbol that is not visible."""
    SELECT = "select"
    """The value is below what a select gives."""
    BARRED = "barred"
    """A select without a dependency that holds keeps the symbol at n."""
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
    CHOSEN = "chosen"
    """A number or text that can be given a chosen value has one; the choice's own rule."""
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


class Image(Values[Literal, Tri]):
    """Values that some assignment gives."""

    def __init__(self, model: Model, domains: Domains, dialect: Dialect) -> None:
        self.circuit = Circuit()
        super().__init__(model, dialect, self.circuit)
        self.domains = domains
        self.requirements: list[Requirement] = []
        self.inputs: list[Literal] = []
        """Every free literal: values, and modes of tristate or optional choices."""
        self._chosen: Domains = {}
        self.built: frozenset[str] = frozenset()
        """Symbols in the cone that was built."""
        self._pending_symbols: list[Rules] = []
        self._pending_choices: list[int] = []
        self._visited_choices: set[int] = set()

    def build(
        self,
        names: Iterable[str],
        where: Expression | None = None,
        chosen: Domains | None = None,
    ) -> None:
        """Build the cone of symbols: their values, and all requirements on it.

        Args:
            names: the symbols.
            where: what the values have to satisfy; its symbols are built too.
            chosen: texts of which a symbol has one wherever it can be given one.
        """
        self._chosen = chosen or {}
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
        if levels.selected(self, rules) == Y:
            return Y
        self._pending_symbols.append(rules)
        return self._free_tri(self.acts_as_bool(rules.type))

    def _bound_logical(self, rules: Rules) -> None:
        circuit, name = self.circuit, rules.name
        value, shows = self.value(name), self.visibility(rules)
        fallback, selected = self.fallback(rules), levels.selected(self, rules)
        promotes = levels.promotes(self, rules)
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
        self._require(-circuit.both(levels.barred(self, rules), value.some), name, Rule.BARRED)

    def has_fallback(self, name: str) -> Literal:
        """Return whether a symbol's value is the one it has without a user value."""
        rules = self.model.symbols[name]
        circuit = self.circuit
        if rules.is_logical:
            value, fallback = self.value(name), self.fallback(rules)
            return circuit.every(circuit.same(a, b) for a, b in zip(value, fallback, strict=True))
        found, without = self.texts(name), self.fallback_texts(rules)
        return circuit.some(
            circuit.both(found.get(text, FALSE), literal) for text, literal in without.items()
        )

    # Ints, hexes and strings

    def _number_or_string(self, rules: Rules) -> Mapping[str, Literal]:
        self._pending_symbols.append(rules)
        reached = self._reached(rules)
        candidates = dict.fromkeys((*self.fallback_texts(rules), *reached))
        if len(candidates) == 1:
            return dict.fromkeys(candidates, TRUE)
        return {text: self._free() for text in candidates}

    def _reached(self, rules: Rules) -> Mapping[str, Literal]:
        """Return where user values give each text."""
        found: dict[str, Literal] = {}
        for way in self.ways(rules):
            texts.add(self.circuit, found, way.text, way.holds)
        return found

    def ways(self, rules: Rules) -> Sequence[texts.Way[Literal]]:
        """Return the user values of the domain, and past the ends of ranges, and what they give."""
        return texts.ways(self, rules, self.domains.get(rules.name, ()))

    def _bound_numeric(self, rules: Rules) -> None:
        circuit, name = self.circuit, rules.name
        found, fallback = self.texts(name), self.fallback_texts(rules)
        self._require(circuit.some(found.values()), name, Rule.ONE)
        self._require(circuit.at_most_one(list(found.values())), name, Rule.ONE)
        reached = self._reached(rules)
        for text, literal in found.items():
            allowed = circuit.either(reached.get(text, FALSE), fallback.get(text, FALSE))
            self._require(circuit.implies(literal, allowed), name, Rule.RANGE)
        if chosen := self._chosen.get(name):
            can = circuit.some(reached.get(text, FALSE) for text in chosen)
            has = circuit.some(found.get(text, FALSE) for text in chosen)
            self._require(circuit.implies(can, has), name, Rule.CHOSEN)

    # Choices

    def _mode(self, index: int, choice: ChoiceRules) -> Tri:
        self._pend_choice(index)
        shows = choices.visibility(self, choice)
        if choice.type is None:
            never = choice.is_optional or self.dialect.joined_modes
            return N if never else Tri(shows.some, FALSE)
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
            return choices.out_of_sight(self, rules)
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
        is_y = choices.decides(self, index)
        if not self.dialect.hidden_choices:
            self._bound_mode(index, choice, members)
        full = []
        for rules in members:
            value, shows = self.value(rules.name), self.visibility(rules)
            if shows.some != FALSE:
                self._bound_member(rules, shows, is_y)
                full.append(circuit.every((value.full, shows.full, is_y)))
        first = choice.members[0] if choice.members else ""
        self._require(circuit.at_most_one(full), first, Rule.MEMBER)
        any_shows = circuit.some(self.visibility(rules).some for rules in members)
        needed = circuit.both(is_y, any_shows)
        self._require(circuit.implies(needed, circuit.some(full)), first, Rule.MEMBER)

    def _bound_member(self, rules: Rules, shows: Tri, is_y: Literal) -> None:
        """Require a value that a line for the member can give, or where it has one its default."""
        circuit, name = self.circuit, rules.name
        value, other = self.value(name), choices.out_of_sight(self, rules)
        only_some = circuit.both(value.some, -value.full)
        self._require(circuit.implies(value.full, value.some), name, Rule.ONE)
        picked = circuit.both(shows.full, is_y)
        default = circuit.both(other.full, -shows.full)
        self._require(
            circuit.implies(value.full, circuit.either(picked, default)), name, Rule.BOUND
        )
        limited = circuit.both(shows.some, -shows.full)
        only_default = circuit.every((other.some, -other.full, -shows.some))
        given = circuit.either(limited, only_default)
        self._require(circuit.implies(only_some, given), name, Rule.BOUND)
        if other != N:
            hidden = -shows.some
            for own, without in zip(value, other, strict=True):
                kept = circuit.implies(circuit.both(hidden, without), own)
                self._require(kept, name, Rule.HIDDEN)

    def _bound_mode(self, index: int, choice: ChoiceRules, members: list[Rules]) -> None:
        """Require a mode that lines of a `.config` for the members can give.

        The mode of an optional choice is what such lines say, so that m mode
        needs one: of a visible tristate member (which then is m), of a hidden
        one, or, where the prompt allows no more than m, of any member.
        """
        if choice.type is None or self.own_mode(index) == N:
            return
        circuit = self.circuit
        first = choice.members[0] if choice.members else ""
        mode, shows = self.own_mode(index), choices.visibility(self, choice)
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
            only = circuit.both(value.some, -value.full)  # y here is a default, without a line
            asked.append(circuit.either(only, -circuit.both(seen.some, -seen.full)))
            given = circuit.both(only, shows.some)
            self._require(circuit.implies(given, mode.some), first, Rule.MODE)
        if len(tristates) < len(members):
            asked.append(-shows.full)
        only_some = circuit.both(mode.some, -mode.full)
        self._require(circuit.implies(only_some, circuit.some(asked)), first, Rule.MODE)
