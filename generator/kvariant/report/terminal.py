# SPDX-License-Identifier: MIT
"""A report as plain text, as wide as it needs to be: what verbs print."""

from __future__ import annotations

from collections.abc import Iterator

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
from kvariant.report.table import table_text
from kvariant.words import listed

_PARTS = (
    Part.MATRIX,
    Part.TOTALS,
    Part.COVERAGE,
    Part.NEVER_REUSED,
    Part.MACHINE,
    Part.FAILURES,
    Part.MESSAGES,
    Part.WARNINGS,
    Part.SIZES,
)


class Terminal:
    """The renderer of what is read on a terminal."""

    name = "terminal"
    help = ""  # it is what is printed where nothing else is asked for
    is_file = False

    def render(self, document: ReportDocument) -> str:
        sections = (document.blocks(*_PARTS), document.blocks(Part.CHANGES))
        texts = (
            "\n".join(line for block in blocks for line in _lines(block)) for blocks in sections
        )
        return "\n\n".join(filter(None, texts))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text) | Paragraph(text):
            yield text
        case Names(label, names):
            yield f"{label}: {listed(names)}"
        case Items(items):
            for item in items:
                yield item.text
                yield from (f"  {text}" for text in item.items)
        case Table(titles, rows):
            yield from (table_text(rows, titles, indent=0), "")
        case Failures(title, entries, more):
            if title:
                yield title
            for entry in entries:
                yield from _failure(entry)
            if more:
                yield f"  and {more} more (-v tells them)"
        case Messages():
            yield from _messages(block)


def _failure(entry: FailureEntry) -> Iterator[str]:
    """Yield one distinct failure: what, where, when, what passes nearest, and how again."""
    if entry.is_within:
        more = f" and {entry.more} more" if entry.more else ""
        yield f"  {entry.message}{more}: {entry.attribution}"
        return
    yield f"  {entry.message}"
    if entry.more:
        yield f"    and {entry.more} more in the same variants"
    yield f"    in      {listed(entry.variants)}"
    if entry.known:
        yield f"    known:  {entry.known}"
    if entry.was_known:
        yield f"    was known:  {entry.was_known}"
    yield from (f"    {line}" for line in (entry.attribution, *entry.notes))
    if entry.nearest:
        yield f"    passes nearest:  {entry.nearest}"
    if entry.files:
        yield f"    file:   {entry.files}"
    if entry.again:
        yield f"    again:  {entry.again}"


def _messages(block: Messages) -> Iterator[str]:
    if block.title:
        yield block.title
    for entry in block.entries:
        yield from (f"  {entry.text}", f"    {entry.when}")
    if block.more:
        yield f"  and {block.more} more (-v tells them)"
    if block.beside:
        yield f"{block.beside} in the same variants (-v tells them)"
