# SPDX-License-Identifier: MIT
"""The page that shows the rooms is drawn from the imports, and each room says what it is."""

from __future__ import annotations

import pytest

from house.architecture import DOCUMENT, document_text, reduced
from house.source import PACKAGE, imported_rooms, modules, room_headline, rooms


def test_the_page_is_current() -> None:
    """docs/architecture.md is what the imports are: python tests/house/architecture.py"""
    assert DOCUMENT.read_text(encoding="utf-8") == document_text()


def test_every_module_is_in_a_room() -> None:
    """No folder or module stands beside the rooms that the rule of layers knows."""
    assert {module.room for module in modules()} - {""} == set(rooms())


def test_imports_go_down() -> None:
    """Read from the syntax trees, apart from the linter: no room imports one above it."""
    order = rooms()
    assert any(imported_rooms().values())
    for room, others in imported_rooms().items():
        assert all(order.index(other) > order.index(room) for other in others), room


@pytest.mark.parametrize("room", rooms())
def test_each_room_says_what_it_is(room: str) -> None:
    """The first line of a room is a sentence that fits a row of the page."""
    headline = room_headline(room)
    assert headline.endswith(".")
    assert "|" not in headline
    assert len(headline) < 110


def test_an_arrow_that_follows_is_left_out() -> None:
    """a -> b -> c stands for a -> c as well, over any number of steps."""
    arrows = {"a": ("b", "c", "d"), "b": ("c",), "c": ("d",), "d": ()}
    assert {"a": ("b",), "b": ("c",), "c": ("d",), "d": ()} == reduced(arrows)
    fork = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}
    assert fork == reduced(fork)


def test_every_room_is_tested_under_its_name() -> None:
    """tests/<room>/ is where one looks for the tests of a room that is a package."""
    folders = {path.name for path in (PACKAGE.parents[1] / "tests").iterdir() if path.is_dir()}
    packages = {room for room in rooms() if (PACKAGE / room).is_dir()}
    assert packages - folders == {"scaffold"}  # by what it writes: tests/cli/test_init.py
