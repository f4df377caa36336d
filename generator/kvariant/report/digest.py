# SPDX-License-Identifier: MIT
"""A sweep in a few lines to send: Markdown for a CI's summary, 72 columns of ASCII for mail.

Nothing in them depends on the machine: no times, no paths outside of the project.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Sequence

from kvariant.report.table import table_text
from kvariant.sweep import Cell, Finding, Outcome

COLUMNS = 72
"""Of mail, as kernel lists ask for."""


def sweep_markdown(
    cells: Sequence[Cell], steps: Sequence[str], findings: Sequence[Finding] = ()
) -> str:
    """Return a sweep as GitHub-flavoured Markdown: steps by outcome, then each failure."""
    titles, *rows = _counts(cells, steps)
    lines = [f"### {_headline(cells, findings)}", ""]
    lines += [_row(titles), _row(["---", *("---:" for _ in titles[1:])]), *map(_row, rows)]
    for finding in findings:
        mark = "known failure" if finding.known else "failure"
        lines += [
            "",
            f"**{_code(str(finding.attribution))}** ({mark} of {_escaped(finding.step)})",
            "",
            *_fenced(finding.message),
            "",
            f"- in {_escaped(', '.join(finding.failing[:6]))}"
            + (f" and {len(finding.failing) - 6} more" if len(finding.failing) > 6 else ""),
        ]
        if finding.known:
            lines.append(f"- known: {_escaped(finding.known)}")
        if finding.nearest:
            lines.append(f"- passes nearest: {_escaped(_nearest(finding))}")
        if finding.again:
            lines.append(f"- again: {_code(finding.again)}")
    return "\n".join(lines)


def sweep_mail(
    cells: Sequence[Cell], steps: Sequence[str], findings: Sequence[Finding] = ()
) -> str:
    """Return a sweep as ASCII text of at most 72 columns."""
    titles, *rows = _counts(cells, steps)
    lines = [*_wrapped(_headline(cells, findings)), ""]
    lines += table_text(rows, titles, indent=2).splitlines()
    for number, finding in enumerate(findings, 1):
        known = f" (known: {finding.known})" if finding.known else ""
        lines += ["", *_wrapped(f"{finding.message}{known}", f"{number}. ", "   ")]
        lines += _wrapped(str(finding.attribution), "   ", "     ")
        names = ", ".join(finding.failing[:6])
        more = f" and {len(finding.failing) - 6} more" if len(finding.failing) > 6 else ""
        lines += _wrapped(f"in {names}{more}", "   ", "     ")
        if finding.nearest:
            lines += _wrapped(f"passes nearest: {_nearest(finding)}", "   ", "     ")
    return "\n".join(part for line in lines for part in _cut(_ascii(line)))


def _headline(cells: Sequence[Cell], findings: Sequence[Finding]) -> str:
    variants = {cell.variant for cell in cells}
    bad = {cell.variant for cell in cells if cell.is_bad}
    missing = {cell.variant for cell in cells if cell.outcome is Outcome.MISSING}
    new = sum(not finding.known for finding in findings)
    parts = [f"{len(variants)} variants: "]
    if not bad:
        return f"{parts[0]}all ok"
    parts.append(f"{new} distinct failure{'' if new == 1 else 's'} in {len(bad - missing)} of them")
    if missing:
        parts.append(f", {len(missing)} did not report")
    return "".join(parts)


def _counts(cells: Sequence[Cell], steps: Sequence[str]) -> list[list[str]]:
    """Return a row per step: how many cells ended in each way."""
    counts = {
        step: Counter(c.verdict for c in cells if c.step == step and not c.test) for step in steps
    }
    seen = [outcome for outcome in Outcome if any(counts[step][outcome] for step in steps)]
    rows = [[step, *(str(counts[step][outcome]) for outcome in seen)] for step in steps]
    return [["step", *(outcome.value for outcome in seen)], *rows]


def _nearest(finding: Finding) -> str:
    differing = ", ".join(finding.differing[:4])
    more = f" and {len(finding.differing) - 4} more" if len(finding.differing) > 4 else ""
    return f"{finding.nearest} (differs in {differing}{more})"


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, texts))} |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")


def _code(text: str) -> str:
    """Return a code span; its fence is longer than any run of backquotes within."""
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(text: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [fence, text, fence]


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        _ascii(text),
        COLUMNS,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


def _cut(line: str) -> list[str]:
    return [line[i : i + COLUMNS] for i in range(0, len(line), COLUMNS)] or [""]


_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2026": "..."}
)
"""What compilers and people put in place of ASCII's own marks."""


def _ascii(text: str) -> str:
    """Return text without what is not ASCII: quotes straight, accents gone, the rest as ?."""
    plain = unicodedata.normalize("NFKD", text.translate(_QUOTES))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return kept.encode("ascii", "replace").decode("ascii")
