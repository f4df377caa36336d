# SPDX-License-Identifier: MIT
"""How many configurations have given values: exact counts, many over one formula.

With some values given, unit propagation settles most of a formula. What is left
falls into parts that share no variable, and few parts differ between the rows of a
projection, so that each part is counted once (component caching, as in Sang et al.:
Combining component caching and clause learning for effective model counting,
SAT 2004) and a row's count is a product of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pysat.solvers import Cadical153

from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.count import FEW, LISTED, clause_count, has_counter
from kvariant.space.disjoint import DisjointSets
from kvariant.space.solver import Formula, Solver

_Part = tuple[tuple[Literal, ...], ...]


class Shares:
    """Counts the configurations of a formula that make some literals true."""

    def __init__(
        self, formula: Formula, values: Iterable[Literal], *, time_limit: float = 20.0
    ) -> None:
        """Prepare to count.

        Args:
            values: literals whose values make a configuration.
            time_limit: seconds for a part that is too large to be listed.
        """
        self._time_limit = time_limit
        self._solver = Solver(formula)
        self._units = self._solver.propagate([])[1]
        size = len(formula.circuit) + 1
        self._is_value = np.zeros(size, dtype=np.bool_)
        self._is_value[sorted({abs(x) for x in values} - {TRUE})] = True
        clauses = [clause for clause in formula.clauses if clause]
        self._literals = np.array([x for clause in clauses for x in clause], dtype=np.int64)
        self._starts = np.cumsum([0, *(len(clause) for clause in clauses)])[:-1]
        self._clause = np.repeat(np.arange(len(clauses)), [len(clause) for clause in clauses])
        self._parts: dict[_Part, int | None] = {}

    def count(self, literals: Sequence[Literal]) -> int | None:
        """Return how many configurations make all literals true, None if it is not known."""
        wanted = [x for x in literals if x != TRUE]
        if FALSE in wanted:
            return 0
        consistent, implied = self._solver.propagate(wanted)
        if not consistent:
            return 0
        value = np.zeros(len(self._is_value), dtype=np.int8)
        value[TRUE] = 1
        for literal in (*wanted, *implied, *self._units):
            value[abs(literal)] = 1 if literal > 0 else -1
        signs = np.sign(self._literals) * value[np.abs(self._literals)]
        is_open = np.maximum.reduceat(signs, self._starts) < 1
        left = (signs == 0) & is_open[self._clause]
        clauses = _grouped(self._clause[left], self._literals[left])
        counts = [self._counted(part) for part in _parts(clauses)]
        touched = {abs(x) for clause in clauses for x in clause}
        free = int(((value == 0) & self._is_value).sum())
        free -= sum(bool(self._is_value[variable]) for variable in touched)
        known = [number for number in counts if number is not None]
        return math.prod(known) << free if len(known) == len(counts) else None

    def close(self) -> None:
        """Give the solver's memory back."""
        self._solver.close()

    def _counted(self, part: _Part) -> int | None:
        if part not in self._parts:
            self._parts[part] = self._count(part)
        return self._parts[part]

    def _count(self, part: _Part) -> int | None:
        variables = sorted({abs(x) for clause in part for x in clause})
        values = [v for v in variables if self._is_value[v]]
        most = FEW if has_counter() else LISTED
        found = sum(1 for _ in itertools.islice(_solutions(part, values), most + 1))
        if found <= most:
            return found
        return clause_count(part, values, self._time_limit) if has_counter() else None


def _grouped(clause: npt.NDArray[np.intp], literals: npt.NDArray[np.int64]) -> list[list[Literal]]:
    """Return the literals that are left of each clause."""
    found: dict[int, list[Literal]] = {}
    for index, literal in zip(clause.tolist(), literals.tolist(), strict=True):
        found.setdefault(index, []).append(literal)
    return list(found.values())


def _parts(clauses: Sequence[Sequence[Literal]]) -> Iterator[_Part]:
    """Yield groups of clauses that share no variable with the others."""
    sets = DisjointSets()
    for clause in clauses:
        sets.join(map(abs, clause))
    groups: dict[int, list[tuple[Literal, ...]]] = {}
    for clause in clauses:
        groups.setdefault(sets.find(abs(clause[0])), []).append(tuple(clause))
    yield from (tuple(sorted(set(group))) for group in groups.values())


def _solutions(part: _Part, variables: Sequence[int]) -> Iterator[None]:
    """Yield once for each combination of some variables' values."""
    with Cadical153(bootstrap_with=part) as solver:
        while solver.solve():
            yield None
            if not variables:
                return
            true = set(solver.get_model())
            solver.add_clause([-v if v in true else v for v in variables])
