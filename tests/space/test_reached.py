# SPDX-License-Identifier: MIT
"""What random configurations show is true, and what they leave open is proven."""

from __future__ import annotations

import pytest
from hypothesis import given

from kvariant import Space
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.reader import deep
from kvariant.space import constants
from kvariant.space.reached import Reached
from kvariant.space.user_circuit import UserCircuit
from strategies import SmallTree, small_trees

from .conftest import MakeTree
from .test_exact_small import exactly, known

BOARDS = (
    'choice\n\tprompt "chip"\n'
    + "".join(f'config CHIP{i}\n\tbool "chip"\n' for i in range(12))
    + 'endchoice\nchoice\n\tprompt "board"\n'
    + "".join(f'config BOARD{i}\n\tbool "board"\n\tdepends on CHIP{i % 12}\n' for i in range(300))
    + "endchoice\n"
    + "".join(f'config LED{i}\n\tbool "led"\n\tdepends on BOARD{i}\n' for i in range(300))
    + 'config NEVER\n\tbool "never"\n\tdepends on BOARD1 && CHIP2\n'
    + "config ALWAYS\n\tbool\n\tdefault y if CHIP1\n\tdefault y if !CHIP1\n"
)


def reached(space: Space, where: Expression | None = None) -> Reached:
    """Return what is seen of all bools and tristates."""
    asked = UserCircuit(space.model, space.domains, space.dialect)
    return deep(lambda: Reached(asked, space.logical, where))


@given(small_trees())
@exactly
def test_what_is_seen_is_what_brute_force_reaches(small: SmallTree) -> None:
    """Nothing is seen that no assignment gives, choices and tristates included."""
    with known(small) as it:
        found = reached(it.space)
        for name in it.logical:
            values = it.values(name)
            assert name not in found.on or values - {"n"}
            assert name not in found.off or "n" in values


def test_boards_are_reached_through_their_chips(make_tree: MakeTree) -> None:
    """Each of 300 boards and what depends on it, without a solver."""
    found = reached(Space.of(make_tree(BOARDS)))
    missing = {name for name in found._names if name not in found.on}
    assert {"NEVER"} == missing
    assert "ALWAYS" not in found.off


def test_a_condition_is_heeded(make_tree: MakeTree) -> None:
    """Configurations that do not satisfy it show nothing."""
    space = Space.of(make_tree(BOARDS))
    found = reached(space, Expression.parse("CHIP3"))
    assert {name for name in found.on if name.startswith("CHIP")} == {"CHIP3"}
    assert {"CHIP3", "ALWAYS"} == {name for name in found._names if name not in found.off}


@pytest.mark.parametrize("where", ["", "CHIP3"])
def test_large_and_small_trees_have_the_same_constants(
    where: str, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated and then proven, cone by cone, or asked of the solver alone."""
    tree = make_tree(BOARDS)

    def found() -> tuple[tuple[str, ...], tuple[str, ...]]:
        space = Space.of(tree)
        if where:
            space = space.restricted(Expression.parse(where))
        return space.dead(), space.always_on()

    expected = found()
    monkeypatch.setattr(constants, "SIMULATED", 1)
    monkeypatch.setattr(constants, "_AT_ONCE", 50)
    assert expected == found()
    assert "NEVER" in expected[0]
    assert "ALWAYS" in expected[1]


@given(small_trees())
@exactly
def test_dead_symbols_of_small_trees_are_found_either_way(small: SmallTree) -> None:
    """Simulation and cones say what brute force says."""
    with known(small) as it, pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "SIMULATED", 0)
        patch.setattr(constants, "_AT_ONCE", 2)
        values = {name: it.values(name) for name in it.logical}
        assert [n for n in it.logical if values[n] == {"n"}] == list(it.space.dead())
        assert [n for n in it.logical if "n" not in values[n]] == list(it.space.always_on())
