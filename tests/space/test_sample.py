"""Samples: valid, reproducible, labelled."""

from __future__ import annotations

from collections import Counter

import pytest

from kvariant import Method, Space
from kvariant.space import sample

from .conftest import MakeTree

SMALL = 'config A\n\tbool "a"\nconfig B\n\tbool "b"\n\tdepends on A\n'
LARGE = "".join(f'config S{i}\n\tbool "s"\n\tdepends on !S{i + 1}\n' for i in range(0, 160, 2))


def test_small_spaces_are_sampled_uniformly(make_tree: MakeTree) -> None:
    """Three configurations, each a third of the samples."""
    found = Space.of(make_tree(SMALL)).sample(600, seed=1)
    counts = Counter(tuple(c.values()) for c in found)
    assert found.method is Method.UNIFORM
    assert len(counts) == 3
    assert all(150 < number < 250 for number in counts.values())


@pytest.mark.parametrize("engine", [True, False], ids=["cmsgen", "solver"])
def test_samples_are_valid_and_reproducible(
    engine: bool, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sample resolves to itself; one seed gives one list, another seed another."""
    if engine:
        pytest.importorskip("pycmsgen")
    else:
        monkeypatch.setattr(sample.importlib.util, "find_spec", lambda _: None)
    tree = make_tree(LARGE)
    first, again, other = (Space.of(tree).sample(5, seed=s) for s in (1, 1, 2))
    assert first.method is (Method.NEAR_UNIFORM if engine else Method.RANDOM)
    assert [dict(c) for c in first] == [dict(c) for c in again] != [dict(c) for c in other]
    assert [dict(tree.resolve(c.assignment)) for c in first] == [dict(c) for c in first]
