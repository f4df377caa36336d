# SPDX-License-Identifier: MIT
"""Values as a function of what the user asks for.

What is asked for is a `UserInput`: the lines of one assignment [`resolver`], or an input
of the circuit for each line that there can be [kvariant.space.user_circuit].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from kvariant.kconfig.semantics import choices, levels, texts
from kvariant.kconfig.semantics.algebra import Algebra, Level, Truth
from kvariant.kconfig.semantics.values import Values
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import ChoiceRules, Model, Rules
    from kvariant.kconfig.semantics.choices import Line

Given = TypeVar("Given", covariant=True)


class UserInput(Protocol[Truth, Given]):
    """What is asked for, value texts that are none of a symbol's type left out."""

    def level(self, rules: Rules) -> tuple[Truth, Given]:
        """Return whether a bool or tristate has a user value, and which."""

    def texts(self, rules: Rules) -> Mapping[str, Truth]:
        """Return whether an int, hex or string is asked to have each text."""

    def lines(self, index: int) -> Sequence[Line[Truth]]:
        """Return the lines for members of a choice, the last one of the `.config` last."""


class UserValues(Values[Truth, Level]):
    """Values from user values."""

    def __init__(
        self,
        model: Model,
        dialect: Dialect,
        algebra: Algebra[Truth, Level],
        asked: UserInput[Truth, Level],
    ) -> None:
        super().__init__(model, dialect, algebra)
        self._asked = asked
        self._selections: dict[int, Mapping[str, Truth]] = {}

    def _logical(self, rules: Rules) -> Level:
        given, wish = self._asked.level(rules)
        if given == self.algebra.false:
            return self.fallback(rules)
        return levels.raised(self, rules, self._taken(rules, given, wish))

    def _taken(self, rules: Rules, given: Truth, wish: Level) -> Level:
        """Return the user value where there is one and the symbol shows, else the default."""
        algebra = self.algebra
        visible = self.visibility(rules)
        taken = algebra.lowest((wish, visible))
        counts = algebra.both(algebra.is_some(visible), given)
        if counts == algebra.true:
            return taken
        return algebra.chosen(counts, taken, levels.default(self, rules))

    def _number_or_string(self, rules: Rules) -> Mapping[str, Truth]:
        return texts.user_texts(self, rules, self._asked.texts(rules))

    def _mode(self, index: int, choice: ChoiceRules) -> Level:
        return choices.asked_mode(self, choice, self._asked.lines(index))

    def _member(self, rules: Rules, choice: ChoiceRules) -> Level:
        algebra = self.algebra
        assert rules.choice is not None
        visible = self.visibility(rules)
        if visible == algebra.n:
            return choices.out_of_sight(self, rules)
        is_y = algebra.is_full(visible)
        full = algebra.both(is_y, self._selection(rules.choice)[rules.name])
        selected = algebra.level(full, full)
        if rules.type is not SymbolType.TRISTATE or is_y == algebra.true:
            if is_y == algebra.true or not self.dialect.member_defaults:
                return selected
            return algebra.chosen(is_y, selected, choices.out_of_sight(self, rules))
        given, wish = self._asked.level(rules)
        if self.dialect.member_defaults:
            other = algebra.promoted(self.acts_as_bool(rules.type), self._taken(rules, given, wish))
        else:
            only = algebra.both(algebra.is_some(visible), algebra.is_some(wish))
            other = algebra.level(only, algebra.false)
        return algebra.chosen(is_y, selected, other)

    def _selection(self, index: int) -> Mapping[str, Truth]:
        known = self._selections.get(index)
        if known is None:
            known = choices.selection(self, index, self._asked.lines(index))
            self._selections[index] = known
        return known
