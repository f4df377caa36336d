# SPDX-License-Identifier: MIT
"""What a review tells of edits of real trees is what two resolutions by their own conf say.

An edit is drawn by a seed (`kconfig_edits`), U-Boot's and Linux's conf read the tree before and
after, and each value, each drop that is told must be there, and no other. A few edits in each
run; `KVARIANT_REVIEW_EDITS=all` makes every kind, `KVARIANT_REVIEW_CONFIGS=60` asks about so
many defconfigs (0: all), `KVARIANT_REVIEW_SEED=N` draws others.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import conf_session
import kconfig_edits
import pytest
from conf_session import Outcome
from kconfig_edits import EDITS, Dice
from kconfig_edits import Edit as Kind
from real_trees import RealTree, linux_tree, u_boot_tree

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
        real = TREES[name]()
    except debian.Unavailable as reason:
        pytest.skip(str(reason))
    configs = drawn(real)
    before = resolved(real, real.entry, configs)
    folder, after = edited(real, edit, configs, tmp_path / "after")
    monkeypatch.chdir(folder)
    variables = [f"--env={name}={text}" for name, text in real.environment.items()]
    words = ["review", "--old-tree", str(real.entry.parent), "-q", "--json", *variables]
    assert run([*words, "--config", *map(str, configs)]) == 0, capsys.readouterr().err
    record = json.loads(capsys.readouterr().out)
    names = dict(zip(record["configurations"], [c.name for c in configs], strict=True))
    renamed = {one["new"]: one["old"] for one in record["renamed"]}
    assert told(record, names) == changed(before, after, renamed)
    asked = {config.name: asked_of(config) for config in configs}
    assert dropped(record, names) == newly_dropped(before, after, asked)
    lines = edit in (kconfig_edits.help_changed, kconfig_edits.comment_added)
    assert bool(record["edits"]) != lines


def drawn(real: RealTree) -> Sequence[Path]:
    """Return the defconfigs of this run."""
    if not CONFIGS or len(real.defconfigs) <= CONFIGS:
        return real.defconfigs
    return sorted(random.Random(SEED).sample(real.defconfigs, CONFIGS))


def resolved(real: RealTree, entry: Path, configs: Sequence[Path]) -> Mapping[str, Outcome]:
    """Return what conf makes of defconfigs."""
    with conf_session.reading(real.conf, entry, real.environment) as session:
        return {config.name: session.defconfig(config) for config in configs}


def edited(
    real: RealTree, edit: Kind, configs: Sequence[Path], folder: Path
) -> tuple[Path, Mapping[str, Outcome]]:
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
        dice.liked = frozenset(name for config in configs for name in asked_of(config))
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
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)


def copied_around(root: Path, folder: Path) -> None:
    """Copy what lies around Kconfig files: the tool, and what commands ask."""
    shutil.copytree(root / "scripts", folder / "scripts", symlinks=True)
    around = [path for path in (*root.glob("*"), *root.glob("arch/*/*")) if path.is_file()]
    copied(root, [str(path.relative_to(root)) for path in around], folder)


def told(record: Any, names: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the changed values of a review: nothing is as good as n or empty."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for row in record["values"]:
        for name in row["configurations"]:
            for symbol in row["symbols"]:
                assert (names[name], symbol) not in found, "told twice"
                found[names[name], symbol] = shown(row["old"]), shown(row["new"])
    return found


def shown(text: str | None) -> str:
    """Return a value as it is compared."""
    return "" if text in (None, "n") else str(text)


def changed(
    before: Mapping[str, Outcome], after: Mapping[str, Outcome], renamed: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the values that differ between two resolutions."""
    found = {}
    olds = set(renamed.values())
    for name, outcome in after.items():
        old, new = before[name].values, outcome.values
        for symbol in {*old, *new} - olds:
            pair = shown(old.get(renamed.get(symbol, symbol))), shown(new.get(symbol))
            if pair[0] != pair[1]:
                found[name, symbol] = pair
    return found


def asked_of(config: Path) -> Mapping[str, str]:
    """Return what a defconfig asks for."""
    found = {}
    for line in config.read_text(errors="replace").splitlines():
        if match := re.fullmatch(r"CONFIG_(\w+)=(.*)", line):
            found[match[1]] = match[2].strip('"')
        elif match := re.fullmatch(r"# CONFIG_(\w+) is not set", line):
            found[match[1]] = "n"
    return found


def dropped(record: Any, names: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return what is told as newly dropped."""
    return {(names[n], one["symbol"]) for one in record["dropped"] for n in one["configurations"]}


def newly_dropped(
    before: Mapping[str, Outcome],
    after: Mapping[str, Outcome],
    asked: Mapping[str, Mapping[str, str]],
) -> set[tuple[str, str]]:
    """Return asked-for values that took and do not."""
    return {
        (name, symbol)
        for name, lines in asked.items()
        for symbol, text in lines.items()
        if before[name].values.get(symbol, "n") == text
        and after[name].values.get(symbol, "n") != text
    }
