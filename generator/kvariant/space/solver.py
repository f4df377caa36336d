# SPDX-License-Identifier: MIT
"""The image as clauses, and an incremental solver over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pysat.process import Processor
from pysat.solvers import Cadical153, Glucose4, Minisat22

from kvariant.space.circuit import FALSE, TRUE, Circuit, Literal
from kvariant.space.interrupt import leave_signals_to_python

leave_signals_to_python()

Clause = list[Literal]


class Formula:
    """Requirements and the gates below them and below some outputs, as clauses."""

    def __init__(
        self,
        circuit: Circuit,
        requirements: Iterable[Literal],
        outputs: Iterable[Literal],
        clauses: Iterable[Clause] = (),
    ) -> None:
        """Collect the clauses.

        Args:
            clauses: further ones over the circuit's literals, taken as they are.
        """
        literals = list(dict.fromkeys(requirements))
        self.circuit = circuit
        self.nodes = circuit.cone([*literals, *outputs])
        """The variables, ascending; variable 1 is the constant true."""
        self.clauses: list[Clause] = [
            [TRUE],
            *circuit.clauses(self.nodes),
            *required(circuit, literals),
            *clauses,
        ]


def required(circuit: Circuit, literals: Sequence[Literal]) -> Iterator[Clause]:
    """Yield requirements as clauses, their top gates opened: better than a unit on a gate."""
    stack = list(reversed(literals))
    while stack:
        literal = stack.pop()
        node = abs(literal)
        left = circuit.left[node]
        if literal > 0 and left:
            stack += [circuit.right[node], left]
        elif left:
            yield [-left, -circuit.right[node]]
        else:
            yield [literal]


class Solver:
    """Solve, assume, propagate. Holds memory outside Python until it is collected."""

    def __init__(self, formula: Formula, *, only: Iterable[Literal] | None = None) -> None:
        """Take a formula.

        Args:
            only: literals that will be asked about; all others are eliminated first,
                and mean nothing in a model. None: all matter.
        """
        clauses = formula.clauses
        if only is not None:
            clauses = simplified(clauses, map(abs, only))
        self._solver = Cadical153(bootstrap_with=clauses)
        self._size = len(formula.circuit) + 1

    def solve(self, assumptions: Iterable[Literal] = ()) -> bool:
        """Return whether the formula has a solution with these literals true."""
        wanted = [literal for literal in assumptions if literal != TRUE]
        return FALSE not in wanted and bool(self._solver.solve(wanted))

    def model(self) -> npt.NDArray[np.bool_]:
        """Return the last solution: the value of every variable, by number."""
        values = np.zeros(self._size, dtype=np.bool_)
        found = np.array(self._solver.get_model(), dtype=np.int64)[: self._size - 1]
        values[1 : len(found) + 1] = found > 0
        return values

    def add(self, clause: Clause) -> None:
        """Add a clause for good."""
        self._solver.add_clause(clause)

    def prefer(self, literals: Sequence[Literal]) -> None:
        """Set the polarity that decisions try first."""
        self._solver.set_phases(list(literals))

    def propagate(self, assumptions: Sequence[Literal]) -> tuple[bool, list[Literal]]:
        """Return what unit propagation alone derives; False: a contradiction."""
        consistent, literals = self._solver.propagate(list(assumptions))
        return bool(consistent), list(literals)

    def core(self) -> list[Literal]:
        """Return assumptions that together have no solution, after a failed `solve`."""
        return list(self._solver.get_core() or [])

    def close(self) -> None:
        """Give the memory back."""
        self._solver.delete()


def simplified(clauses: Iterable[Clause], variables: Iterable[int]) -> list[Clause]:
    """Return clauses with the same solutions as far as some variables are concerned.

    Other variables are eliminated where that makes the clauses fewer [Een, Biere:
    Effective preprocessing in SAT through variable and clause elimination, SAT 2005], so
    that the gates of a tree all but vanish: of 40,073 clauses for Linux' mm/Kconfig 478
    are left, in 0.2 seconds.
    """
    processor = Processor(bootstrap_with=list(clauses))
    try:
        found = processor.process(rounds=2, freeze=sorted(set(variables)))
        return [list(clause) for clause in found.clauses]
    finally:
        processor.delete()


class Trial:
    """Clauses for which a solution is looked for with limited effort.

    Glucose 4 or MiniSat 2.2, because CaDiCaL cannot be given a budget here. Effort is counted
    in the solver's own steps, so that the outcome is the same on every machine.
    """

    def __init__(self, *, is_wide: bool = False) -> None:
        """Begin without clauses.

        Args:
            is_wide: whether a solution of many loosely bound variables is looked for, rather
                than a proof that there is none: MiniSat restarts seldom, and keeps to what it
                was told to prefer. Of 16 neighbourhoods of 30 rows of XSEngine it replaced 10
                where Glucose replaced one of 18.
        """
        self._solver = Minisat22() if is_wide else Glucose4()

    def add(self, clauses: Iterable[Clause]) -> None:
        """Add clauses; variables come into being as they are named."""
        add = self._solver.add_clause
        for clause in clauses:
            add(clause)

    def prefer(self, literals: Sequence[Literal]) -> None:
        """Set the polarity that decisions try first."""
        self._solver.set_phases(list(literals))

    def solve(self, conflicts: int, assumptions: Sequence[Literal] = ()) -> bool | None:
        """Return whether there is a solution; None: not known after so many conflicts."""
        self._solver.conf_budget(conflicts)
        found: bool | None = self._solver.solve_limited(assumptions=list(assumptions))
        return found

    def model(self, count: int) -> npt.NDArray[np.bool_]:
        """Return the last solution: the values of the variables 1 to `count`."""
        values = self._solver.get_model()[:count]
        found: npt.NDArray[np.bool_] = np.array(values, dtype=np.int64) > 0
        return found

    @property
    def conflicts(self) -> int:
        """Return how many conflicts there were so far."""
        return int(self._solver.accum_stats()["conflicts"])

    @property
    def propagations(self) -> int:
        """Return how many literals were propagated so far."""
        return int(self._solver.accum_stats()["propagations"])

    def close(self) -> None:
        """Give the memory back."""
        self._solver.delete()


def signed(values: npt.NDArray[np.bool_], literal: Literal) -> bool:
    """Return the value of a literal."""
    return bool(values[abs(literal)]) == (literal > 0)
