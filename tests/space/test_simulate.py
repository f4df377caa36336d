"""Packed evaluation: columns, lanes, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from kvariant import Space
from kvariant.errors import InputError
from kvariant.space.simulate import packed, unpacked

from .conftest import MakeTree

TREE = """
choice
	prompt "c"
config A
	bool "a"
config B
	bool "b"
endchoice
config SPEED
	int "speed"
	range 1 9
	default 5
config FAST
	def_bool SPEED > 6
config NAME
	string "name"
	default "x"
"""


@pytest.mark.parametrize("lanes", [0, 1, 63, 64, 65, 200])
def test_packing_is_lossless(lanes: int) -> None:
    """Unpacking what was packed gives the same bits, whatever the number of lanes."""
    bits = np.random.default_rng(lanes).random((3, lanes)) < 0.5
    assert np.array_equal(unpacked(packed(bits), lanes), bits)


def test_lanes_equal_kconfiglib(make_tree: MakeTree) -> None:
    """Values, also those in no domain, and the order of a choice's lines count as in a file."""
    tree = make_tree(TREE)
    asked = [{}, {"A": "y", "B": "y"}, {"B": "y", "A": "y"}, {"SPEED": "7"}, {"SPEED": "77"},
             {"NAME": "anything at all"}, {"SPEED": "0007"}]  # fmt: skip
    found = Space.of(tree).evaluate(asked)
    assert [dict(c) for c in found] == [dict(tree.resolve(a)) for a in asked]
    assert [c.assignment for c in found] == asked
    assert found.texts("FAST") == ["n", "n", "n", "y", "n", "n", "y"]


def test_dropped_values_are_named(make_tree: MakeTree) -> None:
    """A configuration of a batch says which asked-for values did not take."""
    found = Space.of(make_tree(TREE)).evaluate([{"SPEED": "77", "A": "y"}])[0]
    assert [(d.symbol, d.asked, d.got) for d in found.dropped] == [("SPEED", "77", "5")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"A": "m"}, "value"), ({"SPEED": "fast"}, "value"), ({"SPEEED": "1"}, "unknown-symbol")],
)
def test_values_outside_a_domain_are_refused(asked, code: str, make_tree: MakeTree) -> None:
    """A value that is none of the symbol's is an error that names both."""
    with pytest.raises(InputError) as error:
        Space.of(make_tree(TREE)).evaluate([asked])
    assert [d.code for d in error.value.diagnostics] == [code]
    assert next(iter(asked)) in error.value.diagnostics[0].message
