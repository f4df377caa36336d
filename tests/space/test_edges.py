# SPDX-License-Identifier: MIT
"""Edges of numbers and strings, and what a space narrowed to chosen values has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import kconfiglib
import pytest

import strategies
from kvariant import Space, Tree
from kvariant.kconfig import Expression
from kvariant.space.edges import edges_of

SHAPES = {
    "a range and a default": (
        'config PORT\n\tint "p"\n\trange 1 65535\n\tdefault 8080\n',
        {"PORT": "1 8080 65535"},
    ),
    "hex": (
        'config BASE\n\thex "b"\n\trange 0x10 0xFFFF\n\tdefault 0x0F00\n',
        {"BASE": "0x10 0x0F00 0xFFFF"},
    ),
    "ranges with conditions": (
        """
config BIG
	bool "big"
config SIZE
	int "s"
	range 1 9 if !BIG
	range 100 900
	default 5 if !BIG
	default 500
""",
        {"SIZE": "1 5 9 100 500 900"},
    ),
    "a range that ends at another symbol": (
        """
config LEAST
	int "l"
	range 1 3
config SIZE
	int "s"
	range LEAST 300
	default 7
""",
        {"LEAST": "1 3 7 300", "SIZE": "1 3 7 300"},
    ),
    "compared in a condition": (
        """
config PORT
	int "p"
	range 1 200
	default 80
config LOW
	bool "low"
	depends on PORT < 100
""",
        {"PORT": "1 80 99 100 101 200"},
    ),
    "compared with each other": (
        """
config A
	int "a"
	range 0 90
	default 3
config B
	int "b"
	range 2 90
config OVER
	bool
	default y if A > B
""",
        {"A": "-1 0 1 2 3 4 89 90 91", "B": "-1 0 1 2 3 4 89 90 91"},
    ),
    "without a range": (
        'config WAIT\n\tint "w"\n\tdefault 30\nconfig BARE\n\tint "b"\nconfig H\n\thex "h"\n',
        {"WAIT": "30 31", "BARE": "0 1", "H": "0x0 0x1"},
    ),
    "a default that is another symbol": (
        """
config PORT
	int "p"
	range 1 99
	default 8
config OTHER
	int "o"
	range 5 50
	default PORT
""",
        {"PORT": "1 5 8 50 99", "OTHER": "1 5 8 50 99"},
    ),
    "strings": (
        """
config NAME
	string "n"
	default "server"
config MODE
	string "m"
	default "fast"
config SAFE
	bool "safe"
	depends on MODE = "slow"
config ONLY
	string "o"
config IS
	bool
	default y if ONLY = "x"
""",
        {"NAME": "server", "MODE": "fast slow", "ONLY": "x other"},
    ),
    "tristates and a choice": (
        """
config MODULES
	bool "modules"
	option modules
config DRIVER
	tristate "d"
choice
	prompt "speed"
config SLOW
	bool "slow"
config FAST
	bool "fast"
endchoice
config DEPTH
	int "depth" if DRIVER != n
	range 2 40
	default 30 if FAST
	default 4
