# SPDX-License-Identifier: MIT
"""A fragment that says what was chosen, held against kconfiglib as released and brute force.

KVARIANT_EXAMPLES=N draws N random trees for each property, other ones each time.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import kconfiglib
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig import Fragment, read_fragment
from kvariant.kconfig.edited import Edited, edited, start_lines
from kvariant.kconfig.menu import MenuValues
from strategies import SmallTree, small_trees

EXAMPLES = int(os.environ.get("KVARIANT_EXAMPLES", "0"))
drawn = settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LARGEST = 1500
"""Assignments that a tree may have where all are tried."""


@dataclass
class Edit:
    """A tree, a fragment, and kconfiglib's own object in place of a menu."""

    folder: Path
    tree: Tree
    kconfig: kconfiglib.Kconfig
    fragment: Fragment
    text: str
    before: MenuValues

    def values(self) -> MenuValues:
        """Return what a menu would show now."""
        symbols = self.kconfig.unique_defined_syms
        return MenuValues(
            texts={s.name: s.str_value for s in symbols if s.orig_type},
            shown=frozenset(s.name for s in symbols if s.orig_type and s.visibility),
        )

    def read(self, text: str) -> Fragment:
        """Return a text as the fragment."""
        return read_fragment(self.fragment.path, text=text)

    def saved(self, *, keeps: bool = False) -> Edited:
        """Return what is written for the values of now."""
        return edited(
            self.tree, self.fragment, self.text, self.before, self.values(), self.read, keeps=keeps
        )

    def as_kconfiglib_reads(self, text: str) -> dict[str, str]:
        """Return the values that kconfiglib as released gives for a text."""
        path = self.folder / "read.config"
        path.write_text(text)
        fresh = strategies.plain(self.folder / "Kconfig")
        fresh.load_config(str(path))
        return {s.name: s.str_value for s in fresh.unique_defined_syms if s.orig_type}

    def by_the_tree(self, text: str) -> dict[str, str]:
        """Return the values that the tree's rules give for a text."""
        return dict(self.tree.resolve(self.read(text)))


def opened(folder: Path, kconfig: str, text: str, dialect: str = "kconfiglib") -> Edit:
    """Return a fragment of a tree as if a menu had been opened with it."""
    (folder / "Kconfig").write_text(kconfig)
    path = folder / "toy.config"
    path.write_bytes(text.encode())
    tree = Tree.load(folder / "Kconfig", dialect=dialect)
    fragment = read_fragment(path)
    menu = strategies.plain(folder / "Kconfig")
    (folder / "start.config").write_text(start_lines(tree, fragment))
    menu.load_config(str(folder / "start.config"))
    edit = Edit(folder, tree, menu, fragment, text, MenuValues({}, frozenset()))
    edit.before = edit.values()
    return edit


def requests(text: str) -> list[int]:
    """Return the indices of the lines that ask for a value."""
    return [
        index
        for index, line in enumerate(text.split("\n"))
        if line.startswith("CONFIG_") or line.endswith("is not set")
    ]


def without(text: str, index: int) -> str:
    """Return a text without one of its lines."""
    return "\n".join(line for i, line in enumerate(text.split("\n")) if i != index)


@contextmanager
def drawn_edit(tree: SmallTree, dialect: str, data: st.DataObject) -> Iterator[Edit]:
    """Give a fragment of a drawn tree in which some values were chosen as a menu lets one."""
    with tree.written() as path:
        kinds = strategies.types(strategies.plain(path))
        number = strategies.number_of_assignments(strategies.plain(path))
        assume(number <= LARGEST)
        every = strategies.assignments(strategies.plain(path))
        start = next(itertools.islice(every, data.draw(st.integers(0, number - 1)), None))
        try:
            edit = opened(path.parent, tree.text, strategies.fragment(kinds, start), dialect)
        except InputError:
            assume(False)
            raise
        for _ in range(data.draw(st.integers(1, 4))):
            choose(edit.kconfig, data)
        yield edit


