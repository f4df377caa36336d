# SPDX-License-Identifier: MIT
"""Warnings beyond their baseline, or fewer than it knows, as they are reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kvariant.errors import displayed
from kvariant.report.document import Item
from kvariant.words import counted, listed

if TYPE_CHECKING:
    from kvariant.blame.compiler_messages import FoldedMessage
    from kvariant.blame.ratchet import NewWarnings, RatchetVerdict

_KINDS = 20
"""Kinds of warnings that are told; the rest is counted."""
_LINES = 3
"""Warnings of a kind that are shown."""


def ratchet_items(
    verdicts: Sequence[RatchetVerdict],
    messages: Sequence[FoldedMessage],
    command: str,
    *,
    every: bool,
) -> list[Item]:
    """Return what baselines say of a sweep.

    Args:
        messages: what compilers said, which shows where.
        command: the sweep that lowers a baseline.
        every: whether nothing is left out.
    """
    return [item for one in verdicts for item in _items(one, messages, command, every=every)]


def ratchet_json(verdicts: Sequence[RatchetVerdict]) -> list[dict[str, object]]:
    """Return the same as JSON-ready values."""
    return [
        {
            "path": displayed(one.baseline.path),
            "new": [_new_json(new) for new in one.new],
            "fewer": [
                {"step": f.step, "path": f.path, "flag": f.flag, "known": f.known, "count": f.count}
                for f in one.fewer
            ],
            "lowered": one.lowered is not None and one.lowered != one.baseline,
        }
        for one in verdicts
    ]


def _new_json(new: NewWarnings) -> dict[str, object]:
    return {
        "step": new.step,
        "path": new.path,
        "flag": new.flag,
        "count": new.count,
        "known": new.known,
        "variants": list(new.variants),
        "appears_iff": str(new.attribution.expression),
        "line": str(new.line),
    }


def _items(
    verdict: RatchetVerdict, messages: Sequence[FoldedMessage], command: str, *, every: bool
) -> Iterator[Item]:
    name = displayed(verdict.baseline.path)
    if new := verdict.new:
        shown = new if every else new[:_KINDS]
        kinds = counted(len(new), "kind")
        yield Item(f"new warnings of {kinds}: more than {name} knows")
        for one in shown:
            yield Item(f"  {_told(one)}", list(_lines(one, messages)))
        if rest := len(new) - len(shown):
            yield Item(f"  and {counted(rest, 'kind')} more (-v tells them)")
        if verdict.baseline.is_there:
            yield Item(f"to know one, write its line into {name}", [str(new[0].line)])
        else:
            yield Item(f"{name} is not there; this writes it", [command])
    if fewer := verdict.fewer:
        texts = [f"{f.path} {f.flag or 'without a flag'} {f.count} of {f.known}" for f in fewer]
        yield Item(f"fewer warnings than {name} knows: {listed(texts)}")
        if verdict.lowered is None:
            yield Item("this lowers it", [command])
    if verdict.lowered is not None:
        yield Item(_written(verdict, name))
        if verdict.unsure:
            yield Item(
                f"{counted(verdict.unsure, 'cell')} went on with an earlier build, and may have "
                "warnings that were not printed again: nothing was lowered for them"
            )


def _written(verdict: RatchetVerdict, name: str) -> str:
    lowered = verdict.lowered
    assert lowered is not None
    lines = counted(len(lowered.lines), "line")
    if not verdict.baseline.is_there:
        return f"{name} is written: {lines}"
    if lowered.text() == verdict.baseline.text():
        return f"{name} stays as it is: {lines}"
    return f"{name} is lowered: {lines}, {len(verdict.baseline.lines):,} before"


def _told(new: NewWarnings) -> str:
    """Return a kind: `build: a.c: -Wunused: 3, 1 known; iff NET: 2 of 2 against 0 of 3`."""
    found, count = new.attribution, len(new.variants)
    flag = new.flag or "without a flag"
    known = f"{new.known} known" if new.known else "none known"
    if not found.passing:
        when = f"always: {count} of {count}"
    else:
        how = "sometimes if" if found.against else "iff"
        against = f"{count} of {count} against {found.against} of {found.passing}"
        when = f"{how} {found.expression}: {against}"
    return f"{new.step}: {new.path}: {flag}: {new.count}, {known}; {when}"


def _lines(new: NewWarnings, messages: Sequence[FoldedMessage]) -> Iterator[str]:
    """Yield where warnings of a kind are that the variants have: some of them may be known."""
    mine = [
        one.message
        for one in messages
        if one.message.severity == "warning"
        and (one.message.step, one.message.path) == (new.step, new.path)
        and (not new.flag or one.message.text.endswith(f"[{new.flag}]"))
        and not set(new.variants).isdisjoint(one.variants)
    ]
    yield f"in {listed(new.variants)}"
    yield from map(str, mine[:_LINES])
    if len(mine) > _LINES:
        yield f"and {counted(len(mine) - _LINES, 'warning')} more"
