"""Faults of a tree that its space shows."""

from __future__ import annotations

from kvariant import Space

from .conftest import MakeTree

TREE = """
config A
	bool "a"
	select B
config B
	bool
	depends on C
config C
	bool "c"
	default y if A && !A
config D
	bool "d"
	depends on A && !B
"""


def test_faults_have_places(make_tree: MakeTree) -> None:
    """A dead symbol, a condition that never holds, a select against a dependency."""
    found = Space.of(make_tree(TREE)).findings()
    told = [(d.code, d.location.line if d.location else 0) for d in found]
    assert told == [("dead-symbol", 11), ("never-holds", 8), ("unmet-select", 2)]
    assert [d.severity.value for d in found] == ["warning"] * 3


def test_a_sound_tree_has_none(make_tree: MakeTree) -> None:
    """No warning without a reason."""
    assert Space.of(make_tree('config A\n\tbool "a"\n\tdefault y\n')).findings() == ()
