# SPDX-License-Identifier: MIT
"""From a term of a dependency to the `depends on` or `if` that it was written in."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from kvariant.errors import InputError, Location
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.reader import Clause

if TYPE_CHECKING:
    from kvariant.kconfig.parsed import Parsed

_Row: TypeAlias = tuple[int, Clause, frozenset[str]]
"""Line of the definition that a clause belongs to, the clause, and the symbols it names."""


class WrittenClauses:
    """The clauses of a tree by the symbols that they name, file by file as they are asked for.

    Of a `.config` some hundred values do not take, and each asks for a few terms in files with
    hundreds of clauses.
    """

    def __init__(self, parse: Parsed) -> None:
        """Take a tree."""
        self._parse = parse
        self._rows: dict[str, Sequence[_Row]] = {}
        self._naming: dict[str, Mapping[str, Sequence[_Row]]] = {}
        self._found: dict[tuple[str, int, Expression], Clause | None] = {}

    def of(self, definition: Location, term: Expression) -> Clause | None:
        """Return the written clause that a term of a definition's dependency comes from.

        The nearest one in or before the definition.
        """
        key = definition.path, definition.line, term
        if key not in self._found:
            self._found[key] = self._nearest(*key)
        return self._found[key]

    def _nearest(self, path: str, line: int, term: Expression) -> Clause | None:
        names = set(term.symbols)
        before: Clause | None = None
        for owner, clause, named in self._candidates(path, names):
            if owner <= line and names <= named:
                if owner == line:
                    return clause
                before = clause
        return before

    def _candidates(self, path: str, names: set[str]) -> Sequence[_Row]:
        """Return the clauses of a file that name one of some symbols, in order."""
        if path not in self._rows:
            self._rows[path] = tuple(self._of_file(path))
            naming: dict[str, list[_Row]] = {}
            for row in self._rows[path]:
                for name in row[2]:
                    naming.setdefault(name, []).append(row)
            self._naming[path] = naming
        if not names:
            return self._rows[path]
        return min((self._naming[path].get(name, ()) for name in names), key=len)

    def _of_file(self, path: str) -> Iterator[_Row]:
        for owner, clauses in self._parse.clauses.get(path, ()):
            yield from ((owner, clause, _names(clause.text)) for clause in clauses)


@functools.cache
def _names(text: str) -> frozenset[str]:
    try:
        return frozenset(Expression.parse(text.replace(" if ", " && ")).symbols)
    except InputError:  # macros and other text that only Kconfig itself can read
        return frozenset()
