# SPDX-License-Identifier: MIT
"""What blame found: each failure, its expression, a fragment that fails, one that passes."""

from __future__ import annotations

from kvariant.blame.rounds import Blamed
from kvariant.report.summary import counted
from kvariant.report.sweep import finding_json, finding_lines
from kvariant.report.verdict import verdicts

FORMAT = 1


def blame_text(blamed: Blamed, failures: str, seconds: float) -> str:
    """Return each distinct failure in a few lines.

    Args:
        failures: the folder of the failures' fragments, as it is to be shown.
    """
    findings = blamed.findings
    if not findings:
        swept = counted(sum(len(mine) for mine in blamed.configurations.values()), "variant")
        return f"nothing fails in {swept}; {seconds:.1f} s"
    again = f", {counted(blamed.again, 'variant')} run again" if blamed.again else ""
    ran = f"{counted(len(blamed.extra), 'extra variant')} run{again}; {seconds:.1f} s"
    lines = [f"{counted(len(findings), 'distinct failure')}, {ran}"]
    for number, (finding, verdict) in enumerate(zip(findings, verdicts(blamed), strict=True), 1):
        lines += finding_lines(finding, number, failures, verdict)
    return "\n".join(lines)


def blame_json(blamed: Blamed, seconds: float) -> dict[str, object]:
    """Return what blame found as JSON-ready values; durations in seconds."""
    return {
        "format": FORMAT,
        "failures": [
            {
                **_explained_json(blamed, position),
                "settled": position in blamed.settled,
                **({"flaky": blamed.flaky[position]} if position in blamed.flaky else {}),
                **({"within": blamed.within[position] + 1} if position in blamed.within else {}),
                "untried": [
                    {"symbol": gap.symbol, "from": gap.low + 1, "to": gap.high - 1}
                    for gap in blamed.gaps.get(position, ())
                ],
            }
            for position in range(len(blamed.findings))
        ],
        "extra": [
            {"name": e.name, "round": e.round, "assignment": dict(e.configuration.assignment)}
            for e in blamed.extra
        ],
        "again": blamed.again,
        "duration": round(seconds, 4),
    }


_OWN = ("fails_iff", "candidates", "certain", "proven")
"""What is said of a failure that has a cause of its own."""


def _explained_json(blamed: Blamed, position: int) -> dict[str, object]:
    found = finding_json(blamed.findings[position])
    has_none = position in blamed.within or position in blamed.flaky
    return {name: value for name, value in found.items() if not has_none or name not in _OWN}
