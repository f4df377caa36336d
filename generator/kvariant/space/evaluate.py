# SPDX-License-Identifier: MIT
"""The configurations that user values give, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kvariant.space.evaluator import rounds_of
from kvariant.space.packed import Assignments, Configurations

if TYPE_CHECKING:
    from kvariant.space.encoding import Encoding


def evaluate(
    encoding: Encoding, assignments: Assignments | Iterable[Mapping[str, str]]
) -> Configurations:
    """Return the configurations that user values give, the same as `Tree.resolve`.

    Raises:
        InputError: a symbol is unknown, or a value is none of its type's [value].
    """
    places = encoding.places
    packed = (
        assignments.placed(places)
        if isinstance(assignments, Assignments)
        else Assignments.of(assignments, places)
    )
    wider = encoding.widened(packed.keys)
    return wider.evaluator(rounds_of(packed, places)).run(packed)
