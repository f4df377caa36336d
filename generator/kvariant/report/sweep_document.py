# SPDX-License-Identifier: MIT
"""What a sweep found, as it is reported: the matrix, each distinct failure, what compilers said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.report.cell_words import WHOLE, cell_text, column_text, outcomes_text
from kvariant.report.comparison_document import ComparisonRecord, changed_items
from kvariant.report.coverage_share import coverage_blocks, coverage_json
from kvariant.report.document import (
    Block,
    Failures,
    Heading,
    Item,
    Items,
    MessageEntry,
    Messages,
    Names,
    Paragraph,
    Part,
    ReportDocument,
    Table,
)
from kvariant.report.failure_entry import failure_entry, failures_title, finding_json
from kvariant.report.notices import notices
from kvariant.report.ratchet import ratchet_items, ratchet_json
from kvariant.report.sizes import size_items, size_json
from kvariant.report.summary import (
    SweepReport,
    appears,
    errors_beside,
    flaky_before,
    headline,
    never_reused,
    not_run,
    of_machine,
    step_ends,
    told_messages,
    variant_rows,
)
from kvariant.words import counted, shortened

if TYPE_CHECKING:
    from kvariant.blame import Finding
    from kvariant.blame.compiler_messages import FoldedMessage
    from kvariant.report.notice import SourceLines
    from kvariant.results import Cell
    from kvariant.sweep.cost import Cost

FORMAT = 1
FAILURES = 20
"""Distinct failures that are told in full; the rest is counted."""
MESSAGES = 8
"""Compiler messages that are told; the rest is counted."""


def sweep_document(
    report: SweepReport,
    cost: Cost | None = None,
    folder: str = "",
    lines: SourceLines | None = None,
) -> ReportDocument:
    """Return what is reported of a sweep.

    Args:
        cost: what it took; None: nobody knows.
        folder: that of the failures' fragments, as it is to be shown.
        lines: finds the files that notices are about; None: there are no notices.
    """
    variants = counted(len(report.variants), "variant")
    parts: Mapping[Part, Sequence[Block]] = {
        Part.HEADLINE: [Heading(headline(report))],
        Part.MATRIX: _matrix(report) if report.cells else [],
        Part.TOTALS: _totals(report, cost) if report.cells else [],
        Part.COVERAGE: list(coverage_blocks(report.coverage)) if report.coverage else [],
        Part.STEPS: [Table(("step", "ended"), step_ends(report))],
        Part.NOT_RUN: _list(not_run(report)),
        Part.NEVER_REUSED: _list(never_reused(report)),
        Part.MACHINE: [Paragraph(t) for t in (of_machine(report), *flaky_before(report)) if t],
        Part.UNREPORTED: _unreported(report),
        Part.FAILURES: list(_failures(report, folder)),
        Part.MESSAGES: _messages(report),
        Part.WARNINGS: _ratchet(report),
        Part.SIZES: _sizes(report),
        Part.CHANGES: [changed_items(report.changes)] if report.changes else [],
        Part.VARIANTS: [Table(("variant", *report.steps), variant_rows(report), title=variants)],
    }
    told = notices(report, lines) if lines else ()
    return ReportDocument(parts, SweepRecord(report, cost), report.cells, told, report)


@dataclass(frozen=True)
class SweepRecord:
    """What a sweep found, for programs."""

    report: SweepReport
    cost: Cost | None = None

    def to_json(self) -> dict[str, object]:
        """Return cells and distinct failures as JSON-ready values; durations in seconds."""
        report, cost = self.report, self.cost
        record: dict[str, object] = {
            "format": FORMAT,
            "cells": [_cell_json(cell) for cell in report.cells],
            "failures": [finding_json(f, report.verdict(f)) for f in report.findings],
            "messages": [_message_json(message) for message in report.messages],
        }
        if cost is not None:
            record |= {"duration": round(cost.seconds, 4), "cost": _cost_json(cost)}
        if report.coverage is not None:
            record["coverage"] = coverage_json(report.coverage)
        if report.since is not None:
            record["since"] = report.since.to_json()
        if report.sizes is not None and any(cell.figures.sizes for cell in report.cells):
            record["sizes"] = size_json(report.sizes)
        if report.ratchet:
            record["baselines"] = ratchet_json(report.ratchet)
        if report.commits is not None:
            record["commits"] = report.commits.to_json()
        if report.unreported is not None:
            record["unreported"] = list(report.unreported)
            if jobs := {name: job for name in report.unreported if (job := report.jobs.get(name))}:
                record["unreported_jobs"] = jobs
        if report.changes:
            record["compared"] = ComparisonRecord(report.changes).to_json()
        return record


def _unreported(report: SweepReport) -> list[Block]:
    if not report.unreported:
        return []
    names = [f"{n} (job {report.jobs[n]})" if n in report.jobs else n for n in report.unreported]
    return [Names("did not report", names)]


def _ratchet(report: SweepReport) -> list[Block]:
    items = ratchet_items(report.ratchet, report.messages, report.lowering, every=report.every)
    return [Items(items, title="warnings")] if items else []


def _sizes(report: SweepReport) -> list[Block]:
    if report.sizes is None:
        return []
    items = size_items(report.sizes, report.cells, every=report.every)
    return [Items(items, title="sizes")] if items else []


def _list(texts: Sequence[str]) -> list[Block]:
    return [Items([Item(text) for text in texts])] if texts else []


def _matrix(report: SweepReport) -> list[Block]:
    """Return a row for each variant, of many for those that ended alike; then the sums."""
    rows = variant_rows(report, cell_text)
    for name, mine in _trees(report.heads):
        texts = (column_text([c for c in mine if c.step == step]) for step in report.steps)
        rows.append([name, *texts])
    return [Table(("", *report.steps), rows)]


def _totals(report: SweepReport, cost: Cost | None) -> list[Block]:
    heads = report.heads
    took = "" if cost is None else f"; {_took(cost)}"
    ended = outcomes_text(Counter(cell.outcome for cell in heads))
    count = f"{counted(len(report.variants), 'variant')}, {counted(len(heads), 'cell')}"
    # Where each variant has a row, the row says why.
    reasons = not_run(report, with_steps=False) if report.is_shared else []
    return [Paragraph(f"{count}: {ended}{took}"), *_list(reasons)]


def _trees(cells: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    """Return the cells of each tree with a head for their sums; of one tree, all with none."""
    trees: dict[str, list[Cell]] = {}
    for cell in cells:
        trees.setdefault(cell.variant.rpartition("/")[0], []).append(cell)
    if len(trees) < 2:
        return [("", list(cells))]
    return [(f"{name}  {len({c.variant for c in mine})}", mine) for name, mine in trees.items()]


def _took(cost: Cost) -> str:
    """Return how long a sweep took: `62.5 s, 3 % over the commands`."""
    over = "" if cost.over is None else f", {100 * cost.over:.0f} % over the commands"
    return f"{cost.seconds:.1f} s{over}"


def _failures(report: SweepReport, folder: str) -> Iterator[Block]:
    """Yield the failures that are new, then the known ones."""
    for is_known in (False, True):
        numbered = [
            (number, finding)
            for number, finding in enumerate(report.findings, 1)
            if bool(finding.known) == is_known
        ]
        if not numbered:
            continue
        shown = report.first(numbered, FAILURES)
        left: list[Finding] = [finding for _, finding in numbered[len(shown) :]]
        yield Failures(
            failures_title([finding for _, finding in numbered], known=is_known),
            [failure_entry(f, number, folder, report.verdict(f)) for number, f in shown],
            failures_title(left, known=is_known) if left else "",
        )


def _messages(report: SweepReport) -> list[Block]:
    """Return what compilers said, each message once with the options under which they say it."""
    messages = told_messages(report)
    shown = report.first(messages, MESSAGES)
    beside = 0 if report.every else len(errors_beside(report))
    if not messages and not beside:
        return []
    return [
        Messages(
            counted(len(messages), "distinct compiler message") if messages else "",
            [_entry(folded) for folded in shown],
            len(messages) - len(shown),
            counted(beside, "more compiler error") if beside else "",
        )
    ]


def _entry(folded: FoldedMessage) -> MessageEntry:
    when = f"{folded.message.step}: {appears(folded)}"
    return MessageEntry(shortened(str(folded.message), WHOLE), when)


def _cell_json(cell: Cell) -> dict[str, object]:
    """Return a cell; what is empty for most is left out where it is."""
    record: dict[str, object] = {"variant": cell.variant, "step": cell.step}
    record |= {"test": cell.test} if cell.test else {}
    record |= {"outcome": cell.outcome.value}
    record |= {"ended": cell.ended.value} if cell.ended else {}
    record |= {"reason": cell.reason, "duration": round(cell.duration, 4), "key": cell.key}
    record |= {"sizes": dict(cell.figures.sizes)} if cell.figures.sizes else {}
    return record | ({"known": cell.known} if cell.known else {})


def _message_json(one: FoldedMessage) -> dict[str, object]:
    """Return what compilers said as JSON-ready values; `line` only where it is the same in all."""
    return {
        "step": one.message.step,
        "severity": one.message.severity,
        "path": one.message.path,
        **({"line": one.message.line} if one.message.line else {}),
        "message": one.message.text,
        "variants": list(one.variants),
        "absent": list(one.absent),
        "appears_iff": str(one.attribution.expression),
        "against": one.attribution.against,
    }


def _cost_json(cost: Cost) -> dict[str, object]:
    """Return what a sweep took; `over` is a share, and there only if commands ran."""
    return {
        "jobs": cost.jobs,
        "commands": _rounded(cost.commands, 4),
        "least": _rounded(cost.least, 4),
        **({} if cost.over is None else {"over": round(cost.over, 4)}),
        "cpu": {"own": round(cost.own_cpu, 2), "commands": _rounded(cost.commands_cpu, 2)},
    }


def _rounded(seconds: float | None, digits: int) -> float | None:
    return None if seconds is None else round(seconds, digits)
