# SPDX-License-Identifier: MIT
"""The text of a CMakeLists.txt as commands with their arguments.

    name(unquoted "quoted ${x}" [[bracket]] (nested))   # comment   #[[ comment ]]

An argument says whether it was quoted: what is not may be split into several, and in a
condition it may be a variable's name. [cmake-language(7)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACKET = re.compile(r"\[(=*)\[")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_UNQUOTED = re.compile(r'(?:[^\s()#"\\]|\\.|(?<=[^\s()])"(?:[^"\\]|\\.)*")+')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": "", ";": "\\;"}


@dataclass(frozen=True, slots=True)
class CMakeWord:
    """One argument."""

    text: str
    """References to variables are as they are written."""
    is_quoted: bool = False
    """In quotes or brackets; of an unquoted one `(` and `)` are words of their own."""
    is_bracket: bool = False
    """In brackets: nothing in it is replaced."""


@dataclass(frozen=True, slots=True)
class CMakeCommand:
    """One command."""

    name: str
    """In small letters."""
    words: tuple[CMakeWord, ...]
    line: int


class CMakeSyntaxError(Exception):
    """A text is no CMake: commands behind that place are not known."""


def commands(text: str) -> list[CMakeCommand]:
    """Return the commands of a file, in order.

    Raises:
        CMakeSyntaxError: it is not closed somewhere, or something stands where none can.
    """
    return list(_CommandReader(text).commands())


class _CommandReader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = 1
        self._counted = 0

    def commands(self) -> Iterator[CMakeCommand]:
        while self._skip():
            name = _NAME.match(self._text, self._at)
            if name is None:
                raise CMakeSyntaxError(self._line())
            line = self._line()
            self._at = name.end()
            self._skip()
            if self._text[self._at : self._at + 1] != "(":
                raise CMakeSyntaxError(line)
            self._at += 1
            yield CMakeCommand(name[0].lower(), tuple(self._words()), line)

    def _line(self) -> int:
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def _skip(self) -> bool:
        """Go behind space and comments; return whether anything is left."""
        while self._at < len(self._text):
            if space := _SPACE.match(self._text, self._at):
                self._at = space.end()
            elif self._text[self._at] == "#":
                self._at += 1
                if self._bracket() is None:
                    end = self._text.find("\n", self._at)
                    self._at = end if end >= 0 else len(self._text)
            else:
                return True
        return False

    def _bracket(self) -> str | None:
        found = _BRACKET.match(self._text, self._at)
        if found is None:
            return None
        close = f"]{found[1]}]"
        end = self._text.find(close, found.end())
        if end < 0:
            raise CMakeSyntaxError(self._line())
        self._at = end + len(close)
        return self._text[found.end() : end].removeprefix("\n")

    def _words(self) -> Iterator[CMakeWord]:
        depth = 0
        while self._skip():
            char = self._text[self._at]
            if char == ")":
                self._at += 1
                if not depth:
                    return
                depth -= 1
                yield CMakeWord(")")
            elif char == "(":
                self._at += 1
                depth += 1
                yield CMakeWord("(")
            elif (bracket := self._bracket()) is not None:
                yield CMakeWord(bracket, is_quoted=True, is_bracket=True)
            elif quoted := _QUOTED.match(self._text, self._at):
                self._at = quoted.end()
                yield CMakeWord(_unescaped(quoted[1]), is_quoted=True)
            elif plain := _UNQUOTED.match(self._text, self._at):
                self._at = plain.end()
                yield CMakeWord(_unescaped(plain[0]))
            else:
                break
        raise CMakeSyntaxError(self._line())


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)
