# SPDX-License-Identifier: MIT
"""A sweep's result: the matrix for people, the same as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kvariant.blame import Finding, bundle_file, failing_file, passing_file
from kvariant.blame.compiler_messages import FoldedMessage
from kvariant.report.summary import (
    FAILURES,
    MESSAGES,
    Told,
    appears,
    counted,
    errors_beside,
    explained,
    failures_title,
    listed,
    nearest_text,
    never_reused,
    not_run,
    of_machine,
    outcomes_text,
    told_messages,
    variant_rows,
)
from kvariant.report.table import table_text
from kvariant.report.verdict import Verdict
from kvariant.results import TEST, Cell, Outcome
from kvariant.sweep.cost import Cost

FORMAT = 1


def sweep_text(told: Told, cost: Cost | None = None, failures: str = "") -> str:
    """Return the matrix (a row per variant, a column per step) and each distinct failure.

    Of many variants those whose cells ended alike are one row.

    Args:
        cost: what it took; None: nobody knows.
        failures: the folder of the failures' fragments, as it is to be shown.
    """
    heads = told.heads
    rows = variant_rows(told, _cell_text)
    for name, mine in _trees(heads):
        texts = (_column_text([c for c in mine if c.step == step]) for step in told.steps)
        rows.append([name, *texts])
    lines = [table_text(rows, ["", *told.steps], indent=0), ""]
    took = "" if cost is None else f"; {_took(cost)}"
    ended = outcomes_text(Counter(cell.outcome for cell in heads))
    count = f"{counted(len(told.variants), 'variant')}, {counted(len(heads), 'cell')}"
    lines.append(f"{count}: {ended}{took}")
    lines += not_run(told) if told.is_shared else never_reused(told)
    lines += of_machine(told)
    for is_known, numbered in told.numbered:
        lines.append(failures_title(numbered, known=is_known))
        shown = told.first(numbered, FAILURES)
        for number, finding in shown:
            lines += finding_lines(finding, number, failures, told.verdict(finding))
        if more := numbered[len(shown) :]:
            lines.append(f"  and {failures_title(more, known=is_known)} more (-v tells them)")
    lines += _message_lines(told)
    return "\n".join(lines)


def finding_lines(
    finding: Finding,
    number: int,
    failures: str = "",
    verdict: Verdict | None = None,
) -> Iterator[str]:
    """Yield one distinct failure: what, where, when, what passes nearest, and how again.

    Args:
        failures: the folder of the failures' fragments, as it is to be shown.
        verdict: what blame says of it, if it was asked.
    """
    if verdict and verdict.within:
        more = f" and {len(finding.messages) - 1} more" if len(finding.messages) > 1 else ""
        yield f"  {finding.message}{more}: {verdict.told}"
        return
    yield f"  {finding.message}"
    if len(finding.messages) > 1:
        yield f"    and {len(finding.messages) - 1} more in the same variants"
    yield f"    in      {listed(finding.failing)}"
    if finding.known:
        yield f"    known:  {finding.known}"
    if finding.expired:
        yield f"    was known:  {finding.expired}"
    yield from (f"    {line}" for line in explained(finding, verdict))
    if finding.nearest:
        yield f"    passes nearest:  {nearest_text(finding)}"
    if failures:
        both = f"  {passing_file(number)} passes" if finding.nearest else ""
        bundle = f"  {bundle_file(number)} is for kvariant reproduce"
        yield f"    file:   {failures}/{failing_file(number)}{both}{bundle}"
    if finding.again:
        yield f"    again:  {finding.again}"


def _message_lines(told: Told) -> Iterator[str]:
    """Yield what compilers said, each message once with the options under which they say it."""
    messages = told_messages(told)
    if messages:
        yield counted(len(messages), "distinct compiler message")
    shown = told.first(messages, MESSAGES)
    for one in shown:
        yield f"  {one.message}"
        yield f"    {one.message.step}: {appears(one)}"
    if more := len(messages) - len(shown):
        yield f"  and {more} more (-v tells them)"
    if more := 0 if told.every else len(errors_beside(told)):
        yield f"{counted(more, 'more compiler error')} in the same variants (-v tells them)"


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


def finding_json(finding: Finding, verdict: Verdict | None = None) -> dict[str, object]:
    """Return one distinct failure as JSON-ready values; `verdict` as in `finding_lines`."""
    attribution = finding.attribution
    return {
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
        **(
            {}
            if verdict is None
            else {
                "blame": {
                    "told": verdict.told,
                    "notes": list(verdict.notes),
                    "expression": verdict.expression,
                    "proven": verdict.is_proven,
                }
            }
        ),
    }


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


def sweep_json(told: Told, cost: Cost | None = None) -> dict[str, object]:
    """Return a sweep's cells and distinct failures as JSON-ready values; durations in seconds."""
    return {
        "format": FORMAT,
        "cells": [_cell_json(cell) for cell in told.cells],
        "failures": [finding_json(finding, told.verdict(finding)) for finding in told.findings],
        "messages": [message_json(message) for message in told.messages],
        **({} if cost is None else {"duration": round(cost.seconds, 4), "cost": _cost_json(cost)}),
    }


def _cost_json(cost: Cost) -> dict[str, object]:
    """Return what a sweep took; `over` is a share, and there only if commands ran."""
    return {
        "jobs": cost.jobs,
        "commands": round(cost.commands, 4),
        "least": round(cost.least, 4),
        **({} if cost.over is None else {"over": round(cost.over, 4)}),
        "cpu": {"own": round(cost.own_cpu, 2), "commands": round(cost.commands_cpu, 2)},
    }


def _took(cost: Cost) -> str:
    """Return how long a sweep took: `62.5 s, 3 % over the commands`."""
    over = "" if cost.over is None else f", {100 * cost.over:.0f} % over the commands"
    return f"{cost.seconds:.1f} s{over}"


def _cell_json(cell: Cell) -> dict[str, object]:
    """Return a cell; what is empty for most is left out where it is."""
    record: dict[str, object] = {"variant": cell.variant, "step": cell.step}
    record |= {"test": cell.test} if cell.test else {}
    record |= {"outcome": cell.outcome.value}
    record |= {"ended": cell.ended.value} if cell.ended else {}
    record |= {"reason": cell.reason, "duration": round(cell.duration, 4), "key": cell.key}
    return record | ({"known": cell.known} if cell.known else {})


def cell_line(cell: Cell) -> str:
    """Return one ended cell as a line of progress: of one that failed, the first message."""
    message = cell.unexpected[0].message if cell.is_bad and cell.unexpected else ""
    told = f"  {message}" if message and cell.reason not in message else ""
    return f"{cell.variant}  {cell.step}  {_cell_text(cell)}{told}"


def _trees(cells: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    """Return the cells of each tree with a head for their sums; of one tree, all with none."""
    trees: dict[str, list[Cell]] = {}
    for cell in cells:
        trees.setdefault(cell.variant.rpartition("/")[0], []).append(cell)
    if len(trees) < 2:
        return [("", list(cells))]
    return [(f"{name}  {len({c.variant for c in mine})}", mine) for name, mine in trees.items()]


def _cell_text(cell: Cell) -> str:
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
    ended = outcomes_text(Counter(cell.outcome for cell in cells))
    return f"{ended}{f' {seconds:.1f} s' if seconds >= 0.05 else ''}"
