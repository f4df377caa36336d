# SPDX-License-Identifier: MIT
"""Template branches that no configuration reaches, and symbols that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, Note, Severity, source_line

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration, Expression
    from kvariant.render import Branch, Templates
    from kvariant.space import Space

_NOTES = 3
"""Rules that are told for a branch; `kvariant explain` tells all."""


def dead_branches(
    templates: Templates, space: Space, known: Sequence[Configuration] = ()
) -> Iterator[Diagnostic]:
    """Yield a warning for each branch that no configuration reaches, outer ones only.

    Args:
        known: configurations that are tried first, because that is cheap.

    Cost: some milliseconds for each condition that no known configuration satisfies.
    """
    reached: dict[Expression, tuple[Note, ...] | None] = {}

    def why_not(condition: Expression) -> tuple[Note, ...] | None:
        if condition not in reached:
            reached[condition] = _why_not(space, condition, known)
        return reached[condition]

    def dead(path: Path, branches: Iterable[Branch]) -> Iterator[Diagnostic]:
        for branch in branches:
            notes = why_not(branch.condition)
            if notes is None:
                yield from dead(path, branch.inner)
            else:
                yield Diagnostic(
                    message=f"no configuration reaches this branch: {branch.shown}",
                    code="dead-branch",
                    location=Location(str(path), branch.line),
                    excerpt=source_line(path, branch.line),
                    notes=notes[:_NOTES],
                    severity=Severity.WARNING,
                )

    for path, branches in templates.branches():
        yield from dead(path, branches)


def _why_not(
    space: Space, condition: Expression, known: Sequence[Configuration]
) -> tuple[Note, ...] | None:
    """Return why no configuration satisfies a condition, None where one does."""
    if any(configuration.satisfies(condition) for configuration in known):
        return None
    try:
        space.restricted(condition)
    except InputError as error:
        # The first note repeats the condition.
        return tuple(n for d in error.diagnostics for n in d.notes if n.location)
    return None


def unused_symbols(
    space: Space, templates: Templates, texts: Iterable[str]
) -> Iterator[Diagnostic]:
    """Yield a warning for each symbol that nothing depends on and nobody reads.

    A symbol is read by the templates, by a text that names it, and by every symbol
    that is read and whose value depends on it. Dead ones have a warning of their own.

    Args:
        texts: what else reads symbols: tests, commands of steps, conditions.
    """
    symbols = space.tree.symbols
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    prefix = space.tree.prefix
    named = {name for name in symbols if name in words or f"{prefix}{name}" in words}
    modules = {space.model.modules} - {""}
    dead = set(space.dead())
    read = dead | set(space.cone([*named.union(templates.symbols)]).symbols) | modules
    for name, symbol in symbols.items():
        if name not in read and symbol.type:
            yield Diagnostic(
                message=f"{name} is read by no template, step or test",
                code="unused-symbol",
                location=symbol.location,
                excerpt=source_line(symbol.location.path, symbol.location.line),
                severity=Severity.WARNING,
            )
