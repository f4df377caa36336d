# SPDX-License-Identifier: MIT
"""The values that one assignment gives: the rules over plain values.

Cost: some 10 microseconds a symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.semantics import choices, levels
from kvariant.kconfig.semantics.algebra import Plain
from kvariant.kconfig.semantics.choices import Line
from kvariant.kconfig.semantics.user_values import UserValues
from kvariant.kconfig.value import SymbolType, Tristate

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import Model, Rules

_PLAIN = Plain()


class Lines:
    """What the lines of one `.config` ask for."""

    def __init__(self, model: Model, dialect: Dialect, lines: Iterable[tuple[str, str]]) -> None:
        """Take symbols with their user values, the last line last.

        Values that are none of their symbol's type are ignored. Of several lines for a
        symbol the last one counts; but a member of a choice that was asked to be y stays
        selected where kconfiglib and C up to 6.10 read on.
        """
        self._model = model
        self._keeps = not dialect.last_visible_member
        self.asked: dict[str, str] = {}
        """User values, in the order of their lines."""
        self._of_choice: dict[int, list[Line[bool]]] = {}
        for name, text in lines:
            rules = model.symbols.get(name)
            if rules is None or rules.type is None or not dialect.is_value(text, rules.type):
                continue
            self.asked.pop(name, None)
            self.asked[name] = text
            if rules.choice is not None:
                self._add(rules.choice, Line(name, text == "y", text == "m", text == "n"))

    def _add(self, choice: int, line: Line[bool]) -> None:
        before = self._of_choice.setdefault(choice, [])
        if not self._keeps:
            before[:] = [other for other in before if other.member != line.member]
        before.append(line)

    @property
    def assignment(self) -> dict[str, str]:
        """Return one user value a symbol that together give the same."""
        found = dict(self.asked)
        for lines in self._of_choice.values() if self._keeps else ():
            selected = next((line.member for line in reversed(lines) if line.y), None)
            if selected and found[selected] == "n":
                found[selected] = "y"
        return found

    def level(self, rules: Rules) -> tuple[bool, int]:
        """Return whether a bool or tristate has a user value, and which."""
        text = self.asked.get(rules.name)
        return (False, 0) if text is None else (True, int(Tristate.of(text)))

    def texts(self, rules: Rules) -> Mapping[str, bool]:
        """Return the text that an int, hex or string is asked to have."""
        text = self.asked.get(rules.name)
        return {} if text is None else {text: True}

    def lines(self, index: int) -> Sequence[Line[bool]]:
        """Return the lines for members of a choice."""
        return self._of_choice.get(index, ())


class Resolved(UserValues[bool, int]):
    """The values of one assignment, found when asked for."""

    def __init__(self, model: Model, dialect: Dialect, lines: Iterable[tuple[str, str]]) -> None:
        self.lines = Lines(model, dialect, lines)
        super().__init__(model, dialect, _PLAIN, self.lines)
        self.written: Sequence[str] | None = None
        """The symbols of which a `.config` has lines, once that is known."""

    def know(self, values: Mapping[str, str]) -> None:
        """Take the values as they were found before: what is asked next rests on them."""
        for name, text in values.items():
            rules = self.model.symbols[name]
            if rules.is_logical:
                self._values[name] = "nmy".index(text)
            else:
                self._texts[name] = {text: True}

    def rest_on(self, other: Resolved) -> None:
        """Take all that another one has worked out from values alone, and the values.

        Modes and selections of choices come from lines: they are not taken.
        """
        self._values, self._texts = dict(other._values), dict(other._texts)
        self._conditions, self._visibilities = dict(other._conditions), dict(other._visibilities)
        self._fallbacks, self._bounds = dict(other._fallbacks), dict(other._bounds)
        self._fallback_texts = dict(other._fallback_texts)

    def without_memory(self, name: str) -> str:
        """Return a symbol's value text from its own rules, the values of others as they are."""
        rules = self.model.symbols[name]
        return "nmy"[self._value(name)] if rules.is_logical else next(iter(self._texts_of(name)))

    def text(self, name: str) -> str:
        """Return a symbol's value text."""
        rules = self.model.symbols[name]
        if rules.is_logical:
            return "nmy"[self.value(name)]
        return next(iter(self.texts(name)))

    def all_texts(self) -> dict[str, str]:
        """Return every symbol's value text."""
        value, texts = self.value, self.texts
        return {
            name: "nmy"[value(name)] if rules.is_logical else next(iter(texts(name)))
            for name, rules in self.model.symbols.items()
        }

    def is_written(self, rules: Rules) -> bool:
        """Return whether a `.config` has a line for a symbol [C `SYMBOL_WRITE`].

        One that shows, and one that a default, a select or an imply gives a value. C
        also writes what is n although it is implied, kconfiglib does not.
        """
        if rules.is_transitional and self.dialect.transitional:
            return False
        if self.visibility(rules):
            return True
        if not rules.is_logical:
            return any(self.holds(default.condition) for default in rules.defaults)
        is_implied = self.dialect.limited_imply and levels.implied(self, rules)
        return bool(self.value(rules.name) or is_implied)

    def is_choices_own(self, rules: Rules) -> bool:
        """Return whether a member is y because its choice falls to it by default."""
        assert rules.choice is not None
        choice = self.model.choices[rules.choice]
        if choice.is_optional or rules.type is not SymbolType.BOOL or self.value(rules.name) != 2:
            return False
        shows = choices.shown(self, rules.choice)
        return dict(choices.falls_to(self, choice, shows)).get(rules.name, False)
