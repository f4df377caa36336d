# SPDX-License-Identifier: MIT
"""How a cell ended when it last ran, and how long that took, over all sweeps of a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kvariant.results.cell import Outcome

RAN = (Outcome.OK, Outcome.FLAKY, Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT)
"""How a cell ends whose work was done for itself."""

HistoryRow = tuple[str, str, str, str, str, float]
"""Variant, step, outcome, how it ended, why that was known, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of one cell."""

    has_ended: bool = False
    """Whether it ever came to its end, in whatever way."""
    is_bad: bool = False
    """Whether it failed the last time, and nobody expected that."""
    seconds: float | None = None
    """How long it ran when it last came to its end; None: it never did."""
    at_least: float = 0.0
    """How long it had run when it was cut, where that was since."""


def history_of(rows: Iterable[HistoryRow]) -> Mapping[tuple[str, str], History]:
    """Return what is known of each variant's step, from rows of its cells, the oldest first.

    A row that is damaged says nothing: a cell of which nothing is known is run.
    """
    found: dict[tuple[str, str], History] = {}
    words = {outcome.value: outcome for outcome in Outcome}
    for variant, step, outcome, ended, known, seconds in rows:
        verdict = words.get(ended or outcome)
        if verdict is None or outcome not in words or not 0 <= seconds < 1e9:
            continue
        before = found.get((variant, step), History())
        if words[outcome] is Outcome.MISSING:
            found[variant, step] = replace(before, at_least=max(before.at_least, seconds))
            continue
        has_run = words[outcome] in RAN and seconds > 0
        found[variant, step] = History(
            has_ended=True,
            is_bad=verdict.is_bad and not known,
            seconds=seconds if has_run else before.seconds,
            at_least=0.0 if has_run else before.at_least,
        )
    return found
