# SPDX-License-Identifier: MIT
"""Why an asked-for value did not take, in the words and places of the Kconfig.

Reads kconfiglib's state right after an assignment was loaded. One step deep: it
names the unmet term and why that term is n, not the whole chain behind it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import kconfiglib

from kvariant.errors import InputError, Location, Note
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.reader import Clause, Reader
from kvariant.kconfig.symbol import expression_of, location_of, type_of
from kvariant.kconfig.value import SymbolType, Tristate

_LISTED = 8
"""Symbols of one unmet term that are explained."""


class _Values(dict[str, str]):
    """Values as `Expression` reads them, fetched from kconfiglib on demand."""

    def __init__(self, reader: Reader) -> None:
        self._syms = reader.syms

    def get(self, name: str, default: Any = None) -> Any:
        item = self._syms.get(name)
        return item.str_value if item is not None and item.nodes else default

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def __getitem__(self, name: str) -> str:
        return str(self.get(name))


class Reasons:
    """Why values of the assignment that is loaded did not take."""

    def __init__(self, reader: Reader, types: Mapping[str, SymbolType]) -> None:
        self._reader = reader
        self._values = _Values(reader)
        self._types = types
        self._expressions: dict[int, Expression] = {}
        self._why: dict[str, str] = {}

    def of(self, symbol: Any, asked: str) -> tuple[Note, ...]:
        """Return the reasons why a kconfiglib symbol does not have the asked-for value."""
        return tuple(dict.fromkeys(self._notes(symbol, asked)))

    def _expression(self, item: Any) -> Expression:
        """Return a kconfiglib expression as ours, made once: it can name hundreds of symbols."""
        known = self._expressions.get(id(item))
        if known is None:
            known = self._expressions[id(item)] = expression_of(item)
        return known

    def _notes(self, symbol: Any, asked: str) -> Iterator[Note]:
        kind = type_of(symbol)
        here = location_of(self._reader, symbol)
        if kind.is_logical:
            if asked not in ("n", "y", "m"):
                yield Note(
                    f"{symbol.name} is a {kind.value}; {asked!r} is none of its values", here
                )
            elif asked == "m" and symbol.type == kconfiglib.BOOL:
                why = (
                    "is a bool"
                    if symbol.orig_type == kconfiglib.BOOL
                    else "acts as a bool, modules are off"
                )
                yield Note(f"{symbol.name} {why}: it is y or n, never m", here)
            elif Tristate.of(asked) > symbol.tri_value:
                yield from self._held_down(symbol, Tristate.of(asked))
            else:
                yield from self._held_up(symbol, Tristate.of(asked))
        elif not any(node.prompt for node in symbol.nodes):
            yield Note(f"{symbol.name} has no prompt: only its defaults give it a value", here)
        elif not symbol.visibility:
            yield from self._invisible(symbol)
        else:
            yield from self._out_of_range(symbol, asked, here)

    def _held_down(self, symbol: Any, asked: Tristate) -> Iterator[Note]:
        if not any(node.prompt for node in symbol.nodes):
            yield Note(
                f"{symbol.name} {self._promptless(symbol)}", location_of(self._reader, symbol)
            )
            return
        if symbol.visibility < asked:
            yield from self._invisible(symbol)
            return
        yield from self._other_member(symbol)

    def _held_up(self, symbol: Any, asked: Tristate) -> Iterator[Note]:
        selectors = [
            (item, condition)
            for item, condition in self._selectors(symbol)
            if condition.evaluate(self._values, self._types) > asked
        ]
        for item, _ in selectors:
            yield Note(
                f"{item.name} selects {symbol.name} and is {item.str_value}",
                location_of(self._reader, item),
            )
        if selectors:
            return
        if symbol.choice:
            yield Note(
                f"{symbol.name} is what its choice falls to; ask for another member instead",
                location_of(self._reader, symbol.choice),
            )
            return
        here = location_of(self._reader, symbol)
        if not any(node.prompt for node in symbol.nodes):
            yield Note(
                f"{symbol.name} has no prompt: its defaults make it {symbol.str_value}", here
            )
        elif not symbol.visibility:
            yield Note(f"{symbol.name} is not visible, so its default counts", here)
            yield from self._invisible(symbol)
        else:
            yield Note(f"m becomes {symbol.str_value} for {symbol.name} here", here)

    def _other_member(self, symbol: Any) -> Iterator[Note]:
        if symbol.choice and symbol.choice.selection not in (None, symbol):
            other = symbol.choice.selection
            how = (
                "asked for later"
                if other.user_value == kconfiglib.STR_TO_TRI["y"]
                else "the default"
            )
            yield Note(f"its choice has {other.name}, {how}", location_of(self._reader, other))

    def _invisible(self, symbol: Any) -> Iterator[Note]:
        for node in symbol.nodes:
            if not node.prompt:
                continue
            condition = self._expression(node.prompt[1])
            value = condition.evaluate(self._values, self._types)
            if value is Tristate.M:
                yield Note(f"{symbol.name} is limited to m by {condition}", self._place(node))
                continue
            term = condition.failing_term(self._values, self._types)
            if term is None:
                continue
            clause = self._clause(node, term)
            text = f"depends on {clause.text if clause else term}"
            yield Note(
                f"{text}; {condition.because(self._values, self._types)}",
                clause.location if clause else self._place(node),
            )
            yield from self._failing_symbols(term)

    def _failing_symbols(self, term: Expression) -> Iterator[Note]:
        failing = [name for name in term.symbols if self._fails(name)]
        for name in failing[:_LISTED]:
            item = self._reader.syms.get(name)
            if item is None or not item.nodes:
                yield Note(f"no Kconfig file read here defines {name}")
                continue
            if name not in self._why:
                self._why[name] = self._why_no(item)
            yield Note(f"{name} is n: {self._why[name]}", location_of(self._reader, item))
        if len(failing) > _LISTED:
            yield Note(f"{len(failing) - _LISTED} more symbols of it are n")

    def _fails(self, name: str) -> bool:
        item = self._reader.syms.get(name)
        if item is None or not item.nodes:
            return True
        return type_of(item).is_logical and Tristate.of(item.str_value) is Tristate.N

    def _why_no(self, symbol: Any) -> str:
        if not any(node.prompt for node in symbol.nodes):
            return f"it {self._promptless(symbol)}"
        if not symbol.visibility:
            conditions = [self._expression(node.prompt[1]) for node in symbol.nodes if node.prompt]
            because = [c.because(self._values, self._types) for c in conditions]
            return f"it is not visible, {' and '.join(dict.fromkeys(because))}"
        if symbol.user_value == 0:
            return "it was asked to be n"
        if symbol.choice:
            return "another member of its choice is y"
        return "it has no user value, and no default makes it y"

    def _promptless(self, symbol: Any) -> str:
        selectors = list(self._selectors(symbol))
        if not selectors:
            return "has no prompt and nothing selects it"
        terms = [
            f"{item.name} selects it, but {condition.because(self._values, self._types)}"
            for item, condition in selectors[:3]
            if not condition.holds(self._values, self._types)
        ]
        more = f" and {len(selectors) - 3} more select it" if len(selectors) > 3 else ""
        return f"has no prompt; {'; '.join(terms) or 'its selects give less'}{more}"

    def _selectors(self, symbol: Any) -> Iterator[tuple[Any, Expression]]:
        """Yield each symbol that selects this one, with `selector && condition`."""
        if symbol.rev_dep is self._reader.n:
            return
        for part in kconfiglib.split_expr(symbol.rev_dep, kconfiglib.OR):
            first = kconfiglib.split_expr(part, kconfiglib.AND)[0]
            if isinstance(first, kconfiglib.Symbol) and first.nodes:
                yield first, self._expression(part)

    def _out_of_range(self, symbol: Any, asked: str, here: Location) -> Iterator[Note]:
        base = 16 if symbol.orig_type == kconfiglib.HEX else 10
        try:
            int(asked, base)
        except ValueError:
            yield Note(
                f"{asked!r} is not a value of the {type_of(symbol).value} {symbol.name}", here
            )
            return
        for low, high, condition in symbol.ranges:
            if kconfiglib.expr_value(condition):
                yield Note(f"the active range is [{low.str_value}, {high.str_value}]", here)
                return

    def _place(self, node: Any) -> Location:
        return Location(self._reader.path_of(node.filename), node.linenr, 1)

    def _clause(self, node: Any, term: Expression) -> Clause | None:
        return clause_of(self._reader, node.filename, node.linenr, term)


def clause_of(reader: Reader, filename: str, line: int, term: Expression) -> Clause | None:
    """Return the written clause that a term of a definition's dependency comes from.

    The nearest one in or before the definition at `filename:line`.
    """
    names = set(term.symbols)
    own: list[Clause] = []
    before: list[Clause] = []
    for owner, clauses in reader.recorded.of_file(filename):
        matching = [c for c in clauses if names <= set(_names(c))]
        if owner == line:
            own += matching
        elif owner < line:
            before += matching
    return own[0] if own else before[-1] if before else None


@functools.cache
def _names(clause: Clause) -> tuple[str, ...]:
    try:
        return Expression.parse(clause.text.replace(" if ", " && ")).symbols
    except InputError:  # macros and other text that only Kconfig itself can read
        return ()
