# SPDX-License-Identifier: MIT
"""Which values of ints, hexes and strings a matrix chooses among: the key `numbers`.

    "edges"                        where something may change [kvariant.space.edges]
    "all"                          every value that a user can give
    {PORT = [80, 443], "*" = ...}  these, and what else holds for all others

Edges narrow what is chosen and nothing else: the space knows all values as before.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.kconfig.value import SymbolType
from kvariant.project.matrix import ALL, EDGES
from kvariant.space.edges import edges_of, number_text
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.kconfig.model import Rules
    from kvariant.plan.keys import Keys
    from kvariant.render import Templates
    from kvariant.space import Space
    from kvariant.space.domains import Domains

MOST = 4_096
"""Values of one number that can be chosen among one by one."""

GIVEN = "given"
"""How values were said that somebody listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An int, hex or string that a matrix chooses by."""

    name: str
    how: str
    """`EDGES`, `ALL` or `GIVEN`."""
    texts: tuple[str, ...]
    """The values that are chosen among: what is possible of them."""
    count: int | None
    """All values that users can give it; None: no end of them, or it is not known."""
    is_string: bool

    @property
    def values(self) -> tuple[str, ...]:
        """Those of the texts that are values: a number that does not show may have none."""
        return self.texts if self.is_string else tuple(filter(None, self.texts))

    @property
    def is_whole(self) -> bool:
        """Whether all its values are chosen among."""
        return self.count is not None and self.count <= len(self.values)


def combined(symbols: Sequence[str], numbers: Sequence[Number], conditions: int = 0) -> str:
    """Return what is combined, in words: 13 options and the edges of 3 numbers.

    Args:
        symbols: all of them, the numbers too.
        conditions: how many conditions of branches there are beside them.
    """
    options = len(symbols) - len(numbers)
    parts = [counted(options, "option")] if options else []
    kinds = {
        "the edges of": [n for n in numbers if n.how == EDGES and not n.is_string],
        "all values of": [n for n in numbers if n.how == ALL],
        "the given values of": [n for n in numbers if n.how == GIVEN],
        "the named values of": [n for n in numbers if n.how == EDGES and n.is_string],
    }
    for of, some in kinds.items():
        if some:
            noun = "string" if all(n.is_string for n in some) else "number"
            parts.append(f"{of} {counted(len(some), noun)}")
    if conditions:
        parts.append(counted(conditions, "branch condition"))
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def narrowed_text(numbers: Sequence[Number], most: int = 6) -> str:
    """Return of which numbers and texts not all values are chosen among, "" where of none.

    Args:
        most: numbers that are told; of others only how many there are.
    """
    left = [number for number in numbers if not number.is_whole]
    told = [_told(number) for number in left[:most]]
    if len(left) > most:
        told.append(f"{len(left) - most:,} more likewise")
    return "; ".join(told)


def _told(number: Number) -> str:
    chosen = len(number.values)
    if number.count is None:
        return f"of {number.name} {counted(chosen, 'value is', 'values are')} chosen"
    return f"{number.name} has {counted(number.count, 'value')}, {chosen:,} of them chosen"


class Numbers:
    """The values that one matrix chooses among."""

    def __init__(self, keys: Keys, tree: Tree, templates: Templates | None, space: Space) -> None:
        """Prepare to choose; nothing is worked out yet.

        Args:
            space: what there is to choose from, with all values that it tells apart.
        """
        self._keys = keys
        self._tree = tree
        self._templates = templates
        self._space = space

    def chosen(self, named: Mapping[str, Iterable[str]], symbols: Sequence[str]) -> Domains:
        """Return the values of each int, hex and string that a user can set.

        Args:
            named: texts of strings that the project's configurations name.
            symbols: those that the matrix chooses by; only of these are all values listed.

        Raises:
            InputError: the key `numbers` names no such symbol, or no value of one.
        """
        model, dialect = self._tree.model, self._tree.dialect
        templates = self._templates
        wheres = [self._keys.where(self._tree), self._keys.selection.where]
        found = edges_of(
            model,
            dialect,
            conditions=[*filter(None, wheres), *(templates.conditions if templates else ())],
            compared=templates.comparisons if templates else None,
            named=named,
        )
        asked = self._asked(found)
        chosen = {}
        for name, edges in found.items():
            how = asked.get(name, EDGES)
            texts = edges
            if how == ALL and name in symbols:
                texts = self._all(model.symbols[name], edges)
            elif not isinstance(how, str):
                texts = self._given(model.symbols[name], how)
            chosen[name] = texts
        return chosen

    def told(self, symbols: Iterable[str], narrow: Space) -> tuple[Number, ...]:
        """Return what is chosen of which symbols that are no bools or tristates.

        Args:
            narrow: the space of the chosen values.
        """
        asked = self._asked(narrow.chosen)
        return tuple(
            Number(
                name=name,
                how=how if isinstance(how := asked.get(name, EDGES), str) else GIVEN,
                texts=narrow.possible(name),
                count=_count(self._space, name),
                is_string=self._tree.types[name] is SymbolType.STRING,
            )
            for name in symbols
            if not self._tree.types[name].is_logical
        )

    def _asked(self, known: Iterable[str]) -> Mapping[str, str | tuple[str, ...]]:
        """Return what the key says of each symbol: its own name first, then the first glob.

        Raises:
            InputError: a name or glob is of no symbol that has values to choose.
        """
        table = self._keys.table.numbers
        names = list(known)
        if isinstance(table, str):
            return dict.fromkeys(names, table)
        prefix = self._tree.prefix
        said = {k.removeprefix(prefix) if prefix else k: how for k, how in table.items()}
        found: dict[str, str | tuple[str, ...]] = {}
        errors = []
        for pattern, how in said.items():
            matching = fnmatch.filter(names, pattern)
            if not matching and pattern != "*":
                errors.append(self._unknown(pattern, names))
            for name in matching:
                found.setdefault(name, how)
        if errors:
            raise InputError(*errors)
        return found | {name: how for name, how in said.items() if name in found}

    def _unknown(self, pattern: str, names: Sequence[str]) -> Diagnostic:
        kind = self._tree.types.get(pattern)
        if kind is not None and kind.is_logical:
            message = f"{pattern} is {kind.phrase}: it has no values to choose but its own"
            return self._diagnostic(message, "number-value", "leave it out of numbers")
        if kind is not None:
            message = f"{pattern} has no prompt: its value follows from others"
            return self._diagnostic(message, "number-value", "leave it out of numbers")
        named = {name: self._tree.symbols[name] for name in names}
        hint = symbol_hint(pattern, named, f"there are: {', '.join(names[:8])}")
        return self._diagnostic(f"no int, hex or string is named {pattern}", "unknown-symbol", hint)

    def _all(self, rules: Rules, edges: tuple[str, ...]) -> tuple[str, ...]:
        if rules.type is SymbolType.STRING:
            message = f"{rules.name} is a string: there is no end of its values"
            hint = f"--numbers {rules.name}=edges, or list them: --numbers {rules.name}=a,b"
            raise InputError(self._diagnostic(message, "many", hint))
        parts = self._space.intervals(rules.name)
        count = sum(high - low + 1 for low, high in parts) if parts is not None else None
        if parts is None or count is None or count > MOST:
            has = f"has {counted(count, 'value')}" if count else "has values without end"
            message = f"{rules.name} {has}: at most {MOST:,} can be chosen among one by one"
            hint = (
                f"--numbers {rules.name}=edges, or list some: --numbers {rules.name}="
                + ",".join(edges[:2])
            )
            raise InputError(self._diagnostic(message, "many", hint))
        spelled = {self._number(rules, text): text for text in edges}
        return tuple(
            spelled.get(n) or number_text(rules, n)
            for low, high in parts
            for n in range(low, high + 1)
        )

    def _given(self, rules: Rules, texts: Sequence[str]) -> tuple[str, ...]:
        assert rules.type is not None
        found, errors = [], []
        for text in texts:
            own = text
            if rules.type is SymbolType.HEX and text.isdecimal():
                own = hex(int(text))  # TOML's 0x1F is a number when it comes here
            if self._tree.dialect.is_value(own, rules.type):
                found.append(own)
            else:
                message = f"{rules.name} is {rules.type.phrase}; {text!r} is none of its values"
                errors.append(self._diagnostic(message, "number-value", ""))
        from kvariant.space import Space

        space = Space.of(self._tree, texts={rules.name: found})
        if space.where is None and self._space.where is not None:
            space = space.restricted(self._space.where)
        for text in found if not errors else ():
            if space.solve({rules.name: text}) is None:
                ends = [
                    f"{low:,} to {high:,}" for low, high in self._space.intervals(rules.name) or ()
                ]
                hint = f"users can give it {' and '.join(ends)}" if ends else ""
                message = f"no configuration has {rules.name}={text}"
                errors.append(self._diagnostic(message, "number-value", hint))
        if errors:
            raise InputError(*errors)
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _number(rules: Rules, text: str) -> int:
        return int(text, 10 if rules.type is SymbolType.INT else 16)

    def _diagnostic(self, message: str, code: str, hint: str) -> Diagnostic:
        return self._keys.error("numbers", message, code, hint).diagnostics[0]


def _count(space: Space, name: str) -> int | None:
    parts = space.intervals(name)
    return None if parts is None else sum(high - low + 1 for low, high in parts)
