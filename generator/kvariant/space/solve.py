# SPDX-License-Identifier: MIT
"""Configurations that have wanted values: one, the nearest one, each combination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pysat.solvers import Cadical153

from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.disjoint import DisjointSets
from kvariant.space.solver import Clause, Solver, signed, simplified

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.space.encoding import Encoding
    from kvariant.space.sample import Solution


def solve(encoding: Encoding, values: Mapping[str, str]) -> Configuration | None:
    """Return a configuration that has the given resolved values, None if none has."""
    encoding.known(values)
    wider = encoding.widened(values.items())
    literals = [wider.literals(name).get(text, FALSE) for name, text in values.items()]
    if not wider.solver.solve(literals):
        return None
    return wider.decoded([wider.solver.model()])[0]


def nearest(
    encoding: Encoding,
    wishes: Iterable[tuple[str, Collection[str]]],
    within: Mapping[str, Collection[str]],
) -> Configuration | None:
    """Return a configuration that grants wishes in order, None if nothing is within.

    Args:
        wishes: a symbol, and the resolved values of which it should have one.
        within: of some symbols, the resolved values of which they must have one.
    """
    wanted, bounds = list(wishes), dict(within)
    encoding.known([*bounds, *(name for name, _ in wanted)])
    keys = [*bounds.items(), *wanted]
    wider = encoding.widened((name, text) for name, texts in keys for text in texts)
    assumed = [x for name, texts in bounds.items() for x in _bounds(wider, name, texts)]
    if not wider.solver.solve(assumed):
        return None
    found = _granted(wider.solver, [_bounds(wider, n, texts) for n, texts in wanted], assumed)
    return wider.decoded([found])[0]


def _granted(
    solver: Solver, wishes: Sequence[Sequence[Literal]], assumed: Sequence[Literal]
) -> Solution:
    """Return a solution, beginning with the one at hand, that grants wishes in order.

    What the solution at hand grants takes no call. Of the rest as many are asked for at
    once as lately could be granted: one, where few can; doubled, as long as all can.
    """
    held, found = list(assumed), solver.model()
    at, size = 0, 1
    # Invariant: `found` satisfies `held`, which has every wish before `at` that can be granted.
    while at < len(wishes):
        if all(signed(found, literal) for literal in wishes[at]):
            held += wishes[at]
            at += 1
            continue
        part = wishes[at : at + size]
        literals = [literal for wish in part for literal in wish]
        if solver.solve([*held, *literals]):
            found = solver.model()
            held += literals
            at += len(part)
            size *= 2
        elif len(part) > 1:
            size = len(part) // 2
        else:
            at, size = at + 1, 1
    return found


def _bounds(encoding: Encoding, name: str, texts: Collection[str]) -> list[Literal]:
    """Return literals that all hold exactly if a symbol has one of these values."""
    return [-x for text, x in encoding.literals(name).items() if text not in texts and x != FALSE]


def projections(encoding: Encoding, names: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Yield each combination of values that some symbols can have, once.

    Symbols that no clause binds to each other are listed apart, and each combination of the
    one goes with each of the other.
    """
    for rows in _product(_listings(encoding, names)):
        values = {name: text for row in rows for name, text in row.items()}
        yield {name: values[name] for name in names}


def listed_count(encoding: Encoding, names: Sequence[str], most: int) -> int | None:
    """Return how many combinations of values some symbols can have.

    Symbols that no clause binds to each other are listed apart, and their numbers multiplied.

    Args:
        most: combinations of one such part that are listed; None is returned where it has more.
    """
    found = 1
    for part in _listings(encoding, names):
        if part.get(most) is not None:
            return None
        found *= len(part)
    return found


def _listings(encoding: Encoding, names: Sequence[str]) -> list[_Listing]:
    """Return the combinations of each part of a formula; all of each go with all of the others."""
    cone = encoding.cone(names)
    literals = {name: cone.literals(name) for name in names}
    own = {abs(x) for texts in literals.values() for x in texts.values()} - {TRUE}
    clauses = simplified(cone.formula.clauses, own)
    if [] in clauses:
        return [_Listing(iter(()))]
    parts = _parts(clauses, literals)
    return [_Listing(_part_rows(part, inside, literals)) for part, inside in parts]


def _parts(
    clauses: Sequence[Clause], literals: Mapping[str, Mapping[str, Literal]]
) -> Iterator[tuple[list[Clause], list[str]]]:
    """Yield clauses that share no variable with others, and the symbols that they are about."""
    sets = DisjointSets()
    groups = [[abs(x) for x in clause] for clause in clauses]
    of_names = {
        name: [abs(x) for x in texts.values() if abs(x) != TRUE] for name, texts in literals.items()
    }
    for group in (*groups, *of_names.values()):
        sets.join(group)
    own: dict[int, tuple[list[Clause], list[str]]] = {}
    for clause in clauses:
        own.setdefault(sets.find(abs(clause[0])), ([], []))[0].append(clause)
    for name, variables in of_names.items():
        own.setdefault(sets.find(variables[0]) if variables else 0, ([], []))[1].append(name)
    yield from own.values()


def _part_rows(
    clauses: Sequence[Clause],
    names: Sequence[str],
    literals: Mapping[str, Mapping[str, Literal]],
) -> Iterator[Mapping[str, str]]:
    """Yield each combination of values of the symbols of one part."""
    texts = {name: literals[name] for name in names}
    wanted = sorted({abs(x) for one in texts.values() for x in one.values()} - {TRUE})
    with Cadical153(bootstrap_with=[[TRUE], *clauses]) as solver:
        while solver.solve():
            true = set(solver.get_model())
            yield {
                name: next(
                    text for text, x in one.items() if x in true or (-x not in true and x < 0)
                )
                for name, one in texts.items()
            }
            if not wanted:
                return
            solver.add_clause([-v if v in true else v for v in wanted])


class _Listing:
    """What an iterator yields, by number; nothing is asked for before it is due."""

    def __init__(self, rows: Iterator[Mapping[str, str]]) -> None:
        self._rows = rows
        self._known: list[Mapping[str, str]] = []

    def __len__(self) -> int:
        """Return how many rows were asked for so far."""
        return len(self._known)

    def get(self, index: int) -> Mapping[str, str] | None:
        """Return a row, None behind the last."""
        while len(self._known) <= index:
            row = next(self._rows, None)
            if row is None:
                return None
            self._known.append(row)
        return self._known[index]


def _product(parts: Sequence[_Listing]) -> Iterator[list[Mapping[str, str]]]:
    """Yield each combination of a row of each part, the last part's changing first."""
    rows = [part.get(0) for part in parts]
    at = [0] * len(parts)
    while all(row is not None for row in rows):
        yield [row for row in rows if row is not None]
        # Invariant: parts behind `place` are at their last row, and begin anew.
        for place in range(len(parts) - 1, -1, -1):
            at[place] += 1
            rows[place] = parts[place].get(at[place])
            if rows[place] is not None:
                break
            at[place], rows[place] = 0, parts[place].get(0)
        else:
            return
