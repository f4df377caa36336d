# SPDX-License-Identifier: MIT
"""Which values symbols can have: of numbers how many, of what is told apart which."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.kconfig.value import SymbolType
from kvariant.space.circuit import FALSE, TRUE, Circuit, Literal
from kvariant.space.edges import number_of
from kvariant.space.solver import Solver

if TYPE_CHECKING:
    from kvariant.kconfig.model import Rules
    from kvariant.space.encoding import Encoding

_LEVELS = {"n": 0, "m": 1, "y": 2}


def possible_texts(encoding: Encoding, name: str) -> tuple[str, ...]:
    """Return the texts that a symbol has in some configuration, in the order of its type."""
    (name,) = encoding.known([name])
    cone = encoding.cone([name])
    found = [text for text, x in cone.literals(name).items() if x != FALSE]
    solver = Solver(cone.formula)
    try:
        found = [text for text in found if solver.solve([cone.literals(name)[text]])]
    finally:
        solver.close()
    return tuple(_ordered(cone.model.symbols[name], found))


Intervals = tuple[tuple[int, int], ...]
"""Numbers from one to another, both included; ascending, and none touches the next."""


def intervals(encoding: Encoding, name: str) -> Intervals | None:
    """Return the values that users can give an int or hex, None where there is no end of them.

    What conditions tell apart is asked of the solver; what lies between two such values and
    is in one range with them is as they are. None too where a range ends at another symbol's
    value of which only some are told apart.

    Cost: a call of the solver for each value that is told apart, and for each range.
    """
    rules = encoding.model.symbols[name]
    cone = encoding.cone([name])
    if rules.type is SymbolType.STRING or not all(map(cone.is_whole, _ends(cone, rules))):
        return None
    solver = Solver(cone.formula)
    try:
        return deep(lambda: _found(cone, rules, solver))
    finally:
        solver.close()


def _ends(cone: Encoding, rules: Rules) -> Iterable[str]:
    """Yield the symbols at whose values ranges end."""
    for item in rules.ranges:
        for end in (item.low, item.high):
            own = [name for name in end.symbols if name in cone.model.symbols]
            yield from (name for name in own if cone.model.symbols[name].type)


def _found(cone: Encoding, rules: Rules, solver: Solver) -> Intervals | None:
    image = cone.image
    shows, ranges = image.visibility(rules).some, image.bounds(rules)
    asked = _Gates(solver, image.circuit, cone.formula.nodes)
    if asked.solve([shows, *(-one.active for one in ranges)]):
        return None
    inside = _union(
        (one.low, one.high)
        for one in ranges
        if one.low <= one.high and asked.solve([shows, one.active])
    )
    has = {
        number: x != FALSE and asked.solve([x, shows])
        for text, x in cone.literals(rules.name).items()
        if (number := number_of(rules, text)) is not None
    }
    parts = []
    for low, high in inside:
        told = sorted(number for number in has if low <= number <= high)
        parts += [(number, number) for number in told if has[number]]
        for left, right in itertools.pairwise(told):
            if right - left > 1 and has[left] and has[right]:
                parts.append((left + 1, right - 1))
    return tuple(_union(parts))


def _union(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return intervals that overlap nowhere and have the same numbers."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return found


class _Gates:
    """Asks a solver about gates that its formula may not have."""

    def __init__(self, solver: Solver, circuit: Circuit, known: Iterable[int]) -> None:
        self._solver = solver
        self._circuit = circuit
        self._known = set(known)

    def solve(self, literals: Sequence[Literal]) -> bool:
        new = [n for n in self._circuit.cone(literals) if n not in self._known]
        for clause in self._circuit.clauses(new):
            self._solver.add(clause)
        self._known.update(new)
        return self._solver.solve([x for x in literals if x != TRUE])


def _ordered(rules: Rules, texts: Iterable[str]) -> list[str]:
    if rules.is_logical:
        return sorted(texts, key=lambda text: _LEVELS[text])
    if rules.type is SymbolType.STRING:
        return list(texts)
    numbers = {text: number_of(rules, text) for text in texts}
    return sorted(texts, key=lambda text: (numbers[text] is not None, numbers[text] or 0, text))
