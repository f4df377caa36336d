"""Fragments: includes, overriding, permissions, descriptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.kconfig import Tree, read_fragment

KCONFIG = """
choice
	prompt "Kernel"
config V1
	bool "1"
config V2
	bool "2"
endchoice
config A
	bool "a"
config B
	bool "b"
	depends on A
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a tree with a choice and a dependency."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    return Tree.load(tmp_path / "Kconfig")


def test_a_later_line_overrides_an_included_one(tree: Tree, tmp_path: Path) -> None:
    """What builds on a fragment may change its values and its selection of a choice."""
    (tmp_path / "base.config").write_text("CONFIG_V1=y\nCONFIG_A=y\n")
    (tmp_path / "next.config").write_text(
        '#include "base.config"\nCONFIG_V2=y\n# CONFIG_A is not set\n'
    )
    configuration = tree.resolve(read_fragment(tmp_path / "next.config"))
    assert configuration.dropped == ()
    assert {"V1": "n", "V2": "y", "A": "n", "B": "n"} == dict(configuration)


def test_a_permission_excuses_one_dropped_value(tree: Tree, tmp_path: Path) -> None:
    """A permitted drop is still listed, with the fragment's reason."""
    (tmp_path / "x.config").write_text(
        "CONFIG_B=y\n# kvariant: allow-dropped CONFIG_B because A is end of life\n"
    )
    (dropped,) = tree.resolve(read_fragment(tmp_path / "x.config")).dropped
    assert ("B", "y", "n", "A is end of life") == (
        dropped.symbol,
        dropped.asked,
        dropped.got,
        dropped.allowed,
    )


def test_the_lead_comment_is_the_description(tmp_path: Path) -> None:
    """The first block of comments describes; licence lines and directives do not."""
    path = tmp_path / "x.config"
    path.write_text(
        "# SPDX-License-Identifier: MIT\n# What most\n# people run.\n#\n# More.\nCONFIG_A=y\n"
    )
    assert read_fragment(path).description == "What most people run."


def test_user_values_reproduce_a_configuration(tree: Tree) -> None:
    """The assignment that a configuration carries gives the same configuration again."""
    first = tree.resolve({"A": "y", "B": "y", "V2": "y"})
    assert first == tree.resolve(first.assignment)
    assert tree.minimal_text(first).splitlines()[1:] == ["CONFIG_V2=y", "CONFIG_A=y", "CONFIG_B=y"]
    assert tree.header_text(first).splitlines()[1:] == [
        "#define CONFIG_V2 1",
        "#define CONFIG_A 1",
        "#define CONFIG_B 1",
    ]
