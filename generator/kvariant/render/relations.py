# SPDX-License-Identifier: MIT
"""The relations: what every variant must obey, `relations.toml` beside the interface.

Two hold of any interface and need no file: a stub answers what is declared, and what is
there in two languages is there in both and answers alike. The file adds what only its
project knows, in forms that are a closed set, over the first names of helpers:

    round-trip   back(there(x)) is x
    makes        what a maker gives, and what it leaves as it was
    exclusive    at most one of some tests holds, or exactly one
    implies      where one test holds, others do (with "!": do not)
    same         helpers that are the same function
    unchanged    adding Y=y does not change what a helper answers

and what helpers are asked on, by their types. A relation speaks of bodies: a helper that a
variant has not, or only as a stub, is left out of it there.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import pydantic

from kvariant.document import Document, Key, TomlTable
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.expression import ALWAYS, every
from kvariant.kconfig.expression import Expression as KconfigExpression
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.render.interface import Condition, Helper, Interface

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree

FILE = "relations.toml"
FORMAT = 1
WORD = (1 << 64) - 1


class Relation(TomlTable):
    """What the forms share."""

    kind: ClassVar[str]

    where: Condition = ALWAYS
    """The variants that it is asked of."""
    meaning: str = ""

    @property
    def subject(self) -> str:
        """What names it among those of its form."""
        return self.needed[0]

    @property
    def needed(self) -> tuple[str, ...]:
        """Helpers without whose bodies there is nothing to ask."""
        return ()

    @property
    def others(self) -> tuple[str, ...]:
        """Helpers that are asked where they are there."""
        return ()


class RoundTrip(Relation):
    """There and back again gives what was put in."""

    kind = "round-trip"
    there: str
    back: str
    mask: int = WORD
    """The bits of an input that survive."""
    but: tuple[int, ...] = ()
    """Inputs that do not come back."""

    @property
    def needed(self) -> tuple[str, ...]:
        return (self.there, self.back)


class Makes(Relation):
    """What a maker's results are."""

    kind = "makes"
    maker: str
    holds: tuple[str, ...] = ()
    """Tests that hold for each result."""
    fails: tuple[str, ...] = ()
    """Tests that hold for none."""
    keeps: tuple[str, ...] = ()
    """Helpers that answer for the result what they answer for the input."""
    mask: int = WORD
    but: tuple[int, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        return (self.maker,)

    @property
    def others(self) -> tuple[str, ...]:
        return (*self.holds, *self.fails, *self.keeps)


class Exclusive(Relation):
    """No input for which two tests hold."""

    kind = "exclusive"
    tests: tuple[str, ...]
    complete: bool = False
    """Whether one of them has to hold; where all of them are there."""

    @property
    def subject(self) -> str:
        return self.tests[0]

    @property
    def others(self) -> tuple[str, ...]:
        return self.tests


class Implies(Relation):
    """Where a test holds, others do as well."""

    kind = "implies"
    test: str
    then: tuple[str, ...]
    """With "!" before it: does not hold."""

    @property
    def needed(self) -> tuple[str, ...]:
        return (self.test,)

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name.removeprefix("!") for name in self.then)


