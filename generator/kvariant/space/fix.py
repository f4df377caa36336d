# SPDX-License-Identifier: MIT
"""The smallest changes to an assignment that make wanted values take.

Weighted partial MaxSAT over the user values: what is wanted is hard, each user value
of the assignment (or its absence) is soft, and so is each asked-for value that took:
losing it is a change nobody asked for. RC2 (Ignatiev, Morgado, Marques-Silva: RC2: an
efficient MaxSAT solver, JSAT 11(1), 2019) finds what must change:

    a decision of the user changes                       1
    a value that took, and that nobody changes, is lost  1
    what is wanted is asked for                          next to nothing

All members of a choice are one decision. What a fix asks for takes, each of its values: a
member that does not show would do nothing but make its choice fall back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pysat.formula import WCNF

from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.evaluator import places_of, rounds_of
from kvariant.space.packed import Assignments
from kvariant.space.user_circuit import UserCircuit, UserLine

if TYPE_CHECKING:
    from kvariant.kconfig.expression import Expression
    from kvariant.space.encoding import Encoding


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
        circuit: UserCircuit,
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
        self._values_of = circuit
        self._model = circuit.model
        self._gates = gates = circuit.circuit
        self._assignment = assignment
        hard = [circuit.texts(name).get(text, FALSE) for name, text in wanted.items()]
        if where is not None:
            hard.append(circuit.holds(where))
        values = {
            name: circuit.texts(name).get(assignment[name], FALSE)
            for name in took
            if name not in wanted and self._model.symbols[name].is_settable
        }
        hard += self._taking()
        self._units = dict(self._kept())
        self._own = {self._unit(name) for name in free} & self._units.keys()
        self._values = {
            name: gates.either(literal, -self._units.get(self._unit(name), TRUE))
            for name, literal in values.items()
        }
        self._weight = len(self._own) + 1
        hard += self._consistent()
        self._impossible = FALSE in hard
        self._problem = WCNF()
        nodes = gates.cone([*hard, *self._units.values(), *self._values.values()])
        self._problem.extend([[TRUE], *gates.clauses(nodes)])
        self._problem.extend([[literal] for literal in hard])
        for unit, literal in self._units.items():
            self._problem.append([literal], weight=1 if unit in self._own else self._weight)
        for literal in self._values.values():
            self._problem.append([literal], weight=self._weight)

    @classmethod
    def of(
        cls,
        cone: Encoding,
        assignment: Mapping[str, str],
        wanted: Mapping[str, str],
        *,
        took: Iterable[str] = (),
        free: Iterable[str] = (),
    ) -> Fixer:
        """Return the problem of making values of a cone take."""
        places = places_of(cone.model)
        rounds = rounds_of(Assignments.of([assignment], places), places)
        circuit = cone.user_circuit(rounds)
        return cls(circuit, assignment, wanted, took=took, free=free, where=cone.where)

    def fixes(self) -> Iterator[Fix]:
        """Yield the smallest fixes one after the other, none if nothing helps."""
        if self._impossible:
            return
        from pysat.examples.rc2 import RC2  # where something is to be fixed, which is seldom

        with RC2(self._problem, solver="g4", adapt=True) as solver:
            best: int | None = None
            while (model := solver.compute()) is not None:
                if best is not None and solver.cost > best:
                    return
                best = int(solver.cost)
                true = set(model)
                changed = [unit for unit, kept in self._units.items() if not _holds(true, kept)]
                yield self._fix(changed, true)
                if not changed:
                    return
                solver.add_clause([x for unit in changed for x in self._otherwise(unit, true)])

    def _otherwise(self, unit: str, true: set[int]) -> list[Literal]:
        """Return of which literals one holds if a decision is kept, or is yet another one.

        A symbol's other values are no other decision; the members of a choice are.
        """
        kept = self._units[unit]
        if self._model.symbols[unit].choice is None:
            return [kept]
        asking = [
            literal
            for name in self._names(unit)
            for key, literal in self._by_name.get(name, ())
            if key.text != "n" and not key.round
        ]
        asked = [-literal for literal in asking if literal in true]
        return asked or [kept, *asking]

    def _unit(self, name: str) -> str:
        """Return the decision that a symbol belongs to, by its first symbol."""
        choice = self._model.symbols[name].choice
        return name if choice is None else self._model.choices[choice].members[0]

    def _fix(self, changed: Sequence[str], true: set[int]) -> Fix:
        changes: dict[str, str | None] = {}
        for unit in changed:
            for name in self._names(unit):
                new = self._value(name, true)
                if new != self._assignment.get(name):
                    changes[name] = new
        order = {name: i for i, name in enumerate(self._model.symbols)}
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
            if changes.get(name) == "y" and self._model.symbols[name].choice is not None
        }
        return Fix(changes=changes, assignment=result, size=counted, lost=lost, chosen=chosen)

    def _value(self, name: str, true: set[int]) -> str | None:
        keys = self._by_name.get(name, ())
        found = next((key.text for key, literal in keys if literal in true), None)
        before = self._assignment.get(name)
        # An n that decides nothing has no input: nobody needs to take it back.
        is_idle = before == "n" and all(key.text != "n" for key, _ in keys)
        return before if found is None and is_idle else found

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[UserLine, Literal]]]:
        found: dict[str, list[tuple[UserLine, Literal]]] = {}
        for key, literal in self._values_of.inputs.items():
            found.setdefault(key.symbol, []).append((key, literal))
        return found

    def _names(self, unit: str) -> Sequence[str]:
        choice = self._model.symbols[unit].choice
        return [unit] if choice is None else self._model.choices[choice].members

    @cached_property
    def _given(self) -> set[UserLine]:
        """The lines of the assignment, each in its round."""
        places = places_of(self._model)
        rows = Assignments.of([self._assignment], places)
        rounds = rows.rounds(places)
        return {UserLine(*key, rounds.get(row, 0)) for row, key in enumerate(rows.keys)}

    def _kept(self) -> Iterator[tuple[str, Literal]]:
        """Yield each decision (a symbol, or a choice's first member) and "as it was"."""
        units: dict[str, list[Literal]] = {}
        for key, literal in self._values_of.inputs.items():
            unit = self._unit(key.symbol)
            units.setdefault(unit, []).append(literal if key in self._given else -literal)
        for unit, literals in units.items():
            yield unit, self._gates.every(literals)

    def _taking(self) -> Iterator[Literal]:
        """Yield that lines which the assignment does not have give what they ask for."""
        seen = 0
        while seen < len(self._values_of.inputs):  # values lead to inputs that nothing read yet
            keys = list(self._values_of.inputs)[seen:]
            seen += len(keys)
            for key in keys:
                if key not in self._given:
                    takes = self._values_of.texts(key.symbol).get(key.text, FALSE)
                    yield self._gates.implies(self._values_of.inputs[key], takes)

    def _consistent(self) -> Iterator[Literal]:
        """Yield what makes inputs one assignment: at most one value per symbol.

        Lines for a choice stay as they were, or one member is asked to be y, or some to
        be m; nobody is told to ask for n.
        """
        gates = self._gates
        lines: dict[int, list[tuple[UserLine, Literal]]] = {}
        for name, keys in self._by_name.items():
            yield gates.at_most_one([literal for _, literal in keys])
            choice = self._model.symbols[name].choice
            if choice is not None:
                lines.setdefault(choice, []).extend(keys)
        for index, keys in lines.items():
            kept = self._units[self._model.choices[index].members[0]]
            full = [literal for key, literal in keys if key.text == "y" and not key.round]
            some = [literal for key, literal in keys if key.text == "m" and not key.round]
            rest = [
                -literal
                for key, literal in keys
                if key not in self._given and (key.text == "n" or key.round)
            ]
            late = [-literal for key, literal in keys if key.text != "n" and key.round]
            one = gates.every(
                [
                    gates.at_most_one(full),
                    gates.implies(gates.some(full), -gates.some(some)),
                    *rest,
                    *late,
                ]
            )
            yield gates.either(kept, one)


def _holds(true: set[int], literal: Literal) -> bool:
    return literal == TRUE or (literal in true if literal > 0 else -literal not in true)
