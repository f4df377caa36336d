"""Packed evaluation: columns, lanes, refusals."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kvariant import Assignments, Space
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


def test_a_line_in_several_rows(make_tree: MakeTree) -> None:
    """Packed columns may say the same line in several rows, each for some lanes."""
    tree = make_tree(TREE)
    lines = [("SPEED", "7"), ("A", "y"), ("SPEED", "7"), ("B", "y"), ("A", "y"), ("SPEED", "7")]
    lanes = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 0],
                      [0, 0, 0, 1]], dtype=np.bool_)  # fmt: skip
    before = packed(lanes)
    found = Space.of(tree).evaluate(Assignments(lines, before, 4))
    own = [dict(line for line, is_set in zip(lines, lane, strict=True) if is_set)
           for lane in lanes.T]  # fmt: skip
    assert [dict(c) for c in found] == [dict(tree.resolve(a)) for a in own]
    assert np.array_equal(before, packed(lanes))


def test_lines_of_a_choice_in_any_order(make_tree: MakeTree) -> None:
    """Thousands of mappings at once each keep the order of their own lines."""
    members = [f"M{i}" for i in range(6)]
    tree = make_tree(
        "\n".join(["choice", '\tprompt "c"', *(f'config {m}\n\tbool "{m}"' for m in members),
                   "endchoice", 'config FREE\n\tbool "free"\n\tdepends on M3 || M4'])
    )  # fmt: skip
    dice = random.Random(1)
    asked = [
        {name: dice.choice("yyn") for name in dice.sample([*members, "FREE"], dice.randrange(8))}
        for _ in range(2_000)
    ]
    found = Space.of(tree).evaluate(Assignments.of(asked))
    for lane in range(0, 2_000, 23):
        assert dict(tree.resolve(asked[lane])) == dict(found[lane])
    assert found.texts("FREE") == [c["FREE"] for c in found]
