# SPDX-License-Identifier: MIT
"""Faults of a tree that its space proves: dead symbols, conditions that never hold.

    dead-symbol       no configuration has it
    never-holds       a default, select, imply or range whose condition is always n
    unmet-select      a select that can set a symbol against its dependency

The first two are backbone literals; a select is one question to the solver each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Location, Severity
from kvariant.space.backbone import backbone
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.solver import Formula, Solver
from kvariant.space.unmet import unmet_conditions

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model
    from kvariant.space.image import Image


@dataclass(frozen=True, slots=True)
class _Property:
    """One conditional property of a symbol."""

    text: str
    holds: Literal
    location: Location


def findings(image: Image, names: tuple[str, ...], *, selects: bool) -> Iterator[Diagnostic]:
    """Yield a warning for each fault, in Kconfig order; adds gates to the image's circuit.

    Args:
        selects: whether to look for selects that violate dependencies; a
            millisecond for each on small trees, some 20 on Linux.
    """
    model = image.model
    logical = [name for name in names if model.symbols[name].is_logical]
    some = {name: image.value(name).some for name in logical}
    parts = [part for name in names for part in _parts(image, model, name)]
    unmet = dict(unmet_conditions(image, model, logical)) if selects else {}
    requirements = [requirement.literal for requirement in image.requirements]
    outputs = [*some.values(), *(part.holds for part in parts), *unmet.values()]
    formula = Formula(image.circuit, requirements, outputs)
    fixed = backbone(formula, [-literal for literal in outputs[: len(some) + len(parts)]])
    for name, literal in some.items():
        if -literal in fixed:
            yield _warning(
                f"{name} is n in every configuration", "dead-symbol", model.symbols[name].location
            )
    for part in parts:
        if -part.holds in fixed:
            yield _warning(f"{part.text}: its condition never holds", "never-holds", part.location)
    solver = Solver(formula)
    try:
        for (target, reverse), literal in unmet.items():
            if literal != FALSE and solver.solve([literal]):
                yield _warning(
                    f"{reverse.source} can select {target} against its dependency "
                    f"{model.symbols[target].depends}",
                    "unmet-select",
                    reverse.location,
                )
    finally:
        solver.close()


def _parts(image: Image, model: Model, name: str) -> Iterator[_Property]:
    """Yield the properties of a symbol that is not dead itself by structure."""
    rules = model.symbols[name]
    for default in rules.defaults:
        holds = image.condition(default.condition).some
        yield _Property(f"default {default.value} of {name}", holds, default.location)
    for verb, reverses in (("select", rules.selected), ("imply", rules.implied)):
        for reverse in reverses:
            if image.value(reverse.source).some != FALSE:
                both = image.circuit.both(
                    image.value(reverse.source).some, image.condition(reverse.condition).some
                )
                yield _Property(f"{verb} {name} of {reverse.source}", both, reverse.location)
    for item in rules.ranges:
        holds = image.condition(item.condition).some
        yield _Property(f"range {item.low} {item.high} of {name}", holds, rules.location)


def _warning(message: str, code: str, location: Location) -> Diagnostic:
    return Diagnostic(message=message, code=code, location=location, severity=Severity.WARNING)
