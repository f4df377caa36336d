# SPDX-License-Identifier: MIT
"""A sweep as GitHub-flavoured Markdown, for the summary of a CI job (`$GITHUB_STEP_SUMMARY`).

It is as long for a thousand variants as for twelve: variants that end alike share a row, and
of failures and messages the first are told. No times: two runs that end alike read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kvariant.blame import Finding
from kvariant.report.comparison import comparison_lines
from kvariant.report.summary import (
    FAILURES,
    MESSAGES,
    Told,
    appears,
    counted,
    explained,
    failures_title,
    headline,
    listed,
    nearest_text,
    not_run,
    of_machine,
    step_ends,
    told_messages,
    variant_rows,
)
from kvariant.report.verdict import Verdict

NAMES = 6
"""Failing variants that are named; the rest is counted."""

_MARKS = re.compile(r"[\\`*_\[\]<>|~&#]")
"""Marks that mean something to Markdown in one place or another."""


def sweep_markdown(told: Told) -> str:
    """Return a sweep as Markdown: the steps, what did not run, failures, messages, variants."""
    lines = [f"### {_text(headline(told))}", ""]
    lines += _table(["step", "ended"], step_ends(told))
    if reasons := not_run(told):
        lines += ["", *(f"- {_text(reason)}" for reason in reasons)]
    lines += [line for reason in of_machine(told) for line in ("", _text(reason))]
    if told.unreported:
        lines += ["", f"Did not report: {_text(listed(told.unreported, NAMES))}"]
    lines += _failures(told)
    lines += _messages(told)
    if told.changes is not None:
        lines += ["", "**Since the other sweep**", ""]
        lines += [
            f"{'  ' * depth}- {_text(text)}" for depth, text in comparison_lines(told.changes)
        ]
    lines += _variants(told)
    return "\n".join(lines)


def _failures(told: Told) -> Iterator[str]:
    for is_known, numbered in told.numbered:
        yield from ("", f"#### {failures_title(numbered, known=is_known)}")
        shown = told.first(numbered, FAILURES)
        for _, finding in shown:
            yield from _finding(finding, told.verdict(finding))
        if more := numbered[len(shown) :]:
            yield from ("", f"and {failures_title(more, known=is_known)} more")


def _finding(finding: Finding, verdict: Verdict | None) -> Iterator[str]:
    head, *notes = explained(finding, verdict)
    yield from ("", f"**{_code(head)}** in {_text(finding.step)}", "")
    yield from _fenced(finding.message)
    yield ""
    if more := len(finding.messages) - 1:
        yield f"- and {more} more in the same variants"
    yield f"- in {_text(listed(finding.failing, NAMES))}"
    if finding.known:
        yield f"- known: {_text(finding.known)}"
    if finding.expired:
        yield f"- was known: {_text(finding.expired)}"
    yield from (f"- {_text(note)}" for note in notes)
    if finding.nearest:
        yield f"- passes nearest: {_text(nearest_text(finding))}"
    if finding.again:
        yield f"- again: {_code(finding.again)}"


def _messages(told: Told) -> Iterator[str]:
    messages = told_messages(told)
    if not messages:
        return
    yield from ("", f"#### {counted(len(messages), 'distinct compiler message')}", "")
    shown = told.first(messages, MESSAGES)
    rows = [(str(one.message), f"{one.message.step}: {appears(one)}") for one in shown]
    yield from _table(["message", "when"], rows)
    if more := len(messages) - len(shown):
        yield from ("", f"and {more} more")


def _variants(told: Told) -> Iterator[str]:
    """Yield the matrix, folded away: a row for each variant, or for those that end alike."""
    yield from ("", "<details>", f"<summary>{counted(len(told.variants), 'variant')}</summary>", "")
    yield from _table(["variant", *told.steps], variant_rows(told))
    yield from ("", "</details>")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(titles)
    yield f"| {' | '.join('---' for _ in titles)} |"
    yield from map(_row, rows)


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(_text, texts))} |"


def _text(text: str) -> str:
    """Return text that reads as it is, on one line."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def _code(text: str) -> str:
    """Return a code span of one line."""
    text = " ".join(text.split())
    fence = _fence(text, 1)
    # One blank at each end is no part of it; it parts the fence from backquotes.
    pad = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(text: str) -> list[str]:
    fence = _fence(text, 3)
    return [fence, *text.splitlines(), fence]


def _fence(text: str, least: int) -> str:
    """Return more backquotes than stand in a row within a text."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])
