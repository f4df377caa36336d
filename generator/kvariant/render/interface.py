# SPDX-License-Identifier: MIT
"""The interface: the one list of helpers and constants, `interface.toml`.

It declares each helper once, with its signature, the condition under which it
has a body, and what stands in for the body otherwise. Templates hold bodies
only, so that the two states of a helper cannot differ in name or type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pydantic

from kvariant.document import Document, Key, TomlTable, toml_text
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.expression import ALWAYS, Expression, Not, every
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree

FILE = "interface.toml"
FORMAT = 1
_SUFFIXES = {"c": (".h", ".c"), "python": (".py",)}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _parsed(value: Any) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        raise ValueError("a Kconfig expression is a string")
    try:
        return Expression.parse(value)
    except InputError as error:
        raise ValueError(error.diagnostics[0].message) from None


Condition = Annotated[
    Expression, pydantic.BeforeValidator(_parsed), pydantic.WithJsonSchema({"type": "string"})
]
"""A field that holds a Kconfig expression."""


class Argument(TomlTable):
    """One parameter of a helper, written `name: type` or `name: type = default`."""

    name: str
    type: str
    default: str = ""
    """What Python callers may leave out; C has no defaults and ignores it."""


def _argument(value: Any) -> Argument:
    if isinstance(value, Argument):
        return value
    match = re.fullmatch(
        r"\s*([A-Za-z_]\w*)\s*:\s*([\w-]+)\s*(?:=\s*(false|true|\d+)\s*)?", str(value)
    )
    if not match:
        raise ValueError(f"{toml_text(value)} is not of the form 'name: type'")
    return Argument(name=match[1], type=match[2], default=match[3] or "")


Renames = dict[str, Condition]
"""A later name -> where it is the name. In time's order: the last that holds counts."""


def _latest(name: str, renames: Renames, configuration: Configuration) -> str:
    return next(
        (new for new, where in reversed(renames.items()) if configuration.satisfies(where)), name
    )


_Argument = Annotated[
    Argument,
    pydantic.BeforeValidator(_argument),
    pydantic.WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*[A-Za-z_]\w*\s*:\s*[\w-]+\s*(=\s*(false|true|[0-9]+)\s*)?$",
        }
    ),
]


class Spelling(TomlTable):
    """How a type is written in each language, and how C passes it as 64-bit words."""

    c: str = ""
    """The type in C."""
    python: str = ""
    """The type in Python."""
    renamed: dict[Literal["c", "python"], Renames] = {}  # noqa: RUF012  # pydantic's
    """Of a language: another spelling -> where it is the spelling."""
    from_: str = ""
    """C function or macro that makes a value from its words; "" is a plain cast."""
    to: str = ""
    """C function or macro that gives a value's word; "" is a plain cast."""
    fields: tuple[str, ...] = ("value",)
    """A name per 64-bit word that an argument of this type takes."""

    def spelled(self, language: str, configuration: Configuration) -> str:
        """Return the type as a language writes it in a configuration."""
        name = self.c if language == "c" else self.python
        renames = next((new for key, new in self.renamed.items() if key == language), Renames())
        return _latest(name, renames, configuration)


class Stub(TomlTable):
    """What a helper does when its feature is off."""

    value: Literal["false", "zero", "argument", "empty-entry"]
    """What it returns; `argument` is its first one."""
    warn: bool = False
    """Whether it warns when it is called."""


class Declaration(TomlTable):
    """What helpers and constants share."""

    name: str
    """Its first name, by which templates define and use it, in C and in Python."""
    module: str
    """The key of `modules` that it is in."""
    renamed: Renames = {}  # noqa: RUF012  # pydantic copies it
    """A later name -> the Kconfig expression under which it is that; the last that holds counts."""
    exists: Condition = ALWAYS
    """A Kconfig expression: whether the name is there at all."""
    meaning: str = ""
    """What it is for, in a sentence."""
    private: bool = False
    """Internal: same tag, but in no export and no table of helpers."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it has somewhere, the first one first."""
        return (self.name, *self.renamed)

    def name_in(self, configuration: Configuration) -> str:
        """Return its name in a configuration."""
        return _latest(self.name, self.renamed, configuration)

    def named_in(self, configuration: Configuration) -> Self:
        """Return the declaration under its name in a configuration."""
        name = self.name_in(configuration)
        return self if name == self.name else self.model_copy(update={"name": name})

    def occurrences(self) -> Iterator[tuple[str, Expression]]:
        """Yield each of its names with where exactly it bears it."""
        later: list[Expression] = []
        for name, where in (*reversed(self.renamed.items()), (self.name, ALWAYS)):
            yield name, every((self.exists, where, *(Not(one) for one in later)))
            later.append(where)


