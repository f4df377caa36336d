# SPDX-License-Identifier: MIT
"""One symbol's value, and why it is dropped, without resolving all others."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Tree
from strategies import SmallTree, small_trees


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(small_trees(), st.sampled_from(["kconfiglib", "linux-5.7", "linux"]), st.data())
def test_one_value_is_that_of_all(tree: SmallTree, dialect: str, data: st.DataObject) -> None:
    """For each symbol they are what kconfiglib as released gives, by its rules, and what resolving
    everything gives by any."""
    with tree.written() as path:
        kconfig = strategies.plain(path)
        number = strategies.number_of_assignments(kconfig)
        start = data.draw(st.integers(0, min(number, 2000) - 1))
        asked = next(itertools.islice(strategies.assignments(kconfig), start, None))
        tree_ = Tree.load(path, dialect=dialect)
        whole = tree_.resolve(asked)
        expected = strategies.resolve(kconfig, asked) if dialect == "kconfiglib" else dict(whole)
        for name in tree_.symbols:
            assert expected[name] == tree_.value(name, asked)
        for dropped in whole.dropped:
            assert dropped.reasons == tree_.why_dropped(dropped.symbol, asked)
