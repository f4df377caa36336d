# SPDX-License-Identifier: MIT
"""What falls out of the space about a tree's own faults.

    dead-symbol       no configuration has it
    never-holds       a default, select, imply or range whose condition is always n
    unmet-select      a select that can set a symbol against its dependency

The first two are backbone literals; a select is one question to the solver each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kvariant.errors import Diagnostic, Location, Severity
from kvariant.kconfig.model import Lever, Model
from kvariant.space.backbone import backbone
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.image import Image
from kvariant.space.solver import Formula, Solver


@dataclass(frozen=True, slots=True)
class _Part:
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
    unmet = dict(_unmet(image, model, logical)) if selects else {}
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
        for (target, lever), literal in unmet.items():
            if literal != FALSE and solver.solve([literal]):
                yield _warning(
                    f"{lever.source} can select {target} against its dependency "
                    f"{model.symbols[target].depends}",
                    "unmet-select",
                    lever.location,
                )
    finally:
        solver.close()


def _parts(image: Image, model: Model, name: str) -> Iterator[_Part]:
    """Yield the properties of a symbol that is not dead itself by structure."""
    rules = model.symbols[name]
    for default in rules.defaults:
        holds = image.condition(default.condition).some
        yield _Part(f"default {default.value} of {name}", holds, default.location)
    for verb, levers in (("select", rules.selected), ("imply", rules.implied)):
        for lever in levers:
            if image.value(lever.source).some != FALSE:
                both = image.circuit.both(
                    image.value(lever.source).some, image.condition(lever.condition).some
                )
                yield _Part(f"{verb} {name} of {lever.source}", both, lever.location)
    for item in rules.ranges:
        holds = image.condition(item.condition).some
        yield _Part(f"range {item.low} {item.high} of {name}", holds, rules.location)


def _unmet(
    image: Image, model: Model, names: list[str]
) -> Iterator[tuple[tuple[str, Lever], Literal]]:
    circuit = image.circuit
    for name in names:
        rules = model.symbols[name]
        if rules.choice is not None or image.dialect.guarded_selects:
            continue  # a select of a member has no effect, or none without the dependency
        depends = image.condition(rules.depends)
        for lever in rules.selected:
            some, full = circuit.lowest(
                (image.value(lever.source), image.condition(lever.condition))
            )
            as_bool = image.acts_as_bool(rules.type)
            above = circuit.both(
                circuit.both(full, -depends.full), -circuit.both(as_bool, depends.some)
            )
            yield (name, lever), circuit.either(circuit.both(some, -depends.some), above)


def _warning(message: str, code: str, location: Location) -> Diagnostic:
    return Diagnostic(message=message, code=code, location=location, severity=Severity.WARNING)
