# SPDX-License-Identifier: MIT
"""The smallest changes to an assignment that make wanted values take.

Weighted partial MaxSAT over the user values: what is wanted is hard, each user value
of the assignment (or its absence) is soft, and so is each asked-for value that took:
losing it is a change nobody asked for. RC2 (Ignatiev, Morgado, Marques-Silva: RC2: an
efficient MaxSAT solver, JSAT 11(1), 2019) finds what must change:

    a decision of the user changes                       1
    a value that took, and that nobody changes, is lost  1
    what is wanted is asked for                          next to nothing

All members of a choice are one decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from kvariant.kconfig.expression import Expression
from kvariant.kconfig.value import SymbolType
from kvariant.space.asked import PICKED, SOME, Asked
from kvariant.space.circuit import FALSE, TRUE, Literal

if TYPE_CHECKING:
    from kvariant.space.space import Space

LISTED = 5
"""At most so many equally small fixes are returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One smallest set of changes to an assignment."""

    changes: Mapping[str, str | None]
    """New user value per symbol, in Kconfig order; None: leave it unset."""
    assignment: Mapping[str, str]
    """The assignment with the changes made."""
    size: int
    """Number of decisions that change, those about wanted symbols left out, and of values
    that are lost; the members of one choice are one decision."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """Values of the assignment that took before, and no longer take."""
    chosen: Mapping[str, str | None] = field(default_factory=dict)
    """New selection of each choice that has one, and the one before."""

    def is_wordier(self, other: Fix) -> bool:
        """Return whether it takes a value away by a change that another fix loses anyway."""
        more = self.changes.keys() - other.changes.keys()
        return self != other and bool(more) and (
            other.changes.keys() <= self.changes.keys()
            and other.lost.keys() == self.lost.keys() | more
        )  # fmt: skip

    @property
    def words(self) -> tuple[str, ...]:
        """Return each change as one would say it: `BILLING=y`, `FAX unset`."""
        words = []
        for name, text in self.changes.items():
            if name in self.chosen:
                before = self.chosen[name]
                words.append(f"choose {name}" + (f" instead of {before}" if before else ""))
            elif name not in self.chosen.values():
                words.append(f"{name}={text}" if text is not None else f"{name} unset")
        return tuple(words)

    def __str__(self) -> str:
        """Return the changes as one would say them: `BILLING=y and FAX unset`."""
        lost = ", ".join(f"{name}={text}" for name, text in self.lost.items())
        changed = " and ".join(self.words) or "nothing to change"
        return changed + (f" (loses {lost})" if lost else "")


class Fixer:
    """The MaxSAT problem of one assignment and one wish."""

    def __init__(
        self,
        asked: Asked,
        assignment: Mapping[str, str],
        wanted: Mapping[str, str],
        *,
        took: Iterable[str],
        free: Iterable[str],
        where: Expression | None,
    ) -> None:
        """Take a wish.

        Args:
            took: symbols of the assignment that have the asked-for value, to be kept.
            free: symbols whose decision may change at next to no cost.
            where: what the result has to satisfy besides.
        """
        self._asked = asked
        self._assignment = assignment
        circuit = asked.circuit
        hard = [asked.texts(name).get(text, FALSE) for name, text in wanted.items()]
        if where is not None:
            hard.append(asked.condition(where).some)
        values = {
            name: asked.texts(name).get(assignment[name], FALSE)
            for name in took
            if name not in wanted
        }
        self._units = dict(self._kept())
        self._own = {self._unit(name) for name in free} & self._units.keys()
        self._values = {
            name: circuit.either(literal, -self._units[self._unit(name)])
            for name, literal in values.items()
            if self._unit(name) in self._units
        }
        self._weight = len(self._own) + 1
        hard += self._consistent()
        self._impossible = FALSE in hard
        self._problem = WCNF()
        nodes = circuit.cone([*hard, *self._units.values(), *self._values.values()])
        self._problem.extend([[TRUE], *circuit.clauses(nodes)])
        self._problem.extend([[literal] for literal in hard])
        for unit, literal in self._units.items():
            self._problem.append([literal], weight=1 if unit in self._own else self._weight)
        for literal in self._values.values():
            self._problem.append([literal], weight=self._weight)

    @classmethod
    def of(
        cls,
        cone: Space,
        assignment: Mapping[str, str],
        wanted: Mapping[str, str],
        *,
        took: Iterable[str] = (),
        free: Iterable[str] = (),
    ) -> Fixer:
        """Return the problem of making values of a cone take."""
        asked = Asked(cone.model, cone.domains, cone.dialect)
        return cls(asked, assignment, wanted, took=took, free=free, where=cone.where)

    def fixes(self) -> Iterator[Fix]:
        """Yield the smallest fixes, at most `LISTED`, none if nothing helps."""
        if self._impossible:
            return
        with RC2(self._problem, solver="g4", adapt=True) as solver:
            best: int | None = None
            for _ in range(LISTED):
                model = solver.compute()
                if model is None or (best is not None and solver.cost > best):
                    return
                best = int(solver.cost)
                true = set(model)
                changed = [unit for unit, kept in self._units.items() if not _holds(true, kept)]
                yield self._fix(changed, true)
                if not changed:
                    return
                solver.add_clause([self._otherwise(unit, true) for unit in changed])

    def _otherwise(self, unit: str, true: set[int]) -> Literal:
        """Return that a decision is kept, or that another member of its choice is selected."""
        for name in self._names(unit):
            picked = self._asked.inputs.get((name, PICKED))
            if picked in true:
                assert picked is not None
                return -picked
        return self._units[unit]

    def _unit(self, name: str) -> str:
        """Return the decision that a symbol belongs to, by its first symbol."""
        choice = self._asked.model.symbols[name].choice
        return name if choice is None else self._asked.model.choices[choice].members[0]

    def _fix(self, changed: Sequence[str], true: set[int]) -> Fix:
        changes: dict[str, str | None] = {}
        for unit in changed:
            for name in self._names(unit):
                new = self._value(name, true)
                if new != self._assignment.get(name):
                    changes[name] = new
        order = {name: i for i, name in enumerate(self._asked.model.symbols)}
        changes = dict(sorted(changes.items(), key=lambda item: order[item[0]]))
        # Changed values last: between members of a choice the last line decides.
        result = {n: t for n, t in self._assignment.items() if n not in changes}
        result |= {n: t for n, t in changes.items() if t is not None}
        lost = {
            name: self._assignment[name]
            for name, literal in self._values.items()
            if not _holds(true, literal)
        }
        counted = sum(unit not in self._own for unit in changed) + len(lost)
        chosen = {
            name: next((old for old in self._names(unit) if self._assignment.get(old) == "y"), None)
            for unit in changed
            for name in self._names(unit)
            if changes.get(name) == "y" and self._asked.model.symbols[name].choice is not None
        }
        return Fix(changes=changes, assignment=result, size=counted, lost=lost, chosen=chosen)

    def _value(self, name: str, true: set[int]) -> str | None:
        inputs = self._asked.inputs
        rules = self._asked.model.symbols[name]
        if rules.choice is None:
            return next((text for text, literal in self._by_name[name] if literal in true), None)
        if inputs.get((name, PICKED)) in true:
            return "y"
        return "m" if inputs.get((name, SOME)) in true else None

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[str, Literal]]]:
        found: dict[str, list[tuple[str, Literal]]] = {}
        for (name, text), literal in self._asked.inputs.items():
            found.setdefault(name, []).append((text, literal))
        return found

    def _names(self, unit: str) -> Sequence[str]:
        choice = self._asked.model.symbols[unit].choice
        return [unit] if choice is None else self._asked.model.choices[choice].members

    def _kept(self) -> Iterator[tuple[str, Literal]]:
        """Yield each decision (a symbol, or a choice's first member) and "as it was"."""
        given = self._selections()
        units: dict[str, list[Literal]] = {}
        for (name, text), literal in self._asked.inputs.items():
            choice = self._asked.model.symbols[name].choice
            members = (name,) if choice is None else self._asked.model.choices[choice].members
            was = self._assignment.get(name) == text if choice is None else (name, text) in given
            units.setdefault(members[0], []).append(literal if was else -literal)
        for unit, literals in units.items():
            yield unit, self._asked.circuit.every(literals)

    def _selections(self) -> set[tuple[str, str]]:
        """Return the (member, input) pairs that the assignment makes true."""
        found = set()
        for choice in self._asked.model.choices:
            lines = [
                (n, t)
                for n, t in self._assignment.items()
                if n in choice.members and t in ("m", "y")
            ]
            picks = [n for n, t in lines if t == "y"]
            if picks:
                found |= {(picks[-1], PICKED), (picks[-1], SOME)}
            else:
                found |= {(n, SOME) for n, _ in lines}
        return found

    def _consistent(self) -> Iterator[Literal]:
        """Yield what makes inputs one assignment: at most one value per symbol and choice."""
        circuit, model = self._asked.circuit, self._asked.model
        for name, keys in self._by_name.items():
            if model.symbols[name].choice is None:
                yield circuit.at_most_one([literal for _, literal in keys])
        for index, choice in enumerate(model.choices):
            picked = [x for n in choice.members if (x := self._asked.inputs.get((n, PICKED)))]
            if not picked:
                continue
            yield circuit.at_most_one(picked)
            anyone = circuit.some(picked)
            if index in self._asked.modes:
                yield circuit.same(self._asked.modes[index], anyone)
            for name in choice.members:
                some = self._asked.inputs.get((name, SOME))
                if some is not None and model.symbols[name].type is SymbolType.TRISTATE:
                    mine = self._asked.inputs.get((name, PICKED), FALSE)
                    yield circuit.implies(mine, some)
                    yield circuit.implies(circuit.both(anyone, some), mine)


def _holds(true: set[int], literal: Literal) -> bool:
    return literal == TRUE or (literal in true if literal > 0 else -literal not in true)
