# SPDX-License-Identifier: MIT
"""The values of ints and hexes: whole where ranges are small."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import strategies
from kvariant import Space, Tree

MOST = 130
"""Brute force gives every number up to this one."""

WHOLE = {
    "plain numbers": 'config N\n\tint "n"\n\trange 3 9\n',
    "quoted numbers": 'config N\n\tint "n"\n\trange "3" "9"\n',
    "negative numbers": 'config N\n\tint "n"\n\trange -2 2\n',
    "hex": 'config N\n\thex "n"\n\trange 0x3 0x1F\n\tdefault 0x0F\n',
    "hex without 0x": 'config N\n\thex "n"\n\trange 3 1F\n',
    "64 values": 'config N\n\tint "n"\n\trange 1 64\n\tdefault 7\n',
    "one range after another": """
config A
	bool "a"
config N
	int "n"
	range 1 5 if A
	range 8 12
""",
    "a range that nobody sees after one that holds": """
config N
	int "n"
	range 1 5
	range 8 120
""",
    "below a dependency": """
config A
	bool "a"
if A
config N
	int "n" if B
	depends on B
	range 2 6
endif
config B
	bool "b"
""",
    "compared": """
config N
	int "n"
	range 2 20
config B
	bool
	default y if N > 18
""",
}

SAMPLED = {
    "65 values": 'config N\n\tint "n"\n\trange 1 65\n',
    "no range while A is n": 'config A\n\tbool "a"\nconfig N\n\tint "n"\n\trange 4 9 if A\n',
    "an end that is another symbol": """
config A
	bool "a"
config MAX
	int
	default 7 if A
	default 5
config N
	int "n"
	range 3 MAX
""",
    "an end whose name reads like a number": """
config FACE
	hex
	default 0x5
config N
	hex "n"
	range 0x1 FACE
""",
}


def reached(path: Path, named: str) -> set[tuple[tuple[str, ...], int | None]]:
    """Return the bools' values with the number that a symbol has, over all its numbers."""
    kconfig = strategies.plain(path)
    bools = strategies.logical(kconfig)
    shown = hex if strategies.types(kconfig)[named] == "hex" else str
    numbers = [None, *(shown(n) for n in range(-MOST if shown is str else 0, MOST))]
    found = set()
    for values in itertools.product("ny", repeat=len(bools)):
        for number in numbers:
            asked = dict(zip(bools, values, strict=True))
            got = strategies.resolve(kconfig, asked | ({named: number} if number else {}))
            found.add((tuple(got[name] for name in bools), parsed(got[named], shown is hex)))
    return found


def parsed(text: str, is_hex: bool) -> int | None:
    """Return the number of a value, None where there is none."""
    return int(text, 16 if is_hex else 10) if text else None


def listed(space: Space, path: Path, named: str) -> list[tuple[tuple[str, ...], int | None]]:
    """Return the same as the space lists it."""
    kconfig = strategies.plain(path)
    bools = strategies.logical(kconfig)
    is_hex = strategies.types(kconfig)[named] == "hex"
    return [
        (tuple(found[name] for name in bools), parsed(found[named], is_hex))
        for found in space.projections([*bools, named])
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_small_ranges_are_in_the_domain_whole(name: str, tmp_path: Path) -> None:
    """Every number that kconfiglib lets through is listed, once, and the space says so."""
    path = tmp_path / "Kconfig"
    path.write_text(WHOLE[name].lstrip(), encoding="utf-8")
    space = Space.of(Tree.load(path))
    found = listed(space, path, "N")
    assert sorted(found, key=str) == sorted(reached(path, "N"), key=str)
    assert len(found) == space.count([*strategies.logical(strategies.plain(path)), "N"])
    assert () == space.sampled(["N"])


@pytest.mark.parametrize("name", SAMPLED)
def test_other_numbers_are_sampled_and_named(name: str, tmp_path: Path) -> None:
    """What is listed can be, some of what can be is not listed, or that is not known."""
    path = tmp_path / "Kconfig"
    path.write_text(SAMPLED[name].lstrip(), encoding="utf-8")
    space = Space.of(Tree.load(path))
    assert set(listed(space, path, "N")) <= reached(path, "N")
    assert ("N",) == space.sampled(["N"])


def test_a_small_range_is_whole_while_it_is_active(tmp_path: Path) -> None:
    """Also where other numbers are possible at other times."""
    path = tmp_path / "Kconfig"
    path.write_text(SAMPLED["no range while A is n"], encoding="utf-8")
    found = listed(Space.of(Tree.load(path)), path, "N")
    assert {number for (a,), number in found if a == "y"} == {*range(4, 10)}
    assert {number for (a,), number in found if a == "n"} > {*range(4, 10)}
