# SPDX-License-Identifier: MIT
"""A bare `kvariant`: what is here, and the next command, which works as it stands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
KCONFIG = 'config A\n\tbool "A"\n\nconfig B\n\tbool "B"\n'


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree without a project file, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _next(out: str) -> list[list[str]]:
    (line,) = (line for line in out.splitlines() if line.startswith("next"))
    return [shlex.split(words)[1:] for words in line[4:].lstrip(": ").split("|")]


def test_a_tree_without_project_is_no_error(tree: Path, capsys: Capture) -> None:
    """Somebody else's tree has no configurations of ours: that is said, and what works there."""
    assert run([]) == 0
    printed = capsys.readouterr()
    assert "error" not in printed.out + printed.err
    assert "2 symbols, 0 choices" in printed.out
    assert "no fragment matches configs/*.config" in printed.out
    first, *_ = _next(printed.out)
    assert run(first) == 0


def test_what_is_wrong_is_told(tree: Path, capsys: Capture) -> None:
    """Not only how many errors there are: the first, how many more, and who tells all."""
    (tree / "configs").mkdir()
    (tree / "configs/a.config").write_text("CONFIG_A=y\n")
    (tree / "configs/b.config").write_text("what\n")
    (tree / "configs/c.config").write_text("other\n")
    assert run([]) == 0
    out = capsys.readouterr().out
    assert "configs/b.config:1:1: error: 'what' is neither" in out
    assert "and 1 more error" in out
    assert [["check"]] == _next(out)


def test_what_does_not_parse_is_counted(tree: Path, capsys: Capture) -> None:
    """Five configurations and one that cannot be read are not five configurations."""
    (tree / "configs").mkdir()
    for name in "abcde":
        (tree / f"configs/{name}.config").write_text("CONFIG_A=y\n")
    (tree / "configs/f.config").write_text("what\n")
    assert run(["check"]) == 2
    assert "5 configurations, 1 unread configuration" in capsys.readouterr().out


def test_nothing_to_sweep_says_how(tree: Path, capsys: Capture) -> None:
    """The command of the hint is of the matrix that was asked for, and has nothing to fill in."""
    assert run(["sweep", "pairwise"]) == 2
    hint = capsys.readouterr().err.partition("hint: name a command: ")[2].partition(";")[0]
    assert "kvariant sweep pairwise -- make O={out}" == hint
    (tree / "Makefile").write_text("all:\n\t@true\n")
    assert run(shlex.split(hint.replace("O={out}", "-C {tree}"))[1:]) == 0
