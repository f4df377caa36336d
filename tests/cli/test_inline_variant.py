# SPDX-License-Identifier: MIT
"""Variants on the command line, and commands that run a failing one again anywhere."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
KCONFIG = """\
config A
	bool "a"
config B
	bool "b"
	default y
config N
	int "n"
	default 3
config S
	string "s"
	default "x"
config T
	tristate "t"
"""
PROJECT = """\
[matrix]
default = "pairs"
[matrix.pairs]
strategy = "t-wise"
[[step]]
name = "t"
run = '''%s'''
"""


def lay_out(folder: Path, command: str, kconfig: str = KCONFIG) -> None:
    """Write a small project."""
    folder.mkdir(exist_ok=True)
    (folder / "Kconfig").write_text(kconfig, encoding="utf-8")
    (folder / "kvariant.toml").write_text(PROJECT % command, encoding="utf-8")


def test_values_are_a_variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set is in its configuration, all else as the tree has it by default."""
    lay_out(tmp_path, "cp {config} {tree}/seen")
    monkeypatch.chdir(tmp_path)
    settings = ["A=y", "B=n", "N=7", 'S="two words"', "T=y"]
    assert run(["sweep", "-q", "--set", *settings]) == 0
    seen = (tmp_path / "seen").read_text().splitlines()
    for line in ("CONFIG_A=y", "# CONFIG_B is not set", "CONFIG_N=7", 'CONFIG_S="two words"'):
        assert line in seen
    assert run(["sweep", "-q", "--set", "CONFIG_A=y"]) == 0
    seen = (tmp_path / "seen").read_text().splitlines()
    assert {"CONFIG_A=y", "CONFIG_B=y", "CONFIG_N=3"} <= set(seen)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["A"], "--set 'A' is not of the form NAME=VALUE [usage]"),
        (["=y"], "--set '=y' is not of the form NAME=VALUE [usage]"),
        (["A=y", "A=n"], "--set asks for A twice: y and n [usage]"),
        (["AA=y"], "AA"),
        (["N=seven"], "N"),
    ],
)
def test_what_is_no_variant(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    settings: list[str],
    message: str,
) -> None:
    """What cannot be had is an error, as in a fragment."""
    lay_out(tmp_path, "true")
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "-q", "--set", *settings]) == 2
    assert message in capsys.readouterr().err


MANY = "".join(f'config X{n}\n\tbool "x"\n' for n in range(60))


@pytest.mark.parametrize(
    ("kconfig", "command", "options", "part"),
    [
        (KCONFIG, "! grep A=y {config}", [], " --set "),
        (KCONFIG, "! grep T=y {config}", ["pairs"], " --set "),
        (KCONFIG, "! grep A=y {config}", ["pairwise", "--symbols", "A", "B", "T"], " --set "),
        # Too many values: the same choice, made again.
        (MANY, "test $(grep -c =y {config}) -lt 27", [], " -k "),
        (MANY, "test $(grep -c =y {config}) -lt 27", ["pairwise", "--symbols=X*"], "--symbols="),
    ],
)
def test_again_works_in_another_checkout(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    kconfig: str,
    command: str,
    options: list[str],
    part: str,
) -> None:
    """The line as it is told runs where no state folder is, and fails there in the same way."""
    here, there = tmp_path / "here", tmp_path / "there"
    lay_out(here, command, kconfig)
    monkeypatch.chdir(here)
    assert run(["sweep", "--json", "-q", *options]) == 1
    found = json.loads(capsys.readouterr().out)["failures"]
    assert found
    shutil.copytree(here, there, ignore=shutil.ignore_patterns(".kvariant"))
    monkeypatch.chdir(there)
    for failure in found:
        assert part in failure["again"]
        assert ".kvariant" not in failure["again"]
        assert run([*shlex.split(failure["again"])[1:], "--json", "-q"]) == 1
        (again,) = json.loads(capsys.readouterr().out)["failures"]
        assert again["message"] == failure["message"]
        assert len(again["variants"]) == 1


def test_again_after_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The same for what blame ran: its fragments are in the state folder, too."""
    here, there = tmp_path / "here", tmp_path / "there"
    lay_out(here, "! (grep A=y {config} && grep B=y {config})")
    monkeypatch.chdir(here)
    assert run(["blame", "--json", "-q"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    shutil.copytree(here, there, ignore=shutil.ignore_patterns(".kvariant"))
    monkeypatch.chdir(there)
    assert ".kvariant" not in failure["again"]
    assert run([*shlex.split(failure["again"])[1:], "-q"]) == 1
