# SPDX-License-Identifier: MIT
"""A distinct failure as it is reported, whoever found it: a sweep, blame, or both once more."""

from __future__ import annotations

from collections.abc import Sequence

from kvariant.blame import Finding, failing_file, passing_file
from kvariant.report.document import FailureEntry
from kvariant.report.words import counted, listed


def failure_entry(
    finding: Finding,
    number: int,
    folder: str = "",
    *,
    is_blamed: bool = False,
    is_settled: bool = False,
    notes: Sequence[str] = (),
) -> FailureEntry:
    """Return one distinct failure.

    Args:
        number: its number, from 1.
        folder: that of the failures' fragments, as it is to be shown; "": not to be shown.
        is_blamed: whether extra variants were run for it.
        is_settled: whether the expressions left are one in every valid configuration.
        notes: what else there is to say of it.
    """
    return FailureEntry(
        number=number,
        step=finding.step,
        message=finding.message,
        more=len(finding.messages) - 1,
        variants=finding.failing,
        known=finding.known,
        attribution=str(finding.attribution),
        others=_others(finding, is_blamed=is_blamed, is_settled=is_settled),
        nearest=_nearest(finding) if finding.nearest else "",
        files=_files(finding, number, folder) if folder else "",
        again=finding.again,
        notes=notes,
    )


def failures_title(findings: Sequence[Finding], *, known: bool) -> str:
    """Return how many distinct failures there are, and in how many cells."""
    count = len({(name, finding.step) for finding in findings for name in finding.failing})
    title = counted(len(findings), "known failure" if known else "distinct failure")
    return f"{title} in {counted(count, 'cell')}"


def finding_json(finding: Finding) -> dict[str, object]:
    """Return one distinct failure as JSON-ready values."""
    attribution = finding.attribution
    return {
        "step": finding.step,
        **({"known": finding.known} if finding.known else {}),
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
        "passes_nearest": finding.nearest,
        "differing": list(finding.differing),
    }


def _files(finding: Finding, number: int, folder: str) -> str:
    both = f"  {passing_file(number)} passes" if finding.nearest else ""
    return f"{folder}/{failing_file(number)}{both}"


def _nearest(finding: Finding) -> str:
    """Return which variant passes nearest: `base differs in NET only`."""
    only = " only" if len(finding.differing) == 1 else ""
    return f"{finding.nearest} differs in {listed(finding.differing)}{only}"


def _others(finding: Finding, *, is_blamed: bool, is_settled: bool) -> str:
    """Return what explains a failure as well as the expression told; "" if nothing does."""
    others = finding.attribution.candidates[1:]
    if is_settled:
        same = [str(one) for one in finding.attribution.same]
        return f"same as {listed(same, 1)}  (in every valid configuration)" if same else ""
    if not finding.passing and finding.attribution.unrun and not is_blamed:
        return "or      passes in a variant that is not here  (kvariant blame looks for one)"
    if finding.attribution.is_certain or finding.attribution.against or not finding.passing:
        return ""
    told = listed([str(other) for other in others], 3, "  or  ") or "other terms, no more of them"
    if is_blamed:
        return f"or      {told}  (not told apart; more with --extra N)"
    return f"or      {told}  (kvariant blame tells them apart)"
