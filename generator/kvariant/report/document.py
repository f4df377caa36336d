# SPDX-License-Identifier: MIT
"""A report as a value: what is said, in blocks, whatever the format in which it is read.

    SweepReport ...  --sweep_document-->  ReportDocument  --a format-->  text

A document has parts, each a few blocks. What is said in them is decided once, where the
document is made; a format decides which parts it shows, in which order, and how a block
looks. What programs read is the document's record and its cells, not its words.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a document's shape is known without what it is made of
    from kvariant.report.notice import Notice
    from kvariant.report.summary import SweepReport
    from kvariant.results import Cell


class Part(enum.Enum):
    """What parts a report may have."""

    HEADLINE = "headline"
    """How it ended, in one sentence: a Heading."""
    MATRIX = "matrix"
    """A row for each variant, with times: a Table."""
    TOTALS = "totals"
    """How much there was and how it ended, and what MATRIX leaves out: a Paragraph, Items."""
    COVERAGE = "coverage"
    """What is covered of what was to be, and what is missing: a Paragraph, Items."""
    STEPS = "steps"
    """How each step ended, in counts: a Table."""
    NOT_RUN = "not run"
    """What did not run, and why; then what is in NEVER_REUSED: Items."""
    NEVER_REUSED = "never reused"
    """The steps whose results are never reused, by cause: Items."""
    MACHINE = "machine"
    """How many cells ended for the sake of a broken machine: a Paragraph."""
    UNREPORTED = "unreported"
    """The variants that should have reported and did not: Names."""
    FAILURES = "failures"
    """The distinct failures: Failures, one block for the new ones, one for the known."""
    MESSAGES = "messages"
    """What compilers said beside that: Messages."""
    SIZES = "sizes"
    """How large what steps made is, what options cost, and what has grown: Items."""
    WARNINGS = "warnings"
    """Compiler warnings beyond their baseline, or fewer: Items."""
    CHANGES = "changes"
    """What changed since another sweep: Items."""
    VARIANTS = "variants"
    """A row for each variant, or for those that ended alike, without times: a Table."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a report."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of text."""

    text: str


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names, of which a format shows as many as it has room for."""

    label: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list, and those below it."""

    text: str
    items: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: Sequence[Item]
    title: str = ""
    """"": it needs none."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    """What it has rows of, where a format may fold it away: `12 variants`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureEntry:
    """One distinct failure."""

    number: int
    """From 1, as its fragments are numbered."""
    step: str
    message: str
    """What went wrong; more than one line where a tool said so."""
    more: int
    """Other messages in the same variants."""
    variants: Sequence[str]
    """Where it fails, in order."""
    known: str
    """Why it is known to fail, "" where it is not."""
    was_known: str
    """Why, and until which day, it was known to; "" where it never was, or still is."""
    attribution: str
    """The option values that it goes with: `fails iff NET: 2 of 2 against 0 of 14`."""
    notes: Sequence[str]
    """What explains it as well, and what was not tried, a line each."""
    is_within: bool
    """Whether it is met only within another failure, which `attribution` names: that is all
    there is to say of it where there is room for a line."""
    nearest: str
    """Which variant passes nearest, "" if none passes."""
    files: str
    """The fragments that fail and pass, "" where they are not written."""
    again: str
    """The command that replays it, "" where nobody knows one."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Some distinct failures."""

    title: str
    """How many there are: `2 distinct failures in 5 cells`; "": that is said elsewhere."""
    entries: Sequence[FailureEntry]
    """Those that are told."""
    more: str = ""
    """How many are not: `3 distinct failures in 3 cells`; "" if all are told."""


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """What compilers say somewhere."""

    text: str
    when: str
    """The step, and the options under which it is said."""


@dataclass(frozen=True, slots=True)
class Messages:
    """What compilers said, each message once."""

    title: str
    """"": nothing but what follows from failures."""
    entries: Sequence[MessageEntry]
    more: int
    """How many are not told."""
    beside: str
    """How many follow from failures and are not told: `2 more compiler errors`; "" if none."""


Block = Heading | Paragraph | Names | Items | Table | Failures | Messages


class Record(Protocol):
    """What a report says as values, for programs."""

    def to_json(self) -> Mapping[str, Any]:
        """Return JSON-ready values, `format` first."""


@dataclass(frozen=True)
class ReportDocument:
    """All that a report says."""

    parts: Mapping[Part, Sequence[Block]]
    """A part that has nothing to say is not there, or has no block."""
    record: Record
    cells: Sequence[Cell] = field(default=(), repr=False)
    """Every cell, for formats that list them one by one."""
    notices: Sequence[Notice] = field(default=(), repr=False)
    """What is told at lines of files, for formats that do."""
    sweep: SweepReport | None = field(default=None, repr=False)
    """What it is made of, for formats that show more than what is said; None: of no sweep."""

    def blocks(self, *parts: Part) -> list[Block]:
        """Return the blocks of some parts, in the order in which the parts are named."""
        return [block for part in parts for block in self.parts.get(part, ())]


class Renderer(Protocol):
    """A format in which reports are read; see `kvariant.report.formats`."""

    @property
    def name(self) -> str:
        """What the option is called that asks for it."""

    @property
    def help(self) -> str:
        """What that option is for; "" where `kvariant report` has none of its own for it."""

    @property
    def is_file(self) -> bool:
        """Whether it is written to a file that is named, beside what is printed."""

    def render(self, document: ReportDocument) -> str:
        """Return a report as text; "" if it says nothing."""
