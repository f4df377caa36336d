# SPDX-License-Identifier: MIT
"""Which literals hold in every solution.

Candidates are refuted in bulk: the solver is asked for a solution in which any of
a chunk of them is false, deciding all other candidates against their backbone
value first, and every solution found refutes all candidates that it contradicts.
A chunk that has no such solution is backbone as a whole (Janota, Lynce,
Marques-Silva: Algorithms for computing backbones of propositional formulae, AI
Communications 28(2), 2015, section 4.4, with phases). Gates that are no candidates
are eliminated first, which halves the time of a large tree.
"""

from __future__ import annotations

from collections.abc import Iterable

from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.solver import Formula, Solver, signed

_CHUNK = 64
"""Candidates per question; more make the clause weak, fewer make more questions."""


def backbone(formula: Formula, candidates: Iterable[Literal]) -> set[Literal]:
    """Return the candidates that are true in every solution; constants included."""
    wanted = set(candidates)
    proven = {TRUE} & wanted
    solver = Solver(formula, only=wanted)
    guard = len(formula.circuit)
    try:
        remaining = dict.fromkeys(sorted(wanted - {TRUE, FALSE}))
        _refute(solver, remaining, [])
        while remaining:
            chunk = list(remaining)[:_CHUNK]
            guard += 1
            solver.prefer([-literal for literal in remaining])
            solver.add([-guard, *(-literal for literal in chunk)])
            if _refute(solver, remaining, [guard]):
                continue
            proven.update(chunk)
            for literal in chunk:
                del remaining[literal]
                solver.add([literal])
    finally:
        solver.close()
    return proven


def _refute(solver: Solver, remaining: dict[Literal, None], assumptions: list[Literal]) -> bool:
    """Remove what one solution contradicts; return whether there was a solution."""
    if not solver.solve(assumptions):
        return False
    values = solver.model()
    for literal in [literal for literal in remaining if not signed(values, literal)]:
        del remaining[literal]
    return True