def choose(kconfig: kconfiglib.Kconfig, data: st.DataObject) -> None:
    """Give one symbol or choice another value, one of those that a menu offers."""
    items = [*kconfig.unique_choices, *kconfig.unique_defined_syms]
    offered = [(item, value) for item in items for value in values_of(kconfig, item)]
    if offered:
        item, value = offered[data.draw(st.integers(0, len(offered) - 1))]
        item.set_value(value)


def values_of(kconfig: kconfiglib.Kconfig, item: object) -> list[str]:
    """Return the values that a menu lets one give an item, itself excepted."""
    if isinstance(item, kconfiglib.Symbol) and item.orig_type in (
        kconfiglib.INT, kconfiglib.HEX, kconfiglib.STRING,
    ):  # fmt: skip
        if not item.visibility:
            return []
        if item.orig_type == kconfiglib.STRING:
            return strategies.texts(kconfig)
        numbers = strategies.numbers(kconfig)
        return [hex(n) if item.orig_type == kconfiglib.HEX else str(n) for n in numbers if n >= 0]
    return [kconfiglib.TRI_TO_STR[level] for level in item.assignable]


@drawn
@given(small_trees(), st.data())
def test_kconfiglib_gives_what_was_chosen_or_the_difference_is_told(
    tree: SmallTree, data: st.DataObject
) -> None:
    """By kconfiglib's rules the new text gives every value that the menu showed, but for those
    that are told; and none is told where any assignment at all gives what the menu showed."""
    with drawn_edit(tree, "kconfiglib", data) as edit:
        shown = edit.values().texts
        found = edit.saved()
        again = edit.as_kconfiglib_reads(found.text)
        told = {d.symbol: (d.shown, d.given) for d in found.differences}
        assert {n: (shown[n], again[n]) for n in shown if shown[n] != again[n]} == told
        if told:
            event("cannot be said in lines")
            path = edit.folder / "Kconfig"
            reached = {tuple(r.values[n] for n in shown) for r in strategies.brute_force(path)}
            assert tuple(shown.values()) not in reached


@drawn
@given(small_trees(), st.data())
def test_no_line_can_be_left_out(tree: SmallTree, data: st.DataObject) -> None:
    """Of each line that was written kconfiglib as released gives other values without it."""
    with drawn_edit(tree, "kconfiglib", data) as edit:
        found = edit.saved()
        assume(edit.before != edit.values())
        whole = edit.as_kconfiglib_reads(found.text)
        for index in requests(found.text):
            assert edit.as_kconfiglib_reads(without(found.text, index)) != whole


@drawn
@given(small_trees(budget=300), st.data())
def test_no_assignment_is_smaller(tree: SmallTree, data: st.DataObject) -> None:
    """Of all assignments that kconfiglib as released gives the same values for, none has fewer."""
    with drawn_edit(tree, "kconfiglib", data) as edit:
        found = edit.saved()
        assume(edit.before != edit.values())
        whole = edit.as_kconfiglib_reads(found.text)
        sizes = [
            len(r.assignment)
            for r in strategies.brute_force(edit.folder / "Kconfig")
            if all(r.values[name] == text for name, text in whole.items())
        ]
        assert len(requests(found.text)) <= min(sizes, default=0) or not sizes


@drawn
@given(
    small_trees(), st.sampled_from(["linux-4.20", "linux-5.7", "linux-6.11", "linux"]), st.data()
)
def test_other_rules_are_held_and_told(tree: SmallTree, dialect: str, data: st.DataObject) -> None:
    """By a tree's own rules each line is needed, and every value that the menu showed otherwise is
    told with what it is."""
    with drawn_edit(tree, dialect, data) as edit:
        assume(edit.before != edit.values())
        shown = edit.values().texts
        found = edit.saved()
        given_ = edit.by_the_tree(found.text)
        told = {d.symbol: (d.shown, d.given) for d in found.differences}
        assert {n: (shown[n], given_[n]) for n in shown if shown[n] != given_[n]} == told
        for index in requests(found.text):
            assert edit.by_the_tree(without(found.text, index)) != given_


