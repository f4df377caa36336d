# SPDX-License-Identifier: MIT
"""Configurations with wanted values, as close to a base as validity allows."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Space, Tree
from kvariant.kconfig import Expression
from kvariant.space import based
from strategies import Assignment, SmallTree, small_trees

from .conftest import MakeTree

exactly = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def changes(before: Assignment, after: Assignment) -> int:
    """Return how many user values differ, a value set or taken away being one."""
    return sum(before.get(name) != after.get(name) for name in {*before, *after})


def lost(
    before: strategies.Resolution, after: strategies.Resolution, wanted: Collection[str]
) -> int:
    """Return how many user values are in both, and took before only."""
    return sum(
        after.assignment.get(name) == text == before.values[name] != after.values[name]
        for name, text in before.assignment.items()
        if name not in wanted
    )


@pytest.mark.parametrize("few", [based.FEW, -1], ids=["exact", "greedy"])
@given(small=small_trees(), data=st.data())
@exactly
def test_wanted_values_take(few: int, small: SmallTree, data: st.DataObject) -> None:
    """Every row resolves, in kconfiglib, to what is wanted; nothing wanted changes nothing."""
    with small.written() as path, pytest.MonkeyPatch.context() as patch:
        patch.setattr(based, "FEW", few)
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > 1500:
            return
        resolutions = strategies.brute_force(path)
        names = strategies.logical(kconfig)
        rng = data.draw(st.randoms(use_true_random=False))
        base = rng.choice(resolutions)
        some = rng.sample(names, min(len(names), rng.randint(1, 3)))
        rows = [
            {n: r.values[n] for n in some}
            for r in rng.sample(resolutions, min(8, len(resolutions)))
        ]
        rows.append({n: base.values[n] for n in some})
        found = Space.of(Tree.load(path)).based_on(base.assignment, rows)
        for row, configuration in zip(rows, found, strict=True):
            resolved = strategies.resolve(kconfig, configuration.assignment)
            assert row == {n: resolved[n] for n in row}
            assert dict(configuration) == resolved
        assert base.assignment == found[-1].assignment


@given(small=small_trees(numbers=False, choices=False), rng=st.randoms(use_true_random=False))
@exactly
def test_few_rows_are_as_close_as_any(small: SmallTree, rng: random.Random) -> None:
    """No assignment with the wanted values is closer, over all that there are."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > 1500:
            return
        resolutions = strategies.brute_force(path)
        names = strategies.logical(kconfig)
        base = rng.choice(resolutions)
        some = rng.sample(names, min(len(names), 2))
        wanted = {n: rng.choice(resolutions).values[n] for n in some[:1]}

        def distance(after: strategies.Resolution) -> int:
            return changes(base.assignment, after.assignment) + lost(base, after, wanted)

        giving = [r for r in resolutions if all(r.values[n] == t for n, t in wanted.items())]
        (found,) = Space.of(Tree.load(path)).based_on(base.assignment, [wanted])
        resolved = strategies.Resolution(found.assignment, dict(found))
        assert min(map(distance, giving)) == distance(resolved)


SELECTED = """
config ADDGROUP
	bool "addgroup"
	select LONG_OPTS
config LONG_OPTS
	bool "long options"
config CHOWN
	bool "chown"
config CHOWN_LONG
	bool "its long options"
	depends on CHOWN && LONG_OPTS
"""


def test_what_is_needed_is_asked_for_and_not_selected(make_tree: MakeTree) -> None:
    """Over everything off, what selects the needed symbol is one more that is on."""
    space = Space.of(make_tree(SELECTED))
    base = dict.fromkeys(("ADDGROUP", "LONG_OPTS", "CHOWN", "CHOWN_LONG"), "n")
    (found,) = space.based_on(base, [{"CHOWN_LONG": "y"}])
    assert "n" == found["ADDGROUP"]
    assert "y" == found["LONG_OPTS"] == found["CHOWN"]


MODULAR = """
config MODULES
	bool "modules"
	modules
config DRV
	tristate "drv"
config SUB
	tristate "sub"
	depends on DRV
"""


@pytest.mark.parametrize("few", [based.FEW, -1], ids=["exact", "greedy"])
def test_what_is_asked_for_is_what_comes(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Without modules m of a tristate is y: then y is asked for, so that nothing is dropped."""
    monkeypatch.setattr(based, "FEW", few)
    tree = make_tree(MODULAR)
    wanted = [{"DRV": drv, "SUB": sub} for drv, sub in ("yy", "yn", "ym", "mm", "mn", "nn")]
    for row, found in zip(wanted, Space.of(tree).based_on({}, wanted), strict=True):
        assert row == {name: tree.resolve(found.assignment)[name] for name in row}
        assert found.assignment == {name: found[name] for name in found.assignment}


TREE = """
config A
	bool "a"
config B
	bool "b"
	depends on A
config C
	bool "c"
	select A
config N
	int "n"
	default 3
"""


@pytest.mark.parametrize("few", [based.FEW, -1], ids=["exact", "greedy"])
def test_a_restriction_is_kept(
    few: int, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the base has and the space excludes changes too."""
    monkeypatch.setattr(based, "FEW", few)
    space = Space.of(make_tree(TREE)).restricted(Expression.parse("!C && N = 7"))
    base = {"A": "y", "C": "y", "N": "5"}
    (found,) = space.based_on(base, [{"B": "y"}])
    assert ("y", "n", "7") == (found["B"], found["C"], found["N"])
    assert "y" == found["A"]
    assert 3 == changes(base, found.assignment)


NUMBER = """
config BILLING
	bool "Billing"
	default y
config CURRENCIES
	int "Currencies at once"
	depends on BILLING
	range 1 9
	default 1
config NAME
	string "Name"
	default "x"
"""


@pytest.mark.parametrize("few", [based.FEW, -1], ids=["exact", "greedy"])
@pytest.mark.parametrize("base", [{}, {"CURRENCIES": "3"}, {"BILLING": "n"}])
def test_an_int_that_is_not_visible_is_wanted_empty(
    few: int, base: Assignment, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can ask for no number: what hides the int is asked for. A text may be empty."""
    monkeypatch.setattr(based, "FEW", few)
    tree = make_tree(NUMBER)
    rows = [
        {"BILLING": "n", "CURRENCIES": "", "NAME": ""},
        {"BILLING": "y", "CURRENCIES": "2", "NAME": "x"},
        {"CURRENCIES": ""},
    ]
    for row, found in zip(rows, Space.of(tree).based_on(base, rows), strict=True):
        resolved = tree.resolve(found.assignment)
        assert row == {name: resolved[name] for name in row}
