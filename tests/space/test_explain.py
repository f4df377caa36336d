"""Explanations and fixes, in Kconfig's words and places."""

from __future__ import annotations

from kvariant import Space

from .conftest import MakeTree

TREE = """
config X86
	bool "x86"
	select HAVE_WP

config HAVE_WP
	bool

config MARKER
	bool "marker"

config WP
	bool "wp"
	depends on MARKER
	depends on HAVE_WP

config CLASH
	bool "clash"
	depends on WP
	depends on !X86
"""


def test_a_conflict_is_told_with_places(make_tree: MakeTree) -> None:
    """Why CLASH can never be y: both sides of the contradiction, each with its line."""
    explanation = Space.of(make_tree(TREE)).explain("CLASH", "y")
    told = [(note.text, note.location.line if note.location else 0) for note in explanation.notes]
    assert not explanation.is_possible
    assert ("CLASH depends on WP", 19) in told
    assert ("CLASH depends on !X86", 20) in told
    assert ("WP depends on HAVE_WP", 15) in told
    assert ("X86 selects HAVE_WP", 4) in told


def test_the_smallest_fix(make_tree: MakeTree) -> None:
    """Only what must change, and the result resolves to what was wanted."""
    tree = make_tree(TREE)
    fixes = Space.of(tree).fixes({"MARKER": "y"}, {"WP": "y"})
    assert [dict(fix.changes) for fix in fixes] == [{"X86": "y", "WP": "y"}]
    assert str(fixes[0]) == "X86=y and WP=y"
    assert tree.resolve(fixes[0].assignment)["WP"] == "y"
    assert Space.of(tree).fixes({}, {"CLASH": "y"}) == ()


def test_equally_small_fixes_are_all_told(make_tree: MakeTree) -> None:
    """Any of two prompts would do."""
    tree = make_tree('config A\n\tbool "a"\nconfig B\n\tbool "b"\nconfig C\n\tdef_bool A || B\n')
    assert [str(fix) for fix in Space.of(tree).fixes({}, {"C": "y"})] == ["A=y", "B=y"]
