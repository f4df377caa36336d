# SPDX-License-Identifier: MIT
"""A sweep as plain text to send: ASCII, 72 columns, as kernel lists ask for.

Nothing in it depends on the machine: no times, no paths outside of the project.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from kvariant.report.document import (
    Block,
    FailureEntry,
    Failures,
    Heading,
    Item,
    Items,
    Messages,
    Names,
    Paragraph,
    ReportDocument,
    Table,
)
from kvariant.report.posted import NAMES, PARTS, beside, where
from kvariant.words import listed

COLUMNS = 72


class Mail:
    """The renderer of text to send; no line of it is longer than `COLUMNS`."""

    name = "text"
    help = "For mail: ASCII, 72 columns, nothing of this machine"
    is_file = False

    def render(self, document: ReportDocument) -> str:
        sections = (lines for block in document.blocks(*PARTS) for lines in _sections(block))
        return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _sections(block: Block) -> Iterator[Sequence[str]]:
    """Yield what stands between blank lines, as lines."""
    match block:
        case Heading(text):
            yield _wrapped(text)
        case Paragraph(text):
            yield _wrapped(text, "", "  ")
        case Names(label, names):
            yield _wrapped(f"{label}: {listed(names, NAMES)}", "", "  ")
        case Items(items, title):
            yield list(_items(items, title))
        case Table(_, rows):
            yield list(_table(rows))
        case Failures(title, entries, more):
            yield [title]
            yield from (list(_failure(entry)) for entry in entries)
            if more:
                yield [f"and {more} more"]
        case Messages() if block.title:
            yield list(_messages(block))


def _items(items: Sequence[Item], title: str) -> Iterator[str]:
    """Yield a list: flush left where it has no title."""
    edge = "  " if title else ""
    yield from [title] if title else []
    for item in items:
        yield from _wrapped(item.text, edge, f"{edge}  ")
        for text in item.items:
            yield from _wrapped(text, f"{edge}  ", f"{edge}    ")


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table of two columns, without their titles."""
    width = min(20, max((len(_ascii(name)) for name, _ in rows), default=0))
    for name, text in rows:
        yield from _wrapped(f"{_ascii(name):{width}}  {text}", "  ", " " * (width + 4))


def _failure(entry: FailureEntry) -> Iterator[str]:
    yield from _wrapped(entry.message, f"{entry.number}. ", "   ")
    for fact in (*where(entry), entry.attribution, *beside(entry)):
        yield from _wrapped(fact, "   ", "     ")
    if entry.again:
        yield from _again(entry.again)


def _messages(block: Messages) -> Iterator[str]:
    yield block.title
    for entry in block.entries:
        yield from _wrapped(entry.text, "  ", "    ")
        yield from _wrapped(entry.when, "    ", "      ")
    if block.more:
        yield f"  and {block.more} more"


def _again(command: str) -> Iterator[str]:
    """Yield a command that runs as it stands here: with a backslash where a line goes on."""
    if not command.isascii() or not command.isprintable():
        yield "   again: what kvariant report shows; it is not plain ASCII"
        return
    yield from shell_lines(command, "   again: ", "     ")


def shell_lines(command: str, first: str, rest: str) -> list[str]:
    """Return a shell command in lines that a shell takes for the one line that it was.

    Args:
        command: a line of words and quotes.
        first: what stands before it.
        rest: blanks before its other lines; none before one that goes on within a word.
    """
    lines, line = [], first
    for number, word in enumerate(_shell_words(command)):
        length = sum(len(atom) for atom, _ in word)
        glue = " " if number else ""
        if len(line) + len(glue) + length > _ROOM and number:
            lines.append(f"{line} \\")
            line, glue = rest, ""
        line += glue
        for piece in _pieces(word):
            # Before a piece where it fits a line, else within it.
            parts = [piece] if sum(len(atom) for atom, _ in piece) < _ROOM else [[a] for a in piece]
            for part in parts:
                text = "".join(atom for atom, _ in part)
                if len(line) + len(text) > _ROOM:
                    quote = part[0][1]
                    lines.append(f"{line}{quote}\\")
                    line = quote
                line += text
    return [*lines, line]


_ROOM = COLUMNS - 2
"""What a line may have before the quote and the backslash that end it."""


_Atoms = list[tuple[str, str]]
"""Characters, or a backslash and the one that it stands before; each with what has to be
closed and opened to part the word before it."""


def _shell_words(command: str) -> Iterator[_Atoms]:
    """Yield each word as its atoms.

    To part one, a quote is closed and opened within single quotes, and nothing
    elsewhere: there a shell drops a backslash with the line's end after it.
    """
    word: _Atoms = []
    state = ""  # the quote that is open
    for match in re.finditer(r"\\.|.", command, re.DOTALL):
        atom = match[0]
        if state == "'" and len(atom) == 2:  # no escape there: two characters
            word += [(atom[0], state)]
            atom = atom[1]
        if atom == " " and not state:
            if word:
                yield word
            word = []
            continue
        word.append((atom, "'" if state == "'" else ""))
        if atom in ("'", '"') and state in ("", atom):
            state = "" if state else atom
    if word:
        yield word


def _pieces(word: _Atoms) -> Iterator[_Atoms]:
    """Yield a word's pieces, each up to a blank within its quotes."""
    piece: _Atoms = []
    for atom, quote in word:
        piece.append((atom, quote))
        if atom == " ":
            yield piece
            piece = []
    if piece:
        yield piece


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        _ascii(text),
        COLUMNS,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2026": "..."}
)
"""What compilers and people put in place of ASCII's own marks."""


def _ascii(text: str) -> str:
    """Return text without what is not ASCII: quotes straight, accents gone, the rest as ?."""
    plain = unicodedata.normalize("NFKD", text.translate(_QUOTES))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return kept.encode("ascii", "replace").decode("ascii")
