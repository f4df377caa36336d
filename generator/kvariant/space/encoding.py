# SPDX-License-Identifier: MIT
"""An encoding: the rules of some symbols as a circuit, as clauses, and back again.

    model, dialect, names, texts, where
      domains     texts that stand for all user values
      image       the circuit whose inputs are the values
      formula     the image as clauses
      decoder     from solutions to configurations and their user values

Everything is made when first asked for and kept. Questions to an encoding stand in
modules of their own: `solve`, `evaluate`, `count`, `sample`, `constants`, `explain`,
`phrasing` (fixes), `based`, `findings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.kconfig.reader import deep, uncollected
from kvariant.kconfig.semantics.loop import without_loop
from kvariant.kconfig.value import SymbolType
from kvariant.space.domains import Domains, ModelDomains, is_whole
from kvariant.space.evaluator import Evaluator, places_of
from kvariant.space.image import Image
from kvariant.space.solution import Decoder
from kvariant.space.solver import Clause, Formula, Solver
from kvariant.space.user_circuit import UserCircuit

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.model import Model
    from kvariant.space.circuit import Literal
    from kvariant.space.packed import Configurations, NamedValue, Places
    from kvariant.space.sample import Solution

MOST_TEXTS = 256
"""Texts by which one symbol's domain may be extended."""


