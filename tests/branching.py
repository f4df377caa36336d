# SPDX-License-Identifier: MIT
"""Drawn templates with branches, over one small tree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from kvariant.kconfig import Tree
from kvariant.kconfig.configuration import Configuration
from kvariant.render import Branch

KCONFIG = """
config MODULES
	bool "modules"
	option modules

config A
	bool "a"

config B
	bool "b"
	depends on A

config T
	tristate "t"

config N
	int "n"
	range 0 2

config H
	hex "h" if A
	range 0x0 0x10

config S
	string "s"
"""
VALUES: Mapping[str, tuple[str, ...]] = {
    "MODULES": ("n", "y"),
    "A": ("n", "y"),
    "B": ("n", "y"),
    "T": ("n", "m", "y"),
    "N": ("0", "1", "2"),
    "H": ("0x0", "0x1", "0x2", "0x5", "0x10"),
    "S": ("", "x", "z"),
}
ATOMS = [
    "A", "B", "T", "S", "N", "H", 'T == "m"', 'T != "y"', "N == 1", "N > 0", "N <= 1", "H == 16",
    'S == "x"', 'S != "x"', "N == H", 'N == "1"', "A == 1", "A == B", "not A", "T is defined",
]  # fmt: skip
SAYABLE = ATOMS[:15]
"""Those whose meaning a Kconfig expression has."""


def lay_out(folder: Path) -> Path:
    """Write the tree, and a folder for templates, into a folder."""
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "templates").mkdir()
    return folder


@cache
def configurations_of(folder: Path) -> tuple[Tree, list[Configuration]]:
    """Return the tree and all its configurations, some of them more than once."""
    tree = Tree.load(folder / "Kconfig")
    rows = itertools.product(*VALUES.values())
    asked = (dict(zip(VALUES, row, strict=True)) for row in rows)
    return tree, [tree.resolve({n: t for n, t in row.items() if t}) for row in asked]


def conditions_of(atoms: list[str]) -> st.SearchStrategy[str]:
    """Return a strategy for conditions of an `if`."""
    return st.recursive(
        st.sampled_from(atoms),
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("(not {})".format, inner),
        ),
        max_leaves=4,
    )


def template_of(tests: list[str]) -> str:
    """Return a template with a numbered mark in each branch, in the branches' order."""
    first, second, third, fourth = tests
    return (
        f"{{% if {first} %}}\n[0]\n{{% if {second} %}}[1]{{% endif %}}\n"
        f"{{% elif {third} %}}[2]\n{{% else %}}\n[3]\n{{% endif %}}\n"
        f"{{{{ '[4]' if {fourth} else '[5]' }}}}\n"
    )


def flat(branches: tuple[Branch, ...]) -> Iterator[Branch]:
    """Yield branches, each before those in it."""
    for branch in branches:
        yield branch
        yield from flat(branch.inner)
