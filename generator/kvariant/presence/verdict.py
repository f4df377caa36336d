# SPDX-License-Identifier: MIT
"""Whether a presence condition can hold, where it does, and what is nearest to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError, Note
from kvariant.kconfig.expression import ALWAYS, NEVER, conjuncts
from kvariant.presence.condition import certain, possible

if TYPE_CHECKING:  # who compares two texts of a source needs no solver
    from kvariant.kconfig import Configuration, Expression
    from kvariant.space import Fix, Space


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceVerdict:
    """Whether some configuration has a line."""

    can_hold: bool
    """False: none has it, whatever the macros are that no option decides."""
    proof: tuple[Note, ...] = ()
    """Of what none has: the rules that exclude it."""


def judged(space: Space, condition: Expression) -> PresenceVerdict:
    """Return whether a condition can hold, proven over all configurations of a space.

    Cost: on Linux a quarter of a second for the options of one condition.
    """
    wanted = possible(condition)
    if wanted in (ALWAYS, NEVER):
        return PresenceVerdict(can_hold=wanted == ALWAYS)
    try:
        restricted(space, wanted)
    except InputError as error:
        return PresenceVerdict(can_hold=False, proof=error.diagnostics[0].notes)
    return PresenceVerdict(can_hold=True)


def restricted(space: Space, wanted: Expression) -> Space:
    """Return the configurations of the options that an expression names, where it holds.

    Raises:
        InputError: none is such [where].
    """
    known = space.model.symbols
    return space.cone(tuple(n for n in wanted.symbols if n in known)).restricted(wanted)


def holds(configuration: Configuration, condition: Expression) -> bool | None:
    """Return whether a line is there in a configuration; None: macros decide it."""
    if configuration.satisfies(certain(condition)):
        return True
    return None if configuration.satisfies(possible(condition)) else False


def lacking(configuration: Configuration, condition: Expression) -> str:
    """Say in words which part of a condition is not met, "" where all may be."""
    for term in conjuncts(possible(condition)):
        if not configuration.satisfies(term):
            names = [n for n in term.symbols if n in configuration]
            values = [f"{name}={configuration[name] or 'none'}" for name in names[:4]]
            return ", ".join(values) + (" ..." if len(names) > 4 else "") or "in no configuration"
    return ""


def nearest(space: Space, assignment: Mapping[str, str], condition: Expression) -> Fix | None:
    """Return the smallest change to an assignment after which a line may be there.

    None: no configuration has it. What no option decides is taken to hold.

    Cost: on Linux 2 s from a defconfig.
    """
    wanted = possible(condition)
    try:
        found = space.restricted(wanted).fixes(assignment, {}) if wanted != ALWAYS else ()
    except InputError:
        return None
    return next(iter(found), None)
