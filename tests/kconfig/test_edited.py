# SPDX-License-Identifier: MIT
"""A fragment that says what was chosen, held against kconfiglib as released and brute force.

KVARIANT_EXAMPLES=N draws N random trees for each property, other ones each time.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
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
@given(small_trees(), st.sampled_from(["linux-4.20", "linux-5.7", "linux-6.11", "linux"]), st.data())
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