class InterfaceConstant(Declaration):
    """A named number."""


class Helper(Declaration):
    """A function of the generated module."""

    arguments: tuple[_Argument, ...] = ()
    """Its parameters, each `name: type` or `name: type = default`."""
    result: str
    """The name of its result's type."""
    requires: Condition = ALWAYS
    """A Kconfig expression: whether it has its body, or its stub."""
    stub: Stub | None = None
    """What stands for its body where `requires` does not hold."""


class InterfaceTable(TomlTable):
    """The interface of a template folder: `interface.toml`."""

    format: Literal[1]
    """The format of this file."""
    library: str = ""
    """What the C helpers are built into: `lib<library>.so`; "": none is built."""
    modules: dict[str, dict[Literal["c", "python"], str]]
    """By a name of your own, the file of a module in each of its languages."""
    types: dict[str, Spelling]
    """By a name of your own, how a type is written in each language."""
    constant: tuple[InterfaceConstant, ...] = ()
    """Named numbers."""
    helper: tuple[Helper, ...] = ()
    """Functions, each with its body in a template, or a stub."""


class Interface:
    """A validated `interface.toml`."""

    def __init__(self, document: Document) -> None:
        document.refuse_newer(FORMAT)
        file = document.validated(InterfaceTable, document.data)
        self.document = document
        self.modules: Mapping[str, Mapping[str, str]] = file.modules  # type: ignore[assignment]
        self.library = file.library
        """What the C helpers are built into: `lib<library>.so`; "" builds none."""
        self.types: Mapping[str, Spelling] = file.types
        self.constants = file.constant
        self.helpers = file.helper
        errors = list(self._errors())
        if errors:
            raise InputError(*errors)

    @classmethod
    def read(cls, path: Path) -> Interface:
        """Read and validate an interface.

        Raises:
            InputError: the file breaks the schema, names an unknown type or module,
                or declares a name twice where both could exist.
        """
        return cls(Document(path))

    @property
    def items(self) -> tuple[Declaration, ...]:
        """Return constants, then helpers, in the file's order."""
        return (*self.constants, *self.helpers)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Declaration, ...]]:
        """The entries of each name: more than one where their `exists` exclude each other."""
        grouped: dict[str, list[Declaration]] = {}
        for item in self.items:
            grouped.setdefault(item.name, []).append(item)
        return {name: tuple(entries) for name, entries in grouped.items()}

    def type_names(self, helper: Helper) -> tuple[str, ...]:
        """Return the names of the types a helper uses, its result's last."""
        return (*(a.type for a in helper.arguments), helper.result)

    def expressions(self) -> Iterator[tuple[Key, Expression]]:
        """Yield every condition with its place in the file."""
        for key, item in self._placed():
            yield (*key, "exists"), item.exists
            if isinstance(item, Helper):
                yield (*key, "requires"), item.requires
            for name, where in item.renamed.items():
                yield (*key, "renamed", name), where
        for name, spelling in self.types.items():
            for language, renames in spelling.renamed.items():
                for new, where in renames.items():
                    yield ("types", name, "renamed", language, new), where

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that the conditions read, each once."""
        return tuple(dict.fromkeys(n for _, e in self.expressions() for n in e.symbols))

    def renames_in(self, configuration: Configuration) -> Mapping[str, str]:
        """Return first name -> name of what has another one in a configuration."""
        return {
            item.name: name
            for item in self.items
            if item.renamed
            and configuration.satisfies(item.exists)
            and (name := item.name_in(configuration)) != item.name
        }

    def spelled(
        self, helper: Helper, language: str, configuration: Configuration
    ) -> Mapping[str, str]:
        """Return how a language writes a helper's types in a configuration, by their names."""
        return {
            name: self.types[name].spelled(language, configuration)
            for name in self.type_names(helper)
        }

    def outputs(self, module: str) -> Mapping[str, str]:
        """Return the output file of a module in each of its languages."""
        return self.modules[module]

    def diagnostics(self, tree: Tree) -> list[Diagnostic]:
        """Return what is wrong only in view of a tree: unknown symbols, clashing names."""
        found = [
            d
            for key, expression in self.expressions()
            for d in tree.check_expression(expression, self.document.location(key))
        ]
        return found or list(self._clashes(tree))

    def key_of(self, item: Declaration) -> Key:
        """Return the place of an entry in the file."""
        return next(key for key, other in self._placed() if other is item)

    def lines_of(self, item: Declaration) -> range:
        """Return the lines of an entry, from its table's head to its last key."""
        heads = sorted(self.document.location(key).line for key, _ in self._placed())
        first = self.document.location(self.key_of(item)).line
        following = next((line for line in heads if line > first), None)
        lines = read_text(self.document.path).splitlines()
        last = (following or len(lines) + 1) - 1
        while last > first and not re.match(r"\s*[^\s#\[]", lines[last - 1]):
            last -= 1
        return range(first, last + 1)

    def _placed(self) -> Iterator[tuple[Key, Declaration]]:
        for table, items in (("constant", self.constants), ("helper", self.helpers)):
            for index, item in enumerate(items):
                yield (table, index), item

    def _errors(self) -> Iterator[Diagnostic]:
        at = self.document.error
        if not re.fullmatch(r"[A-Za-z0-9_.-]*", self.library):
            yield at(("library",), f"{self.library!r} is not the name of a library", "bad-value")
        for module, outputs in self.modules.items():
            for language, output in outputs.items():
                if not output.endswith(_SUFFIXES[language]):
                    yield at(
                        ("modules", module, language),
                        f"{output!r} is no file of {language}",
                        "bad-value",
                        f"its name ends in {' or '.join(_SUFFIXES[language])}",
                    )
        for key, item in self._placed():
            for place, name in (
                ((*key, "name"), item.name),
                *(((*key, "renamed", new), new) for new in item.renamed),
            ):
                if not _IDENTIFIER.fullmatch(name):
                    yield at(place, f"{name!r} is not a name in C and Python", "bad-value")
            if item.module not in self.modules:
                yield at(
                    (*key, "module"),
                    f"unknown module {item.module!r} for {item.name}",
                    "unknown-module",
                    did_you_mean(item.module, list(self.modules)),
                )
            if isinstance(item, Helper):
                yield from self._helper_errors(key, item)

    def _helper_errors(self, key: Key, helper: Helper) -> Iterator[Diagnostic]:
        at = self.document.error
        for place, name in [
            *(("arguments", a.type) for a in helper.arguments),
            ("result", helper.result),
        ]:
            if name not in self.types:
                yield at(
                    (*key, place),
                    f"unknown type {name!r} of {helper.name}",
                    "unknown-type",
                    did_you_mean(name, list(self.types)),
                )
        if (helper.requires == ALWAYS) != (helper.stub is None):
            yield at(key, f"{helper.name} needs both `requires` and `stub`, or neither", "stub")
        if helper.stub and helper.stub.value == "argument" and not helper.arguments:
            yield at((*key, "stub"), f"{helper.name} has no argument to return", "stub")

    def _clashes(self, tree: Tree) -> Iterator[Diagnostic]:
        bearers: dict[str, list[tuple[Declaration, Expression]]] = {}
        for item in self.items:
            for name, where in item.occurrences():
                bearers.setdefault(name, []).append((item, where))
        for name, entries in bearers.items():
            for (first, one), (second, other) in itertools.combinations(entries, 2):
                if _can_both_hold(one, other, tree):
                    yield self.document.error(
                        self.key_of(second),
                        f"{name} is declared twice where both entries can exist",
                        "duplicate-name",
                        f"make one `exists` exclude the other: {first.exists} and {second.exists}",
                    )
        yield from self._shadowed()

    def _shadowed(self) -> Iterator[Diagnostic]:
        """Yield later names that templates use as the first name of something else."""
        for item in self.items:
            for name in item.renamed:
                if name in self.by_name:
                    yield self.document.error(
                        (*self.key_of(item), "renamed", name),
                        f"{item.name} becomes {name}, which is the first name of another entry",
                        "duplicate-name",
                        "templates know each entry by its first name: give one of them another",
                    )


def _can_both_hold(first: Expression, second: Expression, tree: Tree) -> bool:
    """Return whether some values of the symbols read make both expressions hold.

    Tries all n/y values in which a choice has at most one y member: exact for
    bool symbols that are otherwise independent, and on the safe side (yes) else.
    """
    names = tuple(dict.fromkeys((*first.symbols, *second.symbols)))
    for values in itertools.product("ny", repeat=len(names)):
        assignment = dict(zip(names, values, strict=True))
        chosen = [
            tree.symbols[n].choice for n, v in assignment.items() if v == "y" and n in tree.symbols
        ]
        members = [choice for choice in chosen if choice is not None]
        if (
            len(members) == len(set(members))
            and first.holds(assignment)
            and second.holds(assignment)
        ):
            return True
    return False
