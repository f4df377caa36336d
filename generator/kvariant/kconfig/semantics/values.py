# SPDX-License-Identifier: MIT
"""Values of symbols and of conditions: who is asked, and what is remembered.

The rules that need no user value stand in `levels`, `choices` and `texts`. What a
user's value does is the part of two subclasses: `UserValues` calculates with what is
asked for, the space's `Image` leaves the values free within their bounds.

Values are found on demand and recursively, so only the cone of what is asked for is
looked at; call through `kvariant.kconfig.reader.deep`.

Reference: kconfiglib 14.1.0, `Symbol.tri_value`, `Symbol.str_value`, `expr_value`; and
where a `Dialect` differs, the C functions that `dialect.RULES` names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic

from kvariant.kconfig.expression import (
    RELATIONS,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    ordering,
)
from kvariant.kconfig.model import ChoiceRules, Mode, Model, Rules
from kvariant.kconfig.number import base_of, c_number, c_ordering, python_number
from kvariant.kconfig.semantics import choices, levels, texts
from kvariant.kconfig.semantics.algebra import Algebra, Level, Truth
from kvariant.kconfig.value import SymbolType, Tristate

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.semantics.texts import Bounds


class Values(ABC, Generic[Truth, Level]):
    """The rules of a model over one algebra, by one dialect."""

    def __init__(self, model: Model, dialect: Dialect, algebra: Algebra[Truth, Level]) -> None:
        self.model = model
        self.dialect = dialect
        self.algebra = algebra
        self._values: dict[str, Level] = {}
        self._texts: dict[str, Mapping[str, Truth]] = {}
        self._conditions: dict[int, Level] = {}
        self._visibilities: dict[str, Level] = {}
        self._modes: dict[int, Level] = {}
        self._own_modes: dict[int, Level] = {}
        self._fallbacks: dict[str, Level] = {}
        self._fallback_texts: dict[str, Mapping[str, Truth]] = {}
        self._bounds: dict[str, Sequence[Bounds[Truth]]] = {}
        self._modules: Truth | None = None
        self._constants = (algebra.n, algebra.m, algebra.y)

    # What user values do: the subclasses' part

    @abstractmethod
    def _logical(self, rules: Rules) -> Level:
        """Return the value of a visible bool or tristate outside choices."""

    @abstractmethod
    def _member(self, rules: Rules, choice: ChoiceRules) -> Level:
        """Return the value of a member of a choice."""

    @abstractmethod
    def _mode(self, index: int, choice: ChoiceRules) -> Level:
        """Return the mode of a choice that has one."""

    @abstractmethod
    def _number_or_string(self, rules: Rules) -> Mapping[str, Truth]:
        """Return the texts of a visible int, hex or string."""

    # Values

    def value(self, name: str) -> Level:
        """Return a symbol's level; n for what is not a bool or tristate."""
        known = self._values.get(name)
        if known is None:
            known = self._values[name] = self._value(name)
        return known

    def _value(self, name: str) -> Level:
        rules = self.model.symbols.get(name)
        if rules is None or not rules.is_logical:
            return self.algebra.n
        if rules.choice is not None:
            return self._member(rules, self.model.choices[rules.choice])
        if self.visibility(rules) == self.algebra.n:
            return self.fallback(rules)
        return self._logical(rules)

    def texts(self, name: str) -> Mapping[str, Truth]:
        """Return whether a symbol has each text that it can have, exactly one of which holds.

        A name without a type is its own text.
        """
        known = self._texts.get(name)
        if known is None:
            known = self._texts[name] = self._texts_of(name)
        return known

    def _texts_of(self, name: str) -> Mapping[str, Truth]:
        rules = self.model.symbols.get(name)
        if rules is None or rules.type is None:
            return {name: self.algebra.true}
        if rules.is_logical:
            return texts.of_level(self.algebra, self.value(name))
        if self.visibility(rules) == self.algebra.n:
            return self.fallback_texts(rules)
        return self._number_or_string(rules)

    # Rules, each asked once

    def visibility(self, rules: Rules) -> Level:
        """Return the upper bound of a symbol's user values."""
        known = self._visibilities.get(rules.name)
        if known is None:
            find = levels.visibility if rules.choice is None else choices.member_visibility
            known = self._visibilities[rules.name] = find(self, rules)
        return known

    def mode(self, index: int) -> Level:
        """Return the mode of a choice, as conditions inside it read it."""
        known = self._modes.get(index)
        if known is None:
            known = self._modes[index] = choices.mode(self, index)
        return known

    def own_mode(self, index: int) -> Level:
        """Return the mode that a choice's prompt and what is asked of it give."""
        known = self._own_modes.get(index)
        if known is None:
            known = self._own_modes[index] = self._mode(index, self.model.choices[index])
        return known

    def fallback(self, rules: Rules) -> Level:
        """Return the value of a bool or tristate that has no user value."""
        known = self._fallbacks.get(rules.name)
        if known is None:
            known = self._fallbacks[rules.name] = levels.fallback(self, rules)
        return known

    def fallback_texts(self, rules: Rules) -> Mapping[str, Truth]:
        """Return the texts of an int, hex or string that has no user value that counts."""
        known = self._fallback_texts.get(rules.name)
        if known is None:
            known = self._fallback_texts[rules.name] = texts.fallback(self, rules)
        return known

    def bounds(self, rules: Rules) -> Sequence[Bounds[Truth]]:
        """Return the possible active ranges; they exclude each other."""
        known = self._bounds.get(rules.name)
        if known is None:
            known = self._bounds[rules.name] = texts.bounds(self, rules)
        return known

    @property
    def modules(self) -> Truth:
        """Whether tristates can be m."""
        if self._modules is None:
            # What decides about modules itself sees none [C: `modules_val` while it is read].
            self._modules = self.algebra.false
            try:
                self._modules = self.algebra.is_some(self.value(self.model.modules))
            except RecursionError:  # it is asked once more, with a deeper stack
                self._modules = None
                raise
        return self._modules

    def acts_as_bool(self, kind: SymbolType | None) -> Truth:
        """Return whether a symbol or choice of this type acts as a bool [kconfiglib `type`]."""
        if kind is not SymbolType.TRISTATE:
            return self.algebra.true
        return self.algebra.inverse(self.modules)

    def as_typed(self, kind: SymbolType | None, level: Level) -> Level:
        """Return a level with m as y where the type acts as a bool."""
        algebra = self.algebra
        if level in (algebra.n, algebra.y) or algebra.is_some(level) == algebra.is_full(level):
            return level  # never m, so nobody needs to know of modules
        return algebra.promoted(self.acts_as_bool(kind), level)

    # Conditions

    def condition(self, expression: Expression) -> Level:
        """Return the value of an expression [kconfiglib `expr_value`].

        Worked out once per object; the model keeps them alive.
        """
        if expression.__class__ is Reference:
            return self.value(expression.name)
        known = self._conditions.get(id(expression))
        if known is None:
            known = _OF_CLASS[expression.__class__](self, expression)
            self._conditions[id(expression)] = known
        return known

    def holds(self, expression: Expression) -> Truth:
        """Return whether an expression is not n."""
        return self.algebra.is_some(self.condition(expression))

    # Of the terms' values as many as it takes to know the whole.

    def _constant(self, expression: Constant) -> Level:
        return self._constants[Tristate.of(expression.text)]

    def _negation(self, expression: Not) -> Level:
        return self.algebra.negated(self.condition(expression.term))

    def _conjunction(self, expression: And) -> Level:
        decided, found = self.algebra.n, []
        for term in expression.terms:
            value = self.condition(term)
            if value == decided:
                return decided
            found.append(value)
        return self.algebra.lowest(found)

    def _disjunction(self, expression: Or) -> Level:
        decided, found = self.algebra.y, []
        for term in expression.terms:
            value = self.condition(term)
            if value == decided:
                return decided
            found.append(value)
        return self.algebra.highest(found)

    def _mode_read(self, expression: Mode) -> Level:
        known = self.mode(expression.choice)
        if not expression.is_y:
            return known
        full = self.algebra.is_full(known)
        return self.algebra.level(full, full)

    def _comparison(self, comparison: Comparison) -> Level:
        algebra, left, right = self.algebra, comparison.left, comparison.right
        kinds = self.type_of(left), self.type_of(right)
        relation = RELATIONS[comparison.operator]
        order = c_ordering if self.dialect.c_numbers else ordering
        holds = algebra.some(
            algebra.both(a, b)
            for left_text, a in self.operand(left).items()
            for right_text, b in self.operand(right).items()
            if relation(order(left_text, kinds[0], right_text, kinds[1]))
        )
        return algebra.level(holds, holds)

    def operand(self, operand: Expression) -> Mapping[str, Truth]:
        """Return the texts of a symbol or constant."""
        if isinstance(operand, Constant):
            return {operand.text: self.algebra.true}
        # An expression as the default of an int, hex or string is refused while parsing.
        assert isinstance(operand, Reference), operand
        return self.texts(operand.name)

    def type_of(self, operand: Expression) -> SymbolType | None:
        """Return the type of a symbol or constant, None for a text."""
        if isinstance(operand, Constant):
            is_level = operand.text in ("n", "m", "y") and not self.dialect.text_constants
            return SymbolType.TRISTATE if is_level else None
        assert isinstance(operand, Reference)
        rules = self.model.symbols.get(operand.name)
        return rules.type if rules else None

    def number(self, text: str, *kinds: SymbolType | None) -> int:
        """Return the number that a text is to the first of some types that is a number's."""
        base = next((base for kind in kinds if (base := base_of(kind))), 10)
        return (c_number if self.dialect.c_numbers else python_number)(text, base)


# Not in the values themselves, where bound methods would keep them alive until the next collection.
_OF_CLASS: Mapping[type[Expression], Callable[[Values[Any, Any], Any], Any]] = {
    Constant: Values._constant,
    And: Values._conjunction,
    Or: Values._disjunction,
    Not: Values._negation,
    Comparison: Values._comparison,
    Mode: Values._mode_read,
}
