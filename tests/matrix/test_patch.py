# SPDX-License-Identifier: MIT
"""The strategy `patch`: as few configurations as enumeration finds, each near the base."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection

import pytest

from kvariant.kconfig import Expression, Tree
from kvariant.matrix.patch import grouped, patch
from kvariant.space import Space

KCONFIG = """
config A
	bool "a"
config B
	bool "b"
	depends on A
config C
	bool "c"
	depends on !B
config D
	bool "d"
	select A
config N
	int "n"
	range 0 3
	default 1
"""


def partitions(things: list[int], together: Collection[frozenset[int]]) -> int:
    """Return the fewest groups by trying every way to cut things up."""
    if not things:
        return 0
    first, rest = things[0], things[1:]
    best = len(things)
    for size in range(len(rest) + 1):
        for others in itertools.combinations(rest, size):
            if frozenset((first, *others)) in together:
                left = [thing for thing in rest if thing not in others]
                best = min(best, 1 + partitions(left, together))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_no_fewer_groups_do(seed: int) -> None:
    """Of random things that go together or not, the groups are as few as enumeration finds."""
    draw = random.Random(seed)
    count = draw.randint(1, 6)
    things = range(count)
    largest = [
        frozenset(draw.sample(things, draw.randint(1, count))) for _ in range(draw.randint(1, 4))
    ]
    largest += [frozenset((thing,)) for thing in things]
    together = {
        frozenset(some)
        for one in largest
        for size in range(1, len(one) + 1)
        for some in itertools.combinations(sorted(one), size)
    }
    in_base = set(draw.choice(largest)) if draw.random() < 0.7 else set[int]()
    found = grouped(count, in_base, lambda some: frozenset(some) in together)
    assert sorted(things) == sorted({thing for group in found.groups for thing in group})
    assert all(frozenset(group) in together for group in found.groups)
    least = partitions(list(things), together)
    assert least == len(found.groups)
    assert found.least <= least
    if found.has_base:
        assert set(found.groups[0]) == in_base
    elif in_base:
        rest = [thing for thing in things if thing not in in_base]
        assert least < 1 + partitions(rest, together)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return the small tree."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG)
    return Tree.load(path)


EXPRESSIONS = ("A", "!A", "B", "C", "!C", "D", "N > 2", "N = 0", "A && !D", "B && C", "!B && D")


def configurations(tree: Tree) -> list[dict[str, str]]:
    """Return every assignment."""
    return [
        dict(zip("ABCDN", values, strict=True))
        for values in itertools.product("ny", "ny", "ny", "ny", "0123")
    ]


@pytest.mark.parametrize("seed", range(40))
def test_each_condition_holds_in_one_of_the_fewest(tree: Tree, seed: int) -> None:
    """The number is that of a search through all sets of configurations, and what is
    impossible is what no configuration has."""
    draw = random.Random(seed)
    wanted = [Expression.parse(t) for t in draw.sample(EXPRESSIONS, draw.randint(1, 5))]
    base = {"A": draw.choice("ny"), "N": draw.choice("0123")}
    found = patch(Space.of(tree), wanted, tree.resolve(base), base)
    every = [tree.resolve(one) for one in configurations(tree)]
    has = {frozenset(i for i, e in enumerate(wanted) if c.satisfies(e)) for c in every}
    possible = frozenset().union(*has)
    assert set(found.impossible) == set(range(len(wanted))) - possible
    least = (
        next(
            size
            for size in range(1, len(wanted) + 1)
            if any(
                frozenset().union(*some) >= possible for some in itertools.combinations(has, size)
            )
        )
        if possible
        else 1
    )
    assert least == len(found.configurations)
    covered = {i for c in found.configurations for i, e in enumerate(wanted) if c.satisfies(e)}
    assert covered == possible
    for one in found.configurations:
        assert one == tree.resolve(one.assignment)


@pytest.mark.parametrize("text", ["B", "C", "D", "N = 3", "A && N = 0", "!B && D"])
def test_a_single_condition_changes_as_little_as_can_be(tree: Tree, text: str) -> None:
    """No assignment with fewer changes, lost values counted, has it."""
    base = {"A": "n", "C": "y", "N": "2"}
    plain = tree.resolve(base)
    wanted = Expression.parse(text)
    (found,) = patch(Space.of(tree), [wanted], plain, base).configurations

    def cost(assignment: dict[str, str]) -> int:
        after = tree.resolve(assignment)
        changed = {n for n in {*base, *assignment} if base.get(n) != assignment.get(n)}
        lost = {n for n, t in base.items() if plain[n] == t and after[n] != t}
        return len(changed) + len(lost - changed)

    names = "ABCDN"
    texts = [("", "n", "y")] * 4 + [("", "0", "1", "2", "3")]
    best = min(
        cost(own)
        for values in itertools.product(*texts)
        if tree.resolve(own := {n: t for n, t in zip(names, values, strict=True) if t}).satisfies(
            wanted
        )
    )
    assert found.satisfies(wanted)
    assert best == cost(dict(found.assignment))


def test_the_base_is_a_variant_where_it_costs_nothing(tree: Tree) -> None:
    """What the base has is seen in it, as it is."""
    base = {"A": "y"}
    wanted = [Expression.parse(t) for t in ("A", "!A")]
    first, second = patch(Space.of(tree), wanted, tree.resolve(base), base).configurations
    assert base == dict(first.assignment)
    assert second["A"] == "n"


def test_a_limit_keeps_what_has_most(tree: Tree) -> None:
    """Of more configurations than are allowed, those that have most conditions stay."""
    wanted = [Expression.parse(t) for t in ("A", "B", "N = 3", "!A")]
    found = patch(Space.of(tree), wanted, tree.resolve({}), {}, limit=1)
    (only,) = found.configurations
    assert only.satisfies(wanted[1])
