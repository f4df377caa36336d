# SPDX-License-Identifier: MIT
"""The folder that proofs are made in: kept, one command's at a time, never another version's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import small_kernel
from kvariant.kconfig import Tree
from kvariant.plan.proof_folder import MOST, proof_folder


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a tree, and have a cache of its own."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir(mode=0o700)
    return small_kernel.load(small_kernel.lay_out(tmp_path / "tree"))


def test_a_folder_is_there_the_next_time(tree: Tree) -> None:
    """Unless the tree's makefile is another one since, or nothing may be kept."""
    with proof_folder(tree, keep=True) as folder:
        assert not folder.is_used
        folder.out.mkdir()
        (folder.out / "made").write_text("")
    with proof_folder(tree, keep=True) as again:
        assert (folder.out, True) == (again.out, again.is_used)
        assert (again.out / "made").exists()
    with proof_folder(tree, keep=False) as other:
        assert other.out != folder.out
    os.utime(tree.root / "Makefile", ns=(1, 1))
    with proof_folder(tree, keep=True) as later:
        assert (False, False) == (later.is_used, later.out.exists())


def test_two_commands_do_not_share_one(tree: Tree) -> None:
    """The second has a temporary folder, which goes."""
    with proof_folder(tree, keep=True) as first, proof_folder(tree, keep=True) as second:
        assert first.out != second.out
        second.out.mkdir()
    assert not second.out.exists()


def test_a_folder_that_others_could_write_to_is_not_used(tree: Tree, tmp_path: Path) -> None:
    """make runs what it finds there."""
    (tmp_path / "cache").chmod(0o777)
    with proof_folder(tree, keep=True) as folder:
        assert tmp_path / "cache" not in folder.out.parents


def test_few_folders_stay(tree: Tree, tmp_path: Path) -> None:
    """Those that were not used longest go."""
    proofs = tmp_path / "cache/proofs"
    with proof_folder(tree, keep=True) as own:
        own.out.mkdir()
    for number in range(MOST + 2):
        (proofs / f"{number}").mkdir()
        os.utime(proofs / f"{number}", (number, number))
    with proof_folder(tree, keep=True):
        pass
    left = {path.name for path in proofs.iterdir()}
    assert MOST == len(left)
    assert {"0", "1", "2"}.isdisjoint(left)
    assert own.out.is_dir()
