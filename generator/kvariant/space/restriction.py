# SPDX-License-Identifier: MIT
"""A space restricted to configurations that satisfy an expression."""

from __future__ import annotations

from kvariant.errors import Diagnostic, InputError, Location, Note, source_line
from kvariant.kconfig.expression import NEVER, And, Constant, Expression, Reference, with_m
from kvariant.kconfig.reader import deep
from kvariant.space.circuit import TRUE
from kvariant.space.encoding import Encoding
from kvariant.space.explain import Narrator, PlaceOf, conflict
from kvariant.space.image import Rule
from kvariant.space.solver import Solver


def restricted(
    encoding: Encoding, place: PlaceOf, where: Expression, location: Location | None
) -> Encoding:
    """Return the encoding of the configurations that satisfy an expression.

    Raises:
        InputError: nothing satisfies it [where]; the notes say which rules exclude it.
    """
    modules = encoding.model.modules
    has_modules = modules in encoding.model.symbols
    read = with_m(where, And((Constant("m"), Reference(modules))) if has_modules else NEVER)
    if read == NEVER:
        raise _unsatisfied(str(where), location)
    both = read if encoding.where is None else And((encoding.where, read))
    found = Encoding(
        encoding.model,
        encoding.dialect,
        encoding.names,
        texts=encoding.texts,
        where=both,
        chosen=encoding.chosen,
    )
    deep(lambda: _require_some(found, place, location))
    return found


def _require_some(encoding: Encoding, place: PlaceOf, location: Location | None) -> None:
    cone = encoding.part(())
    solver = Solver(cone.formula)
    has_some = solver.solve()
    solver.close()
    if not has_some:
        core = conflict(cone.image, TRUE)
        terms = [str(r.term) for r in core if r.rule is Rule.WHERE]
        notes = Narrator(cone.image, place).notes("", core)
        raise _unsatisfied(" && ".join(terms), location, notes)


def _unsatisfied(where: str, location: Location | None, notes: tuple[Note, ...] = ()) -> InputError:
    return InputError(
        Diagnostic(
            message=f"no configuration satisfies {where}",
            code="where",
            location=location,
            excerpt=source_line(location.path, location.line) if location else "",
            notes=notes,
        )
    )
