# SPDX-License-Identifier: MIT
"""Answers that depend on rules that are not known are said to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.cli import run as kvariant
from kvariant.kconfig.other_readings import found_how, on_variants, readings

IMPLY = """\
config C
	bool "c"
config A
	bool "a"
	default y
	imply T
config MODULES
	def_bool y
	modules
config D
	tristate "d"
	default m
config T
	tristate "t"
	depends on D
"""
"""T is y by kconfiglib's rules, as an implied y is never m, and m by Linux's."""

HIDDEN = """\
config C
	bool "c"
choice
	prompt "one of" if C
config X
	bool "x"
config Y
	bool "y"
endchoice
"""
"""X is on by Linux's rules also where the choice's prompt is hidden."""

SAME = """\
config A
	bool "a"
config B
	bool "b"
	depends on A
	default y
"""


Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in no project's folder."""
    monkeypatch.chdir(tmp_path)


def run(capsys: Capture, folder: Path, *words: str) -> str:
    """Return what a command says of the tree of a folder."""
    capsys.readouterr()
    assert kvariant([*words, "--kconfig", str(folder / "Kconfig")]) in (0, 1)
    return capsys.readouterr().out


def written(folder: Path, text: str) -> Path:
    """Write a tree."""
    (folder / "Kconfig").write_text(text)
    return folder


def test_a_value_that_another_reading_gives_otherwise_is_told(
    tmp_path: Path, capsys: Capture
) -> None:
    """`explain` names the other value and whose rules give it, in one line."""
    told = run(capsys, written(tmp_path, IMPLY), "explain", "T").splitlines()
    assert told[0] == "T is y"
    assert told[-1].endswith("; by the rules of linux: T=m")
    assert "assumed: no tool's source below" in told[-1]


def test_dead_and_always_on_options_of_another_reading_are_told(
    tmp_path: Path, capsys: Capture
) -> None:
    """`space` names the symbols, and the other number of configurations."""
    folder = written(tmp_path, HIDDEN)
    record = json.loads(run(capsys, folder, "space", "--json"))
    (other,) = record["otherwise"]
    linux = json.loads(run(capsys, folder, "space", "--json", "--dialect", "linux"))
    assert record["count"] != linux["count"]
    assert {"configurations": linux["count"]} == other["differing"]
    assert "by the rules of linux: configurations=" in run(capsys, folder, "space")


@pytest.mark.parametrize("words", [["explain", "B"], ["explain", "B=n", "--fix"], ["space"]])
def test_an_answer_that_no_reading_changes_stands_alone(
    words: list[str], tmp_path: Path, capsys: Capture
) -> None:
    """Nothing is said of rules on which nothing depends, but how they were found."""
    folder = written(tmp_path, SAME)
    assert "by the rules of linux" not in run(capsys, folder, *words)
    record = json.loads(run(capsys, folder, *words, "--json"))
    assert [] == record["otherwise"]
    assert record["rules_found"].startswith("assumed")


def test_rules_that_were_named_have_no_other_reading(tmp_path: Path, capsys: Capture) -> None:
    """`--dialect` says whose they are."""
    folder = written(tmp_path, IMPLY)
    assert "by the rules" not in run(capsys, folder, "explain", "T", "--dialect", "kconfiglib")
    tree = Tree.load(folder, dialect="kconfiglib")
    assert ("", []) == (found_how(tree), list(readings(tree)))


def test_a_rule_that_was_not_read_is_tried_both_ways(tmp_path: Path) -> None:
    """Where a tool's menu.c is missing each of its rules is turned; read ones are not."""
    folder = written(tmp_path, HIDDEN)
    tool = folder / "scripts/kconfig"
    tool.mkdir(parents=True)
    (tool / "symbol.c").write_text("static void sym_calc_value(struct symbol *sym)\n")
    tree = Tree.load(folder, dialect="auto")
    assert tree.tool is not None
    turned = [reading.dialect.differences(tree.dialect) for reading in readings(tree)]
    assert {"flat_choices", "c_help"} < set(tree.tool.unread)
    assert [(rule,) for rule in tree.tool.unread] == turned


def test_variants_that_depend_on_it_are_one_warning(tmp_path: Path) -> None:
    """It names the variant with the symbol, and the value."""
    tree = Tree.load(written(tmp_path, IMPLY), dialect="auto")
    warning = on_variants(tree, {"tiny": {}, "big": {"D": "y"}})
    assert warning is not None
    assert warning.message.endswith("by the rules of linux: tiny: T=m")
    assert on_variants(tree, {"big": {"D": "y"}}) is None
