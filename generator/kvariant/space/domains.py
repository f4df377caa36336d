# SPDX-License-Identifier: MIT
"""Finite domains for int, hex and string symbols, exact for every condition.

A symbol that a user can set has infinitely many values, but conditions tell few
of them apart: those compared with, those at the ends of ranges, and whatever
lies between. A domain holds one text of each kind:

    symbol is                               its domain
    int or hex, ranges of <= 64 values      all of them
    int or hex, compared or ranged          constants, range ends, one either side
    int or hex, otherwise                   the constants and one more
    string                                  the constants and one more

Constants flow along defaults, ranges and comparisons between symbols, in both
directions, so that `Y default X` and `Y > 5` give X the values 4, 5 and 6.

Strings that are ordered by `<` get "", and a text in each gap between constants. The
limit: a gap has none where its upper end is the lower one with a control character.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import (
    ALWAYS,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    conjuncts,
)
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import Model, Rules

Domains = Mapping[str, tuple[str, ...]]
"""Value texts that a user may give, for each int, hex and string symbol with a prompt."""

_REACH = 4
"""Values of one kind that a domain has at most, for symbols that are compared with each other."""
_FILLERS = ("0", "!", " ", "\t")
"""What a text is made longer by, the plainest first."""
SMALL_RANGE = 64
"""Ranges of up to this many values are in the domain whole."""


class ModelDomains:
    """The domains that a model's rules tell apart, worked out once for all extensions of them."""

    def __init__(
        self, model: Model, dialect: Dialect, conditions: Iterable[Expression] = ()
    ) -> None:
        """Prepare domains; nothing is worked out yet.

        Args:
            dialect: which texts are values.
            conditions: further expressions for which the domains are exact.
        """
        self._model = model
        self._dialect = dialect
        self._conditions = tuple(conditions)

    def extended(self, extra: Mapping[str, Iterable[str]]) -> Domains:
        """Return the domain of every symbol that has one, in Kconfig order.

        Args:
            extra: further texts for some symbols, such as those of an assignment; they
                spread over the symbol's group.
        """
        own = self._own
        more = self._constants.spread(extra)
        return {
            name: tuple(dict.fromkeys([*texts, *more(self._model.symbols[name])]))
            for name, texts in own.items()
        }

    @cached_property
    def _constants(self) -> GroupedConstants:
        return GroupedConstants(self._model, self._dialect, self._conditions)

    @cached_property
    def _own(self) -> Domains:
        return {
            name: tuple(self._constants.domain(rules))
            for name, rules in self._model.symbols.items()
            if rules.type and not rules.is_logical and rules.is_settable
        }


def is_whole(model: Model, rules: Rules, texts: Iterable[str]) -> bool:
    """Return whether texts are every value that a symbol can be given."""
    if not rules.type or rules.is_logical or not rules.is_settable:
        return True
    base = 10 if rules.type is SymbolType.INT else 16
    numbers = {parsed(text, base) for text in texts}
    shown = [set(conjuncts(prompt.condition)) for prompt in rules.prompts]
    for item in rules.ranges:
        low, high = (_end(model, end, base) for end in (item.low, item.high))
        if low is None or high is None or not all(n in numbers for n in range(low, high + 1)):
            return False
        if item.condition == ALWAYS or all(set(conjuncts(item.condition)) <= c for c in shown):
            return True  # wherever the symbol shows, this range or one before it is active
    return False


