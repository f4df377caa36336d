# SPDX-License-Identifier: MIT
"""How long cells are predicted to take: cases worked out by hand."""

from __future__ import annotations

import pytest

from kvariant.results import Cell, Outcome
from kvariant.results.history import History, HistoryRow, history_of
from kvariant.sweep.predictions import Predictions


def ended(variant: str, seconds: float, outcome: Outcome = Outcome.OK) -> Cell:
    """Return a cell of the step `build` that ended."""
    return Cell(variant=variant, step="build", outcome=outcome, duration=seconds)


def test_nothing_is_known() -> None:
    """A step that never ran is unknown, until one of its cells has ended."""
    predictions = Predictions({})
    assert predictions.of(("a", "build")) is None
    assert predictions.of_all([]) == 0
    predictions.ended(ended("b", 4.0))
    assert predictions.of(("a", "build")) == 4.0
    assert predictions.of_all([("a", "build"), ("a", "test")]) is None


def test_what_did_not_run_says_nothing() -> None:
    """A reused cell, or one that was cut, is no measure of its step."""
    predictions = Predictions({})
    predictions.ended(ended("b", 0.0, Outcome.REUSED))
    predictions.ended(ended("c", 3.0, Outcome.MISSING))
    assert predictions.of(("a", "build")) is None


def test_its_own_time_then_the_median() -> None:
    """A cell takes as long as it took; one that never ran as long as the median of its step."""
    history = {(v, "build"): History(seconds=s) for v, s in (("a", 1.0), ("b", 2.0), ("c", 9.0))}
    predictions = Predictions(history)
    assert predictions.of(("c", "build")) == 9.0
    assert predictions.of(("d", "build")) == 2.0
    predictions.ended(ended("d", 5.0))  # of this sweep: it counts more than all before
    assert predictions.of(("e", "build")) == 5.0
    assert predictions.of(("c", "build")) == 9.0


def test_a_slower_machine() -> None:
    """Three cells that took twice as long as before double what is left."""
    times = zip("abcde", (1, 2, 3, 4, 5), strict=True)
    history = {(v, "build"): History(seconds=s) for v, s in times}
    predictions = Predictions(history)
    for variant, seconds in (("a", 2.0), ("b", 4.0)):
        predictions.ended(ended(variant, seconds))
    assert predictions.of(("e", "build")) == 5.0
    predictions.ended(ended("c", 6.0))
    assert predictions.of(("e", "build")) == 10.0


def test_cut() -> None:
    """What was cut takes at least as long as it had run."""
    history = {("a", "build"): History(at_least=7.0), ("b", "build"): History(seconds=2.0)}
    assert Predictions(history).of(("a", "build")) == 7.0
    assert Predictions({("a", "build"): History(at_least=7.0)}).of(("a", "build")) == 7.0


ROWS: list[HistoryRow] = [
    ("a", "build", "ok", "", "", 3.0),
    ("a", "build", "reused", "ok", "", 0.0),
    ("b", "build", "failed", "", "", 2.0),
    ("b", "build", "missing", "", "the budget is spent", 1.5),
    ("c", "build", "failed", "", "known", 1.0),
    ("d", "build", "missing", "", "the budget is spent", 1.5),
    ("e", "build", "nonsense", "", "", 1.0),
    ("f", "build", "failed", "", "", 2.0),
    ("f", "build", "ok", "", "", 4.0),
    ("g", "build", "skipped", "", "", 0.0),
    ("h", "build", "ok", "", "", float("nan")),
]


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("a", History(has_ended=True, seconds=3.0)),
        ("b", History(has_ended=True, is_bad=True, seconds=2.0, at_least=1.5)),
        ("c", History(has_ended=True, seconds=1.0)),
        ("d", History(at_least=1.5)),
        ("e", None),
        ("f", History(has_ended=True, seconds=4.0)),
        ("g", History(has_ended=True)),
        ("h", None),
    ],
)
def test_history(variant: str, expected: History | None) -> None:
    """Of each cell: whether it ever ended, failed the last time, how long it ran, and was cut."""
    assert history_of(ROWS).get((variant, "build")) == expected
