# SPDX-License-Identifier: MIT
"""The strategy `uniform`: as many as asked for, all different, from a seed."""

from __future__ import annotations

from collections import Counter

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Expression, Tree
from kvariant.matrix import StrategyRequest
from kvariant.matrix.uniform import uniform
from kvariant.space import Space

KCONFIG = """
config A
	bool "a"
config B
	bool "b"
	depends on A
config C
	bool "c"
"""
SYMBOLS = ("A", "B", "C")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """Return a space of six configurations."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG, encoding="utf-8")
    return Space.of(Tree.load(path))


def values(space: Space, request: StrategyRequest) -> list[tuple[str, ...]]:
    """Return the values of the symbols of each chosen configuration."""
    return [tuple(c[n] for n in SYMBOLS) for c in uniform(space, request).configurations]


def test_as_many_as_asked_for_and_never_one_twice(space: Space) -> None:
    """Sizes up to the whole space give distinct configurations; more give the whole."""
    for size in range(1, 9):
        found = values(space, StrategyRequest(symbols=SYMBOLS, size=size))
        assert min(size, 6) == len(found) == len(set(found))


def test_every_set_of_two_is_as_likely(space: Space) -> None:
    """Over many seeds each configuration comes as often, in a sample without replacement."""
    runs = 1200
    found = Counter(
        v
        for seed in range(runs)
        for v in values(space, StrategyRequest(symbols=SYMBOLS, size=2, random_seed=seed))
    )
    assert 6 == len(found)
    expected = runs * 2 / 6
    statistic = sum((number - expected) ** 2 / expected for number in found.values())
    assert statistic < 20.5  # chi squared, 5 degrees of freedom: 1 in 1,000


def test_the_same_seed_draws_the_same(space: Space) -> None:
    """A seed is all that a draw depends on."""
    request = StrategyRequest(symbols=SYMBOLS, size=3, random_seed=7)
    assert values(space, request) == values(space, request)
    others = {
        tuple(values(space, StrategyRequest(symbols=SYMBOLS, size=3, random_seed=s)))
        for s in range(9)
    }
    assert len(others) > 1


def test_symbols_say_what_is_different(space: Space) -> None:
    """Of configurations that agree in the symbols that matter there is one."""
    assert 2 == len(uniform(space, StrategyRequest(symbols=("C",), size=6)).configurations)


def test_included_ones_come_first_and_count(space: Space) -> None:
    """An included configuration is not drawn again, and the limit counts it."""
    included = [space.tree.resolve({"A": "y"})]
    found = values(space, StrategyRequest(symbols=SYMBOLS, size=6, included=included))
    assert ("y", "n", "n") == found[0]
    assert 6 == len(found) == len(set(found))
    request = StrategyRequest(symbols=SYMBOLS, size=6, included=included, limit=3)
    assert 3 == len(values(space, request))
    request = StrategyRequest(symbols=SYMBOLS, size=6, included=included, limit=1)
    assert 1 == len(values(space, request))


def test_a_restricted_space_is_all_there_is(space: Space) -> None:
    """Samples satisfy what the space is restricted to."""
    some = space.restricted(Expression.parse("B"))
    assert {("y", "y", "n"), ("y", "y", "y")} == set(
        values(some, StrategyRequest(symbols=SYMBOLS, size=9))
    )


def test_without_a_size_there_is_an_error(space: Space) -> None:
    """The number of samples has no default."""
    with pytest.raises(InputError, match=r"\[no-size\]"):
        uniform(space, StrategyRequest(symbols=SYMBOLS))
