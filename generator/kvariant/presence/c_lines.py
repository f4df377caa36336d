# SPDX-License-Identifier: MIT
"""The lines of a C, header or assembler file as its preprocessor sees them.

Translation phases 2 and 3 of C [C17 5.1.1.2]: a backslash at a line's end joins it with the
next one, a comment is a space, and what stands in quotes is neither. What is left of a
logical line is its code; it is a directive where that begins with #.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPECIAL = re.compile(r"\\[ \t]*\r?\n|//|/\*|\"|'|\n")
_STRING = {
    '"': re.compile(r'(?:[^"\\\n]|\\(?:\r?\n|.))*(?:"|(?=\n)|\Z)'),
    "'": re.compile(r"(?:[^'\\\n]|\\(?:\r?\n|.))*(?:'|(?=\n)|\Z)"),
}
_LINE_COMMENT = re.compile(r"(?:[^\\\n]|\\[ \t]*\r?\n|\\)*")
_DIRECTIVE = re.compile(r"\s*(?:#|%:)\s*([A-Za-z_]\w*)?\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A logical line."""

    first: int
    last: int
    """Its physical lines, from 1."""
    code: str
    """Without comments, joined."""
    coded: tuple[int, ...]
    """The physical lines that have more than space and comments."""

    @property
    def directive(self) -> tuple[str, str] | None:
        """The name and the rest of a directive; None: it is none. The null directive is ""."""
        found = _DIRECTIVE.fullmatch(self.code)
        return (found[1] or "", found[2].strip()) if found else None


def code_lines(text: str) -> Iterator[CodeLine]:
    """Yield the logical lines of a file, in order; every physical line is in one of them."""
    first = line = 1
    pieces: list[str] = []
    coded: list[int] = []
    at = 0

    def take(piece: str) -> None:
        """Take a piece of code, which begins in the present line."""
        nonlocal line
        for number, part in enumerate(piece.split("\n")):
            line += number > 0
            if part.strip(" \t\r\\\f\v") and (not coded or coded[-1] != line):
                coded.append(line)
        pieces.append(piece)

    end = len(text)
    while at < end:
        found = _SPECIAL.search(text, at)
        if found is None:
            take(text[at:])
            at = end
            break
        take(text[at : found.start()])
        at, token = found.end(), found[0]
        if token == "\n":
            yield CodeLine(first, line, "".join(pieces), tuple(coded))
            line += 1
            first, pieces, coded = line, [], []
        elif token == "//":
            stop = _LINE_COMMENT.match(text, at)
            assert stop is not None
            line += stop[0].count("\n")
            at = stop.end()
            pieces.append(" ")
        elif token == "/*":
            close = text.find("*/", at)
            close = end if close < 0 else close + 2
            line += text.count("\n", at, close)
            at = close
            pieces.append(" ")
        elif token in _STRING:
            stop = _STRING[token].match(text, at)
            assert stop is not None
            take(token + stop[0])
            at = stop.end()
        else:  # a joined line
            line += 1
    if pieces or (first <= line and at > 0 and not text.endswith("\n")):
        yield CodeLine(first, line, "".join(pieces), tuple(coded))
