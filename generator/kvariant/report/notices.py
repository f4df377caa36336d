# SPDX-License-Identifier: MIT
"""What a sweep found as notices at lines of files.

    failure            a notice of its own, an error; a known one is a note
    compiler warning   a warning, with its flag as rule; errors that follow from failures are
                       left out
    within another     none: the wider failure has one

Every notice has a line, since no host shows one that has none: the one that the message
points at, else the file of the test, else where the project file has the step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.blame.findings import folded_message
from kvariant.digest import short_digest
from kvariant.errors import printable
from kvariant.report.failure_entry import failure_entry
from kvariant.report.notice import Notice, NoticeLevel, SourceLine, SourceLines
from kvariant.report.summary import SweepReport, appears, told_messages
from kvariant.results.masking import NAME
from kvariant.steps.compiler_lines import compiler_lines
from kvariant.words import counted, listed

if TYPE_CHECKING:
    from kvariant.blame import Finding
    from kvariant.blame.compiler_messages import FoldedMessage

_FLAG = re.compile(r"\[(-W[\w=+-]+|[a-z][\w-]+)\]$")
"""The flag that turns a warning off, as GCC, Clang and mypy print it behind."""
_PLACES = (
    re.compile(r"(?P<path>[\w.+@~/-]*\w\.\w+):(?P<line>\d{1,9})(?!\d)"),
    re.compile(r"(?P<path>[\w.+@~/-]*\w\.\w+)(?P<line>):\("),
)
"""Where other tools point: `t.py:3: AssertionError`; a linker's `a.c:(.text+0x5): undefined`."""
LONGEST = 4_000
"""Characters of a message in which a place is looked for."""
SHOWN = 600
"""Characters of a text that are told: GitHub shows 1,024 of all that a notice says."""
NAMES = 3
"""Failing variants that are named; the rest is counted."""


def notices(report: SweepReport, lines: SourceLines) -> tuple[Notice, ...]:
    """Return all that is to be told at lines: failures first, then what compilers said."""
    lines = _Named(lines)
    failures = [
        _of_failure(report, finding, number, lines)
        for number, finding in enumerate(report.findings, 1)
    ]
    messages = [_of_message(one, lines) for one in told_messages(report)]
    return tuple(_apart([one for one in failures if one is not None] + messages))


class _Named:
    """The lines of files whose names are text: the others cannot be named in JSON or an URI."""

    def __init__(self, lines: SourceLines) -> None:
        self._lines = lines

    def of(self, path: str, variant: str) -> str | None:
        found = self._lines.of(path, variant)
        return found if found is not None and printable(found) == found else None

    def of_step(self, step: str) -> SourceLine:
        return self._lines.of_step(step)


def _of_failure(
    report: SweepReport, finding: Finding, number: int, lines: SourceLines
) -> Notice | None:
    entry = failure_entry(finding, number, verdict=report.verdict(finding))
    if entry.is_within:
        return None
    first = finding.failing[0]
    message = finding.message.replace(NAME, first)
    at, told = _place(finding, message, first, lines)
    names = f"in {listed(finding.failing, NAMES)}"
    more = [f"{counted(entry.more, 'more message')} in the same variants"] if entry.more else []
    known = [f"known: {entry.known}"] if entry.known else []
    nearest = [f"passes nearest: {entry.nearest}"] if entry.nearest else []
    again = [f"again: {entry.again}"] if entry.again else []
    return Notice(
        level=NoticeLevel.NOTE if finding.known else NoticeLevel.ERROR,
        rule=f"{finding.step} failed",
        step=finding.step,
        tree=first.rpartition("/")[0],
        at=at,
        text=_line(f"{entry.attribution}: {told}"),
        details=[_line(t) for t in (names, *more, *known, *entry.notes, *nearest, *again)],
        fingerprint=short_digest(
            [finding.step, *sorted(finding.tests[:1]), folded_message(finding.message)]
        ),
    )


def _place(
    finding: Finding, message: str, variant: str, lines: SourceLines
) -> tuple[SourceLine, str]:
    """Return where a failure is to be shown, and what is said there."""
    for said in compiler_lines(message):
        if path := lines.of(said.path, variant):
            return SourceLine(path, max(said.line, 1), said.column), said.text
    for pattern in _PLACES:
        for match in pattern.finditer(message[:LONGEST]):
            if path := lines.of(match["path"], variant):
                return SourceLine(path, max(int(match["line"] or 1), 1)), message
    for test in finding.tests:
        file, mark, _ = test.partition("::")
        if mark and (path := lines.of(file, variant)):
            return SourceLine(path, 1), message
    return lines.of_step(finding.step), message


def _of_message(one: FoldedMessage, lines: SourceLines) -> Notice:
    message, first = one.message, one.variants[0]
    flag = _FLAG.search(message.text)
    path = lines.of(message.path, first)
    at = SourceLine(path, max(message.line, 1)) if path else lines.of_step(message.step)
    said = message.text if path else str(message)
    is_warning = message.severity == "warning"
    return Notice(
        level=NoticeLevel.WARNING if is_warning else NoticeLevel.ERROR,
        rule=flag[1] if flag else message.severity,
        step=message.step,
        tree=first.rpartition("/")[0],
        at=at,
        text=_line(f"{appears(one)}: {said}"),
        details=[f"in {listed(one.variants, NAMES)}"],
        fingerprint=short_digest([message.step, message.severity, message.path, message.text]),
    )


def _apart(found: Sequence[Notice]) -> Iterator[Notice]:
    """Yield notices; hosts take two with one fingerprint for one, so the later ones differ."""
    seen: dict[str, int] = {}
    for notice in found:
        count = seen[notice.fingerprint] = seen.get(notice.fingerprint, 0) + 1
        if count > 1:
            again = short_digest([notice.fingerprint, str(count)])
            notice = replace(notice, fingerprint=again)
        yield notice


def _line(text: str) -> str:
    """Return a text as one line that every reader of JSON takes, and that hosts show whole."""
    line = " ".join(printable(text).split())
    if len(line) <= SHOWN:
        return line
    return f"{line[:SHOWN]} ... ({len(line) - SHOWN:,} more characters)"
