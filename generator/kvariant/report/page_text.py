# SPDX-License-Identifier: MIT
"""A sweep as one page: no network, readable without its script, nothing of the data runs.

Every text is escaped by the template, the data stand in a block that is no script and has
no `<`, and the page's own policy lets no script run but the one whose digest it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kvariant.errors import printable
from kvariant.report.coverage_growth import growth_of
from kvariant.report.coverage_share import coverage_line
from kvariant.report.document import Items, Part, ReportDocument
from kvariant.report.failure_entry import failure_entry, failures_title
from kvariant.report.page_data import page_data
from kvariant.report.summary import SweepReport, appears, step_ends, told_messages, variant_rows
from kvariant.words import counted, listed

if TYPE_CHECKING:
    from kvariant.blame import Finding

SCRIPTS = ("expression.js", "picture.js", "page.js")
CARDS = 200
"""Distinct failures that have a card; the rest is counted."""
MESSAGES = 500
"""Compiler messages that are told; the rest is counted."""
NAMES = 6
"""Failing variants that a card names; the picture has all."""
LOGS = 20
"""Cards that have the end of a log; the script shows it of more."""
OPTIONS = 12
SLOWEST = 10
LEGEND = (
    ("·", "ok"),
    ("\u00d7", "failed"),
    ("!", "error"),
    ("t", "timeout"),
    ("?", "missing"),
    ("~", "flaky"),
    ("-", "skipped"),
    ("=", "reused"),
    ("+", "merged"),
)
"""As `OUTCOMES` of picture.js."""

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One distinct failure."""

    expression: str
    """The options under which it is met, in large type."""
    attribution: str
    """How well they fit, without them."""
    message: str
    more: int
    step: str
    names: str
    known: str
    notes: Sequence[str]
    nearest: str
    again: str
    log: str


def page_text(document: ReportDocument) -> str:
    """Return the page of a sweep's report, "" of another document."""
    report = document.sweep
    if report is None:
        return ""
    findings = report.findings[:CARDS]
    data = page_data(report, findings)
    script = "".join(_asset(name) for name in SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text: str = _template().render(
        title=_title(document),
        facts=[_clean(line) for line in _facts(document, report)],
        findings_title=failures_title(report.findings, known=False),
        cards=_cards(report, findings, data),
        legend=LEGEND,
        growth=growth_of(report.table),
        slowest=_slowest(report),
        constant=_constant(report),
        tables=_tables(document, report),
        left_out=_left_out(report),
        data=_inert(data),
        script=script,
        script_digest=digest,
        style=_asset("page.css"),
    )
    return text


def _title(document: ReportDocument) -> str:
    (heading,) = document.blocks(Part.HEADLINE)
    return _clean(getattr(heading, "text", ""))


def _facts(document: ReportDocument, report: SweepReport) -> Sequence[str]:
    tests = sum(bool(cell.test) for cell in report.cells)
    counts = [counted(len(report.steps), "step"), counted(len(report.heads), "cell")]
    counts += [counted(tests, "test result")] if tests else []
    seconds = sum(cell.duration for cell in report.heads)
    counts += [f"{seconds:,.1f} s of work"] if seconds >= 0.05 else []
    items = [block for block in document.blocks(Part.NOT_RUN) if isinstance(block, Items)]
    more = [item.text for block in items for item in block.items]
    share = [coverage_line(report.coverage)] if report.coverage else []
    return [", ".join([*report.about, *counts]), *share, *more]


def _cards(
    report: SweepReport, findings: Sequence[Finding], data: Mapping[str, Any]
) -> Sequence[Card]:
    variants = {name: i for i, name in enumerate(data["variants"])}
    steps = {one["step"]: i for i, one in enumerate(data["columns"]) if not one["test"]}
    cards = []
    for number, finding in enumerate(findings, 1):
        verdict = report.verdict(finding)
        entry = failure_entry(finding, number, verdict=verdict)
        expression = (verdict and verdict.expression) or str(finding.attribution.expression)
        log = data["logs"].get(f"{variants[finding.failing[0]]} {steps[finding.step]}", "")
        cards.append(
            Card(
                expression=_clean(expression),
                attribution=_clean(entry.attribution.replace(f" {expression}", "", 1)),
                message=_clean(entry.message),
                more=entry.more,
                step=_clean(entry.step),
                names=_clean(listed(entry.variants, NAMES)),
                known=_clean(entry.known),
                notes=[_clean(note) for note in entry.notes],
                nearest=_clean(entry.nearest),
                again=_clean(entry.again),
                log=_clean(log) if number <= LOGS else "",
            )
        )
    return cards


def _slowest(report: SweepReport) -> Rows:
    cells = sorted(report.heads, key=lambda cell: -cell.duration)[:SLOWEST]
    return [
        [_clean(cell.variant), _clean(cell.step), f"{cell.duration:.2f} s"]
        for cell in cells
        if cell.duration >= 0.005
    ]


def _constant(report: SweepReport) -> Sequence[str]:
    """Return the options of the tree that no variant, or every one, has on."""
    logical = [
        (name, column)
        for name, column in report.table.symbols.items()
        if column.type.is_logical and not column.places and (column.is_read or column.is_settable)
    ]
    off = [name for name, column in logical if column.texts[0] == "n"]
    on = [name for name, column in logical if column.texts[0] != "n"]
    return [
        f"never on: {counted(len(off), 'option')}: {listed(off, OPTIONS)}" if off else "",
        f"never off: {counted(len(on), 'option')}: {listed(on, OPTIONS)}" if on else "",
    ]


def _tables(
    document: ReportDocument, report: SweepReport
) -> Sequence[tuple[str, Sequence[str], Rows]]:
    messages = told_messages(report)
    said = [
        [_clean(str(one.message)), f"{_clean(one.message.step)}: {_clean(appears(one))}"]
        for one in messages[:MESSAGES]
    ]
    rows = [[_clean(text) for text in row] for row in variant_rows(report)]
    tables: list[tuple[str, Sequence[str], Rows]] = [
        ("steps", ("step", "ended"), [[_clean(t) for t in row] for row in step_ends(report)]),
        (counted(len(report.variants), "variant"), ("variant", *report.steps), rows),
    ]
    if said:
        told = counted(len(messages), "distinct compiler message")
        tables.append((told, ("message", "when"), said))
    for part in (Part.WARNINGS, Part.SIZES):
        items = [i for b in document.blocks(part) if isinstance(b, Items) for i in b.items]
        lines = [[_clean(text)] for item in items for text in (item.text, *item.items)]
        if lines:
            tables.append((part.value, (), lines))
    return tables


def _left_out(report: SweepReport) -> Sequence[str]:
    lines = []
    if more := len(report.findings) - CARDS:
        lines += [f"{counted(more, 'more failure')} have no card here"] if more > 0 else []
    if (more := len(told_messages(report)) - MESSAGES) > 0:
        lines.append(f"{counted(more, 'more compiler message')} are not here")
    return lines


def _inert(data: Mapping[str, Any]) -> str:
    """Return JSON in which nothing can end the block that it stands in, or begin another."""
    text = json.dumps(data, separators=(",", ":"))
    for mark, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(mark, code)
    return text


def _clean(text: str) -> str:
    """Return text without what a terminal, or nobody, can show; lone halves of pairs too."""
    return printable(text).encode("utf-8", "replace").decode("utf-8")


def _asset(name: str) -> str:
    return files("kvariant.report").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    import jinja2  # a table for a terminal does not pay for it

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_asset("page.html.j2"))
