# SPDX-License-Identifier: MIT
"""Two models with their choices numbered alike, so that their rules can be compared and mixed.

A choice has no name: it is the one of the other model with which it shares most members.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kvariant.errors import Location
from kvariant.kconfig.expression import ALWAYS, And, Comparison, Constant, Expression, Not, Or
from kvariant.kconfig.model import (
    ChoiceRules,
    Default,
    Mode,
    Model,
    Prompt,
    Range,
    ReverseDependency,
    Rules,
)
from kvariant.kconfig.reader import deep

_NO_CHOICE = ChoiceRules(
    type=None,
    is_optional=True,
    prompts=(),
    defaults=(),
    members=(),
    depends=ALWAYS,
    location=Location(""),
)
"""What stands where one of the models has no choice of a number."""


def aligned(before: Model, after: Model, root: str, place: str) -> tuple[Model, Model]:
    """Return both models with the numbers of the first's choices; new ones come last.

    Args:
        root: the folder in which the tree before is laid out; "": it is where it is.
        place: what stands for it in texts: the tree's own folder.
    """
    numbers = _numbers(before.choices, after.choices)
    size = max([len(before.choices), *(number + 1 for number in numbers.values())])
    choices = [_NO_CHOICE] * size
    rewriting = _Rewriting(numbers)
    translated = deep(lambda: rewriting.model(after))
    for index, choice in enumerate(translated.choices):
        choices[numbers[index]] = choice
    padded = (*before.choices, *[_NO_CHOICE] * (size - len(before.choices)))
    first = replace(before, choices=padded)
    if root:
        relocating = _Relocating(root, place)
        first = deep(lambda: relocating.model(first))
    return first, replace(translated, choices=tuple(choices))


def _numbers(before: Sequence[ChoiceRules], after: Sequence[ChoiceRules]) -> Mapping[int, int]:
    """Return for each choice of the second list its number."""
    members: dict[str, list[int]] = {}
    for index, choice in enumerate(before):
        for name in choice.members:
            members.setdefault(name, []).append(index)
    pairs: list[tuple[int, int, int]] = []
    for index, choice in enumerate(after):
        shared: dict[int, int] = {}
        for name in choice.members:
            for other in members.get(name, ()):
                shared[other] = shared.get(other, 0) + 1
        pairs += [(-count, index, other) for other, count in shared.items()]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, index, other in sorted(pairs):
        if index not in found and other not in taken:
            found[index] = other
            taken.add(other)
    empty = [i for i, choice in enumerate(before) if not choice.members]
    number = len(before)
    for index, choice in enumerate(after):
        if index in found:
            continue
        if not choice.members and empty:
            found[index] = empty.pop(0)
        else:
            found[index], number = number, number + 1
    return found


class _Mapped(ABC):
    """A model with each of its expressions put through a function, shared ones once."""

    def __init__(self) -> None:
        self._done: dict[int, Expression] = {}

    def model(self, model: Model) -> Model:
        if self.is_idle:
            return model
        symbols = {name: self._rules(rules) for name, rules in model.symbols.items()}
        return replace(model, symbols=symbols, choices=tuple(map(self._choice, model.choices)))

    @property
    def is_idle(self) -> bool:
        return False

    def number(self, index: int) -> int:
        return index

    @abstractmethod
    def leaf(self, expression: Expression) -> Any:
        """Return what stands for a constant, or for what is referred to."""

    def expression(self, item: Expression) -> Expression:
        known = self._done.get(id(item))
        if known is None:
            known = self._done[id(item)] = self._mapped(item)
        return known

    def _mapped(self, item: Expression) -> Expression:
        match item:
            case Not():
                term = self.expression(item.term)
                return item if term is item.term else Not(term)
            case And() | Or():
                terms = tuple(map(self.expression, item.terms))
                same = all(a is b for a, b in zip(terms, item.terms, strict=True))
                return item if same else type(item)(terms)
            case Comparison():
                left, right = self.leaf(item.left), self.leaf(item.right)
                same = left is item.left and right is item.right
                return item if same else replace(item, left=left, right=right)
        found: Expression = self.leaf(item)
        return found

    def _rules(self, rules: Rules) -> Rules:
        own = self.expression
        return replace(
            rules,
            prompts=tuple(Prompt(own(p.condition), p.location) for p in rules.prompts),
            defaults=tuple(
                Default(own(d.value), own(d.condition), d.location) for d in rules.defaults
            ),
            ranges=tuple(
                Range(own(r.low), own(r.high), own(r.condition))  # type: ignore[arg-type]
                for r in rules.ranges
            ),
            selected=tuple(self._reverse(r) for r in rules.selected),
            implied=tuple(self._reverse(r) for r in rules.implied),
            depends=own(rules.depends),
            choice=None if rules.choice is None else self.number(rules.choice),
        )

    def _reverse(self, reverse: ReverseDependency) -> ReverseDependency:
        return replace(reverse, condition=self.expression(reverse.condition))

    def _choice(self, choice: ChoiceRules) -> ChoiceRules:
        own = self.expression
        return replace(
            choice,
            prompts=tuple(Prompt(own(p.condition), p.location) for p in choice.prompts),
            defaults=tuple((name, own(condition)) for name, condition in choice.defaults),
            depends=own(choice.depends),
        )


class _Rewriting(_Mapped):
    """The same rules with other numbers of choices."""

    def __init__(self, numbers: Mapping[int, int]) -> None:
        super().__init__()
        self._numbers = numbers

    @property
    def is_idle(self) -> bool:
        return all(index == number for index, number in self._numbers.items())

    def number(self, index: int) -> int:
        return self._numbers[index]

    def leaf(self, expression: Expression) -> Any:
        if isinstance(expression, Mode) and self.number(expression.choice) != expression.choice:
            return replace(expression, choice=self.number(expression.choice))
        return expression


class _Relocating(_Mapped):
    """The same rules as if the tree stood in another folder."""

    def __init__(self, folder: str, place: str) -> None:
        super().__init__()
        self._folder, self._place = folder, place

    def leaf(self, expression: Expression) -> Any:
        if isinstance(expression, Constant) and self._folder in expression.text:
            return Constant(expression.text.replace(self._folder, self._place))
        return expression
