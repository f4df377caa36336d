"""Explanations and fixes, in Kconfig's words and places."""

from __future__ import annotations

from pathlib import Path

from kvariant import Space, Tree

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


def test_the_one_thing_that_is_missing(make_tree: MakeTree) -> None:
    """Where every way to a value ends at one symbol that nothing selects, it is named."""
    kconfig = """
config HAVE_A
	bool

config HAVE_B
	bool
	select HAVE_C

config HAVE_C
	bool
	default y if HAVE_B

config ONE
	bool "one"
	depends on HAVE_A

config DEEP
	bool "deep"
	depends on HAVE_C

config TWO
	bool "two, either of which would do"
	depends on HAVE_A || HAVE_C

config NAMELESS
	bool "nobody defines it"
	depends on NOWHERE

config NEVER
	bool "never"
	depends on n
"""
    space = Space.of(make_tree(kconfig))
    causes = {name: space.explain(name).cause for name in space.dead()}
    assert causes == {
        "HAVE_A": "nothing in this tree selects HAVE_A",
        "HAVE_B": "nothing in this tree selects HAVE_B",
        "HAVE_C": "nothing in this tree selects HAVE_B",
        "ONE": "nothing in this tree selects HAVE_A",
        "DEEP": "nothing in this tree selects HAVE_B",
        "TWO": "",
        "NAMELESS": "no Kconfig file read here defines NOWHERE",
        "NEVER": "",
    }


CHOICE = """
choice
	prompt "base"

config OLD
	bool "old"

config NEW
	bool "new"
	select HAVE_WP

config NEWER
	bool "newer"
	select HAVE_WP

endchoice

config HAVE_WP
	bool

config MARKER
	bool "marker" if !NEWER

config WP
	bool "wp"
	depends on HAVE_WP
	select NEEDS
	default y if NEWER

config NEEDS
	bool
"""


def test_a_fix_keeps_what_took(make_tree: MakeTree) -> None:
    """Of two members that would do, the one is told that takes nothing else away."""
    tree = make_tree(CHOICE)
    assignment = {"OLD": "y", "MARKER": "y"}
    (fix,) = Space.of(tree).fixes(assignment, {"WP": "y"})
    assert "choose NEW instead of OLD and WP=y" == str(fix)
    assert (1, {}) == (fix.size, dict(fix.lost))
    got = tree.resolve(fix.assignment)
    assert ("y", "y") == (got["WP"], got["MARKER"])


def test_a_fix_names_what_it_loses(make_tree: MakeTree) -> None:
    """Where no fix keeps everything, it says what is lost."""
    tree = make_tree(CHOICE.replace("config NEW\n\tbool \"new\"\n\tselect HAVE_WP\n", "")
                     .replace("default y if NEWER", "").replace("if !NEWER", "if OLD"))  # fmt: skip
    (fix,) = Space.of(tree).fixes({"OLD": "y", "MARKER": "y"}, {"WP": "y"})
    assert "choose NEWER instead of OLD and WP=y (loses MARKER=y)" == str(fix)
    assert (2, {"MARKER": "y"}) == (fix.size, dict(fix.lost))


def test_a_member_is_named_where_a_selection_is_taken_away(make_tree: MakeTree) -> None:
    """ "OLD unset" would do, but what one would write is the member that its choice falls to."""
    kconfig = CHOICE.replace('\tprompt "base"\n', '\tprompt "base"\n\tdefault NEW\n')
    (fix,) = Space.of(make_tree(kconfig)).fixes({"OLD": "y", "MARKER": "y"}, {"HAVE_WP": "y"})
    assert "choose NEW instead of OLD" == str(fix)
    assert {"NEW": "y", "MARKER": "y"} == dict(fix.assignment)


