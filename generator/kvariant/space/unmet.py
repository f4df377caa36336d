# SPDX-License-Identifier: MIT
"""Selects that can set a symbol against its dependency, each with the solver's word for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kvariant.kconfig.model import Model, ReverseDependency
from kvariant.kconfig.reader import deep
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.solver import Formula, Solver

if TYPE_CHECKING:
    from kvariant.space.encoding import Encoding
    from kvariant.space.image import Image

Unmet = tuple[str, ReverseDependency]
"""A symbol, and the select that can force it."""


def unmet_selects(encoding: Encoding, targets: Iterable[str]) -> tuple[Unmet, ...]:
    """Return the selects of some symbols that can set them against their dependencies.

    Cost: the cone of the symbols is encoded once; a call of the solver for each select.
    """
    names = [n for n in targets if encoding.model.symbols[n].is_logical]
    if not names:
        return ()
    return deep(lambda: tuple(_unmet_selects(encoding, names)))


def _unmet_selects(encoding: Encoding, names: list[str]) -> Iterator[Unmet]:
    symbols = encoding.model.symbols
    read = {*names}
    for name in names:
        read.update(symbols[name].depends.symbols)
        for reverse in symbols[name].selected:
            read.update((reverse.source, *reverse.condition.symbols))
    image = encoding.part(encoding.known(n for n in read if n in symbols)).image
    conditions = dict(unmet_conditions(image, encoding.model, names))
    requirements = [requirement.literal for requirement in image.requirements]
    solver = Solver(Formula(image.circuit, requirements, [*conditions.values()]))
    try:
        for unmet, literal in conditions.items():
            if literal != FALSE and solver.solve([literal]):
                yield unmet
    finally:
        solver.close()


def unmet_conditions(
    image: Image, model: Model, names: Iterable[str]
) -> Iterator[tuple[Unmet, Literal]]:
    """Yield each select of some symbols with the literal that it is against a dependency.

    Adds gates to the image's circuit. A select of a choice's member has no effect, and
    under some dialects none has where the dependency does not hold.
    """
    circuit = image.circuit
    for name in names:
        rules = model.symbols[name]
        if rules.choice is not None or image.dialect.guarded_selects:
            continue
        depends = image.condition(rules.depends)
        for reverse in rules.selected:
            some, full = circuit.lowest(
                (image.value(reverse.source), image.condition(reverse.condition))
            )
            as_bool = image.acts_as_bool(rules.type)
            above = circuit.both(
                circuit.both(full, -depends.full), -circuit.both(as_bool, depends.some)
            )
            yield (name, reverse), circuit.either(circuit.both(some, -depends.some), above)
