# SPDX-License-Identifier: MIT
"""A sweep's result: the matrix for people, the same as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kvariant.report.table import table_text
from kvariant.sweep import TEST, Cell, Finding, Outcome, failing_file, passing_file
from kvariant.sweep.diagnostics import FoldedMessage

FORMAT = 1


MESSAGES = 8
"""Compiler messages that the terminal shows; the rest is counted."""
ROWS = 12
"""Variants that have a row of their own; of more, those that end alike share one."""


def sweep_text(
    cells: Sequence[Cell],
    steps: Sequence[str],
    seconds: float | None,
    findings: Sequence[Finding] = (),
    failures: str = "",
    messages: Sequence[FoldedMessage] = (),
) -> str:
    """Return the matrix (a row per variant, a column per step) and each distinct failure.

    Of many variants those whose cells ended alike are one row.

    Args:
        seconds: how long it took; None: nobody knows.
        findings: the failures, in the order of their fragments.
        failures: the folder of these fragments, as it is to be shown.
        messages: what compilers said.
    """
    heads = [cell for cell in cells if not cell.test]
    variants = list(dict.fromkeys(cell.variant for cell in heads))
    by_place = {(cell.variant, cell.step): cell for cell in heads}
    rows = [
        [variant, *(_cell_text(by_place.get((variant, step))) for step in steps)]
        for variant in variants
    ]
    if len(variants) > ROWS:
        rows = _folded(variants, by_place, steps)
    rows.append(["", *(_column_text([c for c in heads if c.step == step]) for step in steps)])
    lines = [table_text(rows, ["", *(step for step in steps)], indent=0), ""]
    took = "" if seconds is None else f"; {seconds:.1f} s"
    lines.append(f"{len(variants)} variants, {len(heads)} cells: {_counts(heads)}{took}")
    if never := _never_reused(heads):
        lines.append(f"never reused, for want of reads or depfiles: {', '.join(never)}")
    for is_known, title in ((False, "distinct failure"), (True, "known failure")):
        mine = [(n, f) for n, f in enumerate(findings, 1) if bool(f.known) == is_known]
        if mine:
            count = len({(name, f.step) for _, f in mine for name in f.failing})
            plural = "" if len(mine) == 1 else "s"
            lines.append(f"{len(mine)} {title}{plural} in {count} cell{'' if count == 1 else 's'}")
        for number, finding in mine:
            lines += finding_lines(finding, number, failures)
    lines += message_lines(messages, findings)
    return "\n".join(lines)


def finding_lines(
    finding: Finding,
    number: int,
    failures: str = "",
    *,
    is_blamed: bool = False,
    is_settled: bool = False,
) -> Iterator[str]:
    """Yield one distinct failure: what, where, when, what passes nearest, and how again.

    Args:
        failures: the folder of the failures' fragments, as it is to be shown.
        is_blamed: whether extra variants were run for it.
        is_settled: whether the expressions left are one in every valid configuration.
    """
    yield f"  {finding.message}"
    if len(finding.messages) > 1:
        yield f"    and {len(finding.messages) - 1} more in the same variants"
    yield f"    in      {_listed(finding.failing, 4)}"
    if finding.known:
        yield f"    known:  {finding.known}"
    yield f"    {finding.attribution}"
    others = finding.attribution.candidates[1:]
    if others and not finding.attribution.against and finding.passing:
        told = _listed([str(other) for other in others], 3, "  or  ")
        if is_settled:
            yield f"    same as {told}  (in every valid configuration)"
        elif is_blamed:
            yield f"    or      {told}  (not told apart; more with --extra N)"
        else:
            yield f"    or      {told}  (kvariant blame tells them apart)"
    if finding.nearest:
        which = f"{finding.nearest} differs in {_listed(finding.differing, 4)}"
        only = " only" if len(finding.differing) == 1 else ""
        yield f"    passes nearest:  {which}{only}"
    if failures:
        both = f"  {passing_file(number)} passes" if finding.nearest else ""
        yield f"    file:   {failures}/{failing_file(number)}{both}"
    if finding.again:
        yield f"    again:  {finding.again}"


def message_lines(
    messages: Sequence[FoldedMessage], findings: Sequence[Finding] = ()
) -> Iterator[str]:
    """Yield what compilers said, each message once with the options under which they say it.

    An error that is the message of a failure is not told a second time.
    """
    failed = [text for finding in findings for text in finding.messages]
    told = [
        m
        for m in messages
        if m.message.severity == "warning" or not any(m.message.text in text for text in failed)
    ]
    if told:
        yield f"{len(told)} distinct compiler message{'' if len(told) == 1 else 's'}"
    for one in told[:MESSAGES]:
        yield f"  {one.message}"
        yield f"    {one.message.step}: {_appears(one)}"
    if len(told) > MESSAGES:
        yield f"  and {len(told) - MESSAGES} more (--json lists them)"


def _appears(one: FoldedMessage) -> str:
    found, count = one.attribution, len(one.variants)
    if not one.absent:
        return f"always: {count} of {count}"
    how = "sometimes if" if found.against else "iff"
    support = f"{count} of {count} against {found.against} of {len(one.absent)}"
    return f"{how} {found.expression}: {support}"


def message_json(one: FoldedMessage) -> dict[str, object]:
    """Return what compilers said as JSON-ready values; `line` only where it is the same in all."""
    return {
        "step": one.message.step,
        "severity": one.message.severity,
        "path": one.message.path,
        **({"line": one.message.line} if one.message.line else {}),
        "message": one.message.text,
        "variants": list(one.variants),
        "absent": list(one.absent),
        "appears_iff": str(one.attribution.expression),
        "against": one.attribution.against,
    }


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
        "candidates": [str(candidate) for candidate in attribution.candidates],
        "certain": attribution.is_certain,
        "passes_nearest": finding.nearest,
        "differing": list(finding.differing),
    }


def _folded(
    variants: Sequence[str], cells: Mapping[tuple[str, str], Cell], steps: Sequence[str]
) -> list[list[str]]:
    """Return a row for each way in which variants ended, the commonest last."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for variant in variants:
        ended = tuple(_word(cells.get((variant, step))) for step in steps)
        groups.setdefault(ended, []).append(variant)
    order = sorted(groups.items(), key=lambda group: len(group[1]))
    shown = order if len(order) <= ROWS else order[-ROWS + 1 :]
    rows = []
    if rest := order[: len(order) - len(shown)]:
        count = sum(len(names) for _, names in rest)
        rows.append([f"{count} more, each otherwise", *("..." for _ in steps)])
    for ended, names in shown:
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        rows.append([f"{', '.join(names[:2])}{more}", *ended])
    return rows


