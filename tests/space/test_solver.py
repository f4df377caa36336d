"""Solutions: wanted resolved values in, a configuration with its user values out."""

from __future__ import annotations

import pytest

from kvariant import Space
from kvariant.errors import InputError

from .conftest import MakeTree

TREE = """
config TOP
	bool "top"
config MID
	bool "mid"
	depends on TOP
config LOW
	bool
	default y if MID
config NEVER
	bool "never"
	depends on TOP && !TOP
config ALWAYS
	def_bool y
"""


def test_resolved_values_are_constrained(make_tree: MakeTree) -> None:
    """A promptless symbol can be asked for; its dependencies follow."""
    found = Space.of(make_tree(TREE)).solve({"LOW": "y"})
    assert found is not None
    assert dict(found.assignment) == {"TOP": "y", "MID": "y"}


def test_what_cannot_be_has_no_solution(make_tree: MakeTree) -> None:
    """None says that no configuration has the values."""
    space = Space.of(make_tree(TREE))
    assert space.solve({"NEVER": "y"}) is None
    assert space.solve({"LOW": "y", "TOP": "n"}) is None
    assert space.solve({"LOW": "m"}) is None


def test_dead_and_always_on(make_tree: MakeTree) -> None:
    """The backbone in Kconfig order."""
    space = Space.of(make_tree(TREE))
    assert (space.dead(), space.always_on()) == (("NEVER",), ("ALWAYS",))


def test_projections_need_only_the_cone(make_tree: MakeTree) -> None:
    """Each combination once; symbols in Kconfig order."""
    space = Space.of(make_tree(TREE))
    found = {tuple(p.items()) for p in space.projections(["MID", "TOP"])}
    expected = [("n", "n"), ("y", "n"), ("y", "y")]
    assert found == {(("TOP", a), ("MID", b)) for a, b in expected}
    assert Space.of(make_tree(TREE), ["MID"]).symbols == ("TOP", "MID")


def test_unknown_symbols_are_refused(make_tree: MakeTree) -> None:
    """With the nearest name."""
    with pytest.raises(InputError, match="did you mean TOP"):
        Space.of(make_tree(TREE)).solve({"TOPP": "y"})
