# SPDX-License-Identifier: MIT
"""What a command is about: which matrix, what it says instead of the file, which variants."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.expression import variable

if TYPE_CHECKING:  # a named matrix searches for nothing
    from kvariant.kconfig import Expression
    from kvariant.matrix.covering.watch import SearchWatch
    from kvariant.plan.variant import Variant


def no_text() -> str:
    """Refuse `reads:-` where no command is there to read the standard input."""
    message = "reads:- reads the standard input, which only a command has"
    raise InputError(Diagnostic(message=message, code="usage"))


@dataclass(frozen=True)
class Selection:
    """Which variants a command is about."""

    configs: tuple[Path, ...] = ()
    """Fragments named on the command line; none: the project's."""
    globs: tuple[str, ...] = ()
    """Only variants whose name matches one of these."""
    where: Expression | None = None
    """Only variants that satisfy this; a strategy chooses among these alone."""
    matrix: str = ""
    """The matrix's name; "": the project's, or `named` where fragments are named."""
    keys: Mapping[str, Any] = field(default_factory=dict)
    """Keys of a matrix table (as `MatrixTable` spells them) in place of the file's."""
    folder: Path = field(default_factory=Path)
    """What paths in `keys` are relative to."""
    standard_input: Callable[[], str] = no_text
    """The text that `reads:-` means."""
    watch: SearchWatch | None = field(default=None, compare=False, repr=False)
    """Who hears how a long choice goes on."""
    is_budgeted: bool = field(default=False, compare=False)
    """Whether the time is limited: of more variants than anybody asked for, which are else
    refused, those are chosen that cover most."""
    tells_shares: bool = field(default=True, compare=False)
    """Whether it is told for how many configurations each variant stands. To count these may
    take longer than to choose."""

    def within(self, variables: Mapping[str, str]) -> Selection:
        """Return it for one tree: `$(ARCH)` in `where` is what the tree's variables say."""
        if self.where is None:
            return self
        values = {variable(name): text for name, text in variables.items()}
        return replace(self, where=self.where.replaced(values))

    def matches(self, variant: Variant) -> bool:
        """Return whether a variant is among those that are meant."""
        return (
            not self.globs or any(fnmatch.fnmatchcase(variant.name, glob) for glob in self.globs)
        ) and (self.where is None or variant.configuration.satisfies(self.where))

    def is_of(self, matrix: str) -> bool:
        """Whether all variants are variants of a matrix of the project: nothing else is chosen."""
        return not (self.configs or self.keys) and self.matrix in ("", matrix)

    @property
    def is_whole(self) -> bool:
        """Whether this is a matrix of the project and nothing less."""
        return not (self.configs or self.globs or self.where or self.keys)
