# SPDX-License-Identifier: MIT
"""What a sweep has covered, counted from its cells: of one tree, of several, of parts."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest

from kvariant.kconfig import SymbolType
from kvariant.plan.variant_table import VariantTable, merged
from kvariant.report.coverage_share import coverage_json, coverage_line, percent
from kvariant.results import Cell, Outcome
from kvariant.results.swept_coverage import CoverageGoal, SweptCoverage, ended_variants

NAMES = ("A", "B", "C", "D")


def table(random_: random.Random, heads: tuple[str, ...]) -> VariantTable:
    """Return the values of some variants of each tree; the goal is of all but the last symbol."""
    rows = {
        f"{head}v{i}": {name: random_.choice("ny") for name in NAMES}
        for head in heads
        for i in range(random_.randint(1, 5))
    }
    found = VariantTable.of(rows, dict.fromkeys(NAMES, SymbolType.BOOL))  # type: ignore[arg-type]
    chosen_by = {head.rstrip("/"): NAMES[:3] for head in heads}
    return VariantTable.from_json(
        found.to_json() | {"chosen_by": {e: list(n) for e, n in chosen_by.items()}}
    )


def expected(columns: VariantTable, names: set[str]) -> int:
    """Return how many pairs of values of the first three symbols variants have, in each tree."""
    rows = columns.configurations(NAMES[:3])
    return len(
        {
            (name.rpartition("/")[0], pair)
            for name in names
            for pair in itertools.combinations(sorted(rows[name].items()), 2)
        }
    )


@pytest.mark.parametrize("heads", [("",), ("x86/", "arm64/")], ids=["one tree", "two trees"])
def test_counted(heads: tuple[str, ...]) -> None:
    """Covered are the pairs of variants that have ended; of a whole, of all that are feasible."""
    random_ = random.Random(len(heads))
    for _ in range(60):
        columns = table(random_, heads)
        ended = {name for name in columns.variants if random_.random() < 0.5}
        whole = dict.fromkeys(columns.chosen_by, 12)
        goal = CoverageGoal(strength=2, whole=whole, chosen_by=columns.chosen_by, budget=60.0)
        found = SweptCoverage(goal, columns, frozenset(ended))
        assert found.covered == expected(columns, ended)
        assert found.total == 12 * len(heads)
        assert found.missing == found.total - found.covered
        assert found.beyond == found.total - expected(columns, {*columns.variants})
        assert len(found.uncovered) == found.missing - found.beyond
        assert found.share == Fraction(found.covered, found.total)
        part = CoverageGoal(
            strength=2, whole=whole, chosen_by=columns.chosen_by, budget=None, part="1/2"
        )
        own = SweptCoverage(part, columns, frozenset(ended))
        assert own.total == expected(columns, {*columns.variants})
        assert SweptCoverage(part, columns, frozenset(ended), is_joined=True).total == found.total


def test_tables_put_together() -> None:
    """What shards were to cover is known of them together."""
    random_ = random.Random(1)
    first, second = table(random_, ("x86/",)), table(random_, ("arm64/",))
    assert merged([first, second]).chosen_by == {"x86": NAMES[:3], "arm64": NAMES[:3]}


def test_the_variants_themselves() -> None:
    """Where no tuples are counted each variant is one thing."""
    columns = VariantTable.of({"a": {}, "b": {}, "c": {}}, {})  # type: ignore[dict-item]
    goal = CoverageGoal(strength=0, whole={"": 3}, chosen_by={}, budget=60.0)
    found = SweptCoverage(goal, columns, frozenset(["a", "b"]))
    assert coverage_line(found) == "budget: 66.6 % of 3 variants, 2 covered, 1 missing"
    assert coverage_json(found)["left"] == ["c"]
    assert found.uncovered == ()


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(1), "100.0 %"),
        (Fraction(9999, 10000), "99.9 %"),
        (Fraction(0), "0.0 %"),
        (Fraction(1, 10000), "0.0 %"),
        (Fraction(2, 3), "66.6 %"),
    ],
)
def test_percent(share: Fraction, text: str) -> None:
    """It is rounded down: 100 % is said only if nothing is missing."""
    assert percent(share) == text


def test_ended() -> None:
    """A variant has ended if each step has, in whatever way but that it is missing."""
    cells = [
        Cell(variant="a", step="build", outcome=Outcome.FAILED),
        Cell(variant="a", step="test", outcome=Outcome.SKIPPED),
        Cell(variant="b", step="build", outcome=Outcome.REUSED),
        Cell(variant="b", step="test", outcome=Outcome.MISSING),
        Cell(variant="c", step="build", outcome=Outcome.OK),
        Cell(variant="c", step="test", test="one", outcome=Outcome.OK),
        Cell(variant="d", step="build", outcome=Outcome.MERGED),
        Cell(variant="d", step="test", outcome=Outcome.TIMEOUT),
    ]
    assert ended_variants(cells, ["build", "test"]) == {"a", "d"}


@pytest.mark.parametrize(
    "record",
    [None, 7, {}, {"strength": 2}, {"strength": "x", "whole": {}, "budget": None, "part": ""},
     {"strength": 2, "whole": [], "budget": None, "part": ""},
     {"strength": -1, "whole": {}, "budget": None, "part": ""},
     {"strength": 2, "whole": {}, "budget": "soon", "part": ""}],
)  # fmt: skip
def test_a_goal_that_is_none(record: Any) -> None:
    """What is not as we write it is no goal; nothing is counted then."""
    assert CoverageGoal.from_json(record, VariantTable((), {})) is None


def test_a_goal_read_back() -> None:
    """What is written is what is read."""
    columns = table(random.Random(3), ("",))
    goal = CoverageGoal(
        strength=2, whole={"": 12}, chosen_by=columns.chosen_by, budget=60.0, part="1/2"
    )
    assert CoverageGoal.from_json(goal.to_json(), columns) == goal