BOARDS = """\
choice
	prompt "board"

config PLAIN
	bool "plain"
	select HAVE_WP

config OTHER
	bool "other"

config LATE
	bool "late"
	depends on NEW

config LATER
	bool "later"
	depends on NEW
	select HAVE_WP

endchoice

choice
	prompt "base"

config OLD
	bool "old"

config NEW
	bool "new"

config NEWER
	bool "newer"

endchoice

config HAVE_WP
	bool

config MODERN
	def_bool NEW || NEWER
"""


def test_no_member_is_offered_that_does_not_show(make_tree: MakeTree) -> None:
    """LATE and LATER would do without NEW, but only as their choice falls back to PLAIN."""
    space = Space.of(make_tree(BOARDS))
    fixes = space.fixes({"OTHER": "y", "OLD": "y"}, {"HAVE_WP": "y"})
    assert ["choose PLAIN instead of OTHER"] == [str(fix) for fix in fixes]
    assert {"OLD": "y", "PLAIN": "y"} == dict(fixes[0].assignment)


def test_a_selection_that_falls_to_another_member_is_told_as_that(make_tree: MakeTree) -> None:
    """What a fix leaves asked for takes, or is told as lost: a choice does not fall silently."""
    space = Space.of(make_tree(BOARDS))
    fixes = space.fixes({"LATE": "y", "NEW": "y"}, {"MODERN": "n"})
    assert [
        "choose OTHER instead of LATE and choose OLD instead of NEW",
        "choose PLAIN instead of LATE and choose OLD instead of NEW",
    ] == [str(fix) for fix in fixes]
    assert [2, 2] == [fix.size for fix in fixes]


FALLING = """
config A
	bool "a"

choice
	prompt "c"
	default C1 if A
	default C2

config C1
	bool "c1"

config C2
	bool "c2"

config C3
	bool "c3"

endchoice

config UC
	def_bool C2
"""


def test_a_choice_falls_to_what_an_option_says(tmp_path: Path) -> None:
    """The option that decides a choice's default is a fix, though any member can be chosen."""
    (tmp_path / "Kconfig").write_text(FALLING)
    tree = Tree.load(tmp_path / "Kconfig", dialect="linux-6.11")
    fixes = Space.of(tree).fixes({"C3": "n"}, {"UC": "n"})
    assert "A=y" in map(str, fixes)
    for fix in fixes:
        assert tree.resolve(fix.assignment)["UC"] == "n", str(fix)


def test_every_member_that_does_is_offered(make_tree: MakeTree) -> None:
    """A member that the choice would fall to as well does not stand for the others."""
    space = Space.of(make_tree(BOARDS))
    for start in ({"OLD": "y"}, {}):
        fixes = space.fixes(start, {"MODERN": "y"})
        assert {"NEW", "NEWER"} == {n for fix in fixes for n, t in fix.changes.items() if t}


def test_a_chain_of_3000_dependencies(make_tree: MakeTree) -> None:
    """Every view follows a deep tree to its end: nothing recurses too deep."""
    size = 3_000
    parts = ['config A0\n\tbool "a"\n']
    parts += [f'config A{i}\n\tbool "a"\n\tdepends on A{i - 1}\n' for i in range(1, size)]
    parts.append(f'config DEAD\n\tbool "d"\n\tdepends on A{size - 1} && n\n')
    tree, last = make_tree("".join(parts)), f"A{size - 1}"
    space = Space.of(tree)
    solution = space.solve({last: "y"})
    assert solution is not None
    everything = {f"A{i}": "y" for i in range(size)}
    assert everything == dict(solution.assignment)
    assert [everything] == [dict(fix.assignment) for fix in space.fixes({}, {last: "y"})]
    found = space.evaluate([everything, {last: "y"}])
    assert ["y", "n"] == found.texts(last)
    assert dict(tree.resolve(everything)) == dict(found[0])
    assert ("DEAD",) == space.dead()
    assert space.explain(last).is_possible
    assert not space.explain("DEAD").is_possible
    for sample in space.sample(2):
        assert dict(sample) == dict(tree.resolve(sample.assignment))
