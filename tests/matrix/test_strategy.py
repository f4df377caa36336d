# SPDX-License-Identifier: MIT
"""What every strategy on the space keeps, whatever it chooses by.

A strategy that is added to `project.strategies` is tried here by itself. What it promises
beyond this is for a module of its own, against brute force (`test_toggles` is one).
"""

from __future__ import annotations

import pytest

from kvariant.kconfig import Configuration, Expression, Tree
from kvariant.matrix import StrategyRequest
from kvariant.matrix.strategy import Strategy, function_of
from kvariant.project import BUILT_IN
from kvariant.project.strategies import STRATEGIES
from kvariant.space import Space

KCONFIG = """
config A
	bool "a"
config B
	bool "b"
	depends on A
choice
	prompt "cpu"
config X86
	bool "x86"
config ARM
	bool "arm"
endchoice
config C
	tristate "c"
	depends on X86
"""
SYMBOLS = ("A", "B", "X86", "ARM")
ASSIGNMENTS = ({"A": "y", "B": "y"}, {"ARM": "y"}, {"A": "y"}, {"A": "y", "ARM": "y"})


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a tree of five symbols."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG)
    return Tree.load(path)


def choose(name: str) -> Strategy:
    """Return the function of a strategy."""
    return function_of(STRATEGIES[name])


@pytest.mark.parametrize("name", [name for name, record in STRATEGIES.items() if record.function])
class TestEveryStrategy:
    """What plan, lock and verifier take for granted."""

    def test_the_same_request_gives_the_same_answer(self, tree: Tree, name: str) -> None:
        """Two spaces, one answer: nothing is kept from one call to the next."""
        request = StrategyRequest(symbols=SYMBOLS, size=3, random_seed=7)
        once, again = (choose(name)(Space.of(tree), request) for _ in range(2))
        assert once.configurations
        assert values(once.configurations) == values(again.configurations)
        assert (once.tuples, once.lower_bound, once.method) == (
            again.tuples,
            again.lower_bound,
            again.method,
        )

    def test_what_is_chosen_is_valid(self, tree: Tree, name: str) -> None:
        """Each configuration is what its assignment resolves to."""
        chosen = choose(name)(Space.of(tree), StrategyRequest(symbols=SYMBOLS, size=3))
        for configuration in chosen.configurations:
            resolved = tree.resolve(configuration.assignment)
            assert all(resolved[n] == configuration[n] for n in configuration)

    def test_what_is_included_comes_first(self, tree: Tree, name: str) -> None:
        """Included configurations stand first, in their order, and once."""
        included = [tree.resolve(assignment) for assignment in ASSIGNMENTS[:2]]
        request = StrategyRequest(symbols=SYMBOLS, size=3, included=included)
        found = values(choose(name)(Space.of(tree), request).configurations)
        assert values(included) == found[:2]
        assert len(found) == len(set(found))

    def test_a_limit_holds(self, tree: Tree, name: str) -> None:
        """No more variants than are allowed, and of a strategy that counts, what they leave."""
        request = StrategyRequest(symbols=SYMBOLS, size=3, limit=1)
        chosen = choose(name)(Space.of(tree), request)
        assert len(chosen.configurations) == 1
        if STRATEGIES[name].is_covering:
            assert chosen.tuples is not None
            assert chosen.tuples.covered < chosen.tuples.feasible

    def test_where_holds_in_all(self, tree: Tree, name: str) -> None:
        """Of a restricted space nothing else is chosen."""
        space = Space.of(tree).restricted(Expression.parse("ARM"))
        chosen = choose(name)(space, StrategyRequest(symbols=SYMBOLS, size=3))
        assert {c["ARM"] for c in chosen.configurations} == {"y"}

    def test_its_matrix_needs_no_table(self, tree: Tree, name: str) -> None:
        """Each strategy has a matrix that is chosen by it without a table of that name."""
        assert BUILT_IN[STRATEGIES[name].matrix].strategy == name


def values(configurations: object) -> list[tuple[str, ...]]:
    """Return what configurations are to people, in order."""
    assert isinstance(configurations, list | tuple)
    assert all(isinstance(c, Configuration) for c in configurations)
    return [tuple(c[name] for name in SYMBOLS) for c in configurations]
