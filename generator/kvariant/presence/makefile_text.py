# SPDX-License-Identifier: MIT
"""The text of a makefile as parts: literal text, references to variables, calls of functions.

    foo-$(CONFIG_A) += $(addprefix b/,$(list)) c.o

[GNU Make manual 6.1, "Basics of MakeVariable References", and 8.1, "Function Call Syntax"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

FUNCTIONS = frozenset(
    [
        "abspath",
        "addprefix",
        "addsuffix",
        "and",
        "basename",
        "call",
        "dir",
        "error",
        "eval",
        "file",
        "filter",
        "filter-out",
        "findstring",
        "firstword",
        "flavor",
        "foreach",
        "guile",
        "if",
        "info",
        "intcmp",
        "join",
        "lastword",
        "let",
        "notdir",
        "or",
        "origin",
        "patsubst",
        "realpath",
        "shell",
        "sort",
        "strip",
        "subst",
        "suffix",
        "value",
        "warning",
        "wildcard",
        "word",
        "wordlist",
        "words",
    ]
)
_COMMAS = {"call": -1, "and": -1, "or": -1, "shell": 0, "wildcard": 0, "sort": 0, "strip": 0}
"""Commas that part the arguments of functions: of others two do; -1: any number."""
_COMMENT = re.compile(r"(\\*)#")


@dataclass(frozen=True, slots=True)
class MakeReference:
    """`$(NAME)`, or `$(NAME:a=b)`."""

    name: Parts
    change: tuple[Parts, Parts] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """`$(function argument,argument)`."""

    function: str
    arguments: tuple[Parts, ...]
    text: str
    """As it is written."""


Part = str | MakeReference | Call
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class MakeLine:
    """A logical line of a makefile."""

    number: int
    """Of its first physical line."""
    text: str
    """Joined; with comments, which a recipe has none of."""

    @property
    def code(self) -> str:
        """The line without its comment."""
        return without_comment(self.text)


def make_lines(text: str) -> Iterator[MakeLine]:
    """Yield the logical lines of a makefile: a backslash at the end joins, with one space."""
    first, pieces = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        first = first or number
        stripped = line.rstrip("\\")
        if (len(line) - len(stripped)) % 2:
            pieces.append(line[:-1].rstrip() if not pieces else line[:-1].strip())
            continue
        pieces.append(line.lstrip() if pieces else line)
        yield MakeLine(first, " ".join(pieces) if len(pieces) > 1 else pieces[0])
        first, pieces = 0, []
    if pieces:
        yield MakeLine(first, " ".join(pieces))


def without_comment(text: str) -> str:
    """Return a line up to its first # that no backslash stands before."""
    for found in _COMMENT.finditer(text):
        if len(found[1]) % 2 == 0:
            return text[: found.end() - 1]
    return text


@lru_cache(maxsize=16_384)
def parts_of(text: str) -> Parts:
    """Return the parts of a text; a reference that is not closed is literal."""
    found: list[Part] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        if dollar > at:
            found.append(text[at:dollar])
        following = text[dollar + 1 : dollar + 2]
        if following in ("(", "{"):
            end = _closing(text, dollar + 1)
            if end < 0:
                found.append(text[dollar:])
                at = len(text)
                break
            found.append(_reference(text[dollar + 2 : end], text[dollar : end + 1]))
            at = end + 1
        elif following == "$" or not following:
            found.append("$")
            at = dollar + 2
        else:
            found.append(MakeReference((following,)))
            at = dollar + 2
    if at < len(text):
        found.append(text[at:])
    return tuple(found)


def tokens_of(text: str) -> Iterator[str]:
    """Yield a text's words, a reference being in one whatever spaces are in it."""
    at = start = 0
    while at < len(text):
        if text[at] == "$" and text[at + 1 : at + 2] in ("(", "{"):
            end = _closing(text, at + 1)
            at = end + 1 if end > 0 else len(text)
        elif text[at].isspace():
            if at > start:
                yield text[start:at]
            at += 1
            start = at
        else:
            at += 1
    if at > start:
        yield text[start:]


def split_outside(text: str, separator: str, most: int = -1) -> list[str]:
    """Return a text split where no reference is around a separator of one character."""
    found: list[str] = []
    start = at = 0
    while at < len(text) and (most < 0 or len(found) < most):
        if text[at] == "$" and text[at + 1 : at + 2] in ("(", "{"):
            end = _closing(text, at + 1)
            at = end + 1 if end > 0 else len(text)
        elif text[at] == separator:
            found.append(text[start:at])
            at = start = at + 1
        else:
            at += 1
    return [*found, text[start:]]


def _reference(inside: str, whole: str) -> MakeReference | Call:
    word = re.match(r"[a-z-]+(?=\s)", inside)
    if word and word[0] in FUNCTIONS:
        rest = inside[word.end() :].lstrip()
        arguments = tuple(map(parts_of, split_outside(rest, ",", _COMMAS.get(word[0], 2))))
        return Call(word[0], arguments, whole)
    name, *change = split_outside(inside, ":", 1)
    if change and "=" in change[0]:
        one, other = split_outside(change[0], "=", 1)
        return MakeReference(parts_of(name), (parts_of(one), parts_of(other)))
    return MakeReference(parts_of(inside))


def _closing(text: str, at: int) -> int:
    """Return where what opens at a place is closed, -1 where it is not."""
    opening = text[at]
    closing = ")" if opening == "(" else "}"
    depth = 0
    for index in range(at, len(text)):
        if text[index] == opening:
            depth += 1
        elif text[index] == closing:
            depth -= 1
            if not depth:
                return index
    return -1


def written(parts: Sequence[Part]) -> str:
    """Return parts as they are written."""
    return "".join(
        part
        if isinstance(part, str)
        else part.text
        if isinstance(part, Call)
        else f"$({written(part.name)}"
        + (f":{written(part.change[0])}={written(part.change[1])}" if part.change else "")
        + ")"
        for part in parts
    )
