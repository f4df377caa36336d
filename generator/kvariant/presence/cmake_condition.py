# SPDX-License-Identifier: MIT
"""What an `if(...)` of CMake says of options.

    CONFIG_X                   bool: y; tristate: not n; int: set, and not 0
    CONFIG_N EQUAL 5 ...       the number compared
    CONFIG_S STREQUAL "a"      the text compared
    NOT, AND, OR, ( )          NOT binds closest, then AND, then OR
    anything else              free

An option that is n is a variable that is not set. [cmake-commands(7), if; Zephyr's
import_kconfig]
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    Comparison,
    Constant,
    Reference,
    Types,
)
from kvariant.presence.cmake_text import CMakeWord
from kvariant.presence.condition import Free, all_of, any_of, is_level, negated

_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}
_UNARY = {"EXISTS", "IS_DIRECTORY", "IS_ABSOLUTE", "IS_SYMLINK", "COMMAND", "DEFINED", "POLICY",
          "TARGET", "TEST", "IS_READABLE", "IS_WRITABLE", "IS_EXECUTABLE"}  # fmt: skip
_NUMBERS = {"EQUAL": "=", "LESS": "<", "LESS_EQUAL": "<=", "GREATER": ">", "GREATER_EQUAL": ">="}
_BINARY = {*_NUMBERS, "STREQUAL", "STRLESS", "STRGREATER", "STRLESS_EQUAL", "STRGREATER_EQUAL",
           "MATCHES", "IN_LIST", "IS_NEWER_THAN", "PATH_EQUAL", "VERSION_EQUAL", "VERSION_LESS",
           "VERSION_GREATER", "VERSION_LESS_EQUAL", "VERSION_GREATER_EQUAL"}  # fmt: skip
_NUMBER = re.compile(r"-?\d+")


class CMakeOptions:
    """What is known of options in conditions of one file."""

    def __init__(self, types: Types, prefix: str, changed: Collection[str] = ()) -> None:
        """Take the options of a tree.

        Args:
            changed: variables named as options are that a file sets itself: free.
        """
        self._types = types
        self._prefix = prefix
        self._changed = frozenset(changed)

    def condition(self, words: Sequence[CMakeWord]) -> Expression:
        """Return where an `if` of these words holds."""
        try:
            return _Condition(self, words).whole()
        except _UnreadError:
            return Free(said(words))

    def toggle(self, word: CMakeWord) -> Expression:
        """Return where a function does something whose name ends in `_ifdef`.

        It asks `if(${${X}})`: the value of the option is taken as if it stood there, and an m
        is no word for true.
        """
        name = self._option(word.text)
        kind = self._types.get(name) if name else None
        if kind is SymbolType.BOOL or kind is SymbolType.TRISTATE:
            return is_level(name, kind, "y")
        if kind is SymbolType.INT:
            return _is_number(name)
        return Free(word.text)

    def variable(self, word: CMakeWord) -> Expression:
        """Return where `if(X)` holds."""
        if not word.is_quoted:
            if (known := _constant(word.text)) is not None:
                return known
            name = self._option(word.text)
            kind = self._types.get(name) if name else None
            if kind is SymbolType.BOOL:
                return Reference(name)
            if kind is SymbolType.TRISTATE:
                return Reference(name)
            if kind is SymbolType.INT:
                return _is_number(name)
        elif (known := _constant(word.text)) is not None:
            return known
        return Free(said([word]))

    def compared(self, left: CMakeWord, operator: str, right: CMakeWord) -> Expression:
        """Return where a comparison holds."""
        name = self._option(left.text) if not left.is_quoted else ""
        kind = self._types.get(name) if name else None
        text = right.text
        free = Free(said([left, CMakeWord(operator), right]))
        if kind is SymbolType.INT and operator in _NUMBERS and _NUMBER.fullmatch(text):
            has = Comparison("!=", Reference(name), Constant(""))
            return all_of((has, Comparison(_NUMBERS[operator], Reference(name), Reference(text))))
        if operator != "STREQUAL" or not right.is_quoted or "$" in text or not text:
            return free
        if kind is SymbolType.STRING:
            return Comparison("=", Reference(name), Constant(text))
        if kind in (SymbolType.BOOL, SymbolType.TRISTATE) and text in ("y", "m"):
            return is_level(name, kind, text)
        return free

    def types(self) -> Types:
        """Return the types of the options."""
        return self._types

    def _option(self, variable: str) -> str:
        """Return the option that a variable is, "" where it is none's."""
        if not variable.startswith(self._prefix) or variable in self._changed:
            return ""
        name = variable.removeprefix(self._prefix)
        return name if name in self._types else ""


class _UnreadError(Exception):
    """What stands there is no condition that is understood as a whole."""


class _Condition:
    """The words of a condition, read by precedence."""

    def __init__(self, options: CMakeOptions, words: Sequence[CMakeWord]) -> None:
        self._options = options
        self._words = list(words)
        self._at = 0

    def whole(self) -> Expression:
        if any("$" in word.text and not word.is_quoted for word in self._words):
            # a variable may have several words in it, operators among them
            raise _UnreadError
        found = self._or()
        if self._at < len(self._words):
            raise _UnreadError
        return found

    def _is(self, text: str) -> bool:
        if self._at >= len(self._words):
            return False
        word = self._words[self._at]
        return not word.is_quoted and word.text == text

    def _take(self) -> CMakeWord:
        if self._at >= len(self._words):
            raise _UnreadError
        self._at += 1
        return self._words[self._at - 1]

    def _or(self) -> Expression:
        terms = [self._and()]
        while self._is("OR"):
            self._at += 1
            terms.append(self._and())
        return any_of(terms)

    def _and(self) -> Expression:
        terms = [self._not()]
        while self._is("AND"):
            self._at += 1
            terms.append(self._not())
        return all_of(terms)

    def _not(self) -> Expression:
        if self._is("NOT"):
            self._at += 1
            return negated(self._not(), self._options.types())
        return self._one()

    def _one(self) -> Expression:
        word = self._take()
        if not word.is_quoted and word.text == "(":
            found = self._or()
            if not self._is(")"):
                raise _UnreadError
            self._at += 1
            return found
        if not word.is_quoted and word.text in _UNARY and self._at < len(self._words):
            return Free(said([word, self._take()]))
        if self._at < len(self._words):
            operator = self._words[self._at]
            if not operator.is_quoted and operator.text in _BINARY:
                self._at += 1
                return self._options.compared(word, operator.text, self._take())
        if not word.is_quoted and word.text in (")", "AND", "OR"):
            raise _UnreadError
        return self._options.variable(word)


def _is_number(name: str) -> Expression:
    has = Comparison("!=", Reference(name), Constant(""))
    return all_of((has, Comparison("!=", Reference(name), Reference("0"))))


def _constant(text: str) -> Expression | None:
    plain = text.upper()
    if plain in _TRUE or (_NUMBER.fullmatch(text) and int(text)):
        return ALWAYS
    if plain in _FALSE or plain.endswith("-NOTFOUND") or _NUMBER.fullmatch(text):
        return NEVER
    return None


def said(words: Sequence[CMakeWord]) -> str:
    """Return words as they are written."""
    return " ".join(f'"{word.text}"' if word.is_quoted else word.text for word in words)
