# SPDX-License-Identifier: MIT
"""What may be begun in the time that is left: the cases that can be worked out by hand."""

from __future__ import annotations

import random

import pytest

from kvariant.sweep.admission import Candidate, fitting, next_fitting, next_round


def one(name: str, whole: float | None, following: float | None = None) -> Candidate:
    """Return a variant of one cell, or of several of which the next takes so long."""
    return Candidate(name=name, whole=whole, following=whole if following is None else following)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(9.0, "a"), (5.0, "b"), (2.9, "a"), (2.0, "a"), (1.5, "c"), (0.9, None), (0.0, None)],
)
def test_next(left: float, expected: str | None) -> None:
    """The first that comes to its end in time; if none does, the first whose next cell does."""
    candidates = [one("a", 9.0, 2.0), one("b", 5.0, 4.0), one("c", 3.0, 1.0)]
    if left == 2.9:
        candidates[2] = one("c", 3.0, 3.0)
    assert next_fitting(candidates, left) == expected


def test_unknown_is_begun_while_there_is_time() -> None:
    """Nobody knows, so it is tried: unless the time is over."""
    assert next_fitting([one("a", 9.0), one("b", None)], 1.0) == "b"
    assert next_fitting([one("b", None)], 0.0) is None


def test_what_needs_no_work_is_always_in() -> None:
    """It ends however late it is."""
    assert next_fitting([one("a", 1.0), one("b", 0.0)], -1.0) == "b"
    assert next_round([one("a", 1.0), one("b", 0.0)], -1.0, 2) == ["b"]


def test_a_round_takes_half_of_the_time() -> None:
    """As many as fill half of it, one for each job at the least, in their order."""
    ten = [one(f"v{i}", 1.0) for i in range(10)]
    assert next_round(ten, 8.0, 1) == ["v0", "v1", "v2", "v3"]
    assert next_round(ten, 8.0, 2) == [f"v{i}" for i in range(8)]
    assert next_round(ten, 1.5, 2) == ["v0", "v1"]
    assert next_round(ten, 8.0, 1, overhead=4.0) == ["v0", "v1"]
    assert next_round(ten, 0.9, 2) == []
    assert next_round([one("long", 9.0), *ten], 8.0, 1)[0] == "v0"


def test_of_unknown_ones_one_for_each_job() -> None:
    """They are measured first."""
    unknown = [one(f"v{i}", None) for i in range(10)]
    assert next_round(unknown, 100.0, 3) == ["v0", "v1", "v2"]


def test_further_on_the_next_time() -> None:
    """If no variant comes to its end in time, those go on whose next cell does."""
    assert next_round([one("a", 9.0, 6.0), one("b", 9.0, 2.0)], 5.0, 1) == ["b"]


def test_fitting_together() -> None:
    """So many of the first cells that all of them end in time, side by side."""
    cells = [("a", 2.0), ("b", 9.0), ("c", 2.0), ("d", None), ("e", 1.0)]
    assert fitting(cells, 4.0, 1) == ["a", "c", "d"]
    assert fitting(cells, 4.0, 2) == ["a", "c", "d", "e"]
    assert fitting(cells, 1.5, 2, overhead=1.0) == ["d"]
    assert fitting(cells, 0.0, 2) == []


def test_nothing_is_begun_that_is_predicted_to_be_late() -> None:
    """Whatever the times are: each that is chosen fits by itself, and a round ends in time."""
    random_ = random.Random(3)
    for _ in range(300):
        jobs, left = random_.randint(1, 4), random_.uniform(0, 20)
        candidates = [one(f"v{i}", random_.choice([0.5, 1.0, 3.0, 9.0])) for i in range(12)]
        chosen = next_round(candidates, left, jobs)
        times = [c.whole or 0.0 for c in candidates if c.name in chosen]
        assert all(seconds <= left for seconds in times)
        # Handed to the jobs one after the other they end in time (Graham 1969).
        assert sum(times) / jobs <= left or len(times) <= jobs
