# SPDX-License-Identifier: MIT
"""Our own JUnit XML: what CI systems read, in time that grows as the cells do."""

from __future__ import annotations

import time
from xml.etree import ElementTree

from kvariant.report.junit import junit_text
from kvariant.results import Cell, Outcome
from kvariant.steps.test_results import parse_results


def test_flaky_is_told_as_runners_tell_it() -> None:
    """A flaky cell is a flakyFailure, which who reads it takes for flaky, and no failure."""
    cell = Cell(variant="a", step="t", test="x", outcome=Outcome.FLAKY, reason="failed first: no")
    text = junit_text([cell])
    (case,) = ElementTree.fromstring(text).iter("testcase")
    assert ["flakyFailure", "system-out"] == [child.tag for child in case]
    assert case[0].get("message") == "failed first: no"
    (read,) = parse_results("junit", text)
    assert (read.test, read.outcome, read.message) == ("a.t.x", Outcome.FLAKY, "failed first: no")


def test_what_is_written_is_read_again() -> None:
    """Every outcome comes back, and suites count what they have."""
    outcomes = (Outcome.OK, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.FLAKY)
    cells = [
        Cell(variant=v, step="t", test=o.value, outcome=o, duration=0.25, log="<&\x1b")
        for v in "ab"
        for o in outcomes
    ]
    text = junit_text(cells)
    read = parse_results("junit", text)
    assert [f"{c.variant}.t.{c.test}" for c in cells] == [test.test for test in read]
    assert [c.outcome for c in cells] == [test.outcome for test in read]
    root = ElementTree.fromstring(text)
    counts = [root.get(name) for name in ("tests", "failures", "errors", "skipped", "time")]
    assert ["10", "2", "2", "2", "2.5"] == counts


def test_time_grows_as_the_cells_do() -> None:
    """Eight times the cells of one variant take about eight times as long, not sixty-four."""

    def seconds(count: int) -> float:
        cells = [
            Cell(variant="a", step="t", test=f"t{i}", outcome=Outcome.OK) for i in range(count)
        ]
        start = time.process_time()
        junit_text(cells)
        return time.process_time() - start

    seconds(1_000)
    assert min(seconds(16_000) for _ in range(3)) < 24 * min(seconds(2_000) for _ in range(3))
