# SPDX-License-Identifier: MIT
"""Symbols that are constant: dead, n in every configuration; always on, n in none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.space.backbone import backbone
from kvariant.space.circuit import FALSE, TRUE
from kvariant.space.reached import Reached
from kvariant.space.user_circuit import UserCircuit

if TYPE_CHECKING:
    from kvariant.space.space import Space

SIMULATED = 1_000
"""From so many bools and tristates on, random configurations tell what is not constant."""

_AT_ONCE = 400
"""Symbols about whose cones together a solver is asked."""


@dataclass(frozen=True, slots=True)
class Constants:
    """The bools and tristates of a space that have one value only, as far as n counts."""

    dead: frozenset[str]
    always_on: frozenset[str]

    @classmethod
    def of(cls, space: Space) -> Constants:
        """Find them.

        What the circuit is folded to needs no proof, nor what random configurations
        show. For the rest a solver is asked.
        """
        on, off = _reached(space)
        folded = {name: space.image.value(name).some for name in space.logical}
        dead = {name for name, literal in folded.items() if literal == FALSE}
        always_on = {name for name, literal in folded.items() if literal == TRUE}
        known = dead | always_on
        left = [n for n in folded if n not in known and (n not in on or n not in off)]
        for part, names in _parts(space, left):
            some = {name: part.image.value(name).some for name in names}
            found = backbone(
                part.formula,
                [
                    *(-some[name] for name in names if name not in on),
                    *(some[name] for name in names if name not in off),
                ],
            )
            dead |= {name for name in names if -some[name] in found}
            always_on |= {name for name in names if some[name] in found}
        return cls(frozenset(dead), frozenset(always_on))


def _parts(space: Space, left: Sequence[str]) -> Iterator[tuple[Space, Sequence[str]]]:
    """Yield symbols and the space in which a solver is asked about them.

    In a tree of a thousand boards the rest of the formula is in the solver's way.
    """
    if len(space.logical) < SIMULATED:
        yield space, left
        return
    for start in range(0, len(left), _AT_ONCE):
        names = left[start : start + _AT_ONCE]
        yield space.part(names), names


def _reached(space: Space) -> tuple[Iterable[str], Iterable[str]]:
    """Return symbols that some configuration has on, and off; nothing for small trees."""
    names = [name for name in space.logical if abs(space.image.value(name).some) != TRUE]
    if len(names) < SIMULATED:
        return (), ()
    asked = UserCircuit(space.model, space.domains, space.dialect)
    found = deep(lambda: Reached(asked, names, space.where))
    return found.on, found.off
