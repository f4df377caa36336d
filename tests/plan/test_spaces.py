# SPDX-License-Identifier: MIT
"""Spaces that a process holds for the next question."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.kconfig import Tree, kept
from kvariant.plan import spaces
from kvariant.plan.spaces import MOST, space_of


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the entry file of a tree that is kept, however small it is."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "WORTH", -1.0)
    monkeypatch.setattr(kept, "_TICK", 0)
    monkeypatch.setattr(spaces, "_held", {})
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n')
    return tmp_path / "Kconfig"


def test_what_has_not_changed_is_not_worked_out_again(entry: Path) -> None:
    """A tree that is taken from the cache twice has one space; one that was edited has another."""
    Tree.load(entry, keep=True)
    first, second = (space_of(Tree.load(entry, keep=True)) for _ in range(2))
    assert first is second
    entry.write_text('config A\n\tbool "a"\n\tdepends on n\n')
    Tree.load(entry, keep=True)
    third = space_of(Tree.load(entry, keep=True))
    assert (True, False) == (second.explain("A").is_possible, third.explain("A").is_possible)


def test_what_is_not_kept_is_worked_out_each_time(entry: Path) -> None:
    """Where nobody knows whether a tree is as it was, each question has a space of its own."""
    first, second = (space_of(Tree.load(entry)) for _ in range(2))
    assert first is not second
    assert {} == spaces._held


def test_few_are_held(entry: Path) -> None:
    """Of many trees those that were asked about last are held."""
    for number in range(MOST + 2):
        entry.write_text(f'config A{number}\n\tbool "a"\n')
        Tree.load(entry, keep=True)
        space_of(Tree.load(entry, keep=True))
    assert len(spaces._held) == MOST
    assert [f"A{n}" for n in (MOST, MOST + 1)] == [
        next(iter(space.tree.symbols)) for space in spaces._held.values()
    ]
