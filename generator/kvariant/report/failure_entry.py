# SPDX-License-Identifier: MIT
"""A distinct failure as it is reported, whoever found it: a sweep, blame, or both once more."""

from __future__ import annotations

from collections.abc import Sequence

from kvariant.blame import Finding, bundle_file, failing_file, passing_file
from kvariant.report.cell_words import WHOLE
from kvariant.report.document import FailureEntry
from kvariant.report.verdict import BlameVerdict, explained
from kvariant.words import counted, listed, shortened


def failure_entry(
    finding: Finding, number: int, folder: str = "", verdict: BlameVerdict | None = None
) -> FailureEntry:
    """Return one distinct failure.

    Args:
        number: its number, from 1.
        folder: that of the failures' fragments, as it is to be shown; "": not to be shown.
        verdict: what blame said of it; None: it was not asked.
    """
    attribution, *notes = explained(finding, verdict)
    return FailureEntry(
        number=number,
        step=finding.step,
        message=shortened(finding.message, WHOLE),
        more=len(finding.messages) - 1,
        variants=finding.failing,
        known=finding.known,
        was_known=finding.expired,
        attribution=attribution,
        notes=notes,
        is_within=bool(verdict and verdict.within),
        nearest=_nearest(finding) if finding.nearest else "",
        files=_files(finding, number, folder) if folder else "",
        again=finding.again,
    )


def failures_title(findings: Sequence[Finding], *, known: bool) -> str:
    """Return how many distinct failures there are, and in how many cells."""
    count = len({(name, finding.step) for finding in findings for name in finding.failing})
    title = counted(len(findings), "known failure" if known else "distinct failure")
    return f"{title} in {counted(count, 'cell')}"


def finding_json(finding: Finding, verdict: BlameVerdict | None = None) -> dict[str, object]:
    """Return one distinct failure as JSON-ready values; `verdict` as in `failure_entry`."""
    attribution = finding.attribution
    record: dict[str, object] = {
        "step": finding.step,
        **({"known": finding.known} if finding.known else {}),
        **({"was_known": finding.expired} if finding.expired else {}),
        "message": finding.message,
        "messages": list(finding.messages),
        "variants": list(finding.failing),
        "again": finding.again,
        "fails_iff": str(attribution.expression),
        "against": attribution.against,
        "passing": attribution.passing,
        "unrun": list(finding.unrun),
        "candidates": [str(candidate) for candidate in attribution.candidates],
        "certain": attribution.is_certain,
        "proven": attribution.is_proven,
        "passes_nearest": finding.nearest,
        "differing": list(finding.differing),
    }
    if verdict is not None:
        record["blame"] = {
            "told": verdict.told,
            "notes": list(verdict.notes),
            "expression": verdict.expression,
            "proven": verdict.is_proven,
        }
    return record


def _files(finding: Finding, number: int, folder: str) -> str:
    both = f"  {passing_file(number)} passes" if finding.nearest else ""
    bundle = f"  {bundle_file(number)} is for kvariant reproduce"
    return f"{folder}/{failing_file(number)}{both}{bundle}"


def _nearest(finding: Finding) -> str:
    """Return which variant passes nearest: `base differs in NET only`."""
    only = " only" if len(finding.differing) == 1 else ""
    return f"{finding.nearest} differs in {listed(finding.differing)}{only}"