KCONFIG = """\
config MODULES
	bool "Modules"
	option modules
	default y
menu "Network"
config NET
	bool "Net"
config WIFI
	tristate "Wifi"
	depends on NET
	select CRYPTO
endmenu
menu "Rest"
config CRYPTO
	tristate
config FAX
	bool "Fax"
	depends on NET
config PORT
	int "Port"
	range 1 100
	default 10
config NAME
	string "Name"
	default "box"
choice
	prompt "Kind"
config RED
	bool "Red"
config GREEN
	bool "Green"
config BLUE
	bool "Blue"
endchoice
endmenu
"""
CASES: dict[str, tuple[str, dict[str, str], str]] = {
    # what there was, what is chosen, what there is
    "a value is written anew where it stands": (
        "# A box.\n\nCONFIG_NET=y\n# the port\nCONFIG_PORT=20\n",
        {"PORT": "30"},
        "# A box.\n\nCONFIG_NET=y\n# the port\nCONFIG_PORT=30\n",
    ),
    "what is as it is without a line needs none": (
        "CONFIG_NET=y\n# the port\nCONFIG_PORT=20\n",
        {"PORT": "10"},
        "CONFIG_NET=y\n# the port\n",
    ),
    "a new line stands beside its menu's": (
        "CONFIG_NET=y\n\n# the rest\nCONFIG_PORT=20\n",
        {"WIFI": "m"},
        "CONFIG_NET=y\nCONFIG_WIFI=m\n\n# the rest\nCONFIG_PORT=20\n",
    ),
    "a new line of another menu stands at the end": (
        "# all\nCONFIG_NET=y\n# end\n",
        {"NAME": 'a "b" \\c'},
        '# all\nCONFIG_NET=y\n# end\nCONFIG_NAME="a \\"b\\" \\\\c"\n',
    ),
    "the member of a choice takes the other one's place": (
        "CONFIG_GREEN=y\n# after\nCONFIG_PORT=3\n",
        {"BLUE": "y"},
        "CONFIG_BLUE=y\n# after\nCONFIG_PORT=3\n",
    ),
    "a choice that falls back needs no line": (
        "CONFIG_GREEN=y\nCONFIG_PORT=3\n",
        {"RED": "y"},
        "CONFIG_PORT=3\n",
    ),
    "what others need goes with them": (
        "CONFIG_NET=y\nCONFIG_WIFI=y\nCONFIG_FAX=y\nCONFIG_PORT=3\n",
        {"NET": "n"},
        "CONFIG_PORT=3\n",
    ),
    "a default that is y is turned off by a comment of Kconfig's": (
        "",
        {"MODULES": "n"},
        "# CONFIG_MODULES is not set\n",
    ),
    "of two lines for a symbol the one that counts stays": (
        "CONFIG_PORT=3\n# again\nCONFIG_PORT=4\n",
        {"NET": "y"},
        "# again\nCONFIG_PORT=4\nCONFIG_NET=y\n",
    ),
    "the end of the last line is made up for": (
        "CONFIG_PORT=3",
        {"NET": "y"},
        "CONFIG_PORT=3\nCONFIG_NET=y\n",
    ),
    "lines end as the file's do": (
        "# x\r\nCONFIG_PORT=3\r\n",
        {"NAME": "c"},
        '# x\r\nCONFIG_PORT=3\r\nCONFIG_NAME="c"\r\n',
    ),
    "a symbol of another tree is not this one's business": (
        "CONFIG_ELSEWHERE=y\nCONFIG_PORT=3\n",
        {"PORT": "4"},
        "CONFIG_ELSEWHERE=y\nCONFIG_PORT=4\n",
    ),
    "what may be dropped is asked for still": (
        "# kvariant: allow-dropped CONFIG_FAX because the line is cut\nCONFIG_FAX=y\n",
        {"PORT": "4"},
        "# kvariant: allow-dropped CONFIG_FAX because the line is cut\nCONFIG_FAX=y\n"
        "CONFIG_PORT=4\n",
    ),
    "what does not take goes": ("CONFIG_FAX=y\n", {"PORT": "4"}, "CONFIG_PORT=4\n"),
    "what does take now stays": (
        "CONFIG_FAX=y\n",
        {"NET": "y"},
        "CONFIG_FAX=y\nCONFIG_NET=y\n",
    ),
    "an included value is overruled behind the include": (
        'CONFIG_NAME="c"\n#include "base.config"\n# end\n',
        {"NET": "n"},
        'CONFIG_NAME="c"\n#include "base.config"\n# end\n# CONFIG_NET is not set\n',
    ),
    "an included selection is overruled behind the include": (
        'CONFIG_NAME="c"\n#include "base.config"\n',
        {"RED": "y"},
        'CONFIG_NAME="c"\n#include "base.config"\nCONFIG_RED=y\n',
    ),
    "what is included needs no line": (
        '#include "base.config"\nCONFIG_PORT=8\n',
        {"PORT": "7"},
        '#include "base.config"\n',
    ),
}


