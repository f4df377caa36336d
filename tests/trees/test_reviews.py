# SPDX-License-Identifier: MIT
"""What a review tells of edits of real trees is what two resolutions by their own conf say.

An edit is drawn by a seed (`kconfig_edits`), U-Boot's and Linux's conf read the tree before and
after, and each value, each drop that is told must be there, and no other. A few edits in each
run; `KVARIANT_REVIEW_EDITS=all` makes every kind, `KVARIANT_REVIEW_CONFIGS=60` asks about so
many defconfigs (0: all), `KVARIANT_REVIEW_SEED=N` draws others.
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import conf_session
import kconfig_edits
import pytest
from kconfig_edits import EDITS, Dice
from kconfig_edits import Edit as Kind
from real_trees import RealTree, linux_tree, u_boot_tree
from review_oracle import Values, asked_of, changed, dropped, newly_dropped, told

import debian
from kvariant import Tree
from kvariant.cli import run

WIDE = os.environ.get("KVARIANT_REVIEW_EDITS") == "all"
CONFIGS = int(os.environ.get("KVARIANT_REVIEW_CONFIGS", "8"))
SEED = os.environ.get("KVARIANT_REVIEW_SEED", "0")
TRIES = 20
"""Edits of a kind that are drawn until the tree's tool takes one."""
TREES: dict[str, Callable[[], RealTree]] = {
    "u-boot": u_boot_tree,
    "linux-6.1-x86": lambda: linux_tree("6.1", "x86"),
}
SOME = {
    "u-boot": ["member_removed", "two_at_once"],
    "linux-6.1-x86": ["number_changed"],
}
CASES = [
    (name, edit)
    for name in TREES
    for edit in EDITS
    if WIDE or edit.__name__ in SOME[name]
]  # fmt: skip


@pytest.mark.parametrize(("name", "edit"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_a_review_tells_what_two_resolutions_by_conf_say(
    name: str,
    edit: Kind,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Values and drops are conf's, before and after; nothing else is told."""
    try:
        real, configs, before = unedited(name)
    except debian.Unavailable as reason:
        pytest.skip(str(reason))
    folder, after = edited(real, edit, configs, tmp_path / "after")
    monkeypatch.chdir(folder)
    variables = [f"--env={name}={text}" for name, text in real.environment.items()]
    words = ["review", "--old-tree", str(real.entry.parent), "-q", "--json", *variables]
    assert run([*words, "--config", *map(str, configs)]) == 0, capsys.readouterr().err
    record = json.loads(capsys.readouterr().out)
    names = dict(zip(record["configurations"], [c.name for c in configs], strict=True))
    renamed = {one["new"]: one["old"] for one in record["renamed"]}
    assert told(record, names) == changed(before, after, renamed)
    asked = {config.name: asked_in(config) for config in configs}
    assert dropped(record, names) == newly_dropped(before, after, asked)
    lines = edit in (kconfig_edits.help_changed, kconfig_edits.comment_added)
    assert bool(record["edits"]) != lines


@functools.cache
def unedited(name: str) -> tuple[RealTree, Sequence[Path], Mapping[str, Values]]:
    """Return a tree, the defconfigs that are asked about, and what its conf makes of them."""
    real = TREES[name]()
    configs = drawn(real)
    return real, configs, resolved(real, real.entry, configs)


def asked_in(config: Path) -> Mapping[str, str]:
    """Return what a defconfig asks for."""
    return asked_of(config.read_text(errors="replace"))


def drawn(real: RealTree) -> Sequence[Path]:
    """Return the defconfigs of this run."""
    if not CONFIGS or len(real.defconfigs) <= CONFIGS:
        return real.defconfigs
    return sorted(random.Random(SEED).sample(real.defconfigs, CONFIGS))


def resolved(real: RealTree, entry: Path, configs: Sequence[Path]) -> Mapping[str, Values]:
    """Return what conf makes of defconfigs, in as little memory as 1,200 of them need."""
    with conf_session.reading(real.conf, entry, real.environment) as session:
        return {
            config.name: {
                sys.intern(name): sys.intern(text)
                for name, text in session.defconfig(config).values.items()
                if text != "n"
            }
            for config in configs
        }


def edited(
    real: RealTree, edit: Kind, configs: Sequence[Path], folder: Path
) -> tuple[Path, Mapping[str, Values]]:
    """Return the tree with an edit that its conf takes, and what that makes of defconfigs."""
    root = real.entry.parent
    tree = Tree.load(real.entry, env=real.environment, dialect="auto", keep=True)
    paths = [str(path.relative_to(root)) for path in tree.files]
    texts = {p: (root / p).read_text(errors="surrogateescape") for p in paths}
    copied_around(root, folder)
    copied(root, paths, folder)
    said = ""
    for number in range(TRIES):
        dice = Dice(f"{SEED} {edit.__name__} {number}")
        dice.liked = frozenset(name for config in configs for name in asked_in(config))
        new = edit(texts, dice)
        for path, text in new.items():
            (folder / path).write_text(text, errors="surrogateescape")
        try:
            return folder, resolved(real, folder / "Kconfig", configs)
        except conf_session.Refused as refused:
            said = str(refused)
            for path in new:
                (folder / path).unlink()
            copied(root, [path for path in new if path in texts], folder)
    pytest.fail(f"conf takes none of {TRIES} edits: {said}")


def copied(root: Path, paths: Sequence[str], folder: Path) -> None:
    """Copy files of a tree."""
    for parent in {os.path.dirname(path) for path in paths}:  # noqa: PTH120  of thousands
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copyfile(root / path, folder / path)


def copied_around(root: Path, folder: Path) -> None:
    """Copy what lies around Kconfig files: the tool, and what commands ask."""
    shutil.copytree(root / "scripts", folder / "scripts", symlinks=True)
    around = [path for path in (*root.glob("*"), *root.glob("arch/*/*")) if path.is_file()]
    copied(root, [str(path.relative_to(root)) for path in around], folder)
