# SPDX-License-Identifier: MIT
"""The strategy `t-wise` against brute force: complete, honest, and the same each time."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant import Space, Tree
from kvariant.errors import InputError
from kvariant.matrix import Chosen, StrategyRequest
from kvariant.matrix.covering import memory
from kvariant.matrix.promise import Promise
from kvariant.matrix.t_wise import t_wise
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from matrix.oracle import exactly, known, tuples
from strategies import SmallTree, small_trees

ROOT = Path(__file__).parents[2]

TREE = """\
config MODULES
  def_bool y
  option modules
config A
  bool "a"
config B
  tristate "b"
  depends on A
config C
  bool "c"
  select D
config D
  bool
choice
  prompt "one"
config E
  bool "e"
config F
  bool "f"
config G
  bool "g"
endchoice
config N
  int "n"
  default 3
"""
SYMBOLS = ("A", "B", "C", "D", "E", "F", "G")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a small tree with every kind of factor."""
    path = tmp_path / "Kconfig"
    path.write_text(TREE, encoding="utf-8")
    return Tree.load(path)


def written(chosen: Chosen) -> Written:
    """Return what was chosen as a matrix is written."""
    assert chosen.tuples is not None
    record = {
        "format": 1,
        "strategy": "t-wise",
        "variants": [
            {"name": f"v{i}", "assignment": dict(configuration.assignment)}
            for i, configuration in enumerate(chosen.configurations)
        ],
        "tuples": {
            "feasible": chosen.tuples.feasible,
            "infeasible": chosen.tuples.infeasible,
            "covered": chosen.tuples.covered,
        },
        "lower_bound": chosen.lower_bound,
    }
    return Written.parse(json.dumps(record))


def possible_with(
    rows: int, configurations: Iterable[Mapping[str, str]], names: list[str], strength: int
) -> bool:
    """Return whether so many configurations have every tuple, by trying up to three."""
    own = [frozenset(tuples([each], names, strength)) for each in configurations]
    distinct = list(dict.fromkeys(own))
    wanted = frozenset().union(*distinct)
    return 0 < rows <= 3 and any(
        frozenset().union(*some) == wanted for some in itertools.combinations(distinct, rows)
    )


# What it takes


def bools(folder: Path, count: int) -> tuple[Space, tuple[str, ...]]:
    """Return the space of so many options that have nothing to do with each other."""
    names = tuple(f"A{i}" for i in range(count))
    path = folder / "Kconfig"
    path.write_text("".join(f'config {n}\n\tbool "a"\n' for n in names), encoding="utf-8")
    return Space.of(Tree.load(path)), names


