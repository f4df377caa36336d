# SPDX-License-Identifier: MIT
"""What a mutant is: a kind, a place, and what stands there instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Files = Mapping[str, str]
"""Path -> text."""


class Kind(Enum):
    """What is wrong with a mutant."""

    BIT = "wrong bit"
    TYPE = "wrong type number"
    CONSTANT = "wrong constant"
    MASK = "off-by-one mask"
    INVERSION = "missing inversion"
    OPERATOR = "swapped operator"
    RESULT = "wrong result"
    HELPER = "wrong helper"
    STATEMENT = "missing statement"
    WARN = "wrong warning"
    BRANCH = "wrong branch"
    STUB = "wrong stub"
    CONDITION = "wrong condition"
    """Of `exists` or `requires`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Another text for a part of one template."""

    start: int
    """Offset in the template's text."""
    end: int
    text: str

    def applied(self, source: str) -> str:
        """Return a text with the part replaced."""
        return source[: self.start] + self.text + source[self.end :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Another text for one definition as it is rendered, wherever it is rendered so.

    The toolkit writes stubs, so no template holds their text.
    """

    output: str
    """Rendered file."""
    texts: tuple[tuple[str, str], ...]
    """The definition and what replaces it, for each of its names and spellings."""

    def applied(self, files: Files) -> Files:
        """Return a variant's files with the definition replaced."""
        text = files.get(self.output, "")
        for old, new in self.texts:
            text = text.replace(old, new)
        return {**files, self.output: text} if text != files.get(self.output, "") else files


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The family with one mistake in it."""

    kind: Kind
    path: str
    """Template, or interface.toml, below the folder of templates."""
    line: int
    """1-based."""
    owner: str
    """The definition that it is in; the file's path outside of all."""
    was: str
    """The line, without the blanks around it."""
    now: str
    change: Edit | Swap = field(repr=False)

    @property
    def place(self) -> str:
        """Where to look."""
        return f"{self.path}:{self.line}"


def edited(kind: Kind, path: str, source: str, owner: str, edit: Edit) -> Mutant:
    """Return the mutant of one edit, with its lines."""
    was, now = _line(source, edit.start), _line(edit.applied(source), edit.start)
    if was == now:  # the edit begins with the line's end: show all of what is replaced
        was, now = source[edit.start : edit.end].strip(), edit.text.strip()
    line = source.count("\n", 0, edit.start) + 1
    return Mutant(kind=kind, path=path, line=line, owner=owner, was=was, now=now, change=edit)


def _line(text: str, offset: int) -> str:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start : end if end >= 0 else None].strip()
