# SPDX-License-Identifier: MIT
"""`Space.nearest` against all configurations of a small tree."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from kvariant.kconfig import Tree
from kvariant.space import Space
from kvariant.space.solver import Solver

KCONFIG = """\
config MODULES
	def_bool y
	modules

config A
	bool "A"

config B
	tristate "B"
	depends on A

choice
	prompt "One of"

config ONE
	bool "One"

config TWO
	bool "Two"
	depends on B

endchoice

config N
	int "N" if !TWO
	range 1 3
	default 2

config D
	def_bool A && TWO
"""
TEXTS = {"A": "ny", "B": "nmy", "ONE": "ny", "TWO": "ny", "N": "123", "D": "ny"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The small tree."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG, encoding="utf-8")
    return Tree.load(path)


def every(tree: Tree) -> list[dict[str, str]]:
    """All configurations, by resolving every assignment."""
    names = list(TEXTS)[:-1]
    asked = (
        dict(zip(names, t, strict=True)) for t in itertools.product(*(TEXTS[n] for n in names))
    )
    found = (tree.resolve(assignment) for assignment in asked)
    return list({tuple(c.items()): dict(c) for c in found}.values())


@pytest.mark.parametrize("seed", range(30))
def test_wishes_in_order(tree: Tree, seed: int) -> None:
    """Each wish is granted exactly if some configuration grants it with those before."""
    dice = random.Random(seed)
    left = every(tree)
    assert len(left) > 10
    space = Space.of(tree)
    within = {n: dice.sample(TEXTS[n], dice.randint(1, 2)) for n in dice.sample(list(TEXTS), 2)}
    wishes = [
        (n, dice.sample(TEXTS[n], dice.randint(1, 2))) for n in dice.choices(list(TEXTS), k=6)
    ]
    found = space.nearest(wishes, within)
    left = [c for c in left if all(c[n] in texts for n, texts in within.items())]
    assert (found is None) == (not left)
    if found is None:
        return
    for name, texts in wishes:
        left = [c for c in left if c[name] in texts] or left
    assert dict(found) in left
    assert dict(tree.resolve(found.assignment)) == dict(found)


def test_a_value_that_no_rule_names(tree: Tree) -> None:
    """A value outside what the symbol can have is no reason to fail, only not granted."""
    found = Space.of(tree).nearest([("N", ["7"]), ("A", ["y"])])
    assert found is not None
    assert found["A"] == "y"
    assert found["N"] in "123"


def test_many_wishes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be granted together is asked for together, whatever the solver begins with."""
    names = [f"S{i}" for i in range(400)]
    path = tmp_path / "Kconfig"
    path.write_text("".join(f'config {n}\n\tbool "{n}"\n' for n in names), encoding="utf-8")
    space = Space.of(Tree.load(path))
    calls = []
    solve = Solver.solve
    monkeypatch.setattr(
        Solver, "solve", lambda self, *given: (calls.append(given), solve(self, *given))[1]
    )
    for text in "ny":
        found = space.nearest([(name, [text]) for name in names], {"S200": ["y"]})
        assert found is not None
        assert {text} == {found[name] for name in names if name != "S200"}
        assert "y" == found["S200"]
    assert len(calls) < 60