class Encoding:
    """The rules of a model's symbols, or of all that decides some of them."""

    def __init__(
        self,
        model: Model,
        dialect: Dialect,
        names: Iterable[str],
        *,
        texts: Mapping[str, Iterable[str]] | None = None,
        where: Expression | None = None,
        chosen: Domains | None = None,
        clauses: Sequence[Clause] | None = None,
        model_domains: ModelDomains | None = None,
    ) -> None:
        """Prepare an encoding; nothing is made yet.

        Args:
            names: the symbols whose values matter.
            texts: what ints, hexes and strings can be beside what their rules tell apart.
            where: what every configuration satisfies; None: this is the whole space.
            chosen: texts of which ints, hexes and strings have one wherever they can be
                given one; None: they have any.
            clauses: what binds the model's symbols in place of rules, their variables being
                numbered from 1 in the model's order; None: its rules do.
            model_domains: of the same model, dialect and `where`, which another encoding has
                worked out; None: they are worked out.
        """
        self.model = model
        self.dialect = dialect
        self.names = tuple(names)
        self.where = where
        self.chosen = chosen or {}
        """Texts of which some symbols have one wherever they can be given one."""
        self.has_rules = clauses is None
        """Whether rules bind the symbols, so that user values give configurations."""
        self._clauses = clauses
        self.texts = {name: tuple(own) for name, own in (texts or {}).items()}
        """Texts that are in domains beside what rules tell apart."""
        self._model_domains = model_domains or ModelDomains(
            model, dialect, [where] if where else []
        )
        self._cones: dict[tuple[str, ...], Encoding] = {}
        self._wider: Encoding | None = None
        self._evaluators: tuple[Mapping[int, int], Evaluator] | None = None

    # The forms

    @cached_property
    def domains(self) -> Domains:
        """Texts that stand for all user values of each int, hex and string with a prompt."""
        found = self._model_domains.extended(self.texts)
        narrow = {n: (*own, *self.texts.get(n, ())) for n, own in self.chosen.items()}
        return {n: tuple(dict.fromkeys(narrow.get(n, own))) for n, own in found.items()}

    @cached_property
    def image(self) -> Image:
        """The circuit whose inputs are the values, with its requirements."""

        def build() -> Image:
            image = Image(self.model, self.domains, self.dialect)
            names = self.names if self.has_rules else tuple(self.model.symbols)
            image.build(names, self.where, self.chosen)
            return image

        with uncollected():
            return without_loop(
                lambda: deep(build), lambda: Image(self.model, self.domains, self.dialect)
            )

    @cached_property
    def formula(self) -> Formula:
        """The image as clauses."""
        with uncollected():
            return self._formula()

    def _formula(self) -> Formula:
        if self._clauses is None:
            outputs = [x for name in self.symbols for x in self.literals(name).values()]
            requirements = (r.literal for r in self.image.requirements)
            return Formula(self.image.circuit, requirements, outputs)
        own = [0, *(self.image.value(name).full for name in self.model.symbols)]
        clauses = (
            [own[literal] if literal > 0 else -own[-literal] for literal in clause]
            for clause in self._clauses
        )
        return Formula(self.image.circuit, (), own[1:], clauses)

    @cached_property
    def decoder(self) -> Decoder:
        """What reads configurations off solutions."""
        with uncollected():
            return deep(lambda: Decoder(self.image, self.symbols, self.settable))

    @cached_property
    def solver(self) -> Solver:
        """A solver of the formula that is kept for the next question."""
        with uncollected():
            return Solver(self.formula)

    def evaluator(self, rounds: Mapping[int, int]) -> Evaluator:
        """Return the circuit from user values; one with more rounds replaces one with fewer.

        Args:
            rounds: of choices that need more than one, how many [`UserCircuit`].
        """
        known = self._evaluators
        if known is None or any(known[0].get(i, 1) < n for i, n in rounds.items()):
            both = {**(known[0] if known else {}), **rounds}
            with uncollected():
                found = without_loop(
                    lambda: deep(lambda: Evaluator(self.user_circuit(both), self.symbols)),
                    lambda: self.user_circuit(both),
                )
            known = self._evaluators = both, found
        return known[1]

    def user_circuit(self, rounds: Mapping[int, int] | None = None) -> UserCircuit:
        """Return a new circuit from user values to values."""
        return UserCircuit(self.model, self.domains, self.dialect, rounds)

    # What is encoded

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Symbols whose values are known, in Kconfig order."""
        if not self.has_rules:
            return self.names
        built = self.image.built
        return tuple(name for name in self.model.symbols if name in built)

    @cached_property
    def places(self) -> Places:
        """Where in its choice each member stands."""
        return places_of(self.model)

    @cached_property
    def settable(self) -> tuple[str, ...]:
        """Those of them that people can set: the values of all others follow from theirs."""
        return tuple(name for name in self.symbols if self.model.symbols[name].is_settable)

    @property
    def logical(self) -> tuple[str, ...]:
        """The bools and tristates among the symbols, in Kconfig order."""
        return tuple(name for name in self.symbols if self.model.symbols[name].is_logical)

    def literals(self, name: str) -> Mapping[str, Literal]:
        """Return the image's literal for each text that a symbol can have."""
        if name in self.image.built:
            return self.image.texts(name)
        return deep(lambda: self.image.texts(name))

    def is_whole(self, name: str) -> bool:
        """Return whether all values of a symbol are known, and not only some."""
        domain = self.domains.get(name, ())
        return is_whole(self.model, self.model.symbols[name], domain)

    def decoded(self, found: Sequence[Solution]) -> Configurations:
        """Return the configurations of solutions."""
        nodes = np.array(self.decoder.inputs, dtype=np.intp)
        width = len(self.image.circuit) + 1
        columns = np.zeros((len(nodes), len(found)), dtype=np.bool_)
        for lane, values in enumerate(found):
            padded = np.zeros(width, dtype=np.bool_)
            padded[: min(width, len(values))] = values[:width]
            columns[:, lane] = padded[nodes]
        return self.decoder.decode(columns)

    # Parts, and wider ones

    def part(
        self, names: Iterable[str], texts: Mapping[str, Iterable[str]] | None = None
    ) -> Encoding:
        """Return the encoding of some symbols alone, a new one; a formula has no parts.

        Args:
            texts: texts by which domains are extended; None: as they are in this one.
        """
        if not self.has_rules:
            return self
        own = self.texts if texts is None else texts
        return Encoding(
            self.model,
            self.dialect,
            names,
            texts=own,
            where=self.where,
            chosen=self.chosen,
            model_domains=self._model_domains,
        )

    def cone(self, symbols: Iterable[str]) -> Encoding:
        """Return the encoding of some symbols alone, kept for the next call."""
        names = tuple(symbols)
        if set(names) == set(self.names) or not self.has_rules:
            return self
        if names not in self._cones:
            self._cones[names] = self.part(names)
        return self._cones[names]

    def widened(self, keys: Iterable[NamedValue]) -> Encoding:
        """Return the encoding whose domains have the given texts: this one, or a wider one.

        Raises:
            InputError: a symbol would get too many [value].
        """
        new = {
            (name, text)
            for name, text in keys
            if (rules := self.model.symbols.get(name)) and rules.type and not rules.is_logical
            and self.dialect.is_value(text, rules.type) and text not in self._known_texts(name)
        }  # fmt: skip
        if not new:
            return self
        if self._wider is None or any(t not in self._wider._known_texts(n) for n, t in new):
            texts = {name: list(own) for name, own in (self._wider or self).texts.items()}
            for name, text in sorted(new):
                texts.setdefault(name, []).append(text)
                if len(texts[name]) > MOST_TEXTS:
                    message = (
                        f"{name} is given more than {MOST_TEXTS} values that no rule tells apart"
                    )
                    raise InputError(Diagnostic(message=message, code="value"))
            self._wider = self.part(self.names, texts)
        return self._wider

    def _known_texts(self, name: str) -> Iterable[str]:
        return {*self.domains.get(name, ()), *self.texts.get(name, ())}

    # Names and values

    def known(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return names once each, in Kconfig order.

        Raises:
            InputError: a symbol is unknown; all of them at once [unknown-symbol].
        """
        wanted = dict.fromkeys(symbols)
        if unknown := [name for name in wanted if name not in self.model.symbols]:
            raise InputError(*map(self._unknown, unknown))
        if len(wanted) * 8 < len(self.model.symbols):
            return tuple(sorted(wanted, key=self._order.__getitem__))
        return tuple(name for name in self.model.symbols if name in wanted)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.model.symbols)}

    def _unknown(self, name: str) -> Diagnostic:
        hint = symbol_hint(name, self.model.symbols)
        return Diagnostic(message=f"no symbol is named {name}", code="unknown-symbol", hint=hint)

    def check(self, keys: Iterable[NamedValue]) -> None:
        """Refuse what is no symbol, or none of its values.

        Raises:
            InputError: an unknown symbol, or a value that is none of its type's [value].
        """
        wanted = list(keys)
        self.known(name for name, _ in wanted)
        for name, text in wanted:
            kind = self.model.symbols[name].type or SymbolType.STRING
            if not self.dialect.is_value(text, kind):
                message = f"{name} is {kind.phrase}; {text!r} is none of its values"
                raise InputError(Diagnostic(message=message, code="value"))