def _word(cell: Cell | None) -> str:
    """Return how a cell ended, without what differs between variants."""
    if cell is None:
        return "-"
    bad = cell.verdict.is_bad and not cell.known
    word: str = cell.verdict.value.upper() if bad else cell.outcome.value
    if cell.known:
        return f"{cell.verdict.value}, known"
    return f"{word}: {cell.reason}" if cell.outcome is Outcome.SKIPPED else word


def _never_reused(cells: Sequence[Cell]) -> list[str]:
    """Return the steps that ran without a key."""
    worked = (Outcome.OK, Outcome.FLAKY, Outcome.FAILED)
    return list(dict.fromkeys(c.step for c in cells if not c.key and c.outcome in worked))


def agenda_text(cells: Sequence[Cell], steps: Sequence[str]) -> str:
    """Return what a sweep would do: for each step how many cells run, are reused, and why not."""
    rows = []
    for step in steps:
        mine = [cell for cell in cells if cell.step == step and not cell.test]
        ways: dict[tuple[str, str], list[str]] = {}
        for cell in mine:
            ways.setdefault((_will(cell), _why(cell)), []).append(cell.variant)
        for (will, why), names in ways.items():
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            rows.append([step, f"{len(names)} {will}", why, f"{', '.join(names[:4])}{more}"])
    return table_text(rows, indent=0)


def _will(cell: Cell) -> str:
    if cell.outcome is Outcome.MISSING:
        return "to run"
    return str(cell.outcome.value)


def _why(cell: Cell) -> str:
    return "" if cell.outcome is Outcome.REUSED else cell.reason


def sweep_json(
    cells: Sequence[Cell],
    seconds: float | None,
    findings: Sequence[Finding] = (),
    messages: Sequence[FoldedMessage] = (),
) -> dict[str, object]:
    """Return a sweep's cells and distinct failures as JSON-ready values; durations in seconds."""
    return {
        "format": FORMAT,
        "cells": [_cell_json(c) for c in cells],
        "failures": [finding_json(finding) for finding in findings],
        "messages": [message_json(message) for message in messages],
        **({} if seconds is None else {"duration": round(seconds, 4)}),
    }


def _listed(texts: Sequence[str], most: int, between: str = ", ") -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more


def _cell_json(cell: Cell) -> dict[str, object]:
    """Return a cell; what is empty for most is left out where it is."""
    record: dict[str, object] = {"variant": cell.variant, "step": cell.step}
    record |= {"test": cell.test} if cell.test else {}
    record |= {"outcome": cell.outcome.value}
    record |= {"ended": cell.ended.value} if cell.ended else {}
    record |= {"reason": cell.reason, "duration": round(cell.duration, 4), "key": cell.key}
    return record | ({"known": cell.known} if cell.known else {})


def cell_line(cell: Cell) -> str:
    """Return one ended cell as a line of progress."""
    return f"{cell.variant}  {cell.step}  {_cell_text(cell)}"


def _cell_text(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    time = f" {cell.duration:.1f} s" if cell.duration >= 0.05 else ""
    known = " (known)" if cell.known else ""
    match cell.outcome:
        case Outcome.OK if cell.step == TEST:
            return f"{cell.reason}{time}"
        case Outcome.OK | Outcome.FLAKY:
            reason = f", {cell.reason}" if cell.reason else ""
            return f"{cell.outcome.value}{reason}{time}"
        case Outcome.REUSED:
            return f"reused ({cell.reason})" if cell.step == TEST else "reused"
        case Outcome.SKIPPED:
            return f"skipped: {cell.reason}"
        case Outcome.MERGED:
            bad = f", {cell.verdict.value.upper()}" if cell.verdict.is_bad else ""
            return f"merged {cell.reason}{bad}{known}"
        case outcome:
            return f"{outcome.value.upper()} {cell.reason}{time}{known}"


def _column_text(cells: Sequence[Cell]) -> str:
    seconds = sum(cell.duration for cell in cells)
    return f"{_counts(cells)}{f' {seconds:.1f} s' if seconds >= 0.05 else ''}"


def _counts(cells: Sequence[Cell]) -> str:
    counts = Counter(cell.outcome for cell in cells)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
