# SPDX-License-Identifier: MIT
"""The keys of one matrix as a command means them, and where each is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, source_line
from kvariant.kconfig import Expression, Tree
from kvariant.plan.symbols import Spec
from kvariant.project import Project, field_of

if TYPE_CHECKING:
    from kvariant.plan.selection import Selection

_KEYS = {
    "include": "include",
    "many": "max-variants",
    "no-size": "size",
    "strength": "strength",
    "strategy-type": "symbols",
    "too-many": "symbols",
}
"""The key that an error of a strategy is about, by the error's code."""


class Keys:
    """A matrix's table with the selection's keys in place of its own; errors are at the key."""

    def __init__(self, project: Project, selection: Selection, name: str) -> None:
        """Take the table of a name.

        Raises:
            InputError: no matrix has this name [no-matrix].
        """
        self.name = name
        self.project = project
        self.selection = selection
        own = project.matrices.table(name)
        self.table = own.model_copy(update=dict(selection.keys))

    def location(self, key: str) -> Location | None:
        """Return where a key is written; None on the command line, or nowhere."""
        if self._is_given(key):
            return None
        return self.project.matrices.location(self.name, key)

    def folder(self, key: str) -> Path:
        """Return what the paths of a key are relative to."""
        return self.selection.folder if self._is_given(key) else self.project.root

    def specs(self, key: str, texts: Iterable[str]) -> list[Spec]:
        """Return the specs of a key, with what their paths are relative to."""
        return [Spec(text, self.folder(key), self.location(key)) for text in texts]

    def where(self, tree: Tree) -> Expression | None:
        """Return the key `where`.

        Raises:
            InputError: it is not an expression, or names what is no symbol.
        """
        if not self.table.where:
            return None
        location = self.location("where")
        where = Expression.parse(self.table.where, location)
        if unknown := tree.check_expression(where, location):
            raise InputError(*unknown)
        return where

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a strategy's error at the key that it is about."""
        key = _KEYS.get(diagnostic.code)
        where = self.location(key) if key and diagnostic.location is None else None
        if where is None:
            return diagnostic
        excerpt = source_line(where.path, where.line)
        return dataclasses.replace(diagnostic, location=where, excerpt=excerpt)

    def error(self, key: str, message: str, code: str, hint: str = "") -> InputError:
        """Return an error about a key."""
        where = self.location(key)
        return InputError(
            Diagnostic(
                message=message,
                code=code,
                location=where,
                excerpt=source_line(where.path, where.line) if where else "",
                hint=hint,
            )
        )

    def _is_given(self, key: str) -> bool:
        """Return whether the command line says what a key is."""
        return field_of(key) in self.selection.keys
