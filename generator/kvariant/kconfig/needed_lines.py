# SPDX-License-Identifier: MIT
"""The fewest lines that give a configuration: each of them is needed.

A value is a function of other values and of the symbol's own line, and nothing goes round
[`semantics.again`]. So with all other values as they are to be,

    a symbol outside choices    needs its line exactly if without one it is something else
    a choice                    needs the fewest lines for its members that give it its
                                mode and members; one at most where its mode is y

and what all need together is what gives the configuration: no line of it can be missing, and
outside choices no other set of lines is as small. Where the rule that decides whether tristates
can be m is itself conditional, that is not so; lines are then left out one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.semantics.resolver import Resolved

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.model import Model

_CHECKED = 100_000
"""Lines times symbols up to which each line is left out once more, by resolving all."""

Line = tuple[str, str]
"""A symbol and the value that is asked for."""


def needed_lines(
    model: Model, dialect: Dialect, below: Sequence[Line], full: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the lines, of those that are given, without which their configuration is another.

    Args:
        below: lines that are there in any case, before the others.
        full: value text by symbol; with these, after `below`, the configuration is given.

    Returns:
        Value text by symbol, in Kconfig order.
    """
    work = _LineSearch(model, dialect, below, full)
    found = work.by_rules()
    if not work.is_given_by(found):
        return work.reduced(dict(full))
    return work.reduced(found) if len(found) * len(model.symbols) <= _CHECKED else found


class _LineSearch:
    """One search."""

    def __init__(
        self, model: Model, dialect: Dialect, below: Sequence[Line], full: Mapping[str, str]
    ) -> None:
        self._model, self._dialect, self._below, self._full = model, dialect, below, full
        self._goal = self._resolved(full.items())
        self._texts = self._goal.all_texts()

    def by_rules(self) -> dict[str, str]:
        """Return what each symbol and each choice needs by itself."""
        members = dict(self._of_choices())
        bare = self._around(members.items())
        found = {}
        for name in self._model.symbols:
            is_plain = name in self._full and self._model.symbols[name].choice is None
            if name in members:
                found[name] = members[name]
            elif is_plain and bare.without_memory(name) != self._texts[name]:
                found[name] = self._line(name)
        return found

    def is_given_by(self, lines: Mapping[str, str]) -> bool:
        """Return whether lines give the configuration: everything is resolved."""
        return self._resolved(lines.items()).all_texts() == self._texts

    def reduced(self, lines: dict[str, str]) -> dict[str, str]:
        """Return lines without those that can be left out, one after the other."""
        before = None
        while before != len(lines):
            before = len(lines)
            for name in reversed([*lines]):
                rest = {other: text for other, text in lines.items() if other != name}
                if self.is_given_by(rest):
                    lines = rest
        return {name: lines[name] for name in self._model.symbols if name in lines}

    def _of_choices(self) -> Iterator[Line]:
        bare = self._around(())
        for index in range(len(self._model.choices)):
            if not self._is_as_it_should(bare, index):
                yield from self._of_choice(index)

    def _of_choice(self, index: int) -> Sequence[Line]:
        """Return the fewest lines that one choice needs: none, one, or of all that it has."""
        every = [(n, self._line(n)) for n in self._model.choices[index].members if n in self._full]
        one_by_one = sorted(every, key=lambda line: "ymn".find(line[1]))
        for line in one_by_one:
            if self._is_as_it_should(self._around([line]), index):
                return [line]
        for line in one_by_one[::-1]:
            rest = [other for other in every if other != line]
            if self._is_as_it_should(self._around(rest), index):
                every = rest
        return every

    def _is_as_it_should(self, around: Resolved, index: int) -> bool:
        """Return whether a choice has its mode and its members their values."""
        has_mode = not self._dialect.hidden_choices
        if has_mode and around.own_mode(index) != self._goal.own_mode(index):
            return False
        members: Iterable[str] = self._model.choices[index].members
        return all(around.without_memory(name) == self._texts[name] for name in members)

    def _line(self, name: str) -> str:
        """Return what a symbol's line says: its value, or what it was asked to be to have it.

        A number that is changed to fit its range is asked for as it is.
        """
        text, asked = self._texts[name], self._full[name]
        rules = self._model.symbols[name]
        if text == asked or rules.type is None or not self._dialect.is_value(text, rules.type):
            return asked
        around = self._around([(name, text)])
        return text if around.without_memory(name) == text else asked

    def _around(self, lines: Iterable[Line]) -> Resolved:
        """Return some lines, all other values being what they are to be."""
        found = self._resolved(lines)
        found.rest_on(self._goal)
        return found

    def _resolved(self, lines: Iterable[Line]) -> Resolved:
        return Resolved(self._model, self._dialect, [*self._below, *lines])
