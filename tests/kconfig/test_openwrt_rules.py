# SPDX-License-Identifier: MIT
"""The rules that OpenWrt's tool alone has: selects that dependencies guard, loops it takes."""

from __future__ import annotations

import dataclasses
import itertools
import random
from pathlib import Path

import pytest

from kvariant import Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig import read_fragment
from kvariant.kconfig.dialect import DIALECTS, Dialect

PLAIN = dataclasses.replace(DIALECTS["linux-5.7"], name="tree")
OPENWRT = dataclasses.replace(PLAIN, guarded_selects=True, taken_loops=True)

MODULES = "config MODULES\n\tdef_bool y\n\tmodules\n"


def load(folder: Path, text: str, dialect: Dialect = OPENWRT) -> Tree:
    """Return a tree of one file."""
    (folder / "Kconfig").write_text(text, encoding="utf-8")
    return Tree.load(folder / "Kconfig", dialect=dialect)


GUARDED = (
    MODULES
    + """\
config D
	tristate "d"
config A
	tristate "a"
	select B
	select C
config B
	tristate "b"
	depends on D
config C
	bool
	default y
config C
	bool
	depends on D
"""
)


@pytest.mark.parametrize(
    ("asked", "b", "c"),
    [
        ({}, "n", "y"),
        ({"A": "y"}, "n", "n"),
        ({"A": "y", "D": "m"}, "y", "y"),
        ({"A": "m", "D": "y"}, "m", "y"),
        ({"D": "y"}, "n", "y"),
    ],
)
def test_a_select_counts_where_the_dependency_holds(
    tmp_path: Path, asked: dict[str, str], b: str, c: str
) -> None:
    """It is not limited by the dependency; where that is n the symbol is n, its default too."""
    found = load(tmp_path, GUARDED).resolve(asked)
    assert (b, c) == (found["B"], found["C"])


def test_the_space_has_what_guarded_selects_give(tmp_path: Path) -> None:
    """Its configurations are those of all assignments, and each says why."""
    tree = load(tmp_path, GUARDED)
    states = [(None, "n", "m", "y")] * 3
    asked = [
        {n: v for n, v in zip("DAB", values, strict=True) if v is not None}
        for values in itertools.product(*states)
    ]
    brute = {tuple(sorted(tree.resolve(each).items())) for each in asked}
    space = Space.of(tree)
    assert len(brute) == space.count()
    for values in itertools.product("nmy", "nmy", "nmy", "ny"):
        wanted = dict(zip("DABC", values, strict=True))
        solution = space.solve(wanted)
        assert (solution is not None) == any(wanted.items() <= dict(b).items() for b in brute)
        if solution is not None:
            assert dict(solution) == dict(tree.resolve(solution.assignment))
    notes = " ".join(str(note) for note in tree.why("C", {"A": "y"}))
    assert "its selects do not count: D is n" in notes


LOOP = """\
config I
	bool "i"
config J
	bool "j"
config P
	bool "p"
	depends on !(F && I) || {allowed}
config F
	bool "f"
	depends on P
"""


@pytest.mark.parametrize("allowed", ["I", "(I || J)", "J || I"])
def test_a_loop_that_cannot_matter_is_taken(tmp_path: Path, allowed: str) -> None:
    """`!(F && I) || I` is y whatever F is; a tool without the rule refuses it."""
    text = LOOP.format(allowed=allowed)
    tree = load(tmp_path, text)
    for i, f in itertools.product("ny", "ny"):
        found = tree.resolve({"I": i, "P": "y", "F": f})
        assert (i, "y", f) == (found["I"], found["P"], found["F"])
    assert Space.of(tree).solve({"P": "y", "F": "y", "I": "n"}) is not None
    with pytest.raises(InputError, match="dependency loop"):
        load(tmp_path, text, PLAIN)


def test_a_loop_that_matters_is_still_an_error(tmp_path: Path) -> None:
    """What the values are depends on the order in which the tool reads them."""
    with pytest.raises(InputError, match="dependency loop: P -> F -> P"):
        load(tmp_path, LOOP.format(allowed="J"))


def _expression(rng: random.Random, depth: int = 0) -> str:
    kind = rng.random()
    if depth > 3 or kind < 0.25:
        return rng.choice(("A", "B", "T", "U", "A = y", "T != n", "m"))
    if kind < 0.4:
        return f"!({_expression(rng, depth + 1)})"
    terms = [_expression(rng, depth + 1) for _ in range(rng.randint(2, 3))]
    return f"({rng.choice((' && ', ' || ')).join(terms)})"


def test_what_is_absorbed_changes_no_value(tmp_path: Path) -> None:
    """Random dependencies have the same value with and without what others absorb."""
    rng = random.Random(7)
    lines = [MODULES, *(f'config {n}\n\tbool "{n}"\n' for n in "AB")]
    lines += [f'config {n}\n\ttristate "{n}"\n' for n in "TU"]
    lines += [
        f"config X{i}\n\tdef_tristate y\n\tdepends on {_expression(rng)}\n" for i in range(80)
    ]
    plain = load(tmp_path, "".join(lines), PLAIN)
    rules = dataclasses.replace(PLAIN, taken_loops=True)
    other = load(tmp_path, "".join(lines), rules)
    assert any(
        other.model.symbols[f"X{i}"].depends != plain.model.symbols[f"X{i}"].depends
        for i in range(80)
    )
    for values in itertools.product("ny", "ny", "nmy", "nmy"):
        asked = dict(zip("ABTU", values, strict=True))
        assert dict(plain.resolve(asked)) == dict(other.resolve(asked))


def test_names_have_dashes_dots_and_slashes(tmp_path: Path) -> None:
    """`CONFIG_PACKAGE_kmod-b43=y` is a line like any other, set and unset."""
    names = ["PACKAGE_kmod-b43", "PACKAGE_lua5.3", "TARGET_a/b"]
    tree = load(tmp_path, "".join(f'config {n}\n\tbool "{n}"\n\tdefault y\n' for n in names))
    path = tmp_path / "given.config"
    path.write_text(
        "CONFIG_PACKAGE_kmod-b43=y\n"
        "# CONFIG_PACKAGE_lua5.3 is not set\n"
        "# CONFIG_TARGET_a/b is not set\n"
    )
    found = tree.resolve(read_fragment(path))
    assert ["y", "n", "n"] == [found[name] for name in names]
    path.write_text(tree.config_text(found))
    assert dict(found) == dict(tree.resolve(read_fragment(path)))
