# SPDX-License-Identifier: MIT
"""The tree's own tool is asked, and what it says otherwise is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import debian
from kvariant import Tree
from kvariant.cli import run
from kvariant.errors import MissingError
from kvariant.kconfig import witness as module
from kvariant.kconfig.witness import disagreements, witness_of

KCONFIG = """\
config MODULES
	bool "modules"
	default y
	modules
config A
	bool "a"
config B
	tristate "b"
	depends on A
config S
	string "s"
	default "it's \\"quoted\\""
choice
	prompt "one" if A
config X
	bool "x"
config Y
	bool "y"
endchoice
config N
	int "n"
	range 1 5
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the entry file of a tree in the current folder."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "a.config").write_text("CONFIG_A=y\nCONFIG_B=m\nCONFIG_Y=y\nCONFIG_N=9\n")
    (tmp_path / "b.config").write_text("CONFIG_A=y\nCONFIG_B=m\n")
    return tmp_path / "Kconfig"


def conf(folder: Path, body: str) -> str:
    """Write a program that stands in for a conf."""
    path = folder / "my-conf"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def source(folder: Path, release: str) -> None:
    """Have the tree carry a kernel's tool, or skip."""
    try:
        kernel = debian.linux_source(release)
    except debian.Unavailable as reason:
        pytest.skip(f"no Linux {release} here: {reason}")
    if lost := [name for name in ("flex", "bison", "gcc") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(lost)}")
    (folder / "scripts").mkdir()
    (folder / "scripts/kconfig").symlink_to(kernel / "scripts/kconfig")
    (folder / "scripts/include").symlink_to(kernel / "scripts/include")


@pytest.mark.parametrize("release", ["6.1", "6.12", "7.2"])
def test_the_trees_own_source_is_built_and_agrees(tree: Path, release: str) -> None:
    """Nothing is written into the tree; by kconfiglib's rules 6.12 and 7.2 say otherwise."""
    source(tree.parent, release)
    before = sorted(tree.parent.rglob("*"))
    asked = {"Y": "y", "N": "9"}  # the prompt of the choice is hidden, the number is too large
    own = Tree.load(tree, dialect="auto")
    assert () == disagreements(own, "v", own.resolve(asked), witness_of(own))
    wrong = Tree.load(tree)
    found = disagreements(wrong, "v", wrong.resolve(asked), witness_of(wrong))
    expected = {"6.1": set()}.get(release, {"Y is n", "N is 1"})
    assert expected <= {d.message.partition(" in ")[0] for d in found}
    assert bool(found) == (release != "6.1")
    cache = tree.parent / "cache"
    new = set(tree.parent.rglob("*")) - set(before)
    assert {path for path in new if cache not in (path, *path.parents)} == set()


def test_kconfiglib_is_asked_where_there_is_no_tool(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own evaluation, one variant after the other, says the same."""
    tree.write_text(KCONFIG.replace("\tmodules\n", "\toption modules\n"))
    assert run(["matrix", "--config", "b.config", "--verify"]) == 0
    assert "kconfiglib gives every symbol of each the same value" in capsys.readouterr().out
    assert run(["check", "--verify"]) == 0


def test_a_lie_is_caught(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By matrix and by check, with the symbol's place; JSON has it too."""
    lies = conf(tree.parent, 'printf "CONFIG_A=y\\nCONFIG_B=y\\n" > "$KCONFIG_CONFIG"')
    (tree.parent / "configs").mkdir()
    shutil.copy("b.config", "configs/b.config")
    for command in (["matrix", "--config", "b.config"], ["check"]):
        assert run([*command, f"--verify={lies}"]) == 1
        told = capsys.readouterr()
        assert "Kconfig:7:1: error: B is m in b, my-conf says y [witness]" in told.out + told.err
    assert run(["matrix", "--config", "b.config", f"--verify={lies}", "--json"]) == 1
    assert '"witness": "my-conf"' in capsys.readouterr().out


def test_what_is_not_written_is_n_or_not_compared(tree: Path) -> None:
    """A bool that is missing is n; a text or number that is missing is nobody's claim."""
    own = Tree.load(tree)
    silent = witness_of(own, conf(tree.parent, ': > "$KCONFIG_CONFIG"'))
    found = disagreements(own, "v", own.resolve({"A": "y"}), silent)
    assert {"MODULES", "A", "X"} == {d.message.split()[0] for d in found}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 3", "my-conf does not take the tree: exit code 3"),
        ("echo no >&2; exit 1", "tree: no"),
    ],
)
def test_a_tool_that_does_not_take_the_tree(tree: Path, body: str, message: str) -> None:
    """It is told what it said."""
    own = Tree.load(tree)
    witness = witness_of(own, conf(tree.parent, body))
    with pytest.raises(MissingError, match=message):
        disagreements(own, "v", own.resolve({}), witness)


def test_a_tool_that_is_not_there(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is named is an error with exit code 3."""
    assert run(["matrix", "--config", "b.config", "--verify=./none"]) == 3
    assert "none is no program [no-witness]" in capsys.readouterr().err


def test_without_flex_it_is_said(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is verified, and it is a warning that nobody was asked."""
    folder = tree.parent / "scripts/kconfig"
    folder.mkdir(parents=True)
    (folder / "symbol.c").write_text("void sym_calc_value(struct symbol *sym)\n")
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    assert run(["matrix", "--config", "b.config", "--verify", "--dialect", "kconfiglib"]) == 0
    told = capsys.readouterr()
    assert "flex and bison and gcc must be installed [no-witness]" in told.err
    assert "apt install flex bison gcc" in told.err
    assert "verified: 1 variant" in told.out


def test_rules_without_a_tool_have_no_witness(tree: Path) -> None:
    """kconfiglib cannot speak for another tool's rules."""
    own = Tree.load(tree, dialect="linux")
    with pytest.raises(MissingError, match="no tool with the rules of linux"):
        witness_of(own)
