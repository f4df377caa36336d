# SPDX-License-Identifier: MIT
"""Locks, generated files and results that were made under other rules are told as such, once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.kconfig.dialect import DIALECTS

Capture = pytest.CaptureFixture[str]

KCONFIG = """
config A
	bool "a"
config DEEP
	bool "deep"
config IMP
	bool
	depends on DEEP
config Z
	bool "z"
	imply IMP
"""
NUMBER = """
config N
	int
config ZERO
	bool "zero"
	depends on N = 0
"""
PROJECT = """
dialect = "{}"
[generate]
templates = "templates"
[matrix.pairs]
strategy = "t-wise"
symbols = ["A", "DEEP", "Z{}"]
[[step]]
name = "test"
run = "true"
"""
TOLD = re.compile(r"made under the rules of (\S+), and those of (\S+) hold now")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose results other rules leave as they are, which is the folder."""
    files = {"Kconfig": KCONFIG, "configs/a.config": "CONFIG_Z=y\n", "configs/b.config": "\n",
             "templates/include/x.h": "int x;\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def under(folder: Path, dialect: str, more: str = "") -> None:
    """Let the project have a dialect."""
    (folder / "kvariant.toml").write_text(PROJECT.format(dialect, more), encoding="utf-8")


def told(capsys: Capture, *arguments: str, code: int = 0) -> str:
    """Return all that a command prints."""
    assert code == run(list(arguments))
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_lock_that_other_rules_change(folder: Path, capsys: Capture) -> None:
    """It is stale for the rules' sake, said once, and --write takes them."""
    (folder / "Kconfig").write_text(KCONFIG + NUMBER, encoding="utf-8")
    under(folder, "kconfiglib", '", "ZERO')
    told(capsys, "matrix", "pairs", "--write")
    under(folder, "linux-6.18", '", "ZERO')
    for command in (["matrix", "--check"], ["check"]):
        text = told(capsys, *command, code=1)
        assert [("kconfiglib", "linux-6.18")] == TOLD.findall(text)
        assert "variants.lock: error: stale: made under the rules" in text
        assert "hint: kvariant matrix --write" in text
    told(capsys, "matrix", "--write")
    assert "up to date" in told(capsys, "matrix", "--check")
    assert '"dialect": "linux-6.18"' in (folder / "variants.lock").read_text(encoding="utf-8")


def test_a_lock_that_other_rules_leave(folder: Path, capsys: Capture) -> None:
    """Nothing is stale; a warning says it, and --write ends it."""
    under(folder, "kconfiglib")
    told(capsys, "matrix", "pairs", "--write")
    under(folder, "linux-6.18")
    text = told(capsys, "matrix", "--check")
    assert "variants.lock is up to date: pairs" in text
    assert [("kconfiglib", "linux-6.18")] == TOLD.findall(text)
    assert "warning" in text
    record = json.loads(told(capsys, "matrix", "--check", "--json"))
    assert ["other-rules"] == [one["code"] for one in record["diagnostics"]]
    told(capsys, "matrix", "--write")
    assert not TOLD.findall(told(capsys, "matrix", "--check"))


def test_generated_files(folder: Path, capsys: Capture) -> None:
    """They are stale for the rules' sake: one error of all variants, until they are written."""
    under(folder, "kconfiglib")
    told(capsys, "generate")
    under(folder, "linux-6.18")
    text = told(capsys, "check", code=1)
    assert [("kconfiglib", "linux-6.18")] == TOLD.findall(text)
    assert 1 == text.count("[stale]")
    assert "hint: kvariant generate" in text
    assert [("kconfiglib", "linux-6.18")] == TOLD.findall(
        told(capsys, "generate", "--check", code=1)
    )
    assert [("kconfiglib", "linux-6.18")] == TOLD.findall(told(capsys, "generate"))
    assert "are fresh" in told(capsys, "generate", "--check")
    assert not TOLD.findall(told(capsys, "check"))


def test_results(folder: Path, capsys: Capture) -> None:
    """The first sweep under other rules says it, and leaves generated files fresh."""
    under(folder, "kconfiglib")
    told(capsys, "sweep")
    under(folder, "linux-6.18")
    assert [("kconfiglib", "linux-6.18")] == TOLD.findall(told(capsys, "sweep"))
    assert "are fresh" in told(capsys, "generate", "--check")
    assert not TOLD.findall(told(capsys, "sweep"))


def test_results_that_are_compared(folder: Path, capsys: Capture) -> None:
    """`report --compare` says once that two databases were made under differing rules."""
    under(folder, "kconfiglib")
    told(capsys, "sweep")
    state = folder / ".kvariant"
    before = folder / "before.sqlite"
    before.write_bytes((state / "results.sqlite").read_bytes())
    assert "made under" not in told(capsys, "report", "--compare", str(before))
    under(folder, "linux-6.18")
    told(capsys, "sweep")
    text = told(capsys, "report", "--compare", str(before))
    line = "before.sqlite: warning: made under the rules of kconfiglib, and those of linux-6.18"
    assert 1 == text.count(line)
    assert "in what it is compared with" in text
    assert run(["report", "--json", "--compare", str(before)]) == 0
    captured = capsys.readouterr()
    assert 1 == captured.err.count(line)
    assert json.loads(captured.out)["compared"] is not None


def test_a_tool_that_was_updated(folder: Path, capsys: Capture) -> None:
    """With `auto` the rules are those of the tree's own tool, whatever they are called."""
    source = folder / "scripts/kconfig"
    source.mkdir(parents=True)
    before = "static void sym_calc_value(struct symbol *sym) { sym_is_choice_value(sym); }\n"
    (source / "symbol.c").write_text(before, encoding="utf-8")
    under(folder, "auto")
    told(capsys, "generate")
    after = (
        "void sym_calc_choice(struct menu *choice)\n"
        "{ list_for_each_entry(sym, &choice->choice_members); }\n"
    )
    (source / "symbol.c").write_text(before + after, encoding="utf-8")
    ((then, now),) = TOLD.findall(told(capsys, "generate", "--check", code=1))
    assert then != now
    assert {then, now}.isdisjoint(DIALECTS)


def test_another_name_of_the_same_rules(folder: Path, capsys: Capture) -> None:
    """A set with two names is one: nothing is stale and nothing is said."""
    under(folder, "linux-6.18")
    told(capsys, "generate")
    told(capsys, "matrix", "pairs", "--write")
    under(folder, "linux")
    for command in (["generate", "--check"], ["matrix", "--check"], ["check"]):
        assert not TOLD.findall(told(capsys, *command))


def test_what_is_older_than_labels(folder: Path, capsys: Capture) -> None:
    """A lock and files without a label are told as they were before."""
    under(folder, "kconfiglib")
    told(capsys, "generate")
    told(capsys, "matrix", "pairs", "--write")
    for path in (*folder.glob("generated/*/variant.json"), folder / "variants.lock"):
        text = re.sub(r' *"dialect": "[^"]*",\n', "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    under(folder, "linux-6.18")
    text = told(capsys, "matrix", "--check")
    assert "up to date" in text
    assert not TOLD.findall(text + told(capsys, "generate", "--check", code=1))
