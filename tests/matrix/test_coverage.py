# SPDX-License-Identifier: MIT
"""What configurations exercise, and how few of them keep it, against plain loops."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvariant.errors import InputError
from kvariant.kconfig import Configuration, SymbolType
from kvariant.matrix import coverage
from kvariant.matrix.coverage import ExercisedValues, SharedTuples
from kvariant.matrix.fewest import fewest
from kvariant.matrix.reduction import most, reductions
from kvariant.matrix.swaps import Swaps

Tuple = frozenset[tuple[str, str]]


def configurations(rows: Sequence[Sequence[str]]) -> list[Configuration]:
    """Return configurations of the symbols S0, S1 ..., one for each row of values."""
    return [
        Configuration(
            values_={f"S{i}": text for i, text in enumerate(row)},
            types={f"S{i}": SymbolType.TRISTATE for i in range(len(row))},
            assignment={},
        )
        for row in rows
    ]


def tuples(configuration: Configuration, strength: int) -> set[Tuple]:
    """Return the combinations of values of a configuration."""
    return {frozenset(t) for t in itertools.combinations(configuration.items(), strength)}


def all_tuples(given: Sequence[Configuration], strength: int) -> set[Tuple]:
    """Return the combinations of values of any of the configurations."""
    return {t for configuration in given for t in tuples(configuration, strength)}


def smallest(given: Sequence[Configuration], strength: int, needed: int, fixed: set[int]) -> int:
    """Return the size of the smallest subset with so many tuples, by trying all."""
    sets = [tuples(configuration, strength) for configuration in given]
    for size in range(len(fixed), len(given) + 1):
        for subset in itertools.combinations(range(len(given)), size):
            if fixed <= set(subset) and len(set().union(*(sets[i] for i in subset))) >= needed:
                return size
    raise AssertionError("all of them have all")


@st.composite
def drawn(draw: st.DrawFn, most_rows: int = 8) -> list[Configuration]:
    """Draw some configurations of a few symbols; equal columns and rows are likely."""
    width = draw(st.integers(1, 6))
    values = draw(st.sampled_from(["ny", "nmy"]))
    row = st.lists(st.sampled_from(values), min_size=width, max_size=width)
    return configurations(draw(st.lists(row, min_size=1, max_size=most_rows)))


def cover_of(given: Sequence[Configuration], strength: int) -> SharedTuples:
    """Return the tuples of all symbols of some configurations."""
    return SharedTuples.of(ExercisedValues.of(given, list(given[0])), strength)


@given(drawn(), st.integers(1, 4))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_tuples_are_those_of_plain_loops(given: list[Configuration], strength: int) -> None:
    """Every tuple is counted once, and for each configuration exactly its own are."""
    cover = cover_of(given, strength)
    assert len(all_tuples(given, strength)) == cover.total
    assert [len(tuples(c, strength)) for c in given] == cover.gains.tolist()
    for lanes in ([0], list(range(0, len(given), 2))):
        assert len(all_tuples([given[i] for i in lanes], strength)) == cover.covered(lanes)


@given(drawn(), st.integers(1, 3), st.integers(0, 5))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_uncovered_tuples_are_listed(given: list[Configuration], strength: int, kept: int) -> None:
    """What the kept ones leave out is listed whole, each once, up to a limit."""
    values = ExercisedValues.of(given, list(given[0]))
    lanes = list(range(min(kept, len(given))))
    left = all_tuples(given, strength) - all_tuples(given[:kept], strength)
    listed = list(values.uncovered(lanes, strength, 10_000))
    assert len(left) == len(listed)
    assert left == {frozenset(t.items()) for t in listed}
    assert listed[:3] == list(values.uncovered(lanes, strength, 3))


@given(drawn())
@settings(derandomize=True, deadline=None, max_examples=100)
def test_values_of_configurations(given: list[Configuration]) -> None:
    """Groups, symbols never on, symbols that vary and values of one alone are as loops say."""
    names = list(given[0])
    values = ExercisedValues.of(given, names)
    assert [n for n in names if all(c[n] == "n" for c in given)] == list(values.never_on())
    assert [n for n in names if len({c[n] for c in given}) > 1] == list(values.varying.counts)
    groups = [
        tuple(i for i, other in enumerate(given) if other == c)
        for i, c in enumerate(given)
        if c not in given[:i]
    ]
    assert groups == values.groups()
    alone = {
        i: [(n, c[n]) for n in names if sum(other[n] == c[n] for other in given) == 1]
        for i, c in enumerate(given)
    }
    assert {i: keys for i, keys in alone.items() if keys} == {
        i: list(keys) for i, keys in values.alone().items()
    }


@given(drawn(), st.sets(st.integers(0, 7), max_size=2))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_keeping_all_takes_the_fewest(given: list[Configuration], fixed: set[int]) -> None:
    """The smallest subset that keeps every pair is found, and proven to be the smallest."""
    fixed = {i for i in fixed if i < len(given)}
    cover = cover_of(given, 2)
    (found,) = reductions(cover, [100], sorted(fixed))
    assert fixed <= set(found.lanes)
    assert all_tuples(given, 2) == all_tuples([given[i] for i in found.lanes], 2)
    assert smallest(given, 2, cover.total, fixed) == len(found.lanes)
    assert found.is_smallest


@given(drawn(), st.sampled_from([90, 80, 60]))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_keeping_a_share_is_kept(given: list[Configuration], percent: int) -> None:
    """The share is kept, and on a few configurations the search finds the smallest subset."""
    cover = cover_of(given, 2)
    (found,) = reductions(cover, [percent])
    kept = all_tuples([given[i] for i in found.lanes], 2)
    assert len(kept) == found.covered
    assert len(kept) * 100 >= percent * len(all_tuples(given, 2))
    needed = -(-cover.total * percent // 100)
    assert smallest(given, 2, needed, set()) == len(found.lanes)
    assert found.least in (0, len(found.lanes))  # 0: less than all pairs, nothing is proven


@given(drawn(), st.integers(1, 4), st.sets(st.integers(0, 7), max_size=2))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_a_limit_keeps_the_most(given: list[Configuration], limit: int, fixed: set[int]) -> None:
    """Of so many configurations, with some fixed, none have more pairs."""
    fixed = {i for i in fixed if i < len(given)}
    found = most(cover_of(given, 2), limit, sorted(fixed))
    assert fixed <= set(found.lanes)
    assert len(found.lanes) <= max(limit, len(fixed))
    size = min(max(limit, len(fixed)), len(given))
    best = max(
        len(all_tuples([given[i] for i in subset], 2))
        for subset in itertools.combinations(range(len(given)), size)
        if fixed <= set(subset)
    )
    assert best == found.covered == len(all_tuples([given[i] for i in found.lanes], 2))


def test_bookkeeping_of_exchanges_is_exact() -> None:
    """After any exchanges, losses, gains and the total are what counting anew says."""
    draw = random.Random(0)
    given = configurations([[draw.choice("nnmy") for _ in range(9)] for _ in range(70)])
    cover = cover_of(given, 2)
    swaps = Swaps(cover, [3])
    for _ in range(120):
        outside = [lane for lane in range(70) if lane not in swaps.chosen]
        free = [lane for lane in swaps.chosen if lane != 3]
        if free and draw.random() < 0.5:
            swaps.remove(draw.choice(free))
        else:
            swaps.add(draw.choice(outside))
        kept = swaps.chosen
        assert cover.covered(kept) == swaps.covered
        for lane in free[:3]:
            if lane in kept:
                others = [other for other in kept if other != lane]
                assert swaps.covered - cover.covered(others) == swaps.loss(lane)


def test_search_without_proof_is_a_cover_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the work runs out, the lanes cover and the bound is below their number."""
    draw = random.Random(1)
    given = configurations([[draw.choice("nmy") for _ in range(9)] for _ in range(60)])
    cover = cover_of(given, 2)
    monkeypatch.setattr("kvariant.matrix.fewest.WORK", 0)
    found = fewest(cover)
    assert found is not None
    assert cover.covered(found.lanes) == cover.total
    assert found.least < len(found.lanes)
    (reduced,) = reductions(cover, [100])
    assert reduced.covered == cover.total
    assert len(reduced.lanes) <= len(found.lanes)
    assert reduced.least == found.least
    monkeypatch.setattr("kvariant.matrix.fewest.MOST_CLASSES", 0)
    assert fewest(cover) is None
    (searched,) = reductions(cover, [100])
    assert (searched.covered, searched.least) == (cover.total, 0)


def test_columns_of_many_lanes() -> None:
    """More than one word of lanes, and chunks of one row, change nothing."""
    draw = random.Random(2)
    given = configurations([[draw.choice("nmy") for _ in range(7)] for _ in range(130)])
    expected = len(all_tuples(given, 3))
    assert cover_of(given, 3).total == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "_CHUNK", 1)
        cover = cover_of(given, 3)
        assert cover.total == expected
        assert cover.gains.tolist() == [35.0] * 130


def test_too_many_combinations_are_refused() -> None:
    """What would not fit in memory is refused in words, before anything is made."""
    bits = np.arange(1, 40_001, dtype=np.uint64)[:, None]
    values = ExercisedValues(tuple((f"S{i}", "y") for i in range(40_000)), bits, 16)
    with pytest.raises(InputError, match=r"40,000 symbols .* \[too-many\]"):
        SharedTuples.of(values)
