# SPDX-License-Identifier: MIT
"""What blame found: each failure, its expression, a fragment that fails, one that passes."""

from __future__ import annotations

from kvariant.blame.rounds import Blamed
from kvariant.report.sweep import finding_json, finding_lines
from kvariant.report.table import counted

FORMAT = 1


def blame_text(blamed: Blamed, failures: str, seconds: float) -> str:
    """Return each distinct failure in a few lines.

    Args:
        failures: the folder of the failures' fragments, as it is to be shown.
    """
    count, findings = len(blamed.extra), blamed.findings
    ran = f"{counted(count, 'extra variant')} run; {seconds:.1f} s"
    if not findings:
        swept = counted(sum(len(mine) for mine in blamed.configurations.values()), "variant")
        return f"nothing fails in {swept}; {seconds:.1f} s"
    lines = [f"{counted(len(findings), 'distinct failure')}, {ran}"]
    for number, finding in enumerate(findings, 1):
        outer = blamed.within.get(number - 1)
        is_settled = number - 1 in blamed.settled or outer is not None
        lines += finding_lines(finding, number, failures, is_settled=is_settled, is_blamed=True)
        if outer is not None:
            expression = findings[outer].attribution.expression
            lines.append(f"    within: only where the failure of {expression} is, too")
        if untried := blamed.gaps.get(number - 1, ()):
            lines.append(f"    not tried: {', '.join(map(str, untried))} (more with --extra N)")
    return "\n".join(lines)


def blame_json(blamed: Blamed, seconds: float) -> dict[str, object]:
    """Return what blame found as JSON-ready values; durations in seconds."""
    return {
        "format": FORMAT,
        "failures": [
            {
                **finding_json(finding),
                "settled": position in blamed.settled,
                **({"within": blamed.within[position] + 1} if position in blamed.within else {}),
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
        "duration": round(seconds, 4),
    }
