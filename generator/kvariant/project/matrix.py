# SPDX-License-Identifier: MIT
"""The tables `[tool.kvariant.matrix.NAME]`, and the matrices that need none.

    name       strategy    without a table of that name
    named      named       one variant per fragment
    distinct   distinct    one variant for each different result
    pairwise   t-wise      every feasible pair of values
    toggles    toggles     each option on and each off
    uniform    uniform     random configurations; --size says how many
    patch      patch       each line that a patch changes is compiled; --diff says which patch

A table of one of these names replaces it. The key `matrix` is the name of the
matrix that is meant where none is named; beside tables, where TOML allows no such
key, it is `matrix.default`:

    matrix = "uniform"                     matrix.default = "pairs"
                                           [tool.kvariant.matrix.pairs]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic

from kvariant.document import Document, Key, TomlTable
from kvariant.errors import Diagnostic, InputError, Location, did_you_mean, source_line
from kvariant.project import strategies
from kvariant.project.strategies import STRATEGIES

NAMED = strategies.NAMED.name
DEFAULT = "default"
"""The key beside the tables that names one of them."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
BASES = ("defconfig", "allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig")
"""Bases that are no file: the architecture's own, everything off, on, a module, the defaults."""
DATE = "date"
"""The random seed that is today's date, as a number: 20260131."""


EDGES, ALL = "edges", "all"
WORDS = (EDGES, ALL)
"""What `numbers` can be for a symbol beside a list of its values."""


_LISTED_VALUES = {
    "anyOf": [
        {"enum": [*WORDS]},
        {"type": "array", "items": {"type": ["integer", "string"]}, "minItems": 1},
    ]
}
_NUMBERS = {
    "anyOf": [{"enum": [*WORDS]}, {"type": "object", "additionalProperties": _LISTED_VALUES}]
}
_RANDOM_SEED = {"anyOf": [{"type": "integer", "minimum": 0}, {"const": DATE}]}
"""What validators below take, as JSON schemas."""


