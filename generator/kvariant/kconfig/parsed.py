# SPDX-License-Identifier: MIT
"""What parsing a tree found, as frozen values: no kconfiglib object is left in it.

The rules of the symbols stand in a `Model`; here is the rest: where things are
written, how the menus look, what was read from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.errors import Location
from kvariant.kconfig.model import Freezer, Model
from kvariant.kconfig.portability import constructs
from kvariant.kconfig.reader import Clause, Reader, ShellCommand, deep, uncollected
from kvariant.kconfig.symbol import Choice, Symbol, choice_of, symbol_of

if TYPE_CHECKING:
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.syntax.construct import Found
    from kvariant.kconfig.value import SymbolType


@dataclass(frozen=True, slots=True)
class MenuHeading:
    """A menu or comment as a `.config` shows it."""

    text: str
    shows: tuple[Expression, ...]
    """It shows where all of them hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step through the menus, in the order of a `.config`."""

    symbol: str = ""
    """A symbol, where it is defined first."""
    opens: MenuHeading | None = None
    """A menu or comment that begins."""
    closes: MenuHeading | None = None
    """A menu that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A tree that was parsed."""

    root: str
    """The folder that `$(srctree)` was."""
    prefix: str
    files: tuple[str, ...]
    """Every Kconfig file read from disk, the entry file first."""
    generated: Mapping[str, str]
    """Texts of Kconfig files that the tree's build would write and that are not there, by path."""
    unset: Mapping[str, tuple[Location, ...]]
    """Variables that nobody set, with the lines that need them."""
    variables: tuple[str, ...]
    """Names of the environment's variables that were read."""
    shell_commands: tuple[ShellCommand, ...]
    warnings: tuple[str, ...]
    """kconfiglib's own, with file names as it prints them."""
    undefined: tuple[str, ...]
    """Names in conditions, defaults and selects that no file defines."""
    unwritten: frozenset[str]
    """Symbols that no `.config` has: `option env` and `option defconfig_list`."""
    constructs: tuple[Found, ...]
    """What some tool refuses."""
    clauses: Mapping[str, tuple[tuple[int, tuple[Clause, ...]], ...]]
    """By file: the `depends on` and `if` of each definition, with its line, in order."""
    definitions: Mapping[str, tuple[Location, ...]]
    """Where each symbol is defined."""
    symbols: Mapping[str, Symbol]
    choices: tuple[Choice, ...]
    menus: Mapping[str, tuple[str, ...]]
    """The symbols of each menu, menuconfig or choice by its title, in Kconfig order."""
    outline: tuple[Entry, ...]
    model: Model
    nesting: int
    """How deep the most nested expression is."""

    @property
    def types(self) -> Mapping[str, SymbolType]:
        """Return the type of every symbol."""
        return {name: symbol.type for name, symbol in self.symbols.items()}


def parsed(reader: Reader) -> Parsed:
    """Return what a reader found. Cost: some 20 microseconds a symbol."""
    with uncollected():
        return deep(lambda: _parsed(reader))


def _parsed(reader: Reader) -> Parsed:
    freezer = Freezer(reader)
    model = freezer.model()
    index = {item: i for i, item in enumerate(reader.unique_choices)}
    items = reader.unique_defined_syms
    return Parsed(
        root=str(reader.srctree),
        prefix=str(reader.config_prefix),
        files=tuple(
            path
            for path in map(reader.path_of, dict.fromkeys(reader.kconfig_filenames))
            if reader.generated.text(path) is None
        ),
        generated=dict(reader.generated.texts),
        unset={name: tuple(places) for name, places in reader.unset.places.items()},
        variables=tuple(sorted(reader.env_vars)),
        shell_commands=tuple(reader.recorded.shell),
        warnings=tuple(reader.warnings),
        undefined=tuple(name for name, item in reader.syms.items() if not item.nodes),
        unwritten=frozenset(
            item.name for item in items if item.env_var is not None or item is reader.defconfig_list
        ),
        constructs=constructs(reader),
        clauses=_clauses(reader),
        definitions={
            item.name: tuple(
                Location(reader.path_of(node.filename), node.linenr, 1)
                for node in reader.definitions_of(item)
            )
            for item in items
        },
        symbols={item.name: symbol_of(reader, item, index) for item in items},
        choices=tuple(choice_of(reader, item) for item in reader.unique_choices),
        menus=_menus(reader),
        outline=tuple(_outline(reader, freezer)),
        model=model,
        nesting=freezer.nesting,
    )


def _clauses(reader: Reader) -> Mapping[str, tuple[tuple[int, tuple[Clause, ...]], ...]]:
    found: dict[str, list[tuple[int, tuple[Clause, ...]]]] = {}
    for (name, line), clauses in reader.recorded.clauses.items():
        found.setdefault(reader.path_of(name), []).append((line, tuple(clauses)))
    return {path: tuple(rows) for path, rows in found.items()}


def _menus(reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """Return the symbols of menus, those of menus inside them included."""
    found: dict[str, set[str]] = {}
    titles: dict[Any, tuple[str, ...]] = {reader.top_node: ()}
    """Of each node, its own and those of what it is in, which comes before it."""
    for node in reader.node_iter():
        own = (node.prompt[0],) if node.is_menuconfig and node.prompt else ()
        around = titles[node.parent]
        titles[node] = own + around if own else around
        if isinstance(node.item, kconfiglib.Symbol):
            for title in titles[node]:
                found.setdefault(title, set()).add(node.item.name)
    order = {item.name: i for i, item in enumerate(reader.unique_defined_syms)}
    return {title: tuple(sorted(names, key=order.__getitem__)) for title, names in found.items()}


def _outline(reader: Reader, freezer: Freezer) -> Iterator[Entry]:
    """Yield the menus depth first [kconfiglib `_config_contents`, C `conf_write`].

    Chained dependencies nest as deep as there are symbols: no generator stands in another.
    """
    seen: set[str] = set()
    inside: list[tuple[Any, MenuHeading | None]] = []
    """The nodes around, with what is told at the end of each."""
    node = reader.top_node.list
    while node or inside:
        if not node:
            above, heading = inside.pop()
            if heading:
                yield Entry(closes=heading)
            node = above.next
            continue
        closes = None
        if isinstance(node.item, kconfiglib.Symbol):
            if node.item.name not in seen:
                seen.add(node.item.name)
                yield Entry(symbol=node.item.name)
        elif node.item in (kconfiglib.MENU, kconfiglib.COMMENT):
            conditions = [freezer.expression(node.dep)]
            if node.item is kconfiglib.MENU:
                conditions.append(freezer.expression(node.visibility))
            heading = MenuHeading(node.prompt[0], tuple(conditions))
            yield Entry(opens=heading)
            closes = heading if node.item is kconfiglib.MENU else None
        inside.append((node, closes))
        node = node.list
