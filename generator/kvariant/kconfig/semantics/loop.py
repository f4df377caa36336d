# SPDX-License-Identifier: MIT
"""Which symbols go round, where a value depends on itself.

kconfiglib's own check while parsing finds most loops. One that leads through a choice's
selection can escape it, and then asking for a value does not end. Only then the values are
asked for once more, with each symbol noted that is being worked out: `values` pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from kvariant.errors import Diagnostic, InputError, Location, Note
from kvariant.kconfig.model import Model, Rules

if TYPE_CHECKING:
    from kvariant.kconfig.semantics.values import Values

_Result = TypeVar("_Result")
CODE = "dependency-loop"


class _Round(Exception):  # noqa: N818 - no error, it carries what was found
    """Something is asked for while it is being worked out."""

    def __init__(self, steps: list[str | int]) -> None:
        super().__init__()
        self.steps = steps


def without_loop(call: Callable[[], _Result], fresh: Callable[[], Values[Any, Any]]) -> _Result:
    """Return `call()`, which asks for values.

    Args:
        fresh: makes values of the same rules of which nothing was asked yet.

    Raises:
        InputError: a value depends on itself; the error names the symbols and the lines
            of their definitions [dependency-loop].
    """
    try:
        return call()
    except RecursionError:
        error = None
    except InputError as raised:
        if [d.code for d in raised.diagnostics] != [CODE]:
            raise
        error = raised
    values = fresh()
    steps = steps_of_loop(values)
    if steps:
        raise _error(values.model, steps) from None
    if error is not None:
        raise error
    raise InputError(Diagnostic(message="dependencies too deep to follow", code=CODE))


def steps_of_loop(values: Values[Any, Any]) -> list[str | int]:
    """Return what goes round: symbols by name, choices by index; empty if nothing does."""
    _follow(values)
    try:
        for name, rules in values.model.symbols.items():
            (values.value if rules.is_logical else values.texts)(name)
    except _Round as found:
        return found.steps
    return []


def _follow(values: Values[Any, Any]) -> None:
    """Have values raise `_Round` where they would go round."""
    around: list[tuple[str, str | int]] = []

    def followed(ask: Callable[[Any], Any], kind: str) -> Callable[[Any], Any]:
        def call(item: Any) -> Any:
            step = (kind, item.name if isinstance(item, Rules) else item)
            if step in around:
                steps = [name for _, name in around[around.index(step) :]]
                raise _Round([n for i, n in enumerate(steps) if i == 0 or n != steps[i - 1]])
            around.append(step)
            try:
                return ask(item)
            finally:
                around.pop()

        return call

    for kind in ("value", "texts", "visibility", "mode", "own_mode", "_selection"):
        if hasattr(values, kind):
            setattr(values, kind, followed(getattr(values, kind), kind))


def _error(model: Model, steps: list[str | int]) -> InputError:
    places: list[tuple[str, Location]] = [
        (step, model.symbols[step].location)
        if isinstance(step, str)
        else ("<choice>", model.choices[step].location)
        for step in steps
    ]
    if len(places) > 1 and places[0] == places[-1]:
        places.pop()
    start = places.index(min(places, key=lambda item: (item[1].path, item[1].line)))
    places = places[start:] + places[:start]
    names = [name for name, _ in places]
    return InputError(
        Diagnostic(
            message=f"dependency loop: {' -> '.join([*names, names[0]])}",
            code=CODE,
            location=places[0][1],
            notes=tuple(Note(f"{name} is part of the loop", place) for name, place in places[1:]),
            hint="conditions on a select or default do not break a loop; remove one of the edges",
        )
    )
