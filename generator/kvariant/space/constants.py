# SPDX-License-Identifier: MIT
"""Symbols that are constant: dead, n in every configuration; always on, n in none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.space.backbone import backbone
from kvariant.space.circuit import FALSE, TRUE
from kvariant.space.reached import Reached

if TYPE_CHECKING:
    from kvariant.space.encoding import Encoding

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
    def of(cls, encoding: Encoding, symbols: Collection[str] | None = None) -> Constants:
        """Find them.

        Args:
            symbols: the only ones that are looked at; None: all of the encoding.

        What the circuit is folded to needs no proof, nor what random configurations
        show. For the rest a solver is asked.
        """
        names = [n for n in encoding.logical if symbols is None or n in symbols]
        on, off = _reached(encoding, names)
        folded = {name: encoding.image.value(name).some for name in names}
        dead = {name for name, literal in folded.items() if literal == FALSE}
        always_on = {name for name, literal in folded.items() if literal == TRUE}
        known = dead | always_on
        left = [n for n in folded if n not in known and (n not in on or n not in off)]
        for part, asked in _parts(encoding, left):
            some = {name: part.image.value(name).some for name in asked}
            found = backbone(
                part.formula,
                [
                    *(-some[name] for name in asked if name not in on),
                    *(some[name] for name in asked if name not in off),
                ],
            )
            dead |= {name for name in asked if -some[name] in found}
            always_on |= {name for name in asked if some[name] in found}
        return cls(frozenset(dead), frozenset(always_on))


def _parts(encoding: Encoding, left: Sequence[str]) -> Iterator[tuple[Encoding, Sequence[str]]]:
    """Yield symbols and the space in which a solver is asked about them.

    In a tree of a thousand boards the rest of the formula is in the solver's way.
    """
    if len(encoding.logical) < SIMULATED:
        yield encoding, left
        return
    for start in range(0, len(left), _AT_ONCE):
        names = left[start : start + _AT_ONCE]
        yield encoding.part(names), names


def _reached(encoding: Encoding, names: Sequence[str]) -> tuple[Iterable[str], Iterable[str]]:
    """Return symbols that some configuration has on, and off; nothing for small trees."""
    names = [name for name in names if abs(encoding.image.value(name).some) != TRUE]
    if len(names) < SIMULATED:
        return (), ()
    asked = encoding.user_circuit()
    found = deep(lambda: Reached(asked, names, encoding.where))
    return found.on, found.off
