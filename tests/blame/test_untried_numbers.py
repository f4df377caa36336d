# SPDX-License-Identifier: MIT
"""Failures that hang on a number which no variant of the matrix varies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kvariant.blame import Observations
from kvariant.blame.hypotheses import ByTree
from kvariant.blame.rounds import MOST, Blame, Blamed
from kvariant.blame.tree_search import TreeSearch
from kvariant.kconfig import Configuration, Expression, Tree
from kvariant.report.verdict import verdict_of
from kvariant.results import Cell, Failure, Outcome
from kvariant.space import Space
from kvariant.space.edges import edges_of

KCONFIG = """
config A
	bool "a"
config B
	bool "b"
config PORT
	int "port"
	range 1 65535
	default 8080
config RATE
	hex "rate"
	range 0x10 0xff
	default 0x40
"""
Fails = Callable[[Mapping[str, str]], bool]


def blamed(folder: Path, fails: Fails, compared: Mapping[str, Sequence[str]]) -> Blamed:
    """Blame a test of a tree of which the matrix varies A and B."""
    (folder / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    tree = Tree.load(folder / "Kconfig")

    class Runs:
        """Runs variants in memory."""

        def run(self, variants: ByTree, *, anew: bool = False) -> Sequence[Cell]:
            """Say what becomes of each."""
            return [ended(name, values) for name, values in variants[""].items()]

    def ended(name: str, values: Mapping[str, str]) -> Cell:
        if not fails(values):
            return Cell(variant=name, step="test", outcome=Outcome.OK)
        failures = (Failure(message="wrong", again="", test="t"),)
        return Cell(variant=name, step="test", outcome=Outcome.FAILED, failures=failures)

    def of_tree(cells: Sequence[Cell], known: Mapping[str, Configuration]) -> Observations:
        return Observations(cells, known, tree.types)

    start = {
        f"{a}{b}": tree.resolve({"A": a, "B": b}) for a, b in itertools.product("ny", repeat=2)
    }
    ground = TreeSearch(
        lambda: Space.of(tree),
        of_tree,
        {},
        edges=lambda: edges_of(tree.model, tree.dialect, compared=compared),
    )
    runs = Runs()
    blame = Blame({"": ground}, lambda cells, known: of_tree(cells, known[""]), runs)
    return blame.blame(runs.run({"": start}), {"": start})


FAULTS = [
    # what fails, what a template compares with, the exact expression
    pytest.param("PORT >= 4096", {"PORT": ["4096"]}, "PORT >= 4096", id="from"),
    pytest.param("PORT < 49152", {"PORT": ["49152"]}, "PORT < 49152", id="below"),
    pytest.param("PORT = 8080", {"PORT": ["8080"]}, "PORT = 8080", id="equal"),
    pytest.param(
        "PORT >= 1024 && PORT <= 49151",
        {"PORT": ["1024", "49151"]},
        "PORT >= 1024 && PORT <= 49151",
        id="range",
    ),
    pytest.param("PORT = 8080", {}, "PORT = 8080", id="equal-untold"),
    pytest.param("RATE >= 0x20", {}, "RATE >= 0x20", id="hex-untold"),
]


@pytest.mark.parametrize(("fault", "compared", "expected"), FAULTS)
def test_the_limit_of_a_number_that_nobody_varied(
    tmp_path: Path, fault: str, compared: Mapping[str, Sequence[str]], expected: str
) -> None:
    """At most nine extra variants say from which value on it fails, and what was tried."""
    expression = Expression.parse(fault)

    def fails(values: Mapping[str, str]) -> bool:
        assert isinstance(values, Configuration)
        return values.satisfies(expression)

    result = blamed(tmp_path, fails, compared)
    (found,) = result.findings
    assert len(result.extra) <= MOST
    told, wanted = found.attribution.expression, Expression.parse(expected)
    tree = Tree.load(tmp_path / "Kconfig")
    name = wanted.symbols[0]
    numbers = range(1, 65536) if name == "PORT" else range(0x10, 0x100)
    spell = str if name == "PORT" else hex
    others = [
        number
        for number in numbers
        for row in [{name: spell(number)}]
        if told.holds(row, tree.types) != wanted.holds(row, tree.types)
    ]
    assert not others, (str(told), others[:3])
    notes = " ".join(verdict_of(result, 0).notes)
    assert f"tried:  {name} = " in notes
    for number in numbers:
        # Both sides of each limit are named as they ended.
        row, behind = ({name: spell(n)} for n in (number, number + 1))
        here, there = (expression.holds(one, tree.types) for one in (row, behind))
        if here != there and number + 1 in numbers:
            assert f"{spell(number)} {'fails' if here else 'passes'}" in notes
            assert f"{spell(number + 1)} {'fails' if there else 'passes'}" in notes


def test_a_limit_that_was_not_found_is_not_claimed(tmp_path: Path) -> None:
    """Where nine variants do not do, the values between which the limit is are named."""
    result = blamed(tmp_path, lambda values: int(values["PORT"]) >= 7777, {})
    assert len(result.extra) <= MOST
    (gap,) = result.gaps[0]
    assert gap.low < 7777 <= gap.high
    assert "not tried: PORT from " in " ".join(verdict_of(result, 0).notes)


def test_what_always_fails_was_tried_at_both_ends(tmp_path: Path) -> None:
    """That nothing passes is said after each number was at both ends of its range."""
    result = blamed(tmp_path, lambda _: True, {})
    (found,) = result.findings
    assert str(found.attribution).startswith("always fails")
    tried = [one.configuration for one in result.extra]
    assert {"1", "65535"} <= {one["PORT"] for one in tried}
    assert {"0x10", "0xff"} <= {one["RATE"] for one in tried}
