# SPDX-License-Identifier: MIT
"""What blame found: each failure, its expression, a fragment that fails, one that passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kvariant.blame.rounds import Blamed
from kvariant.report.document import (
    Block,
    FailureEntry,
    Failures,
    Paragraph,
    Part,
    ReportDocument,
)
from kvariant.report.failure_entry import failure_entry, finding_json
from kvariant.report.words import counted

FORMAT = 1


def blame_document(blamed: Blamed, folder: str, seconds: float) -> ReportDocument:
    """Return what is reported of each distinct failure.

    Args:
        folder: that of the failures' fragments, as it is to be shown.
        seconds: how long it took.
    """
    entries = [_entry(blamed, position, folder) for position in range(len(blamed.findings))]
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
            "failures": [
                {
                    **finding_json(finding),
                    "settled": position in blamed.settled,
                    **(
                        {"within": blamed.within[position] + 1} if position in blamed.within else {}
                    ),
                    "untried": [
                        {"symbol": gap.symbol, "from": gap.low + 1, "to": gap.high - 1}
                        for gap in blamed.gaps.get(position, ())
                    ],
                }
                for position, finding in enumerate(blamed.findings)
            ],
            "extra": [
                {"name": e.name, "round": e.round, "assignment": dict(e.configuration.assignment)}
                for e in blamed.extra
            ],
            "duration": round(self.seconds, 4),
        }


def _totals(blamed: Blamed, seconds: float) -> str:
    if not blamed.findings:
        swept = counted(sum(len(mine) for mine in blamed.configurations.values()), "variant")
        return f"nothing fails in {swept}; {seconds:.1f} s"
    ran = f"{counted(len(blamed.extra), 'extra variant')} run; {seconds:.1f} s"
    return f"{counted(len(blamed.findings), 'distinct failure')}, {ran}"


def _entry(blamed: Blamed, position: int, folder: str) -> FailureEntry:
    return failure_entry(
        blamed.findings[position],
        position + 1,
        folder,
        is_blamed=True,
        is_settled=position in blamed.settled or position in blamed.within,
        notes=tuple(_notes(blamed, position)),
    )


def _notes(blamed: Blamed, position: int) -> Iterator[str]:
    if (outer := blamed.within.get(position)) is not None:
        expression = blamed.findings[outer].attribution.expression
        yield f"within: only where the failure of {expression} is, too"
    if untried := blamed.gaps.get(position, ()):
        yield f"not tried: {', '.join(map(str, untried))} (more with --extra N)"
