# SPDX-License-Identifier: MIT
"""Spaces from formulas in DIMACS."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import Space
from kvariant.errors import InputError

FORMULA = """\
c 1 CONFIG_SWAP
c 3 auxiliary
c concrete features are variables 1..2
p cnf 3 2
-1 2
0
1 -3 0
"""


def space_of(text: str, folder: Path) -> Space:
    """Return the space of a formula."""
    path = folder / "formula.cnf"
    path.write_text(text, encoding="utf-8")
    return Space.from_dimacs(path)


def test_only_concrete_variables_are_options(tmp_path: Path) -> None:
    """Names come from comments, numbers stand in; other variables only constrain."""
    space = space_of(FORMULA, tmp_path)
    assert ("CONFIG_SWAP", "2") == space.symbols
    assert 3 == space.count()
    assert 3 == len(list(space.projections(space.symbols)))
    assert space.solve({"CONFIG_SWAP": "y", "2": "n"}) is None
    found = space.solve({"CONFIG_SWAP": "y"})
    assert found is not None
    assert {"CONFIG_SWAP": "y", "2": "y"} == {n: found[n] for n in space.symbols}


def test_all_variables_are_options_unless_it_is_said(tmp_path: Path) -> None:
    """A plain file has no concrete variables."""
    space = space_of("p cnf 3 2\n-1 2 0\n1 -3 0\n", tmp_path)
    assert ("1", "2", "3") == space.symbols
    assert 4 == space.count()
    assert ("1", "2", "3") == space.factors(["3", "1", "2"]).names


def test_samples_are_solutions(tmp_path: Path) -> None:
    """Every sample satisfies the clauses."""
    samples = space_of("p cnf 3 2\n-1 2 0\n1 -3 0\n", tmp_path).sample(20, seed=1)
    assert 20 == len(samples.configurations)
    for each in samples.configurations:
        assert (each["1"], each["2"]) != ("y", "n")
        assert (each["3"], each["1"]) != ("y", "n")


BAD = [
    ("1 0\n", 1, "a clause stands before the header"),
    ("p cnf 1 1\n1\n", 2, "the last clause does not end with 0"),
    ("p cnf 1 2\n1 0\n", 2, "1 clauses, the header says 2"),
    ("p cnf 1 1\n2 0\n", 2, "there is no variable 2: the header says 1"),
    ("p cnf 1 1\nx 0\n", 2, "'x' is no literal"),
    ("p cnf one 1\n", 1, "this is no header"),
    ("p cnf 1 0\np cnf 1 0\n", 2, "a second header"),
    ("c nothing\n", 1, "no header"),
    ("c 1 A\nc 2 A\np cnf 2 0\n", 2, "a second variable is named A"),
    (
        "c concrete features are variables 1..3\np cnf 2 0\n",
        1,
        "variables 1 to 3 are concrete, the header says 2",
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD)
def test_refusals(tmp_path: Path, text: str, line: int, message: str) -> None:
    """What is no DIMACS is refused at its line."""
    with pytest.raises(InputError) as caught:
        space_of(text, tmp_path)
    (found,) = caught.value.diagnostics
    assert "dimacs" == found.code
    assert message == found.message
    assert found.location is not None
    assert line == found.location.line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is an error that names it."""
    with pytest.raises(InputError):
        Space.from_dimacs(tmp_path / "none.cnf")


def test_rules_are_a_trees(tmp_path: Path) -> None:
    """What needs Kconfig rules is refused by a formula."""
    space = space_of(FORMULA, tmp_path)
    for asked in (
        lambda: space.tree,
        lambda: space.explain("CONFIG_SWAP"),
        lambda: space.evaluate([{"CONFIG_SWAP": "y"}]),
        lambda: space.findings(),
        lambda: space.fixes({}, {"CONFIG_SWAP": "y"}),
    ):
        with pytest.raises(InputError) as caught:
            asked()
        assert ["no-tree"] == [d.code for d in caught.value.diagnostics]
