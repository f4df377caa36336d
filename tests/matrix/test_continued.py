# SPDX-License-Identifier: MIT
"""A matrix carried through an edit: still complete, and what it was where that is possible."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant import Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig import Expression
from kvariant.matrix import StrategyRequest
from kvariant.matrix.continued import continued
from kvariant.matrix.t_wise import t_wise
from matrix.oracle import exactly, known, tuples
from strategies import SmallTree, small_trees

TREE = """
config MODULES
	def_bool y
	modules

config A
	bool "a"

config B
	tristate "b"
	depends on A

config C
	bool "c"

config D
	bool "d"

config E
	bool "e"
"""
SYMBOLS = ("A", "B", "C", "D", "E")


def _space(folder: Path, text: str = TREE) -> Space:
    (folder / "Kconfig").write_text(text)
    return Space.of(Tree.load(folder / "Kconfig"))


@given(small_trees(), st.data())
@exactly(40)
def test_complete_whatever_was_before(small: SmallTree, data: st.DataObject) -> None:
    """Every tuple of any configuration is covered, from any rows over any of the symbols."""
    with known(small) as it:
        symbols = it.logical
        if not symbols:
            return
        strength = data.draw(st.integers(1, min(3, len(symbols))))
        old = data.draw(st.lists(st.sampled_from(symbols), unique=True))
        rows = data.draw(st.lists(st.sampled_from(it.configurations), max_size=4))
        wrong = data.draw(st.lists(st.fixed_dictionaries({n: st.sampled_from("ny") for n in old}),
                                   max_size=2))  # fmt: skip
        before = [{name: row[name] for name in old} for row in rows] + wrong
        request = StrategyRequest(symbols=tuple(symbols), strength=strength)
        chosen = continued(t_wise, Space.of(it.tree), request, before, old)
        found = [it.tree.resolve(c.assignment) for c in chosen.configurations]
        assert tuples(found, symbols, strength) == tuples(it.configurations, symbols, strength)
        assert chosen.tuples is not None
        assert chosen.tuples.covered == len(tuples(found, symbols, strength))


def test_the_same_tree_gives_the_same_rows(tmp_path: Path) -> None:
    """What is complete stays as it is, in its order."""
    space, request = _space(tmp_path), StrategyRequest(symbols=SYMBOLS)
    before = [dict(row) for row in t_wise(space, request).configurations]
    again = continued(t_wise, space, request, before, SYMBOLS)
    assert before == [dict(row) for row in again.configurations]


def test_a_new_option_leaves_the_rows(tmp_path: Path) -> None:
    """Each old row is there with a value of the new option, few are added, and back again."""
    old_request = StrategyRequest(symbols=SYMBOLS)
    before = [
        {name: row[name] for name in SYMBOLS}
        for row in t_wise(_space(tmp_path), old_request).configurations
    ]
    space = _space(tmp_path, TREE + '\nconfig NEW\n\tbool "new"\n\tdepends on !C\n')
    request = StrategyRequest(symbols=(*SYMBOLS, "NEW"))
    chosen = continued(t_wise, space, request, before, SYMBOLS).configurations
    assert before == [{n: row[n] for n in SYMBOLS} for row in chosen[: len(before)]]
    assert {"n", "y"} == {row["NEW"] for row in chosen[: len(before)]}
    assert len(chosen) <= len(t_wise(space, request).configurations) + 1
    rows = [{n: row[n] for n in SYMBOLS} for row in chosen]
    back = continued(t_wise, _space(tmp_path), old_request, rows, SYMBOLS)
    assert before == [{n: row[n] for n in SYMBOLS} for row in back.configurations]


def test_rows_that_cost_too_much_go(tmp_path: Path) -> None:
    """A matrix of needlessly many rows is chosen from nothing; needless rows are left out."""
    space, request = _space(tmp_path), StrategyRequest(symbols=SYMBOLS, strength=1)
    fresh = t_wise(space, request)
    before = [row.assignment for row in space.sample(30).configurations]
    chosen = continued(t_wise, space, request, before, SYMBOLS)
    assert len(chosen.configurations) <= len(fresh.configurations) + 1


def test_included_stay_first(tmp_path: Path) -> None:
    """Included configurations come first and are not repeated."""
    space = _space(tmp_path)
    kept = space.tree.resolve({"A": "y", "B": "m"})
    request = StrategyRequest(symbols=SYMBOLS, included=[kept])
    before = [dict(row) for row in t_wise(space, request).configurations]
    chosen = continued(t_wise, space, request, before, SYMBOLS)
    assert dict(kept) == dict(chosen.configurations[0])
    assert before == [dict(row) for row in chosen.configurations]


def test_a_refused_request_is_refused(tmp_path: Path) -> None:
    """The strategy's own error is told."""
    with pytest.raises(InputError, match=r"\[strength\]"):
        continued(t_wise, _space(tmp_path), StrategyRequest(symbols=("A",)), [{"A": "y"}], ["A"])


def test_what_was_not_chosen_by_stays(tmp_path: Path) -> None:
    """A symbol beside the matrix keeps the value that it was given, or its default."""
    text = TREE + '\nconfig N\n\tint "n"\n\trange 1 9\n\tdefault 3\n'
    rows = t_wise(_space(tmp_path, text), StrategyRequest(symbols=SYMBOLS)).configurations
    before = [{**row.assignment, **({"N": "7"} if i % 2 else {})} for i, row in enumerate(rows)]
    more = text + '\nconfig NEW\n\tbool "new"\n'
    request = StrategyRequest(symbols=(*SYMBOLS, "NEW"))
    found = continued(t_wise, _space(tmp_path, more), request, before, SYMBOLS).configurations
    assert [row.get("N", "3") for row in before] == [row["N"] for row in found[: len(before)]]


def test_rows_outside_of_today_go(tmp_path: Path) -> None:
    """What the condition of today excludes is not carried."""
    space = _space(tmp_path).restricted(Expression.parse("!A"))
    request = StrategyRequest(symbols=SYMBOLS, strength=1)
    found = continued(t_wise, space, request, [{"A": "y"}, {"D": "y"}], SYMBOLS).configurations
    assert {"n"} == {row["A"] for row in found}
    assert "y" == found[0]["D"]
