# SPDX-License-Identifier: MIT
"""Ranges and defaults that cannot mean what they say, as far as the text alone shows it.

    empty-range        nothing is in it: its ends are the wrong way round, or one of them
                       is a number that never has a value
    range-default      a default that lies outside the range that is active with it
    default-value      a default of a bool that is no value of one, and so n

Nothing is solved for: a condition counts as implied where its terms are among the other's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Location, Note, Severity
from kvariant.kconfig.expression import (
    ALWAYS,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    conjuncts,
)
from kvariant.kconfig.value import SymbolType
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.model import Default, Model, Range, Rules

_Find = Callable[[Location, str], tuple[Location, str]]
_ENTRY = re.compile(r"\s*(?:menu)?config(?:default)?\b")
_TRUE = {"1", "true", "yes", "on", "Y"}
_FALSE = {"0", "false", "no", "off", "N"}


class _Lines:
    """The lines of Kconfig files, each file read once."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def find(self, definition: Location, pattern: str) -> tuple[Location, str]:
        """Return the line of a definition that a pattern matches from its start.

        The definition itself, without its text, where none does: a macro wrote the line.
        """
        lines = self._of.get(definition.path)
        if lines is None:
            text = read_text(Path(definition.path), "replace")
            lines = self._of[definition.path] = text.split("\n")
        for number in range(definition.line, len(lines)):
            line = lines[number]
            if _ENTRY.match(line):
                break
            if re.match(pattern, line):
                column = len(line) - len(line.lstrip()) + 1
                return Location(definition.path, number + 1, column), line
        return definition, ""


def lint(model: Model) -> Iterator[Diagnostic]:
    """Yield a warning for each fault, in Kconfig order."""
    find = _Lines().find
    for rules in model.symbols.values():
        if rules.type in (SymbolType.INT, SymbolType.HEX):
            yield from _of_number(model, rules, find)
        elif rules.is_logical:
            yield from _of_logical(rules, model.symbols, find)


def _of_number(model: Model, rules: Rules, find: _Find) -> Iterator[Diagnostic]:
    for range_ in dict.fromkeys(rules.ranges):
        bare = [end for end in (range_.low, range_.high) if _is_bare(end, model.symbols)]
        low, high = (_number(end, rules, model.symbols) for end in (range_.low, range_.high))
        if not bare and not (low is not None and high is not None and low > high):
            continue
        pattern = rf"\s*range\s+{_quoted(range_.low)}\s+{_quoted(range_.high)}"
        notes = tuple(
            Note(f"{end} has no default and no prompt", model.symbols[str(end)].location)
            for end in bare
        )
        what = f"the range of {rules.name}, {range_.low} to {range_.high},"
        why = f"has an end without a value: {bare[0]}" if bare else "is empty"
        hint = "" if bare else "swap its ends"
        yield _warning(f"{what} {why}", "empty-range", rules.location, pattern, find, notes, hint)
    for default in dict.fromkeys(rules.defaults):
        value = _number(default.value, rules, model.symbols)
        outside = None if value is None else _excluding(default, value, rules, model)
        if outside is None:
            continue
        yield _warning(
            f"default {default.value} of {rules.name} is outside its range, "
            f"{outside.low} to {outside.high}",
            "range-default",
            default.location,
            rf"\s*(?:default|def_int|def_hex)\s+{_quoted(default.value)}",
            find,
        )


def _excluding(default: Default, value: int, rules: Rules, model: Model) -> Range | None:
    """Return the range that is active wherever a default is, and that its value is outside of.

    Ranges before it, which may be active instead, must exclude the value as well.
    """
    holding = set(conjuncts(default.condition))
    for range_ in rules.ranges:
        low, high = (_number(end, rules, model.symbols) for end in (range_.low, range_.high))
        if low is None or high is None or low > high or low <= value <= high:
            return None
        if {t for t in conjuncts(range_.condition) if t != ALWAYS} <= holding:
            return range_
    return None


def _of_logical(rules: Rules, known: Mapping[str, Rules], find: _Find) -> Iterator[Diagnostic]:
    for default in dict.fromkeys(rules.defaults):
        for text in _strange(default.value, known):
            meant = "y" if text in _TRUE else "n" if text in _FALSE else ""
            kind = rules.type.value if rules.type else "bool"
            yield _warning(
                f"default {text} of the {kind} {rules.name} is n",
                "default-value",
                default.location,
                rf"\s*(?:default|def_bool|def_tristate)\s+.*?(?<!\w)[\"']?{re.escape(text)}(?!\w)",
                find,
                hint=f"write default {meant}" if meant else "write y or n",
            )


def _strange(value: Expression, known: Mapping[str, Rules]) -> Iterator[str]:
    """Yield texts in a default's value that are neither symbols nor n, m or y."""
    match value:
        case And() | Or():
            for term in value.terms:
                yield from _strange(term, known)
        case Not():
            yield from _strange(value.term, known)
        case Comparison():
            return
        case Constant() if value.text not in ("n", "m", "y"):
            yield value.text
        case Reference() if value.name not in known and value.name[:1].isdigit():
            yield value.name  # other names without a definition are told as such


def _number(value: Expression, rules: Rules, known: Mapping[str, Rules]) -> int | None:
    """Return the number that a text is for a symbol, None where a symbol decides it."""
    if not isinstance(value, Reference | Constant) or str(value) in known:
        return None
    text = value.text if isinstance(value, Constant) else value.name
    try:
        return int(text, 16 if rules.type is SymbolType.HEX else 10)
    except ValueError:
        return None


def _is_bare(end: Reference | Constant, known: Mapping[str, Rules]) -> bool:
    """Return whether the end of a range is a symbol that nothing gives a value."""
    if not isinstance(end, Reference) or end.name not in known:
        return False
    rules = known[end.name]
    return not rules.defaults and not rules.prompts


def _quoted(value: Expression) -> str:
    text = value.text if isinstance(value, Constant) else str(value)
    return rf"[\"']?{re.escape(text)}[\"']?(?!\w)"


def _warning(
    message: str,
    code: str,
    definition: Location,
    pattern: str,
    find: _Find,
    notes: tuple[Note, ...] = (),
    hint: str = "",
) -> Diagnostic:
    location, line = find(definition, pattern)
    return Diagnostic(
        message=message,
        code=code,
        location=location,
        excerpt=line,
        notes=notes,
        hint=hint,
        severity=Severity.WARNING,
    )
