# SPDX-License-Identifier: MIT
"""The exact space of a tree: every configuration that some assignment gives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.configuration import Configuration
from kvariant.kconfig.model import Model
from kvariant.kconfig.reader import deep
from kvariant.kconfig.tree import Tree
from kvariant.kconfig.value import SymbolType
from kvariant.space.asked import Asked
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.domains import Domains, domains_of, is_value
from kvariant.space.evaluate import Evaluator
from kvariant.space.image import Image
from kvariant.space.packed import Assignments, Configurations
from kvariant.space.semantics import Dialect
from kvariant.space.solution import Decoder
from kvariant.space.solver import Formula, Solver, signed

Values = Mapping[str, str]
"""Value text per symbol."""


class Space:
    """Every configuration of a tree, or of the cone of some of its symbols."""

    def __init__(
        self, model: Model, names: Sequence[str], dialect: Dialect, extra: Mapping[str, Sequence[str]]
    ) -> None:
        self.model = model
        self.asked_for = tuple(names)
        """The symbols that the space was made for, in Kconfig order."""
        self.dialect = dialect
        self._extra = {name: tuple(texts) for name, texts in extra.items()}
        self._extended: Space | None = None
        self._lock = threading.RLock()

    @classmethod
    def of(
        cls, tree: Tree, symbols: Sequence[str] | None = None, dialect: str | Dialect = Dialect.KCONFIGLIB
    ) -> Space:
        model = tree.model
        names = list(model.symbols) if symbols is None else [n for n in model.symbols if n in set(symbols)]
        return cls(model, names, Dialect(dialect), {})

    @cached_property
    def domains(self) -> Domains:
        return domains_of(self.model, self._extra)

    @cached_property
    def image(self) -> Image:
        def build() -> Image:
            image = Image(self.model, self.domains, self.dialect)
            image.build(self.asked_for)
            return image

        return deep(build)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose values are known: those asked for and what decides them."""
        known = {*self.image._values, *self.image._texts}
        return tuple(name for name in self.model.symbols if name in known)

    @cached_property
    def _decoder(self) -> Decoder:
        settable = [
            name for name in self.symbols if self.model.symbols[name].prompts
        ]
        return deep(lambda: Decoder(self.image, self.symbols, settable))

    @cached_property
    def _evaluator(self) -> Evaluator:
        def build() -> Evaluator:
            return Evaluator(Asked(self.model, self.domains, self.dialect), self.symbols)

        return deep(build)

    @cached_property
    def formula(self) -> Formula:
        outputs = [x for name in self.symbols for x in self.literals(name).values()]
        return Formula(self.image.circuit, (r.literal for r in self.image.requirements), outputs)

    @cached_property
    def _solver(self) -> Solver:
        return Solver(self.formula)

    def literals(self, name: str) -> Mapping[str, Literal]:
        return self.image.texts(name)

    def evaluate(self, assignments: Assignments) -> Configurations:
        return self._evaluator.run(assignments)

    def solve(self, values: Values | None = None) -> Configuration | None:
        wanted = [self.literals(name).get(text, FALSE) for name, text in (values or {}).items()]
        if not self._solver.solve(wanted):
            return None
        return self._decoded([self._solver.model()])[0]

    def _decoded(self, models: Sequence[np.ndarray]) -> Configurations:
        decoder = self._decoder
        nodes = np.array(decoder.inputs, dtype=np.intp)
        columns = np.stack([model[nodes] for model in models], axis=1)
        return decoder.decode(columns)
