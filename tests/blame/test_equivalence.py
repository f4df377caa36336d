# SPDX-License-Identifier: MIT
"""Conjunctions that are one in every valid configuration, against all of these."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

from kvariant.blame.attribution import Conjunction
from kvariant.blame.conditions import ConditionTable
from kvariant.blame.equivalence import classes, difference
from kvariant.cli import run
from kvariant.kconfig import Configuration, Tree
from kvariant.space import Space

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config DAYS
	int "Days" if AUDIT
	range 1 60 if AUDIT
	default 30 if AUDIT

config AUDIT
	bool "Audit"
	select LOG

config LOG
	bool

config MAIL
	bool "Mail"
	depends on AUDIT

config PDF
	bool "PDF"
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with a number that has a value exactly where a bool is y."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG, encoding="utf-8")
    return Tree.load(path)


@pytest.fixture(scope="module")
def every(tree: Tree) -> list[Configuration]:
    """Every configuration of the tree, by resolving every assignment."""
    names = ("AUDIT", "MAIL", "PDF")
    found = {}
    for texts in itertools.product("ny", repeat=3):
        for days in range(1, 61):
            values = dict(zip(names, texts, strict=True)) | {"DAYS": str(days)}
            configuration = tree.resolve(values)
            found[tuple(configuration.items())] = configuration
    assert len(found) == 242
    return list(found.values())


def conjunctions(tree: Tree, every: list[Configuration], seed: int) -> list[Conjunction]:
    """Some conjunctions of the conditions that a few variants show."""
    dice = random.Random(seed)
    table = ConditionTable([dict(c) for c in dice.sample(every, 12)], tree.types)
    sizes = [dice.choice((1, 1, 2, 2, 3)) for _ in range(24)]
    drawn = (Conjunction(tuple(dice.sample(table.conditions, size))) for size in sizes)
    return list(dict.fromkeys(drawn))


@pytest.mark.parametrize("seed", range(12))
def test_classes(tree: Tree, every: list[Configuration], seed: int) -> None:
    """They are those that hold in the same configurations, in the order of the first."""
    given = conjunctions(tree, every, seed)
    expected: dict[tuple[bool, ...], list[Conjunction]] = {}
    for one in given:
        holds = tuple(c.satisfies(one.expression) for c in every)
        expected.setdefault(holds, []).append(one)
    assert [list(group) for group in classes(given, [(tree, {})])] == list(expected.values())


def test_difference(tree: Tree, every: list[Configuration]) -> None:
    """A configuration that tells two apart is valid, and there is none for equal ones."""
    given = conjunctions(tree, every, 99)
    space, near = Space.of(tree), dict(every[0])
    seen = set()
    for one, other in itertools.combinations(given, 2):
        is_same = all(c.satisfies(one.expression) == c.satisfies(other.expression) for c in every)
        found = difference(one, other, space, near)
        assert (found is None) == is_same
        seen.add(is_same)
        if found is not None:
            assert found.satisfies(one.expression) != found.satisfies(other.expression)
            assert dict(tree.resolve(found.assignment)) == dict(found)
    assert seen == {True, False}


def test_sweep(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is always the same is told once, and no extra variant is run for it."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "Kconfig").write_text(KCONFIG)
    for name, text in (
        ("none", ""),
        ("pdf", "CONFIG_PDF=y\n"),
        ("audit", "CONFIG_AUDIT=y\n"),
        ("all", "CONFIG_PDF=y\nCONFIG_AUDIT=y\nCONFIG_DAYS=1\n"),
    ):
        (tmp_path / f"configs/{name}.config").write_text(text)
    monkeypatch.chdir(tmp_path)
    command = '. {config}; if [ -n "$CONFIG_DAYS" ]; then echo no; false; fi'
    assert run(["sweep", "--json", "-q", "--", command]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    # LOG is not settable, and DAYS is compared.
    assert failure["candidates"] == ["AUDIT"]
    assert run(["blame", "-q", "--", command]) == 1
    said = capsys.readouterr().out
    assert "fails iff AUDIT: " in said
    assert "same as DAYS >= 1 and 1 more  (in every valid configuration)" in said
    assert " or " not in said