class GroupedConstants:
    """Constants by group; symbols are in one group if a rule relates their values."""

    def __init__(
        self, model: Model, dialect: Dialect, conditions: Iterable[Expression] = ()
    ) -> None:
        self._model = model
        self._dialect = dialect
        self._parent: dict[str, str] = {}
        self._texts: dict[str, dict[str, None]] = {}
        self._compared: set[str] = set()
        self._compared_with: dict[str, dict[str, None]] = {}
        self._seen: set[int] = set()
        for rules in model.symbols.values():
            for expression in _conditions(rules):
                self._visit(expression)
            if rules.type and not rules.is_logical:
                for value in _values(rules):
                    self._relate([Reference(rules.name), value])
        for choice in model.choices:
            for condition in (
                *(p.condition for p in choice.prompts),
                *(c for _, c in choice.defaults),
            ):
                self._visit(condition)
        for condition in conditions:
            self._visit(condition)

    def domain(self, rules: Rules) -> Iterator[str]:
        group = self._find(rules.name)
        texts = self._texts.get(group, {})
        compared = group in self._compared
        if rules.type is SymbolType.STRING:
            yield from self._strings(rules, texts, compared)
        else:
            yield from self._numbers(rules, texts, compared)

    def group(self, name: str) -> str:
        """Return the name of a symbol's group: the same for all that are in it."""
        return self._find(name)

    def written(self, name: str) -> tuple[str, ...]:
        """Return the texts that defaults, ranges and comparisons of a group have."""
        return tuple(self._texts.get(self._find(name), ()))

    def compared_with(self, name: str) -> tuple[str, ...]:
        """Return the texts that a group's symbols are compared with, all where with each other."""
        group = self._find(name)
        told = self._compared_with.get(group, {})
        return self.written(name) if "" in told else tuple(told)

    def spread(self, extra: Mapping[str, Iterable[str]]) -> Callable[[Rules], Iterator[str]]:
        """Return for a symbol the extra texts that it can have."""
        groups: dict[str, dict[str, None]] = {}
        for name, texts in extra.items():
            groups.setdefault(self._find(name), {}).update(dict.fromkeys(texts))

        def valid(rules: Rules) -> Iterator[str]:
            assert rules.type is not None
            kind = rules.type
            return (
                text
                for text in groups.get(self._find(rules.name), ())
                if self._dialect.is_value(text, kind)
            )

        return valid

    def _strings(self, rules: Rules, texts: Iterable[str], compared: bool) -> Iterator[str]:
        """Yield the constants, where they are ordered a text in each gap, and one more.

        A string is compared as a number with what is no string, so numbers have their
        neighbours too.
        """
        yield from texts
        if compared:
            yield ""
            reach = max(1, min(_REACH, self._size(rules.name) - 1))
            numbers = {n for text in texts if (n := parsed(text, 0)) is not None}
            yield from (str(n + step) for n in numbers for step in (-1, 1))
            ordered = sorted({"", *texts})
            for below, above in itertools.zip_longest(ordered, ordered[1:]):
                yield from _between(below, above, reach)
        other = "other"
        while other in texts:
            other += "_"
        yield other

    def _numbers(self, rules: Rules, texts: Iterable[str], compared: bool) -> Iterator[str]:
        base = 10 if rules.type is SymbolType.INT else 16
        defaults = [_plain(self._model, default.value) for default in rules.defaults]
        assert rules.type is not None
        kind, is_value = rules.type, self._dialect.is_value
        written = {parsed(t, base): t for t in defaults if t is not None and is_value(t, kind)}
        numbers = {
            n for text in texts for n in (parsed(text, base), parsed(text, 0)) if n is not None
        }
        ends = [
            (_end(self._model, r.low, base), _end(self._model, r.high, base)) for r in rules.ranges
        ]
        small = [
            range(low, high + 1)
            for low, high in ends
            if low is not None and high is not None and high - low < SMALL_RANGE
        ]
        if compared or len(small) < len(ends):
            reach = max(1, min(_REACH, self._size(rules.name) - 1))
            numbers |= {n + step for n in numbers for step in range(-reach, reach + 1)}
        else:
            numbers.add(max(numbers, default=-1) + 1)
        for whole in small:
            numbers.update(whole)
        for number in sorted(numbers):
            if number >= 0 or rules.type is SymbolType.INT:
                yield written.get(number) or (str(number) if base == 10 else hex(number))

    def _visit(self, root: Expression) -> None:
        stack = [root]
        while stack:
            term = stack.pop()
            if id(term) in self._seen:
                continue
            self._seen.add(id(term))
            if isinstance(term, Comparison):
                sides = (term.left, term.right)
                group = self._relate(sides)
                texts_only = all(self._type(side) is SymbolType.STRING for side in sides)
                if group and not (texts_only and term.operator in ("=", "!=")):
                    self._compared.add(group)
                if group:
                    told = self._compared_with.setdefault(self._find(group), {})
                    told.update(dict.fromkeys(self._told(sides)))
            elif isinstance(term, And | Or):
                stack.extend(term.terms)
            elif isinstance(term, Not):
                stack.append(term.term)

    def _relate(self, operands: Iterable[Expression]) -> str:
        """Join the operands' groups and note their constants; return the group, "" if none."""
        names, texts = [], []
        for operand in operands:
            if isinstance(operand, Constant):
                texts.append(operand.text)
            elif isinstance(operand, Reference):
                rules = self._model.symbols.get(operand.name)
                if rules is None or rules.type is None:
                    texts.append(operand.name)
                elif rules.is_logical:
                    texts += ["n", "m", "y"]
                else:
                    names.append(operand.name)
        if not names:
            return ""
        group = self._find(names[0])
        for name in names[1:]:
            group = self._join(group, self._find(name))
        self._texts.setdefault(group, {}).update(dict.fromkeys(texts))
        return group

    def _told(self, sides: tuple[Expression, Expression]) -> Iterator[str]:
        """Yield what the text symbols of a comparison are compared with, "" for each other."""
        kinds = [self._type(side) for side in sides]
        if all(kind is not None and not kind.is_logical for kind in kinds):
            yield ""
        for side, kind in zip(sides, kinds, strict=True):
            if kind is None:
                yield _plain(self._model, side) or ""
            elif kind.is_logical:
                yield from ("n", "m", "y")

    def _type(self, operand: Expression) -> SymbolType | None:
        rules = self._model.symbols.get(operand.name) if isinstance(operand, Reference) else None
        return rules.type if rules else None

    def _find(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def _join(self, first: str, second: str) -> str:
        if first != second:
            self._parent[second] = first
            self._texts.setdefault(first, {}).update(self._texts.pop(second, {}))
            if second in self._compared:
                self._compared.add(first)
            told = self._compared_with.pop(second, {})
            self._compared_with.setdefault(first, {}).update(told)
        return first

    def _size(self, name: str) -> int:
        group = self._find(name)
        return sum(self._find(other) == group for other in self._parent) + 1


def _between(below: str, above: str | None, count: int) -> Iterator[str]:
    """Yield texts above one and below another, None being above all; none where none is."""
    for filler in _FILLERS:
        found = [below + filler * (i + 1) for i in range(count)]
        if all(below < text and (above is None or text < above) for text in found):
            yield from found
            return


def _conditions(rules: Rules) -> Iterator[Expression]:
    yield rules.depends
    for prompt in rules.prompts:
        yield prompt.condition
    for default in rules.defaults:
        yield default.condition
        if rules.is_logical:
            yield default.value
    for item in rules.ranges:
        yield item.condition
    for reverse in (*rules.selected, *rules.implied):
        yield reverse.condition


def _values(rules: Rules) -> Iterator[Expression]:
    for default in rules.defaults:
        yield default.value
    for item in rules.ranges:
        yield item.low
        yield item.high


def _plain(model: Model, operand: Expression) -> str | None:
    """Return the text that an operand is written as, None where it is a symbol's value.

    A number without quotes reads like a symbol that nothing defines.
    """
    if isinstance(operand, Constant):
        return operand.text
    assert isinstance(operand, Reference)
    rules = model.symbols.get(operand.name)
    return operand.name if rules is None or rules.type is None else None


def _end(model: Model, operand: Expression, base: int) -> int | None:
    """Return the number that one end of a range is, None where it is a symbol's value."""
    text = _plain(model, operand)
    return None if text is None else parsed(text, base)


def parsed(text: str, base: int) -> int | None:
    """Return the number that a text is; n, m and y are 0, 1 and 2 as in comparisons."""
    try:
        return int(text, base)
    except ValueError:
        return {"n": 0, "m": 1, "y": 2}.get(text) if base == 0 else None
