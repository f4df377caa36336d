# SPDX-License-Identifier: MIT
"""Why an asked-for value did not take, in the words and places of the Kconfig.

Reads kconfiglib's state right after an assignment was loaded. One step deep: it
names the unmet terms and why each is n, not the whole chain behind them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import kconfiglib

from kvariant.errors import InputError, Location, Note
from kvariant.kconfig.expression import And, Expression, Not, Or, Reference, conjuncts
from kvariant.kconfig.reader import Clause, Reader
from kvariant.kconfig.symbol import expression_of, location_of, type_of
from kvariant.kconfig.value import SymbolType, Tristate

_LISTED = 8
"""Symbols of one unmet term that are explained."""
_CLAUSES = 4
"""Unmet dependencies of one definition that are told."""


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
            yield from self._unmet(node, condition)

    def _unmet(self, node: Any, condition: Expression) -> Iterator[Note]:
        """Yield a note for each written dependency that is n, then more on their symbols."""
        terms = dict.fromkeys(
            term for term in conjuncts(condition) if not term.holds(self._values, self._types)
        )
        unmet: dict[tuple[str, Location], list[Expression]] = {}
        for term in terms:
            clause = self._clause(node, term)
            written = (clause.text, clause.location) if clause else (str(term), self._place(node))
            unmet.setdefault(written, []).append(term)
        for (text, location), parts in list(unmet.items())[:_CLAUSES]:
            states = list(dict.fromkeys(s for term in parts for s in self._states(term)))
            more = f" and {len(states) - _LISTED} more" if len(states) > _LISTED else ""
            yield Note(f"depends on {text}; {', '.join(states[:_LISTED])}{more}", location)
            for term in parts:
                yield from self._more(term)
        if len(unmet) > _CLAUSES:
            yield Note(f"{len(unmet) - _CLAUSES} more of its dependencies are not met")

    def _states(self, term: Expression) -> Iterator[str]:
        """Say what the symbols are that make a term n: `NET is n (asked to be n)`."""
        match term:
            case And(terms) | Or(terms):
                for part in terms:
                    if not part.holds(self._values, self._types):
                        yield from self._states(part)
            case Reference(name) if self._fails(name):
                yield f"{name} is n ({self._lack(self._reader.syms.get(name))})"
            case Not(Reference(name)):
                item = self._reader.syms[name]
                yield f"{name} is {item.str_value} ({self._giver(item)})"
            case _:
                yield f"{term} is n"

    def _giver(self, symbol: Any) -> str:
        """Say shortly what makes a symbol not n."""
        for item, condition in self._selectors(symbol):
            if condition.holds(self._values, self._types):
                return f"{item.name} selects it"
        if symbol.user_value is not None and symbol.visibility:
            return f"asked to be {kconfiglib.TRI_TO_STR[symbol.user_value]}"
        return "its choice falls to it" if symbol.choice else "its default"

    def _lack(self, symbol: Any) -> str:
        """Say shortly why a symbol is n."""
        if symbol is None or not symbol.nodes:
            return "no Kconfig file read here defines it"
        if not any(node.prompt for node in symbol.nodes):
            selected = any(True for _ in self._selectors(symbol))
            return "no prompt" if selected or symbol.defaults else "no prompt, nothing selects it"
        if not symbol.visibility:
            return "not visible"
        if symbol.user_value == 0:
            return "asked to be n"
        if symbol.choice:
            return "another member of its choice is y"
        counts = "no default that counts" if symbol.defaults else "no default"
        return f"no user value, {counts}"

    def _more(self, term: Expression) -> Iterator[Note]:
        """Tell where a symbol that makes a term n depends on others in turn."""
        for name in self._failing(term)[:_LISTED]:
            item = self._reader.syms.get(name)
            if item is None or not item.nodes:
                continue
            if name not in self._why:
                self._why[name] = self._why_no(item)
            if self._why[name]:
                yield Note(f"{name} {self._why[name]}", location_of(self._reader, item))

    def _failing(self, term: Expression) -> list[str]:
        return [name for name in term.symbols if self._fails(name)]

    def _fails(self, name: str) -> bool:
        item = self._reader.syms.get(name)
        if item is None or not item.nodes:
            return True
        return type_of(item).is_logical and Tristate.of(item.str_value) is Tristate.N

    def _why_no(self, symbol: Any) -> str:
        """Say which other symbols a symbol is n for, "" where it is for none."""
        if not any(node.prompt for node in symbol.nodes):
            levers = any(True for _ in self._selectors(symbol))
            return self._promptless(symbol) if levers else ""
        if not symbol.visibility:
            conditions = [self._expression(node.prompt[1]) for node in symbol.nodes if node.prompt]
            because = [c.because(self._values, self._types) for c in conditions]
            return f"is not visible: {' and '.join(dict.fromkeys(because))}"
        return ""

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