@pytest.mark.parametrize("dialect", ["kconfiglib", "linux-5.7", "linux"])
@pytest.mark.parametrize("case", CASES, ids=[name.replace(" ", "-") for name in CASES])
def test_as_little_as_possible_moves(tmp_path: Path, case: str, dialect: str) -> None:
    """Lines stay where they are and as they are as far as they hold, whatever the rules."""
    text, chosen, expected = CASES[case]
    (tmp_path / "base.config").write_text("CONFIG_NET=y\nCONFIG_PORT=7\nCONFIG_BLUE=y\n")
    edit = opened(tmp_path, KCONFIG, text, dialect)
    for name, value in chosen.items():
        edit.kconfig.syms[name].set_value(value)
    found = edit.saved()
    assert expected == found.text
    assert () == found.differences


def test_a_line_that_other_trees_have_stays(tmp_path: Path) -> None:
    """Where several trees have the fragment, lines that only this one does not need stay."""
    text = "CONFIG_MODULES=y\nCONFIG_FAX=y\nCONFIG_GREEN=y\nCONFIG_PORT=3\n"
    edit = opened(tmp_path, KCONFIG, text)
    edit.kconfig.syms["PORT"].set_value("10")
    edit.kconfig.syms["BLUE"].set_value("y")
    expected = "CONFIG_MODULES=y\nCONFIG_FAX=y\nCONFIG_BLUE=y\n"
    assert expected == edit.saved(keeps=True).text
    assert "CONFIG_BLUE=y\n" == edit.saved().text


def test_nothing_that_changed_is_nothing_that_is_written(tmp_path: Path) -> None:
    """A value there and back leaves every byte, lines that are not needed too."""
    text = "CONFIG_PORT=10\n\nCONFIG_FAX=y\n# \udcff end"
    edit = opened(tmp_path, KCONFIG, text.replace("\udcff", "x"))
    edit.text = text
    edit.kconfig.syms["NET"].set_value("y")
    edit.kconfig.syms["NET"].set_value("n")
    assert text == edit.saved().text


RULES = """\
config WANT
	bool "Want"
	imply HELPER
config HELPER
	bool "Helper"
	depends on GATE
config GATE
	bool "Gate"
config EMPTY
	int "A number without a default"
config WIDTH
	int "Width"
	range 1 100
	default 10
"""


def test_a_value_that_the_menu_showed_otherwise_is_told(tmp_path: Path) -> None:
    """What the tree's rules make of it is named beside what the menu showed; nobody chose it, so
    it gets no line."""
    edit = opened(tmp_path, RULES, "CONFIG_GATE=y\n", "linux")
    edit.kconfig.syms["WIDTH"].set_value("20")
    found = edit.saved()
    assert "CONFIG_GATE=y\nCONFIG_WIDTH=20\n" == found.text
    assert ["EMPTY is 0, and not empty"] == list(map(str, found.differences))


def test_a_value_that_the_tool_does_not_take_is_told(tmp_path: Path) -> None:
    """A number that only Python reads is chosen in vain, and both values are named."""
    edit = opened(tmp_path, RULES, "", "linux-5.7")
    edit.kconfig.syms["WIDTH"].set_value("1_5")
    edit.kconfig.syms["GATE"].set_value("y")
    found = edit.saved()
    assert "CONFIG_GATE=y\n" == found.text
    assert ["WIDTH is 10, and not 1_5"] == list(map(str, found.differences))
