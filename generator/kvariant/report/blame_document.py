# SPDX-License-Identifier: MIT
"""What blame found: each failure, its expression, a fragment that fails, one that passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.report.document import (
    Block,
    Failures,
    Paragraph,
    Part,
    ReportDocument,
)
from kvariant.report.failure_entry import failure_entry, finding_json
from kvariant.report.verdict import verdicts
from kvariant.words import counted

if TYPE_CHECKING:  # a report of a sweep asks nothing
    from kvariant.blame.rounds import Blamed

FORMAT = 1


def blame_document(blamed: Blamed, folder: str, seconds: float) -> ReportDocument:
    """Return what is reported of each distinct failure.

    Args:
        folder: that of the failures' fragments, as it is to be shown.
        seconds: how long it took.
    """
    both = zip(blamed.findings, verdicts(blamed), strict=True)
    entries = [failure_entry(f, n, folder, verdict) for n, (f, verdict) in enumerate(both, 1)]
    parts: Mapping[Part, Sequence[Block]] = {
        Part.TOTALS: [Paragraph(_totals(blamed, seconds))],
        Part.FAILURES: [Failures("", entries)],
    }
    return ReportDocument(parts, BlameRecord(blamed, seconds), blamed.cells)


@dataclass(frozen=True)
class BlameRecord:
    """What blame found, for programs."""

    blamed: Blamed
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return what blame found as JSON-ready values; durations in seconds."""
        blamed = self.blamed
        return {
            "format": FORMAT,
            "failures": [_failure_json(blamed, n) for n in range(len(blamed.findings))],
            "extra": [
                {"name": e.name, "round": e.round, "assignment": dict(e.configuration.assignment)}
                for e in blamed.extra
            ],
            "again": blamed.again,
            "duration": round(self.seconds, 4),
        }


def _totals(blamed: Blamed, seconds: float) -> str:
    if not blamed.findings:
        swept = counted(sum(len(mine) for mine in blamed.configurations.values()), "variant")
        return f"nothing fails in {swept}; {seconds:.1f} s"
    again = f", {counted(blamed.again, 'variant')} run again" if blamed.again else ""
    ran = f"{counted(len(blamed.extra), 'extra variant')} run{again}; {seconds:.1f} s"
    return f"{counted(len(blamed.findings), 'distinct failure')}, {ran}"


_OWN = ("fails_iff", "candidates", "certain", "proven")
"""What is said of a failure that has a cause of its own."""


def _failure_json(blamed: Blamed, position: int) -> dict[str, object]:
    """Return a failure, by position, as JSON-ready values."""
    record = finding_json(blamed.findings[position])
    if position in blamed.within or position in blamed.flaky:
        record = {name: value for name, value in record.items() if name not in _OWN}
    record["settled"] = position in blamed.settled
    if (flaky := blamed.flaky.get(position)) is not None:
        record |= {"flaky": flaky.variant, "failed_runs": flaky.failed, "runs": flaky.count}
    if variant := blamed.hidden.get(position):
        record["hidden_in"] = variant
    if (outer := blamed.within.get(position)) is not None:
        record["within"] = outer + 1
    record["untried"] = [
        {"symbol": gap.symbol, "from": gap.low + 1, "to": gap.high - 1}
        for gap in blamed.gaps.get(position, ())
    ]
    return record