""",
        {"DEPTH": "2 4 30 40"},
    ),
}
"""Trees, and the edges of their numbers and strings, worked out by hand."""

cases = pytest.mark.parametrize("shape", list(SHAPES))


def tree_of(folder: Path, shape: str) -> Tree:
    """Return the tree of a shape."""
    (folder / "Kconfig").write_text(SHAPES[shape][0], encoding="utf-8")
    return Tree.load(folder / "Kconfig")


@cases
def test_edges(tmp_path: Path, shape: str) -> None:
    """Ends of ranges and defaults; what is compared with, one either side; a second value."""
    tree = tree_of(tmp_path, shape)
    found = edges_of(tree.model, tree.dialect)
    assert {n: set(texts.split()) for n, texts in SHAPES[shape][1].items()} == {
        name: set(texts) for name, texts in found.items()
    }


def test_what_is_said_elsewhere_counts_as_well(tmp_path: Path) -> None:
    """Expressions and templates compare, configurations name strings; groups share it."""
    tree = tree_of(tmp_path, "a default that is another symbol")
    where = Expression.parse("OTHER > 20")
    found = edges_of(tree.model, tree.dialect, conditions=[where], compared={"PORT": ["70"]})
    numbers = ["1", "5", "8", "19", "20", "21", "50", "69", "70", "71", "99"]
    assert {"PORT": numbers, "OTHER": numbers} == {name: list(own) for name, own in found.items()}
    tree = tree_of(tmp_path, "strings")
    found = edges_of(
        tree.model, tree.dialect, compared={"NAME": ["a"]}, named={"NAME": ["b"], "ONLY": ["c"]}
    )
    assert (("server", "a", "b"), ("x", "c")) == (found["NAME"], found["ONLY"])


@cases
def test_a_narrowed_space_has_what_chosen_values_give(tmp_path: Path, shape: str) -> None:
    """Asking kconfiglib for each chosen value or none, with everything else, gives the same."""
    tree = tree_of(tmp_path, shape)
    chosen = edges_of(tree.model, tree.dialect)
    names = tuple(tree.symbols)
    wanted = {tuple(row[n] for n in names) for row in _resolved(tree.path, chosen)}
    narrow = Space.of(tree).narrowed(chosen)
    found = [tuple(row[n] for n in names) for row in narrow.projections(names)]
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert narrow.count(names) == len(wanted)
    for name in names:
        column = names.index(name)
        assert set(narrow.possible(name)) == {row[column] for row in wanted}


@cases
def test_values_are_counted(tmp_path: Path, shape: str) -> None:
    """How many values a number has is what trying each of some thousand by hand gives."""
    tree = tree_of(tmp_path, shape)
    space = Space.of(tree)
    bare = {"WAIT", "BARE", "H"}
    counted = 0
    for name, kind in tree.types.items():
        if kind.value not in ("int", "hex") or not tree.model.symbols[name].is_settable:
            continue
        parts = space.intervals(name)
        if name in bare:
            assert parts is None
            continue
        most = 66_000 if name in ("PORT", "BASE") and shape in list(SHAPES)[:2] else 1_000
        assert parts is not None
        assert {n for low, high in parts for n in range(low, high + 1)} == _taken(
            tree.path, name, most
        )
        counted += 1
    assert counted or shape in ("strings", "without a range")


def test_a_value_is_chosen_wherever_one_can_be(tmp_path: Path) -> None:
    """A list narrows where a range has one of its values, and takes nothing away elsewhere."""
    tree = tree_of(tmp_path, "ranges with conditions")
    narrow = Space.of(tree).narrowed({"SIZE": ("3", "4")})
    rows = {(row["BIG"], row["SIZE"]) for row in narrow.projections(["BIG", "SIZE"])}
    assert {("n", "3"), ("n", "4"), ("y", "500")} == rows
    assert {"1", "900"} <= set(Space.of(tree).possible("SIZE"))


def _resolved(path: Path, chosen: Mapping[str, tuple[str, ...]]) -> Iterator[Mapping[str, str]]:
    """Yield what kconfiglib makes of each assignment of chosen values, or none."""
    kconfig = strategies.plain(path)
    kinds = strategies.types(kconfig)
    options: dict[str, list[str | None]] = {}
    for name, kind in kinds.items():
        if name in chosen:
            options[name] = [None, *chosen[name]]
        elif kind in ("bool", "tristate"):
            options[name] = [None, "n", "m", "y"] if kind == "tristate" else [None, "n", "y"]
    for texts in itertools.product(*options.values()):
        asked = {n: text for n, text in zip(options, texts, strict=True) if text is not None}
        row = strategies.resolve(kconfig, asked)
        if not any(
            name not in asked and row[name] not in own and _can(kconfig, asked, name, own)
            for name, own in chosen.items()
        ):
            yield row


def _can(
    kconfig: kconfiglib.Kconfig, asked: Mapping[str, str], name: str, texts: tuple[str, ...]
) -> bool:
    """Return whether a symbol takes one of some texts beside an assignment."""
    return any(strategies.resolve(kconfig, {**asked, name: t})[name] == t for t in texts)


def _taken(path: Path, name: str, most: int) -> set[int]:
    """Return the numbers that a symbol takes in kconfiglib, whatever the others are."""
    kconfig = strategies.plain(path)
    tree = Tree.load(path)
    edges = edges_of(tree.model, tree.dialect)
    others = {n: ["n", "y"] for n in tree.symbols if tree.types[n].is_logical}
    others |= {n: list(texts) for n, texts in edges.items() if n != name}
    base = 16 if tree.types[name].value == "hex" else 10
    symbol, found = kconfig.syms[name], set()
    for texts in itertools.product(*others.values()):
        strategies.resolve(kconfig, dict(zip(others, texts, strict=True)))
        for number in range(most):
            text = hex(number) if base == 16 else str(number)
            symbol.set_value(text)
            if symbol.str_value == text:
                found.add(number)
    return found
