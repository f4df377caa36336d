# SPDX-License-Identifier: MIT
"""What a sweep of commits has found: for each finding the commit that brought it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.sweep.commits.search import Answer, SearchEnd

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding
    from kvariant.sweep.commits.commit_range import Commit, CommitLine


@dataclass(frozen=True, kw_only=True)
class FirstBad:
    """Findings at the newest commit of a line, and where each began."""

    named: str
    """The range, as the command line has it."""
    line: CommitLine
    findings: Sequence[Finding]
    """Those of which no one knows that they are to be expected."""
    answers: Sequence[Answer]
    """Of each."""
    known: int
    """Findings that are to be expected; they are not looked for."""
    ran: Mapping[str, int]
    """By commit, how many cells ran."""
    cells: int
    """How many cells there are at the newest commit."""

    @property
    def builds(self) -> int:
        """Cells that ran at older commits."""
        return sum(n for name, n in self.ran.items() if name != self.line.last.name)

    @property
    def visited(self) -> int:
        """Older commits at which cells ran."""
        return sum(n > 0 for name, n in self.ran.items() if name != self.line.last.name)

    def to_json(self) -> dict[str, object]:
        """Return the same, JSON-ready."""
        return {
            "range": self.named,
            "base": _commit(self.line.base),
            "last": _commit(self.line.last),
            "commits": len(self.line.commits),
            "order": "first-parent",
            "findings": [
                _finding(number, finding, answer)
                for number, (finding, answer) in enumerate(
                    zip(self.findings, self.answers, strict=True), 1
                )
            ],
            "known": self.known,
            "ran": {
                "last": self.ran.get(self.line.last.name, 0),
                "older": self.builds,
                "at": {name: n for name, n in self.ran.items() if n},
            },
            "one_by_one": self.cells * (len(self.line.commits) + (self.line.base is not None)),
        }


def _finding(number: int, finding: Finding, answer: Answer) -> dict[str, object]:
    return {
        "failure": number,
        "step": finding.step,
        "message": finding.message,
        "variants": list(finding.failing),
        "ending": answer.ending.value,
        "first_bad": _commit(answer.bad) if answer.ending is SearchEnd.FOUND else None,
        "last_good": _commit(answer.good),
        "known_bad": _commit(answer.bad),
        "between": [{"commit": _commit(one), "why": why} for one, why in answer.between],
        "merge": _commit(answer.merged),
        **({"flaky": answer.why} if answer.ending is SearchEnd.FLAKY else {}),
    }


def _commit(commit: Commit | None) -> dict[str, str] | None:
    if commit is None:
        return None
    return {
        "commit": commit.name,
        "subject": commit.subject,
        "author": commit.author,
        "date": commit.date,
    }