@pytest.mark.parametrize(("strength", "pairs"), [(2, 12 * 12 * 3), (3, 20 * 8 * (30 + 3 * 4))])
def test_what_does_not_fit_in_memory_is_refused_before_it_begins(
    strength: int, pairs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six bools are 12 x 12 pairs, and 20 x 8 triples; a byte less than these take is an error."""
    space, names = bools(tmp_path, 6)
    monkeypatch.setattr(memory, "MOST_BYTES", pairs)
    assert t_wise(space, StrategyRequest(symbols=names, strength=strength)).configurations
    monkeypatch.setattr(memory, "MOST_BYTES", pairs - 1)
    number = {2: "60 pairs of values", 3: "160 combinations of 3 values"}[strength]
    with pytest.raises(InputError, match=rf"6 symbols have {number}; .* \[too-many\]"):
        t_wise(space, StrategyRequest(symbols=names, strength=strength))
    assert len(t_wise(space, StrategyRequest(symbols=names, strength=1)).configurations) == 2


def test_all_pairs_of_a_large_tree_are_refused_at_once(tmp_path: Path) -> None:
    """A tree of Linux' size: the number of pairs is told, and strength 1 is not refused."""
    space, names = bools(tmp_path, 20_000)
    with pytest.raises(InputError, match=r"20,000 symbols have 799,960,000 pairs of values; .*"):
        t_wise(space, StrategyRequest(symbols=names))
    chosen = t_wise(space, StrategyRequest(symbols=names, strength=1))
    assert [set(c.values()) for c in chosen.configurations] == [{"n"}, {"y"}]


def test_steps_that_only_a_solver_refutes_are_taken_back(tmp_path: Path) -> None:
    """Two options exclude each other by a third that neither decides alone: no row is lost."""
    both = "(P && {0}) || (P && !{0})"
    path = tmp_path / "Kconfig"
    text = "".join(f'config {n}\n\tbool "a"\n' for n in ("P", "Q", "R"))
    text += f'config Y\n\tbool "y"\n\tdepends on {both.format("Q")}\n'
    text += f'config Z\n\tbool "z"\n\tdepends on {both.format("R").replace("P", "!P")}\n'
    text += "".join(f'config A{i}\n\tbool "a"\n' for i in range(9))
    path.write_text(text, encoding="utf-8")
    names = ("Y", "Z", *(f"A{i}" for i in range(9)))
    chosen = t_wise(Space.of(Tree.load(path)), StrategyRequest(symbols=names, strength=1))
    assert chosen.tuples is not None
    assert (22, 0, 22) == (
        chosen.tuples.feasible,
        chosen.tuples.infeasible,
        chosen.tuples.covered,
    )
    assert len(tuples(chosen.configurations, names, 1)) == 22
    assert len(chosen.configurations) == 3


# Against brute force


@given(small_trees(), st.data())
@exactly(60)
def test_complete_on_small_trees(small: SmallTree, data: st.DataObject) -> None:
    """Every tuple that a configuration has is covered and no other is called feasible."""
    with known(small) as it:
        names = it.logical[:7]
        if not names:
            return
        strength = data.draw(st.integers(1, min(3, len(names))))
        chosen = t_wise(Space.of(it.tree), StrategyRequest(symbols=tuple(names), strength=strength))
        feasible = tuples(it.configurations, names, strength)
        assert chosen.tuples is not None
        assert feasible == tuples(chosen.configurations, names, strength)
        assert len(feasible) == chosen.tuples.feasible == chosen.tuples.covered
        infeasible = len(it.combinations(names, strength)) - len(feasible)
        assert infeasible == chosen.tuples.infeasible
        assert () == chosen.tuples.uncovered
        promise = Promise(symbols=names, strength=strength)
        assert () == verify(Space.of(it.tree), written(chosen), promise).faults
        assert chosen.lower_bound <= len(chosen.configurations)
        fewer = chosen.lower_bound - 1
        assert not possible_with(fewer, it.configurations, names, strength)


@given(small_trees(), st.data())
@exactly(30)
def test_included_and_limited(small: SmallTree, data: st.DataObject) -> None:
    """Included configurations come first; under a limit, exactly what is left out is counted."""
    with known(small) as it:
        names = it.logical[:6]
        if not names:
            return
        strength = data.draw(st.integers(1, min(2, len(names))))
        picks = data.draw(st.lists(st.sampled_from(it.assignments), max_size=3))
        included = [it.tree.resolve(assignment) for assignment in picks]
        limit = data.draw(st.integers(len(included), len(included) + 3))
        request = StrategyRequest(
            symbols=tuple(names), strength=strength, limit=limit, included=included
        )
        chosen = t_wise(Space.of(it.tree), request)
        assert chosen.tuples is not None
        assert included == list(chosen.configurations[: len(included)])
        assert not limit or len(chosen.configurations) <= limit
        feasible = tuples(it.configurations, names, strength)
        missed = feasible - tuples(chosen.configurations, names, strength)
        assert missed == {frozenset(each.items()) for each in chosen.tuples.uncovered}
        assert len(feasible) == chosen.tuples.feasible
        assert len(feasible) - len(missed) == chosen.tuples.covered


def test_a_choice_and_a_tristate(tree: Tree) -> None:
    """Three values by three members are nine variants; B=n also needs A both ways: ten."""
    chosen = t_wise(Space.of(tree), StrategyRequest(symbols=SYMBOLS))
    have = {
        (each["B"], next(name for name in "EFG" if each[name] == "y"))
        for each in chosen.configurations
    }
    assert set(itertools.product("nmy", "EFG")) == have
    assert 10 == len(chosen.configurations)


def test_included_that_cover_everything_are_all_there_is(tree: Tree) -> None:
    """What is complete gets no further row, and keeps rows that nothing needs."""
    space = Space.of(tree)
    first = t_wise(space, StrategyRequest(symbols=SYMBOLS))
    included = [*first.configurations, first.configurations[0]]
    again = t_wise(space, StrategyRequest(symbols=SYMBOLS, included=included))
    assert included == list(again.configurations)


ALONE = [
    pytest.param("", ("MODULES", "T"), 3, id="beside-a-constant"),
    pytest.param("config B\n  def_bool T = y\n", ("T", "B"), 3, id="shared-with-a-bool"),
    pytest.param("config S\n  def_tristate T\n", ("T", "S"), 3, id="two-that-are-the-same"),
]


@pytest.mark.parametrize(("more", "symbols", "rows"), ALONE)
def test_a_value_that_varies_with_no_other(
    tmp_path: Path, more: str, symbols: tuple[str, ...], rows: int
) -> None:
    """Each value of a tristate needs its row, also where nothing else varies with it."""
    path = tmp_path / "Kconfig"
    modules = "config MODULES\n  def_bool y\n  option modules\n"
    path.write_text(f'{modules}config T\n  tristate "t"\n{more}', encoding="utf-8")
    tree = Tree.load(path)
    chosen = t_wise(Space.of(tree), StrategyRequest(symbols=symbols))
    assert rows == len(chosen.configurations) == chosen.lower_bound
    limited = t_wise(Space.of(tree), StrategyRequest(symbols=symbols, limit=1))
    assert limited.tuples is not None
    assert (3, 1, 2) == (
        limited.tuples.feasible,
        limited.tuples.covered,
        len(limited.tuples.uncovered),
    )
    for answer in (chosen, limited):
        promise = Promise(symbols=symbols, strength=2)
        assert () == verify(Space.of(tree), written(answer), promise).faults


def test_own_tree_strength_3() -> None:
    """Three symbols of this repository's tree at a time: complete for the verifier."""
    tree = Tree.load(ROOT / "Kconfig")
    names = [name for name, symbol in tree.symbols.items() if symbol.type.value == "bool"]
    chosen = t_wise(Space.of(tree), StrategyRequest(symbols=tuple(names), strength=3))
    verdict = verify(Space.of(tree), written(chosen), Promise(symbols=names, strength=3))
    assert () == verdict.faults
    assert 0 < verdict.covered
    assert 0 == verdict.left_out


# Formulas


def solutions(clauses: list[list[int]], variables: int) -> list[dict[str, str]]:
    """Return every solution by trying all values."""
    return [
        {str(v + 1): "y" if bit else "n" for v, bit in enumerate(bits)}
        for bits in itertools.product([False, True], repeat=variables)
        if all(any(bits[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)
    ]


CLAUSES = st.lists(
    st.lists(st.integers(1, 7).flatmap(lambda v: st.sampled_from([v, -v])), min_size=1, max_size=4),
    max_size=14,
)


@given(CLAUSES, st.integers(1, 3))
@exactly(80)
def test_complete_on_formulas(clauses: list[list[int]], strength: int) -> None:
    """Clauses alone: all tuples of concrete variables that a solution has, and no other."""
    found = solutions(clauses, 7)
    names = ["1", "2", "3", "4", "5"]
    header = f"c concrete features are variables 1..5\np cnf 7 {len(clauses)}\n"
    lines = [" ".join(map(str, [*clause, 0])) for clause in clauses]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "formula.cnf"
        path.write_text(header + "\n".join(lines), encoding="utf-8")
        space = Space.from_dimacs(path)
    assert tuple(names) == space.symbols
    request = StrategyRequest(symbols=space.symbols, strength=strength)
    if not found:
        with pytest.raises(InputError) as caught:
            t_wise(space, request)
        assert ["no-configuration"] == [d.code for d in caught.value.diagnostics]
        return
    chosen = t_wise(space, request)
    assert chosen.tuples is not None
    feasible = tuples(found, names, strength)
    assert feasible == tuples(chosen.configurations, names, strength)
    assert len(feasible) == chosen.tuples.feasible == chosen.tuples.covered
    projected = [{name: each[name] for name in names} for each in found]
    assert all(dict(each) in projected for each in chosen.configurations)
    assert chosen.lower_bound <= len(chosen.configurations)
    assert not possible_with(chosen.lower_bound - 1, found, names, strength)


# Refusals

WRONG = [
    ({"symbols": ("A", "N")}, "strategy-type", "N is an int: combinations are counted"),
    ({"symbols": ("A", "NONE")}, "unknown-symbol", "no symbol is named NONE"),
    ({"symbols": ("A", "B"), "strength": 3}, "strength", "strength 3 needs as many symbols"),
    ({"symbols": ("A", "B"), "strength": 0}, "strength", "strength 0: a tuple has at least one"),
    ({"symbols": ()}, "strength", "strength 2 needs as many symbols; there are 0"),
]


@pytest.mark.parametrize(("request_", "code", "message"), WRONG)
def test_refusals(tree: Tree, request_: dict[str, Any], code: str, message: str) -> None:
    """What cannot be asked for is named."""
    with pytest.raises(InputError) as caught:
        t_wise(Space.of(tree), StrategyRequest(**request_))
    (found,) = caught.value.diagnostics
    assert code == found.code
    assert message in found.message


# The same each time

_SCRIPT = """
import hashlib, sys
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
from kvariant import Space, Tree
from kvariant.matrix import StrategyRequest
from kvariant.matrix.t_wise import t_wise
tree = Tree.load(sys.argv[2])
names = tuple(n for n, s in tree.symbols.items() if s.type.value in ("bool", "tristate"))
for strength in (1, 2, 3):
    chosen = t_wise(Space.of(tree), StrategyRequest(symbols=names, strength=strength))
    print([dict(each) for each in chosen.configurations], chosen.lower_bound)
"""


def test_same_bytes() -> None:
    """Neither the hash seed nor whether loops are compiled changes the rows."""
    runs = [("0", "plain"), ("1", "plain"), ("2", "compiled")]
    printed = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT, mode, str(ROOT / "Kconfig")],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed, mode in runs
    }
    assert 1 == len(printed)
    assert len(printed.pop()) > 1000
