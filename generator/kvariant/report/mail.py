# SPDX-License-Identifier: MIT
"""A sweep as plain text to send: ASCII, 72 columns, as kernel lists ask for.

Nothing in it depends on the machine: no times, no paths outside of the project.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from kvariant.blame import Finding
from kvariant.report.comparison import comparison_lines
from kvariant.report.summary import (
    FAILURES,
    MESSAGES,
    Told,
    appears,
    counted,
    explained,
    failures_title,
    headline,
    listed,
    nearest_text,
    not_run,
    of_machine,
    step_ends,
    told_messages,
)
from kvariant.report.verdict import Verdict

COLUMNS = 72
NAMES = 6
"""Failing variants that are named; the rest is counted."""


def sweep_mail(told: Told) -> str:
    """Return a sweep as text of lines that are never longer than `COLUMNS`."""
    lines = [*_wrapped(headline(told)), ""]
    lines += _steps(step_ends(told))
    if reasons := not_run(told):
        lines += ["", *(line for reason in reasons for line in _wrapped(reason, "", "  "))]
    for reason in of_machine(told):
        lines += ["", *_wrapped(reason, "", "  ")]
    if told.unreported:
        lines += ["", *_wrapped(f"did not report: {listed(told.unreported, NAMES)}", "", "  ")]
    lines += _failures(told)
    lines += _messages(told)
    if told.changes is not None:
        lines += ["", "since the other sweep"]
        for depth, text in comparison_lines(told.changes):
            lines += _wrapped(text, "  " * (depth + 1), "  " * (depth + 2))
    return "\n".join(lines)


def _steps(ends: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = min(20, max((len(_ascii(step)) for step, _ in ends), default=0))
    for step, text in ends:
        yield from _wrapped(f"{_ascii(step):{width}}  {text}", "  ", " " * (width + 4))


def _failures(told: Told) -> Iterator[str]:
    for is_known, numbered in told.numbered:
        yield from ("", failures_title(numbered, known=is_known))
        shown = told.first(numbered, FAILURES)
        for number, finding in shown:
            yield ""
            yield from _finding(number, finding, told.verdict(finding))
        if more := numbered[len(shown) :]:
            yield from ("", f"and {failures_title(more, known=is_known)} more")


def _finding(number: int, finding: Finding, verdict: Verdict | None) -> Iterator[str]:
    yield from _wrapped(finding.message, f"{number}. ", "   ")
    facts = []
    if more := len(finding.messages) - 1:
        facts.append(f"and {more} more in the same variants")
    facts.append(f"in {listed(finding.failing, NAMES)}")
    facts += [f"known: {finding.known}"] if finding.known else []
    facts += [f"was known: {finding.expired}"] if finding.expired else []
    facts += explained(finding, verdict)
    facts += [f"passes nearest: {nearest_text(finding)}"] if finding.nearest else []
    for fact in facts:
        yield from _wrapped(fact, "   ", "     ")
    if finding.again:
        yield from _again(finding.again)


def _again(command: str) -> Iterator[str]:
    """Yield a command that runs as it stands here: with a backslash where a line goes on."""
    if not command.isascii() or not command.isprintable():
        yield "   again: what kvariant report shows; it is not plain ASCII"
        return
    yield from shell_lines(command, "   again: ", "     ")


def _messages(told: Told) -> Iterator[str]:
    messages = told_messages(told)
    if not messages:
        return
    yield from ("", counted(len(messages), "distinct compiler message"))
    shown = told.first(messages, MESSAGES)
    for one in shown:
        yield from _wrapped(str(one.message), "  ", "    ")
        yield from _wrapped(f"{one.message.step}: {appears(one)}", "    ", "      ")
    if more := len(messages) - len(shown):
        yield f"  and {more} more"


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
