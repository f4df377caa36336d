# SPDX-License-Identifier: MIT
"""Attribution against brute force: every conjunction of every few conditions, by evaluation."""

from __future__ import annotations

import itertools
import random

import pytest

from kvariant.blame.attribution import (
    Attribution,
    Conjunction,
    attribute,
    nearest_passing,
    refutation,
)
from kvariant.blame.conditions import ConditionTable
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.value import SymbolType

TYPES = {
    "A": SymbolType.BOOL,
    "B": SymbolType.BOOL,
    "C": SymbolType.BOOL,
    "D": SymbolType.BOOL,
    "T": SymbolType.TRISTATE,
    "N": SymbolType.INT,
    "S": SymbolType.STRING,
}
TEXTS = {
    "A": "ny",
    "B": "ny",
    "C": "ny",
    "D": "ny",
    "T": "nmy",
    "N": ("1", "4", "10"),
    "S": ("", "one", 'a "quoted"'),
}


def variants(seed: int, count: int) -> list[dict[str, str]]:
    """Some variants, drawn."""
    dice = random.Random(seed)
    return [{name: dice.choice(texts) for name, texts in TEXTS.items()} for _ in range(count)]


def statements() -> list[str]:
    """Every condition that one would write about the symbols, written by hand."""
    found = [f"{not_}{name}" for name in "ABCD" for not_ in ("", "!")]
    found += ["T", "!T", "T = n", "T = m", "T = y", "T != m", "T != y"]
    found += [f"N {op} {n}" for n in (1, 4, 10) for op in ("=", "!=", ">=", "<")]
    texts = ('""', '"one"', '"a \\"quoted\\""')
    return found + [f"S {op} {text}" for op in ("=", "!=") for text in texts]


STATEMENTS = [Expression.parse(text) for text in statements()]


def smallest(values: list[dict[str, str]], failing: list[int]) -> tuple[int, set[frozenset[int]]]:
    """Return the size of the smallest separating conjunctions, and where each holds."""
    holding = [frozenset(i for i, v in enumerate(values) if s.holds(v, TYPES)) for s in STATEMENTS]
    everywhere = frozenset(range(len(values)))
    for size in range(5):
        found = {
            joint
            for chosen in itertools.combinations(sorted(set(holding), key=sorted), size)
            if (joint := everywhere.intersection(*chosen)) == frozenset(failing)
        }
        if found:
            return size, found
    return 0, set()


def explained(values: list[dict[str, str]], failing: list[int]) -> Attribution:
    """What attribution says if all others pass."""
    passing = [i for i in range(len(values)) if i not in failing]
    return attribute(ConditionTable(values, TYPES), failing, passing)


@pytest.mark.parametrize("seed", range(60))
def test_smallest_conjunction(seed: int) -> None:
    """A failure by some conjunction is told by one that is as small as any, and exact."""
    dice = random.Random(seed)
    values = variants(seed, dice.randint(6, 40))
    failing: list[int] = []
    while not 0 < len(failing) < len(values):
        truth = dice.sample(STATEMENTS, dice.choice((1, 2, 2, 3)))
        failing = [i for i, v in enumerate(values) if all(s.holds(v, TYPES) for s in truth)]
    found = explained(values, failing)
    size, _ = smallest(values, failing)
    assert [i for i, v in enumerate(values) if found.expression.holds(v, TYPES)] == failing
    assert [len(c.conditions) for term in found.terms[:1] for c in term[:1]] == [size]
    for candidate in found.candidates:
        again = Expression.parse(str(candidate))
        assert again == candidate
        assert [i for i, v in enumerate(values) if again.holds(v, TYPES)] == failing


@pytest.mark.parametrize("seed", range(40))
def test_two_causes(seed: int) -> None:
    """Two causes of one message are told exactly, in no more conditions than they have."""
    dice = random.Random(seed)
    values = variants(seed + 1000, 40)
    failing: list[int] = []
    while not 0 < len(failing) < len(values):
        truth = [dice.sample(STATEMENTS[:20], 2) for _ in range(2)]
        failing = [
            i for i, v in enumerate(values) if any(all(s.holds(v, TYPES) for s in t) for t in truth)
        ]
    found = explained(values, failing)
    assert [i for i, v in enumerate(values) if found.expression.holds(v, TYPES)] == failing
    assert sum(len(term[0].conditions) + 1 for term in found.terms) <= 6


