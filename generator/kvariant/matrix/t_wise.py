# SPDX-License-Identifier: MIT
"""The strategy `t-wise`: every feasible combination of values of t symbols.

    factors     the symbols' levels, with their literals       kvariant.space.factors
    cover       rows that have every feasible tuple            kvariant.matrix.covering
    decode      rows -> configurations                         the space

Every tuple ends in one of two ways: a row has it, or it is proven infeasible, by
unit propagation or by the solver. `Request.candidates` is not this strategy's:
choosing among given configurations needs no space.
"""

from __future__ import annotations

import numpy as np

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Configuration
from kvariant.matrix.covering.levels import Levels, Row
from kvariant.matrix.covering.listed import Cover, ListedCover
from kvariant.matrix.covering.propagation import state_of
from kvariant.matrix.covering.tuples import had_by
from kvariant.matrix.strategy import LISTED, Chosen, Request, Tuples
from kvariant.space import Space
from kvariant.space.solver import Solver


def t_wise(space: Space, request: Request) -> Chosen:
    """Return configurations that have every feasible tuple of `request.strength` symbols.

    Raises:
        InputError: a symbol is unknown [unknown-symbol] or has no levels
            [strategy-type]; the strength is not between 1 and the number of
            symbols [strength]; the space is empty [no-configuration]; an included
            configuration is not in it [include].
    """
    factors = space.factors(request.symbols)
    if not 1 <= request.strength <= len(factors):
        raise _strength(request.strength, len(factors))
    levels = Levels(factors)
    solver = factors.solver()
    try:
        state = state_of(factors)
        if state is None or not solver.solve():
            message = "no configuration satisfies all constraints"
            raise InputError(Diagnostic(message=message, code="no-configuration"))
        included = _included(levels, solver, request)
        cover = ListedCover(levels, request.strength, state, solver).run(included)
        cover = _limited(cover, len(included), request.limit, len(levels))
        found = []
        for row in cover.rows[len(included) :]:
            if not solver.solve(levels.assumptions(row)):
                raise AssertionError("a row is in no configuration")
            found.append(solver.model())
    finally:
        solver.close()
    uncovered = np.flatnonzero(~cover.covered)
    return Chosen(
        configurations=[*request.included, *factors.decode(found)],
        tuples=Tuples(
            strength=request.strength,
            feasible=len(cover.feasible),
            infeasible=cover.infeasible,
            covered=int(cover.covered.sum()),
            uncovered=tuple(levels.values(cover.feasible[i]) for i in uncovered[:LISTED]),
        ),
    )


def _strength(strength: int, symbols: int) -> InputError:
    if strength < 1:
        message = f"strength {strength}: a tuple has at least one symbol"
    else:
        message = f"strength {strength} needs as many symbols; there are {symbols}"
    hint = f"--strength 1 to {symbols}" if symbols else "choose symbols with --symbols"
    return InputError(Diagnostic(message=message, code="strength", hint=hint))


def _included(levels: Levels, solver: Solver, request: Request) -> list[Row]:
    """Return the rows of included configurations.

    Raises:
        InputError: one is not in the space.
    """
    rows = []
    for configuration in request.included:
        row = levels.row(configuration)
        if not solver.solve(levels.assumptions(row)):
            raise InputError(_outside(configuration))
        rows.append(row)
    return rows


def _outside(configuration: Configuration) -> Diagnostic:
    shown = ", ".join(f"{k}={v}" for k, v in list(configuration.assignment.items())[:6])
    message = f"an included configuration is not in the space: {shown or 'the defaults'}"
    return Diagnostic(message=message, code="include", hint="it has to satisfy `where`")


def _limited(cover: Cover, included: int, limit: int, size: int) -> Cover:
    """Return at most `limit` rows, those that cover most; included ones always stay."""
    if not limit or len(cover.rows) <= limit:
        return cover
    rows = cover.rows[:included]
    covered = np.zeros(len(cover.feasible), dtype=np.bool_)
    for row in rows:
        covered |= had_by(cover.feasible, row, size)
    left = [(row, had_by(cover.feasible, row, size)) for row in cover.rows[included:]]
    while len(rows) < limit:
        best = max(range(len(left)), key=lambda i: int((left[i][1] & ~covered).sum()))
        row, had = left.pop(best)
        rows.append(row)
        covered |= had
    return Cover(rows, cover.feasible, cover.infeasible, covered)
