# SPDX-License-Identifier: MIT
"""A sweep as GitHub-flavoured Markdown, for the summary of a CI job (`$GITHUB_STEP_SUMMARY`).

Variants that end alike share a row, and of failures and messages the first are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kvariant.report.document import (
    Block,
    FailureEntry,
    Failures,
    Heading,
    Items,
    Messages,
    Names,
    Paragraph,
    Part,
    ReportDocument,
    Table,
)
from kvariant.report.posted import NAMES, PARTS, beside, where
from kvariant.words import listed

_MARKS = re.compile(r"[\\`*_\[\]<>|~&#]")
"""Marks that mean something to Markdown in one place or another."""


class Markdown:
    """The renderer of Markdown."""

    name = "markdown"
    help = "For the summary of a CI job"
    is_file = False

    def render(self, document: ReportDocument) -> str:
        paragraphs = (
            p for block in document.blocks(*PARTS, Part.VARIANTS) for p in _paragraphs(block)
        )
        return "\n\n".join("\n".join(lines) for lines in paragraphs)


_Lines = Sequence[str]


def _paragraphs(block: Block) -> Iterator[_Lines]:
    """Yield what stands between blank lines, as lines."""
    match block:
        case Heading(text):
            yield [f"### {_text(text)}"]
        case Paragraph(text):
            yield [_text(_sentence(text))]
        case Names(label, names):
            yield [_text(_sentence(f"{label}: {listed(names, NAMES)}"))]
        case Items(items, title):
            if title:
                yield [f"**{_text(_sentence(title))}**"]
            yield [line for item in items for line in _item(item.text, item.items)]
        case Table(titles, rows, title):
            table = list(_table(titles, rows))
            yield from _folded(title, table) if title else [table]
        case Failures(title, entries, more):
            yield [f"#### {title}"]
            for entry in entries:
                yield from _failure(entry)
            if more:
                yield [f"and {more} more"]
        case Messages(title, entries, more):
            if title:
                yield [f"#### {title}"]
                yield [*_table(["message", "when"], [(one.text, one.when) for one in entries])]
            if more:
                yield [f"and {more} more"]


def _failure(entry: FailureEntry) -> Iterator[_Lines]:
    yield [f"**{_code(entry.attribution)}** in {_text(entry.step)}"]
    yield _fenced(entry.message)
    facts = [_text(fact) for fact in (*where(entry), *beside(entry))]
    facts += [f"again: {_code(entry.again)}"] if entry.again else []
    yield [f"- {fact}" for fact in facts]


def _item(text: str, below: Sequence[str]) -> Iterator[str]:
    yield f"- {_text(text)}"
    yield from (f"  - {_text(one)}" for one in below)


def _folded(title: str, lines: _Lines) -> Iterator[_Lines]:
    """Yield what a reader sees once it is unfolded."""
    yield ["<details>", f"<summary>{title}</summary>"]
    yield lines
    yield ["</details>"]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(titles)
    yield f"| {' | '.join('---' for _ in titles)} |"
    yield from map(_row, rows)


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(_text, texts))} |"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(text: str) -> str:
    """Return text that reads as it is, on one line."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def _code(text: str) -> str:
    """Return a code span of one line."""
    text = " ".join(text.split())
    fence = _fence(text, 1)
    # One blank at each end is no part of it; it parts the fence from backquotes.
    pad = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(text: str) -> list[str]:
    fence = _fence(text, 3)
    return [fence, *text.splitlines(), fence]


def _fence(text: str, least: int) -> str:
    """Return more backquotes than stand in a row within a text."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])
