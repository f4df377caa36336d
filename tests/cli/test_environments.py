"""One tree for each value of a list in `env`: the verbs that work on each tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config X86
	def_bool "$(ARCH)" = "x86"

config WP
	bool "Write-protect"
	depends on X86

config FAX
	bool "Fax"
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tree of two architectures the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "kvariant.toml").write_text('env = { ARCH = ["x86", "arm64"] }\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_space_of_each_tree(capsys: Capture) -> None:
    """Each tree has its own section, and its own number of configurations."""
    assert run(["space"]) == 0
    shown = capsys.readouterr().out
    heads = [line for line in shown.splitlines() if line.startswith("[")]
    assert ["[x86]", "[arm64]"] == heads
    assert run(["space", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    trees = [(t["name"], t["count"], t["dead"]) for t in record["trees"]]
    assert [("x86", 4, []), ("arm64", 2, ["X86", "WP"])] == trees


def test_explain_in_each_tree(capsys: Capture) -> None:
    """A value that one tree can have and another cannot is told of both, and exits 1."""
    assert run(["explain", "WP=y"]) == 1
    shown = capsys.readouterr().out
    assert "[x86]\nWP can be y" in shown
    assert "[arm64]\nWP can never be y" in shown
    assert run(["explain", "FAX=y"]) == 0


def test_check_of_each_tree(capsys: Capture) -> None:
    """What is wrong with one tree only is told in its section only."""
    assert run(["check", "--json"]) == 0
    trees = json.loads(capsys.readouterr().out)["trees"]
    dead = [
        (t["name"], [d["message"] for d in t["diagnostics"] if d["code"] == "dead-symbol"])
        for t in trees
    ]
    names = ["X86 is n in every configuration", "WP is n in every configuration"]
    assert [("x86", []), ("arm64", names)] == dead
    assert run(["check"]) == 0
    assert "[arm64]\n" in capsys.readouterr().out


def test_flags_make_a_list(tree: Path, capsys: Capture) -> None:
    """--env given twice is a list; given once it is one tree, as ever."""
    (tree / "kvariant.toml").unlink()
    assert run(["space", "--json", "--env", "ARCH=x86", "--env", "ARCH=arm64"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert ["x86", "arm64"] == [t["name"] for t in record["trees"]]
    assert run(["space", "--json", "--env", "ARCH=x86"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert 4 == record["count"]
    assert "trees" not in record
