# SPDX-License-Identifier: MIT
"""From solutions of the formula back to configurations and their user values.

A solver gives values of the circuit's inputs only where it must; everything else
(values of promptless symbols, whether a value is the fallback) is evaluated, which
also keeps gates that only this needs out of the formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.kconfig.model import ChoiceRules, is_mode_read
from kvariant.kconfig.semantics import choices
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, TRUE, Literal, N
from kvariant.space.packed import Configurations
from kvariant.space.simulate import Simulator, packed, unpacked

if TYPE_CHECKING:
    from kvariant.space.image import Image


class Decoder:
    """Reads configurations off input values of an `Image`."""

    def __init__(self, image: Image, names: Sequence[str], settable: Sequence[str]) -> None:
        """Take the symbols to read, and those whose user values are to be given."""
        self._image = image
        self._literals: dict[Literal, int] = {}
        self._rows: dict[str, Mapping[str, int]] = {
            name: {
                text: self._row(literal)
                for text, literal in image.texts(name).items()
                if literal != FALSE
            }
            for name in names
        }
        model = image.model
        self._settable = {
            name: (
                self._row(image.has_fallback(name)),
                self._user_values(image, name),
            )
            for name in settable
            if model.symbols[name].choice is None
            and image.visibility(model.symbols[name]).some != FALSE
        }
        chosen = dict.fromkeys(
            rules.choice for name in settable if (rules := model.symbols[name]).choice is not None
        )
        self._choices = [
            _ChoiceReader(self, image, model.choices[index], index) for index in chosen
        ]
        self._types = {
            name: rules.type or SymbolType.STRING for name, rules in model.symbols.items()
        }
        self._simulator = Simulator(image.circuit, tuple(self._literals))
        self._order = {name: i for i, name in enumerate(model.symbols)}

    def _user_values(self, image: Image, name: str) -> Sequence[tuple[str, int, int]]:
        """Return user values, each with the rows that say whether it counts and what it gives."""
        found = image.texts(name)
        rules = image.model.symbols[name]
        always = self._row(TRUE)
        if rules.is_logical:
            return [(text, always, self._row(literal)) for text, literal in found.items()]
        return [
            (way.user_value, self._row(way.holds), self._row(found.get(way.text, FALSE)))
            for way in image.ways(rules)
        ]

    @property
    def inputs(self) -> Sequence[int]:
        """Return the circuit's input nodes, in the order that `decode` takes them."""
        return self._simulator.inputs

    def _row(self, literal: Literal) -> int:
        return self._literals.setdefault(literal, len(self._literals))

    def decode(self, solutions: npt.NDArray[np.bool_]) -> Configurations:
        """Return the configurations of solutions (inputs x lanes)."""
        count = solutions.shape[1]
        bits = self._simulator.run(packed(solutions))
        lanes = unpacked(bits, count)
        # Lists, which are read one by one three times as fast as arrays.
        assignments = [self._assignment(lanes[:, lane].tolist()) for lane in range(count)]
        return Configurations(self._rows, bits, assignments, self._types)

    def _assignment(self, signals: Sequence[bool]) -> dict[str, str]:
        """Return the fewest user values that give the values: none where the fallback does."""
        found = {}
        for name, (fallback, values) in self._settable.items():
            if not signals[fallback]:
                found[name] = next(
                    v for v, counts, gives in values if signals[counts] and signals[gives]
                )
        for choice in self._choices:
            found |= choice.assignment(signals)
        return dict(sorted(found.items(), key=lambda item: self._order[item[0]]))


class _ChoiceReader:
    """Which lines for a choice's members give its mode and their values."""

    def __init__(self, decoder: Decoder, image: Image, choice: ChoiceRules, index: int) -> None:
        row = decoder._row
        self._members = [name for name in choice.members if image.model.symbols[name].is_logical]
        tristate = SymbolType.TRISTATE
        self._tristates = [
            name for name in self._members if image.model.symbols[name].type is tristate
        ]
        self._values = {name: tuple(map(row, image.value(name))) for name in self._members}
        rules = {name: image.model.symbols[name] for name in self._members}
        self._shows = {n: tuple(map(row, image.visibility(r))) for n, r in rules.items()}
        self._decided = row(choices.decides(image, index))
        modeless = image.dialect.hidden_choices
        self._mode = tuple(map(row, N if modeless else image.own_mode(index)))
        self._limit = row(choices.visibility(image, choice).full)
        self._defaults_read_mode = image.dialect.member_defaults and (
            choice.is_optional or choice.type is tristate
        )
        self._asks_for_mode = (
            choice.is_optional
            and choice.type is tristate
            and not image.dialect.hidden_choices
            and (self._defaults_read_mode or is_mode_read(image.model, index))
        )
        self._defaults = {
            name: row(image.fallback(rules[name]).some)
            for name in self._tristates
            if image.dialect.member_defaults
        }

    def assignment(self, signals: Sequence[bool]) -> dict[str, str]:
        if signals[self._decided]:
            for name in self._members:
                if signals[self._values[name][1]] and signals[self._shows[name][1]]:
                    return {name: "y"}
        limited = [n for n in self._tristates if self._is_limited(n, signals)]
        # One that is y although it shows at m has its default, and a line would take it away.
        limited = [n for n in limited if not signals[self._values[n][1]]]
        some = dict.fromkeys((n for n in limited if signals[self._values[n][0]]), "m")
        none = {n: "n" for n in limited if n not in some and self._has_default(n, signals)}
        if some or none:
            return {name: (some | none)[name] for name in limited if name in some or name in none}
        if signals[self._mode[1]]:
            if self._defaults_read_mode:
                return {self._members[0]: "y"} if self._members else {}
            return {}  # nothing shows, so that no line could take, and the mode decides nothing
        if signals[self._mode[0]] and self._asks_for_mode:  # and it shows in no member's value
            hidden = [name for name in self._tristates if not signals[self._shows[name][0]]]
            if hidden:
                return {hidden[0]: "m"}
            if not signals[self._limit]:
                rest = [name for name in self._members if name not in self._tristates]
                return {rest[0]: "y"} if rest else {}
        return {}

    def _is_limited(self, name: str, signals: Sequence[bool]) -> bool:
        """Return whether a member shows, and at most as m."""
        some, full = self._shows[name]
        return bool(signals[some] and not signals[full])

    def _has_default(self, name: str, signals: Sequence[bool]) -> bool:
        return name in self._defaults and bool(signals[self._defaults[name]])
