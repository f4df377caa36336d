# SPDX-License-Identifier: MIT
"""Kconfig's value rules as gates: the only place where they are written down.

A logical value is two literals, a thermometer; any other value is one literal
for each text that it can have:

    value     some  full        texts
    n         0     0           {"9600": literal, "115200": literal, ...}
    m         1     0           exactly one literal is true
    y         1     1

`Semantics` has the rules that need no user value. What a user's value does is
written in two subclasses, which share all the rest: `Asked` makes the circuit a
function of user values, `Image` eliminates these inputs and leaves the values
themselves free within their bounds.

Reference: kconfiglib 14.1.0, `Symbol.tri_value`, `Symbol.str_value`, `_visibility`,
`Choice.tri_value`, `Choice._selection`, `expr_value`. With `Dialect.LINUX`, imply
follows the kernel's scripts/kconfig/symbol.c, `sym_calc_value` (Linux 5.x to 6.x).

Values are computed on demand and recursively, so only the cone of what is asked
for is built; call through `kvariant.kconfig.reader.deep`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kvariant.kconfig.dialect import Dialect
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
from kvariant.kconfig.model import ChoiceRules, Lever, Mode, Model, Rules
from kvariant.kconfig.value import SymbolType, Tristate
from kvariant.space.circuit import FALSE, TRUE, Circuit, Literal
from kvariant.space.domains import Domains


class Tri(NamedTuple):
    """A logical value as a thermometer; `full` implies `some`."""

    some: Literal
    """The value is m or y."""
    full: Literal
    """The value is y."""


N = Tri(FALSE, FALSE)
M = Tri(TRUE, FALSE)
Y = Tri(TRUE, TRUE)

Texts = Mapping[str, Literal]
"""Literal per value text; exactly one is true."""


class Bounds(NamedTuple):
    """One possible active range: where `literal` holds, values are in [low, high]."""

    literal: Literal
    low: int
    high: int


class Semantics(ABC):
    """The rules of a model over one circuit."""

    def __init__(self, model: Model, domains: Domains, dialect: Dialect) -> None:
        self.model = model
        self.domains = domains
        self.dialect = dialect
        self.circuit = Circuit()
        self._conditions: dict[int, Tri] = {}
        self._values: dict[str, Tri] = {}
        self._texts: dict[str, Texts] = {}
        self._visibilities: dict[str, Tri] = {}
        self._modes: dict[int, Tri] = {}
        self._fallbacks: dict[str, Tri] = {}
        self._numeric_fallbacks: dict[str, Texts] = {}
        self._bounds: dict[str, list[Bounds]] = {}

    # What user values do: the subclasses' part

    @abstractmethod
    def _logical(self, rules: Rules) -> Tri:
        """Return the value of a visible bool or tristate outside choices."""

    @abstractmethod
    def _member(self, rules: Rules, choice: ChoiceRules) -> Tri:
        """Return the value of a member of a choice."""

    @abstractmethod
    def _mode(self, index: int, choice: ChoiceRules) -> Tri:
        """Return the mode of a choice."""

    @abstractmethod
    def _numeric(self, rules: Rules) -> Texts:
        """Return the texts of a visible int, hex or string."""

    # Values

    def value(self, name: str) -> Tri:
        """Return a symbol's logical value; n for what is not a bool or tristate."""
        known = self._values.get(name)
        if known is None:
            rules = self.model.symbols.get(name)
            if rules is None or not rules.is_logical:
                known = N
            elif rules.choice is not None:
                known = self._member(rules, self.model.choices[rules.choice])
            elif self.visibility(rules).some == FALSE:
                known = self.fallback(rules)
            else:
                known = self._logical(rules)
            self._values[name] = known
        return known

    def texts(self, name: str) -> Texts:
        """Return a symbol's value texts; a name without a type is its own text."""
        known = self._texts.get(name)
        if known is None:
            rules = self.model.symbols.get(name)
            if rules is None or rules.type is None:
                known = {name: TRUE}
            elif rules.is_logical:
                some, full = self.value(name)
                texts = {"n": -some, "m": self.circuit.both(some, -full), "y": full}
                known = {text: literal for text, literal in texts.items() if literal != FALSE}
            elif self.visibility(rules).some == FALSE:
                known = self.numeric_fallback(rules)
            else:
                known = self._numeric(rules)
            self._texts[name] = known
        return known

    def mode(self, index: int) -> Tri:
        """Return the mode of a choice."""
        known = self._modes.get(index)
        if known is None:
            known = self._modes[index] = self._mode(index, self.model.choices[index])
        return known

    # Conditions

    def condition(self, expression: Expression) -> Tri:
        """Return the value of an expression [kconfiglib `expr_value`].

        Translated once per object; the model keeps them alive.
        """
        known = self._conditions.get(id(expression))
        if known is None:
            known = self._conditions[id(expression)] = self._translated(expression)
        return known

    def _translated(self, expression: Expression) -> Tri:
        match expression:
            case Reference(name):
                return self.value(name)
            case Constant(text):
                return (N, M, Y)[Tristate.of(text)]
            case And(terms):
                return self.lowest(self._until(terms, N))
            case Or(terms):
                return self.highest(self._until(terms, Y))
            case Not(term):
                some, full = self.condition(term)
                return Tri(-full, -some)
            case Mode(index, _):
                return self.mode(index)
            case Comparison():
                holds = self._comparison(expression)
                return Tri(holds, holds)
        raise TypeError(f"not a Kconfig expression: {expression!r}")

    def _until(self, terms: Sequence[Expression], decided: Tri) -> list[Tri]:
        """Return the terms' values, up to the one that decides the whole."""
        values = []
        for term in terms:
            values.append(self.condition(term))
            if values[-1] == decided:
                return [decided]
        return values

    def _comparison(self, comparison: Comparison) -> Literal:
        left, right = comparison.left, comparison.right
        kinds = self._type(left), self._type(right)
        relation = RELATIONS[comparison.operator]
        return self.circuit.some(
            self.circuit.both(a, b)
            for left_text, a in self.operand(left).items()
            for right_text, b in self.operand(right).items()
            if relation(ordering(left_text, kinds[0], right_text, kinds[1]))
        )

    def operand(self, operand: Expression) -> Texts:
        """Return the texts of a symbol or constant."""
        match operand:
            case Constant(text):
                return {text: TRUE}
            case Reference(name):
                return self.texts(name)
        # An expression as the default of an int, hex or string is refused while parsing.
        raise TypeError(f"not a symbol: {operand}")

    def _type(self, operand: Expression) -> SymbolType | None:
        if isinstance(operand, Constant):
            return SymbolType.TRISTATE if operand.text in ("n", "m", "y") else None
        assert isinstance(operand, Reference)
        rules = self.model.symbols.get(operand.name)
        return rules.type if rules else None

    def highest(self, values: Iterable[Tri]) -> Tri:
        """Return the maximum, Kconfig's `||`."""
        row = list(values)
        return Tri(self.circuit.some(v.some for v in row), self.circuit.some(v.full for v in row))

    def lowest(self, values: Iterable[Tri]) -> Tri:
        """Return the minimum, Kconfig's `&&`."""
        row = list(values)
        return Tri(self.circuit.every(v.some for v in row), self.circuit.every(v.full for v in row))

    def chosen(self, condition: Literal, yes: Tri, no: Tri) -> Tri:
        """Return `condition ? yes : no`."""
        return Tri(*(self.circuit.choose(condition, a, b) for a, b in zip(yes, no, strict=True)))

    # Rules for bools and tristates

    @property
    def modules(self) -> Literal:
        """Whether tristates can be m."""
        return self.value(self.model.modules).some

    def acts_as_bool(self, kind: SymbolType | None) -> Literal:
        """Return whether a symbol or choice of this type acts as a bool [kconfiglib `type`]."""
        if kind is not SymbolType.TRISTATE:
            return TRUE
        return -self.modules

    def visibility(self, rules: Rules) -> Tri:
        """Return the upper bound of user values [kconfiglib `_visibility`]."""
        known = self._visibilities.get(rules.name)
        if known is None:
            known = self._visibilities[rules.name] = self._visible(rules)
        return known

    def _visible(self, rules: Rules) -> Tri:
        circuit = self.circuit
        if not rules.prompts:
            return N
        some, full = self.highest(self.condition(prompt.condition) for prompt in rules.prompts)
        if rules.choice is not None:
            mode = self.mode(rules.choice)
            if rules.type is SymbolType.TRISTATE:
                # A member that could be m only does not show while the choice is y.
                some = circuit.both(some, -circuit.both(-full, mode.full))
            elif self.model.choices[rules.choice].type is SymbolType.TRISTATE:
                some, full = circuit.both(some, mode.full), circuit.both(full, mode.full)
        return Tri(some, circuit.choose(self.acts_as_bool(rules.type), some, full))

    def choice_visibility(self, choice: ChoiceRules) -> Tri:
        """Return the upper bound of a choice's mode."""
        some, full = self.highest(self.condition(prompt.condition) for prompt in choice.prompts)
        return Tri(some, self.circuit.choose(self.acts_as_bool(choice.type), some, full))

    def fallback(self, rules: Rules) -> Tri:
        """Return the value of a bool or tristate that has no user value."""
        known = self._fallbacks.get(rules.name)
        if known is None:
            known = self._fallbacks[rules.name] = self.raised(rules, self._default(rules))
        return known

    def _default(self, rules: Rules) -> Tri:
        """Return the first default that counts, with implies."""
        value = N
        conditions = []
        for default in rules.defaults:
            conditions.append(self.condition(default.condition))
            if conditions[-1].some == TRUE:
                break
        for default, condition in reversed(list(zip(rules.defaults, conditions, strict=False))):
            if condition.some != FALSE:
                own = self.lowest([self.condition(default.value), condition])
                value = self.chosen(condition.some, own, value)
        implied = self.implied(rules)
        if implied.some == FALSE:
            return value
        depends = self.condition(rules.depends)
        if self.dialect is Dialect.LINUX:
            limited = self.lowest(
                [self.highest([value, implied]), self._bool_depends(rules, depends)]
            )
            return self.chosen(implied.some, limited, value)
        both = self.circuit.both(implied.some, depends.some)
        return self.chosen(both, self.highest([value, implied]), value)

    def _bool_depends(self, rules: Rules, depends: Tri) -> Tri:
        full = self.circuit.choose(self.acts_as_bool(rules.type), depends.some, depends.full)
        return Tri(depends.some, full)

    def selected(self, rules: Rules) -> Tri:
        """Return the lower bound that selects give, whatever the dependencies."""
        return self._raised_by(rules.selected)

    def implied(self, rules: Rules) -> Tri:
        """Return what implies ask for."""
        return self._raised_by(rules.implied)

    def _raised_by(self, levers: Sequence[Lever]) -> Tri:
        return self.highest(
            self.lowest([self.value(lever.source), self.condition(lever.condition)])
            for lever in levers
        )

    def promotes(self, rules: Rules) -> Literal:
        """Return whether m becomes y: a bool, or (kconfiglib) an imply of y."""
        as_bool = self.acts_as_bool(rules.type)
        if self.dialect is Dialect.LINUX or as_bool == TRUE:
            return as_bool
        return self.circuit.either(as_bool, self.implied(rules).full)

    def raised(self, rules: Rules, value: Tri) -> Tri:
        """Return a value with selects and the promotion of m to y."""
        some, full = self.highest([value, self.selected(rules)])
        return Tri(some, self.circuit.choose(self.promotes(rules), some, full))

    # Rules for ints, hexes and strings

    def bounds(self, rules: Rules) -> list[Bounds]:
        """Return the possible active ranges; their literals exclude each other."""
        known = self._bounds.get(rules.name)
        if known is None:
            known = self._bounds[rules.name] = self._ranges(rules)
        return known

    def _ranges(self, rules: Rules) -> list[Bounds]:
        base = 10 if rules.type is SymbolType.INT else 16
        found, none_before = [], TRUE
        for item in rules.ranges:
            holds = self.condition(item.condition).some
            active = self.circuit.both(none_before, holds)
            none_before = self.circuit.both(none_before, -holds)
            if active == FALSE:
                continue
            for low, at_low in self.operand(item.low).items():
                for high, at_high in self.operand(item.high).items():
                    literal = self.circuit.every([active, at_low, at_high])
                    if literal != FALSE:
                        found.append(Bounds(literal, number(low, base), number(high, base)))
        return found

    def takes(self, rules: Rules, text: str) -> Literal:
        """Return whether a user's text counts: the symbol shows, and it is in the range."""
        visible = self.visibility(rules).some
        if rules.type is SymbolType.STRING:
            return visible
        value = number(text, 10 if rules.type is SymbolType.INT else 16)
        outside = (b.literal for b in self.bounds(rules) if not b.low <= value <= b.high)
        return self.circuit.both(visible, -self.circuit.some(outside))

    def numeric_fallback(self, rules: Rules) -> Texts:
        """Return the texts of an int, hex or string that has no user value that counts."""
        known = self._numeric_fallbacks.get(rules.name)
        if known is None:
            defaults = self._default_texts(rules)
            if rules.type is not SymbolType.STRING and rules.ranges:
                defaults = self._clamped(rules, defaults)
            known = self._numeric_fallbacks[rules.name] = defaults
        return known

    def _default_texts(self, rules: Rules) -> Texts:
        texts: dict[str, Literal] = {}
        none_before = TRUE
        for default in rules.defaults:
            holds = self.condition(default.condition).some
            active = self.circuit.both(none_before, holds)
            none_before = self.circuit.both(none_before, -holds)
            if active != FALSE:
                for text, literal in self.operand(default.value).items():
                    self._add(texts, text, self.circuit.both(active, literal))
        self._add(texts, "", none_before)
        return texts

    def _clamped(self, rules: Rules, texts: Texts) -> Texts:
        base = 10 if rules.type is SymbolType.INT else 16
        ranges = self.bounds(rules)
        clamped: dict[str, Literal] = {}
        free = -self.circuit.some(bounds.literal for bounds in ranges)
        for text, literal in texts.items():
            value = number(text, base)
            self._add(clamped, text, self.circuit.both(literal, free))
            for bounds in ranges:
                # kconfiglib tests the lower end first, also where the ends are swapped
                end = (
                    bounds.low
                    if value < bounds.low
                    else bounds.high
                    if value > bounds.high
                    else None
                )
                new = text if end is None else str(end) if base == 10 else hex(end)
                self._add(clamped, new, self.circuit.both(literal, bounds.literal))
        return clamped

    def _add(self, texts: dict[str, Literal], text: str, literal: Literal) -> None:
        if literal != FALSE:
            texts[text] = self.circuit.either(texts.get(text, FALSE), literal)


def number(text: str, base: int) -> int:
    """Return a text's number, 0 where it is none [strtoll, as kconfiglib mirrors it]."""
    try:
        return int(text, base)
    except ValueError:
        return 0
