# SPDX-License-Identifier: MIT
"""The strategy `t-wise`: every feasible combination of values of t symbols.

    factors     the symbols' levels, with their literals       kvariant.space.factors
    cover       rows that have every feasible tuple            kvariant.matrix.covering
    decode      rows -> configurations                         the space

Every tuple ends in one of two ways: a row has it, or it is proven infeasible, by
unit propagation or by the solver. `StrategyRequest.candidates` is not this strategy's:
choosing among given configurations needs no space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.covering.levels import Levels, Row
from kvariant.matrix.covering.listed import ListedCover
from kvariant.matrix.covering.memory import check_memory
from kvariant.matrix.covering.pairs import PairCover
from kvariant.matrix.covering.propagation import state_of
from kvariant.matrix.strategy import Chosen, StrategyRequest, Tuples

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration
    from kvariant.matrix.covering.watch import SearchWatch
    from kvariant.space import Space
    from kvariant.space.solver import Solver


def t_wise(
    space: Space, request: StrategyRequest, *, effort: int = 1, watch: SearchWatch | None = None
) -> Chosen:
    """Return configurations that have every feasible tuple of `request.strength` symbols.

    Args:
        effort: how long to look for fewer configurations than the first search finds.
        watch: hears how many rows there are, and may end the search for fewer of a
            pairwise array; what there is is complete in any case. None: the request's.

    Raises:
        InputError: a symbol is unknown [unknown-symbol] or has no levels
            [strategy-type]; the strength is not between 1 and the number of
            symbols [strength]; there are more tuples than fit in memory
            [too-many]; the space is empty [no-configuration]; an included
            configuration is not in it [include].

    Cost: strength 1 over all 16,163 bools and tristates of Linux takes 11 seconds
    beside the formula's 10, and 0.4 GB.
    """
    factors, heard = space.factors(request.symbols), watch or request.watch
    if not 1 <= request.strength <= len(factors):
        raise _strength(request.strength, len(factors))
    levels = Levels(factors)
    solver = factors.solver()
    try:
        state = state_of(factors)
        if state is None or not solver.solve():
            message = "no configuration satisfies all constraints"
            raise InputError(Diagnostic(message=message, code="no-configuration"))
        check_memory(levels, request.strength, state)
        included = _included(levels, solver, request)
        if request.strength == 2:
            pairs = PairCover(levels, state, solver, request.unfinished, heard)
            cover = pairs.run(included, request, effort)
        else:
            listed = ListedCover(levels, request.strength, state, solver, request.unfinished, heard)
            cover = listed.run(included, request)
        found = []
        for row in cover.rows[len(included) :]:
            if not solver.solve(levels.assumptions(row)):
                raise AssertionError("a row is in no configuration")
            found.append(solver.model())
    finally:
        solver.close()
    return Chosen(
        configurations=[*request.included, *factors.decode(found)],
        tuples=Tuples(
            strength=request.strength,
            feasible=cover.feasible,
            infeasible=cover.infeasible,
            covered=cover.covered,
            uncovered=tuple(levels.values(each) for each in cover.uncovered),
            unproven=cover.unproven,
        ),
        lower_bound=cover.lower_bound,
    )


def _strength(strength: int, symbols: int) -> InputError:
    if strength < 1:
        message = f"strength {strength}: a tuple has at least one symbol"
    else:
        message = f"strength {strength} needs as many symbols; there are {symbols}"
    hint = f"--strength 1 to {symbols}" if symbols else "choose symbols with --symbols"
    return InputError(Diagnostic(message=message, code="strength", hint=hint))


def _included(levels: Levels, solver: Solver, request: StrategyRequest) -> list[Row]:
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
