# SPDX-License-Identifier: MIT
"""A configuration: every symbol with its resolved value, and what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Location, Note, is_quotable
from kvariant.kconfig.expression import NEVER, Expression, with_m

if TYPE_CHECKING:
    from kvariant.kconfig.value import SymbolType, Tristate


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An asked-for value that the resolved configuration does not have."""

    symbol: str
    asked: str
    got: str | None
    """The resolved value's text, None where no such symbol is defined."""
    location: Location | None
    """Where it was asked for."""
    line: str
    """The asking source line."""
    reasons: tuple[Note, ...]
    hint: str = ""
    allowed: str | None = None
    """The reason for which the fragment permits it, None where it does not."""

    @property
    def is_quoted(self) -> bool:
        """Whether what was asked for may be told.

        It may not where a link or an include has led to a file outside the project.
        """
        return self.location is None or is_quotable(self.location.path)

    @property
    def diagnostic(self) -> Diagnostic:
        """Return the error that says what was dropped, and why."""
        if self.got is None:
            message, code = f"no symbol is named {self.symbol}", "unknown-symbol"
        else:
            message = f"{self.symbol}={self.asked} was dropped, it is {self.got or 'empty'}"
            code = "dropped"
        if not self.is_quoted:
            message = message if self.got is None else f"{self.symbol} was dropped"
            note = Note("its file is outside the project: what is asked for is not quoted")
            return Diagnostic(message=message, code=code, location=self.location, notes=(note,))
        return Diagnostic(
            message=message,
            code=code,
            location=self.location,
            excerpt=self.line,
            notes=self.reasons,
            hint=self.hint,
        )


@dataclass(frozen=True, eq=False)
class Configuration(Mapping[str, str]):
    """The value text of every symbol of a tree, in Kconfig order.

    `configuration["SWAP"]` is `"y"`; ints and hexes keep the text they were
    given, strings have no quotes, a symbol without a value is `""`. Two
    configurations are equal if all values are.
    """

    values_: Mapping[str, str] = field(repr=False)
    types: Mapping[str, SymbolType] = field(repr=False)
    assignment: Mapping[str, str]
    """User values that produce it."""
    dropped: tuple[Dropped, ...] = ()
    modules: str = "MODULES"
    """The symbol without which a bare m in an expression is n."""

    def __getitem__(self, name: str) -> str:
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def __eq__(self, other: object) -> bool:
        return self.values_ == other.values_ if isinstance(other, Configuration) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.values_.items()))

    def evaluate(self, expression: Expression) -> Tristate:
        """Return the value of an expression here."""
        return self._read(expression).evaluate(self, self.types)

    def satisfies(self, expression: Expression) -> bool:
        """Return whether an expression is not n here."""
        return self._read(expression).holds(self, self.types)

    def because(self, expression: Expression) -> str:
        """Say which term of an expression is n here, "" if it holds."""
        return self._read(expression).because(self, self.types)

    def _read(self, expression: Expression) -> Expression:
        """Return an expression as the tree would read it: m is `m && MODULES`."""
        has_modules = self.values_.get(self.modules, "n") != "n"
        return expression if has_modules else with_m(expression, NEVER)