class MatrixTable(TomlTable):
    """How the variants of one matrix are chosen."""

    extends: str = ""
    """Another matrix; the keys given here replace its keys."""
    strategy: Literal[*STRATEGIES] = strategies.NAMED.name  # type: ignore[valid-type]
    """How variants are chosen."""
    symbols: tuple[str, ...] = ()
    """Symbols to choose by: `GLOB`, `reads:PATH` (`-`: a patch or text on the standard input),
    `declared:KCONFIG`, `menu:TITLE` or `templates`; `templates:branches` has the conditions of the
    templates' branches beside these. None: `distinct` takes those that templates read, others all
    that have values to list."""
    ignore: tuple[str, ...] = ()
    """Symbols not to choose by, named in the same ways."""
    where: str = ""
    """A Kconfig expression that every variant satisfies."""
    base: str = ""
    """Where all other symbols come from: a fragment's file or name, `defconfig`, `allnoconfig`,
    `allyesconfig`, `allmodconfig`, `alldefconfig`, or several with `+` between, the later ones on
    top; "": the project's `base`."""
    include: tuple[str, ...] = ()
    """Matrices, names or globs of variants, globs of fragments that are always in."""
    from_: tuple[str, ...] = ()
    """Globs of fragments; only these may be chosen."""
    strength: int = pydantic.Field(default=2, ge=1)
    """How many symbols have each combination of their values in some variant."""
    size: int = pydantic.Field(default=0, ge=0)
    """Number of random configurations."""
    max_variants: int = pydantic.Field(default=0, ge=0)
    """The most variants; 0: no limit. What stays uncovered is counted and listed."""
    numbers: Annotated[
        str | Mapping[str, str | tuple[str, ...]], pydantic.WithJsonSchema(_NUMBERS)
    ] = EDGES
    """Values of ints, hexes and strings to choose among: `edges` (ends of ranges, defaults, what
    conditions compare with, one either side), `all`, or a table with either word or a list of
    values by the symbol's name or glob."""
    random_seed: Annotated[int | str, pydantic.WithJsonSchema(_RANDOM_SEED)] = 0
    """A number from 0, or `date`: today's, which is printed and stored."""
    diff: str = ""
    """The patch: a file, REV..REV, or - for the standard input (patch); "": -, or only `files`."""
    files: tuple[str, ...] = ()
    """Globs of files every line of which counts as changed (patch)."""
    added_lines: bool = False
    """Whether only added lines count, not removed ones and other sides (patch)."""

    @pydantic.field_validator("numbers", mode="before")
    @classmethod
    def _numbers(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: _listed_values(name, own) for name, own in value.items()}
        if value not in WORDS:
            raise ValueError(f'must be "{EDGES}", "{ALL}" or a table of symbols')
        return value

    @pydantic.field_validator(
        *("diff", "base", "where", "symbols", "ignore", "include", "from_", "files")
    )
    @classmethod
    def _texts(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (value,) if isinstance(value, str) else value:
            if "\0" in text:
                raise ValueError(f"{text!r} has a NUL character, which no name can have")
        return value

    @pydantic.field_validator("random_seed", mode="before")
    @classmethod
    def _seed(cls, value: Any) -> Any:
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not is_number and value != DATE:
            raise ValueError(f'must be a number from 0, or "{DATE}"')
        return value

    def over(self, other: MatrixTable) -> MatrixTable:
        """Return another table with the keys that this one gives in place of its own."""
        return other.model_copy(update={key: getattr(self, key) for key in self.model_fields_set})


BUILT_IN: Mapping[str, MatrixTable] = {
    record.matrix: MatrixTable.model_validate({"strategy": record.name})
    for record in STRATEGIES.values()
}
"""Matrices that need no table, by name."""


def _listed_values(name: str, value: Any) -> str | tuple[str, ...]:
    """Return one entry of `numbers`: a word, or values as texts.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and value in WORDS:
        return value
    is_list = isinstance(value, list | tuple) and value
    if not is_list or not all(type(one) in (int, str) for one in value):
        words = " or ".join(f'"{word}"' for word in WORDS)
        raise ValueError(f"of {name} there must be {words}, or a list of values like [80, 443]")
    return tuple(dict.fromkeys(str(one) for one in value))


def matrices_of(value: Any, document: Document, prefix: Key) -> tuple[Matrices, str]:
    """Return a file's matrices and the name of its default one.

    Args:
        value: what the key `matrix` holds, None where it is absent.
        prefix: path to the table that has the key.

    Raises:
        InputError: everything that is wrong with them.
    """
    here = (*prefix, "matrix")
    if value is None:
        return Matrices({}), NAMED
    if isinstance(value, str):
        matrices = Matrices({}, document, prefix)
        matrices.table(value, document.location(here))
        return matrices, value
    if not isinstance(value, dict):
        raise InputError(document.error(here, "matrix: must be a name, or tables", "bad-value"))
    tables: dict[str, MatrixTable] = {}
    errors: list[Diagnostic] = []
    for name, table in value.items():
        if name == DEFAULT:
            continue
        try:
            if not _NAME.fullmatch(name):
                message = f"{name!r} cannot name a matrix"
                hint = "names are of letters, digits, ., _ and -, like small-set"
                raise InputError(document.error((*here, name), message, "bad-value", hint))
            tables[name] = document.validated(MatrixTable, table, (*here, name))
        except InputError as error:
            errors += error.diagnostics
    if errors:
        raise InputError(*errors)
    matrices = Matrices(tables, document, prefix)
    default = value.get(DEFAULT, NAMED)
    if not isinstance(default, str):
        message = "default: must be a matrix's name"
        raise InputError(document.error((*here, DEFAULT), message, "bad-value"))
    matrices.table(default, document.location((*here, DEFAULT)))
    return matrices, default


class Matrices:
    """The matrices of a project by name, `extends` resolved; errors point at the key."""

    def __init__(
        self, tables: Mapping[str, MatrixTable], document: Document | None = None, prefix: Key = ()
    ) -> None:
        """Take the tables of a document, `prefix` being the path to ours.

        Raises:
            InputError: a table extends one that does not exist, or itself.
        """
        self._tables = tables
        self._document = document
        self._prefix = (*prefix, "matrix")
        errors = [error for name in tables for error in self._extends_errors(name)]
        if errors:
            raise InputError(*errors)

    @property
    def tables(self) -> Mapping[str, MatrixTable]:
        """Return the file's own tables as they are written."""
        return self._tables

    @property
    def names(self) -> tuple[str, ...]:
        """Return what may be called for: the file's own, then the built-in ones."""
        return tuple(dict.fromkeys([*self._tables, *BUILT_IN]))

    def table(self, name: str, location: Location | None = None) -> MatrixTable:
        """Return a matrix's table, with what it inherits.

        Args:
            location: where the name is written, for the error.

        Raises:
            InputError: no matrix has this name [no-matrix].
        """
        if name in self._tables:
            own = self._tables[name]
            return own.over(self.table(own.extends)) if own.extends else own
        if name not in BUILT_IN:
            known = ", ".join(self.names)
            raise InputError(
                Diagnostic(
                    message=f"no matrix is named {name!r}",
                    code="no-matrix",
                    location=location,
                    excerpt=source_line(location.path, location.line) if location else "",
                    hint=did_you_mean(name, self.names, f"there are: {known}"),
                )
            )
        return BUILT_IN[name]

    def location(self, name: str, key: str) -> Location | None:
        """Return where a matrix gets a key from, None where no file says."""
        table = self._tables.get(name)
        if table is None or self._document is None:
            return None
        if field_of(key) not in table.model_fields_set and table.extends:
            return self.location(table.extends, key)
        return self._document.location((*self._prefix, name, key))

    def _extends_errors(self, name: str) -> list[Diagnostic]:
        chain = [name]
        while (table := self._tables.get(chain[-1])) is not None and table.extends:
            chain.append(table.extends)
            if table.extends in chain[:-1]:
                break
        last = chain[-1]
        if last not in self._tables and last not in BUILT_IN and len(chain) == 2:
            hint = did_you_mean(last, self.names, f"there are: {', '.join(self.names)}")
            message = f"extends: no matrix is named {last!r}"
            return [self.error(name, "extends", message, "no-matrix", hint)]
        if chain.count(last) > 1 and name == min(chain[chain.index(last) :], key=self._order):
            loop = " -> ".join(chain)
            message = f"matrices extend each other: {loop}"
            return [self.error(name, "extends", message, "extends-cycle", "")]
        return []

    def _order(self, name: str) -> int:
        return list(self._tables).index(name)

    def error(self, name: str, key: str, message: str, code: str, hint: str) -> Diagnostic:
        """Return an error about a key of one of the file's tables, at that key."""
        assert self._document is not None
        return self._document.error((*self._prefix, name, key), message, code, hint)


def field_of(key: str) -> str:
    """Return the name that a key has in `MatrixTable`."""
    return "from_" if key == "from" else key.replace("-", "_")


def key_of(field: str) -> str:
    """Return the key that a name in `MatrixTable` is spelled as; its flag is -- and this."""
    return field.rstrip("_").replace("_", "-")