def test_always() -> None:
    """What fails everywhere is said to fail always."""
    found = explained([{**v, "A": "y"} for v in variants(1, 4)], [0, 1, 2, 3])
    assert str(found) == "always fails: 4 of 4"
    assert str(found.expression) == "y"


def test_twins() -> None:
    """Of equal variants of which one fails nothing exact is said."""
    values = variants(2, 8)
    values[5] = dict(values[0])
    found = explained(values, [0])
    assert found.twins == ((0, 5),)
    assert str(found).startswith("may fail if ")
    assert str(found).endswith(": 1 of 1 against 1 of 7")


def test_support_in_words() -> None:
    """The line that ends a sweep."""
    values = [
        {**dict.fromkeys("CD", "n"), "T": "n", "N": "1", "S": "", "A": a, "B": b}
        for a in "ny"
        for b in "ny"
    ]
    assert str(explained(values, [2])) == "fails where A && !B: 1 of 1 against 0 of 3"
    assert str(explained(values, [0, 2, 3])) == "fails where A || !B: 3 of 3 against 0 of 1"


def test_nearest_passing() -> None:
    """The nearest passing variant differs in the fewest symbols, counted by hand."""
    values = variants(3, 12)
    failing, passing = [0, 1, 2], list(range(3, 12))
    near = nearest_passing(ConditionTable(values, TYPES), failing, passing)
    assert near is not None
    distances = {
        (f, p): sum(values[f][n] != values[p][n] for n in TYPES) for f in failing for p in passing
    }
    assert distances[near.failing, near.passing] == min(distances.values())
    different = tuple(n for n in TYPES if values[near.failing][n] != values[near.passing][n])
    assert different == near.symbols
    assert nearest_passing(ConditionTable(values, TYPES), failing, []) is None


def test_hash_seed_is_no_input() -> None:
    """Order comes from Kconfig's order alone: permuted mappings give the same."""
    values = variants(4, 20)
    failing = [i for i, v in enumerate(values) if v["A"] == "y" and v["T"] != "n"]
    turned = [dict(reversed(v.items())) for v in values]
    assert explained(values, failing) == explained(turned, failing)


@pytest.mark.parametrize("seed", range(10))
def test_refutation(seed: int) -> None:
    """It holds exactly where no term does, also where tristates are m."""
    dice, every = random.Random(seed), variants(99, 60)
    conditions = ConditionTable(every, TYPES).conditions
    for count in range(4):
        terms = [
            Conjunction(tuple(dice.sample(conditions, dice.choice((1, 2))))) for _ in range(count)
        ]
        expected = [not any(term.expression.holds(v, TYPES) for term in terms) for v in every]
        found = refutation(terms)
        assert expected == [found.holds(v, TYPES) for v in every]


def test_other_terms_of_a_disjunction() -> None:
    """Where another term could stand in for one of two, the disjunction is not the only one."""
    rows = ["yyn", "yyn", "yny", "nny", "nnn"]
    values = [dict(zip("ABC", row, strict=True)) for row in rows]
    types = dict.fromkeys("ABC", SymbolType.BOOL)
    found = attribute(ConditionTable(values, types), [0, 1, 2, 3], [4])
    assert str(found.expression) == "A || C"  # B || C is as short
    assert (found.is_only, found.is_certain) == (False, False)

    every = [dict(zip("ABCD", row, strict=True)) for row in itertools.product("ny", repeat=4)]
    types = dict.fromkeys("ABCD", SymbolType.BOOL)
    fails = [i for i, v in enumerate(every) if v["A"] == v["B"] == "y" or v["C"] == v["D"] == "y"]
    passes = [i for i in range(len(every)) if i not in fails]
    found = attribute(ConditionTable(every, types), fails, passes)
    assert str(found.expression) == "A && B || C && D"
    assert (found.is_only, found.is_certain) == (True, True)
