# SPDX-License-Identifier: MIT
"""Which of some expressions can hold in one configuration, and what is closest to a base."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kvariant.kconfig.expression import NEVER, And, Constant, Expression, Reference, some, with_m
from kvariant.kconfig.reader import deep
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.encoding import Encoding
from kvariant.space.solver import Formula, Solver


class Together:
    """Answers of some expressions whether any of them hold together: one solver for all."""

    def __init__(self, encoding: Encoding, expressions: Sequence[Expression]) -> None:
        """Encode what decides the expressions.

        Cost: on Linux a quarter of a second; then milliseconds for each question.
        """
        known = encoding.model.symbols
        modules = encoding.model.modules
        m = And((Constant("m"), Reference(modules))) if modules in known else NEVER
        read = [with_m(expression, m) for expression in expressions]
        names = encoding.known(n for e in read for n in e.symbols if n in known)
        # What holds nowhere is asked for by nobody, so that their disjunction may be required:
        # it has the texts that they compare with in the domains.
        terms = [encoding.where] if encoding.where is not None else []
        terms += [some(read)]
        where = And(tuple(terms)) if len(terms) > 1 else terms[0]
        cone = Encoding(encoding.model, encoding.dialect, names, texts=encoding.texts, where=where)
        image = cone.image
        self._literals: Sequence[Literal] = deep(lambda: [image.condition(e).some for e in read])
        requirements = (r.literal for r in image.requirements)
        self._solver = Solver(Formula(image.circuit, requirements, self._literals))
        self._known: dict[frozenset[int], bool] = {}

    def holds(self, indices: Collection[int]) -> bool:
        """Return whether the expressions of some places can hold together."""
        key = frozenset(indices)
        if key not in self._known:
            literals = [self._literals[i] for i in sorted(key)]
            self._known[key] = FALSE not in literals and bool(self._solver.solve(literals))
        return self._known[key]

    def close(self) -> None:
        """Give the solver back."""
        self._solver.close()


def lost(before: Mapping[str, str], assignment: Mapping[str, str], after: Mapping[str, str]) -> int:
    """Return how many values of an assignment took before and do not now."""
    return sum(before[n] == t and after[n] != t for n, t in assignment.items())
