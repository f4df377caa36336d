# SPDX-License-Identifier: MIT
"""A space from a formula in DIMACS, so that published models can be worked on.

    c 1 CONFIG_SWAP                          the name of variable 1
    c concrete features are variables 1..2   which variables are options; else all are
    p cnf 3 2                                variables, clauses
    -1 2 0                                   a clause: not 1, or 2
    1 -3 0

Options are the concrete variables; the others only carry the constraints. A
variable without a name is called by its number. A configuration's values are y
and n, and its user values are those that are y.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, not_utf8, os_error
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.kconfig.expression import ALWAYS
from kvariant.kconfig.model import Model, Prompt, Rules
from kvariant.kconfig.value import SymbolType
from kvariant.space.encoding import Encoding

if TYPE_CHECKING:
    from kvariant.space.solver import Clause

_CONCRETE = re.compile(r"c concrete .*?(\d+)\.\.(\d+)")
_NAME = re.compile(r"c (\d+) (\S+)")
_HINT = "a DIMACS file has a line `p cnf VARIABLES CLAUSES`, then clauses that end with 0"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a DIMACS file says."""

    names: tuple[str, ...]
    """Name per variable: `names[0]` is variable 1."""
    concrete: range
    """Variables that are options."""
    clauses: tuple[Clause, ...]


def encoding_of(path: Path) -> Encoding:
    """Return the encoding of a file's formula: free bools, bound by its clauses alone.

    Raises:
        InputError: as `read_dimacs`.
    """
    problem = read_dimacs(path)
    here = Location(str(path))
    model = Model(
        symbols={name: _free(name, here) for name in problem.names}, choices=(), modules=""
    )
    concrete = [problem.names[number - 1] for number in problem.concrete]
    return Encoding(model, KCONFIGLIB, concrete, clauses=problem.clauses)


def read_dimacs(path: Path) -> Problem:
    """Return what a DIMACS file says.

    Raises:
        InputError: it cannot be read [file], is not UTF-8 [encoding], or is no
            DIMACS [dimacs]; the first error, at its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(not_utf8(path)) from None
    except OSError as error:
        raise os_error(error, "cannot read the file") from None
    reading = _DimacsReading(path)
    for number, line in enumerate(text.splitlines(), 1):
        reading.line(number, line)
    return reading.problem()


class _DimacsReading:
    """One pass over a file's lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size: tuple[int, int] | None = None
        """Variables and clauses that the header promises."""
        self._names: dict[int, tuple[str, int]] = {}
        """Name and line per variable."""
        self._concrete: tuple[int, int, int] | None = None
        """First and last variable, and line."""
        self._clauses: list[Clause] = []
        self._open: Clause = []
        self._last = 0

    def line(self, number: int, line: str) -> None:
        """Take one line."""
        self._last = number
        if line.startswith("c"):
            if match := _CONCRETE.match(line):
                self._concrete = (int(match[1]), int(match[2]), number)
            elif match := _NAME.fullmatch(line.rstrip()):
                self._names[int(match[1])] = (match[2], number)
        elif line.startswith("p"):
            self._header(number, line)
        elif line.strip():
            if self._size is None:
                raise self._error("a clause stands before the header", number, line)
            for word in line.split():
                self._literal(word, number, line)

    def _header(self, number: int, line: str) -> None:
        match = re.fullmatch(r"p\s+cnf\s+(\d+)\s+(\d+)\s*", line)
        if not match:
            raise self._error("this is no header", number, line)
        if self._size is not None:
            raise self._error("a second header", number, line)
        self._size = int(match[1]), int(match[2])

    def _literal(self, word: str, number: int, line: str) -> None:
        assert self._size is not None
        if not re.fullmatch(r"-?[0-9]+", word):
            raise self._error(f"{word!r} is no literal", number, line)
        literal = int(word)
        if abs(literal) > self._size[0]:
            message = f"there is no variable {abs(literal)}: the header says {self._size[0]}"
            raise self._error(message, number, line)
        if literal:
            self._open.append(literal)
        else:
            self._clauses.append(self._open)
            self._open = []

    def problem(self) -> Problem:
        """Return what was read."""
        if self._size is None:
            raise self._error("no header", self._last)
        variables, promised = self._size
        if self._open:
            raise self._error("the last clause does not end with 0", self._last)
        if len(self._clauses) != promised:
            message = f"{len(self._clauses)} clauses, the header says {promised}"
            raise self._error(message, self._last)
        return Problem(
            names=self._named(variables),
            concrete=self._options(variables),
            clauses=tuple(self._clauses),
        )

    def _named(self, variables: int) -> tuple[str, ...]:
        lines: dict[str, int] = {}
        names = []
        for variable in range(1, variables + 1):
            name, number = self._names.get(variable, (str(variable), 0))
            if name in lines:
                message = f"a second variable is named {name}"
                raise self._error(message, max(number, lines[name]))
            lines[name] = number
            names.append(name)
        return tuple(names)

    def _options(self, variables: int) -> range:
        if self._concrete is None:
            return range(1, variables + 1)
        first, last, number = self._concrete
        if not 1 <= first <= last <= variables:
            message = f"variables {first} to {last} are concrete, the header says {variables}"
            raise self._error(message, number)
        return range(first, last + 1)

    def _error(self, message: str, number: int, line: str = "") -> InputError:
        where = Location(str(self._path), number)
        return InputError(
            Diagnostic(message=message, code="dimacs", location=where, excerpt=line, hint=_HINT)
        )


def _free(name: str, here: Location) -> Rules:
    """Return the rules of a bool that the user may set as he likes."""
    return Rules(
        name=name,
        type=SymbolType.BOOL,
        prompts=(Prompt(ALWAYS, here),),
        defaults=(),
        ranges=(),
        selected=(),
        implied=(),
        depends=ALWAYS,
        choice=None,
        location=here,
    )