class Same(Relation):
    """Helpers that answer alike."""

    kind = "same"
    helpers: tuple[str, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        return self.helpers


class Unchanged(Relation):
    """Adding an option changes no answer."""

    kind = "unchanged"
    adding: str
    """The symbol; a variant where it is n is compared with the same where it is y."""
    keeps: tuple[str, ...] = ("*",)
    """Globs of helpers."""
    but: tuple[str, ...] = ()
    """Globs of those that it may change."""

    @property
    def subject(self) -> str:
        return self.adding

    def concerns(self, name: str) -> bool:
        """Return whether a helper must not change."""
        return _matches(name, self.keeps) and not _matches(name, self.but)


class Fields(TomlTable):
    """What the words of a type of several fields may be, and what Python makes of them."""

    python: str
    """What is called with a value for each field: `module.name`."""
    values: dict[str, tuple[str, ...]]
    """Of each field: as for a type; or names, which C counts and Python has as text."""


class _RelationsFile(TomlTable):
    format: Literal[1]
    stubs: bool = True
    languages: bool = True
    inputs: dict[str, tuple[str, ...] | Fields] = {}  # noqa: RUF012  # pydantic copies it
    round_trip: tuple[RoundTrip, ...] = pydantic.Field(default=(), alias="round-trip")
    makes: tuple[Makes, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()
    implies: tuple[Implies, ...] = ()
    same: tuple[Same, ...] = ()
    unchanged: tuple[Unchanged, ...] = ()


class Relations:
    """What variants of an interface must obey; without a file, what holds of any."""

    def __init__(self, interface: Interface, document: Document | None) -> None:
        self.interface = interface
        self.document = document
        file = _RelationsFile(format=1)
        if document is not None:
            document.refuse_newer(FORMAT)
            file = document.validated(_RelationsFile, document.data)
        self.stubs = file.stubs
        """Whether stubs are held to what is declared."""
        self.languages = file.languages
        """Whether languages are held to each other."""
        self.inputs: Mapping[str, tuple[str, ...] | Fields] = file.inputs
        """Type -> what helpers are asked on; see `relation_inputs`."""
        self._file = file
        if errors := list(self._errors()):
            raise InputError(*errors)

    @classmethod
    def read(cls, folder: Path, interface: Interface) -> Relations:
        """Read the relations beside an interface.

        Raises:
            InputError: the file breaks the schema, or names no helper or type.
        """
        path = folder / FILE
        return cls(interface, Document(path) if path.is_file() else None)

    @property
    def declared(self) -> Mapping[str, Relation]:
        """The relations of the file by an id of each: `makes-swp_entry`, in its order."""
        found: dict[str, Relation] = {}
        for _, relation in self._placed():
            name = base = f"{relation.kind}-{relation.subject}"
            number = 1
            while name in found:
                number += 1
                name = f"{base}-{number}"
            found[name] = relation
        return found

    def place(self, name: str) -> str:
        """Return where a relation is declared, `path:line`; "" for those of any interface."""
        placed = dict(zip(self.declared, (key for key, _ in self._placed()), strict=True))
        if self.document is None or name not in placed:
            return ""
        return str(self.document.location(placed[name]))

    def condition(self, relation: Relation) -> KconfigExpression:
        """Return where a relation says anything at all.

        That is where all that it needs is there, with a body.
        """
        terms = [relation.where]
        for name in relation.needed:
            entries = [e for e in self.interface.by_name[name] if isinstance(e, Helper)]
            if len(entries) == 1:
                terms += [entries[0].exists, entries[0].requires]
        return every(dict.fromkeys(terms))

    def diagnostics(self, tree: Tree) -> Iterator[Diagnostic]:
        """Yield what is wrong only in view of a tree: symbols that it does not define."""
        if self.document is None:
            return
        for key, relation in self._placed():
            yield from tree.check_expression(
                relation.where, self.document.location((*key, "where"))
            )
            if isinstance(relation, Unchanged) and relation.adding not in tree.symbols:
                yield self.document.error(
                    (*key, "adding"),
                    f"unknown symbol {relation.adding}",
                    "unknown-symbol",
                    symbol_hint(relation.adding, tree.symbols),
                )

    def _placed(self) -> Iterator[tuple[Key, Relation]]:
        tables: tuple[tuple[Relation, ...], ...] = (
            self._file.round_trip,
            self._file.makes,
            self._file.exclusive,
            self._file.implies,
            self._file.same,
            self._file.unchanged,
        )
        for relations in tables:
            for number, relation in enumerate(relations):
                yield (relation.kind, number), relation

    def _errors(self) -> Iterator[Diagnostic]:
        if self.document is None:
            return
        helpers = {h.name for h in self.interface.helpers}
        for key, relation in self._placed():
            for name in (*relation.needed, *relation.others):
                if name not in helpers:
                    yield self.document.error(
                        key,
                        f"{relation.kind} speaks of {name}, which is no helper's first name",
                        "unknown-helper",
                        did_you_mean(name, sorted(helpers)),
                    )
            if isinstance(relation, Unchanged):
                yield from self._idle_globs(key, relation, helpers)
        for name in self.inputs:
            if name not in self.interface.types:
                yield self.document.error(
                    ("inputs", name),
                    f"unknown type {name!r}",
                    "unknown-type",
                    did_you_mean(name, list(self.interface.types)),
                )

    def _idle_globs(self, key: Key, relation: Unchanged, helpers: set[str]) -> Iterator[Diagnostic]:
        assert self.document is not None
        for glob in (*relation.keeps, *relation.but):
            if not any(fnmatch.fnmatchcase(name, glob) for name in helpers):
                yield self.document.error(
                    key,
                    f"{glob!r} matches no helper's first name",
                    "unknown-helper",
                    did_you_mean(glob, sorted(helpers)),
                )


def with_added(tree: Tree, configuration: Configuration, symbol: str) -> Configuration | None:
    """Return a configuration with an option added; None where it is there, or cannot be.

    Every other value is asked for as it is, so that the two differ in the option and in what
    follows from it, and in nothing else.
    """
    if symbol not in configuration or configuration[symbol] == "y":
        return None
    added = tree.resolve({**configuration, symbol: "y"})
    return added if added[symbol] == "y" else None


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)
