# SPDX-License-Identifier: MIT
"""What the page's script knows of a sweep, laid out by column so that it stays small.

    columns     step and test of each
    outcomes    for each column a letter for each variant
    durations   for each column the milliseconds of each variant, nothing where all are 0
    reasons     each text once; `reason` has for each column its number by variant
    logs        of cells that ended badly, their ends; "variant column" is the key
    symbols     those that vary: name, type, texts, for each variant the text's number
    same        those that do not: name, type, text
    findings    positions of variants

1,000 variants with 3 steps and 100 tests are some 1.5 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kvariant.results import Cell, Outcome

if TYPE_CHECKING:
    from kvariant.blame import Finding
    from kvariant.plan.variant_table import VariantTable
    from kvariant.report.summary import SweepReport

FORMAT = 1
LETTERS: Mapping[Outcome, str] = {
    Outcome.OK: "o",
    Outcome.FAILED: "F",
    Outcome.ERROR: "E",
    Outcome.TIMEOUT: "T",
    Outcome.MISSING: "M",
    Outcome.FLAKY: "f",
    Outcome.SKIPPED: "s",
    Outcome.REUSED: "r",
    Outcome.MERGED: "m",
}
LOG = 4_000
"""Characters of the end of a log."""
LOGS = 300
"""Logs that are there; of each finding those of the first variants."""
REASON = 300
"""Characters of a reason."""

Place = tuple[str, str]
"""Step and test."""


def page_data(report: SweepReport, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return JSON-ready values.

    Args:
        findings: those that have a card, in the order of the cards.
    """
    variants = list(dict.fromkeys([*report.table.variants, *(c.variant for c in report.cells)]))
    position = {name: i for i, name in enumerate(variants)}
    columns = columns_of(report.cells, report.steps)
    place = {column: i for i, column in enumerate(columns)}
    letters = [[" "] * len(variants) for _ in columns]
    durations = [[0] * len(variants) for _ in columns]
    reasons: dict[str, int] = {}
    reason: list[dict[int, int]] = [{} for _ in columns]
    for cell in report.cells:
        x, y = place[cell.step, cell.test], position[cell.variant]
        letters[x][y] = LETTERS[cell.verdict if cell.verdict.is_bad else cell.outcome]
        durations[x][y] = round(cell.duration * 1000)
        if told := cell.reason[:REASON]:
            reason[x][y] = reasons.setdefault(told, len(reasons))
    return {
        "format": FORMAT,
        "variants": variants,
        "columns": [{"step": step, "test": test} for step, test in columns],
        "outcomes": ["".join(codes) for codes in letters],
        "durations": [each if any(each) else [] for each in durations],
        "reasons": list(reasons),
        "reason": reason,
        "logs": dict(_logs(report.cells, findings, position, place)),
        "symbols": list(_varying(report.table, variants)),
        "same": [
            [n, c.type.value, c.texts[0]] for n, c in report.table.symbols.items() if not c.places
        ],
        "findings": [_finding(one, position, place) for one in findings],
    }


def columns_of(cells: Sequence[Cell], steps: Sequence[str]) -> list[Place]:
    """Return the columns: each step, then its tests, as they are met."""
    tests: dict[str, dict[str, None]] = {step: {} for step in steps}
    for cell in cells:
        mine = tests.setdefault(cell.step, {})
        if cell.test:
            mine[cell.test] = None
    return [(step, test) for step, mine in tests.items() for test in ("", *mine)]


def _varying(table: VariantTable, variants: Sequence[str]) -> Iterator[list[Any]]:
    rows = {name: i for i, name in enumerate(table.variants)}
    for name, column in table.symbols.items():
        if column.places:
            places = [column.places[rows[v]] if v in rows else len(column.texts) for v in variants]
            yield [name, column.type.value, list(column.texts), places]


def _logs(
    cells: Sequence[Cell],
    findings: Sequence[Finding],
    position: Mapping[str, int],
    place: Mapping[Place, int],
) -> Iterator[tuple[str, str]]:
    """Yield logs: of each finding in turn that of its next variant, until there are enough."""
    logs = {(c.variant, c.step): c for c in cells if not c.test and c.is_bad and c.log}
    turns = max((len(one.failing) for one in findings), default=0)
    seen: set[tuple[str, str]] = set()
    for turn in range(turns):
        for one in findings:
            at = (one.failing[turn], one.step) if turn < len(one.failing) else None
            if at in logs and at not in seen and len(seen) < LOGS:
                seen.add(at)
                text = logs[at].log
                cut = f"({len(text) - LOG:,} characters before this are left out)\n"
                told = text if len(text) <= LOG else cut + text[-LOG:]
                yield f"{position[at[0]]} {place[at[1], '']}", told


def _finding(
    one: Finding, position: Mapping[str, int], place: Mapping[Place, int]
) -> dict[str, Any]:
    return {
        "step": one.step,
        "failing": [position[name] for name in one.failing],
        "nearest": position.get(one.nearest, -1),
        "nearest_to": position.get(one.nearest_to, position[one.failing[0]]),
        "again": one.again,
        "columns": sorted({place[one.step, t] for t in one.tests if (one.step, t) in place}),
    }
