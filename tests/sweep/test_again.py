# SPDX-License-Identifier: MIT
"""Each `again:` line, run as it is pasted, shows the failure once more."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

import programs
from kvariant.cli import run

pytestmark = pytest.mark.usefixtures("forked_pytests")
Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config A
	bool "A"

config B
	bool "B"
	depends on A
"""
PROJECT = """\
tests = ["tests"]
[generate]
templates = "templates"
[matrix.pairs]
strategy = "t-wise"
symbols = ["A", "B"]
[matrix.today]
strategy = "uniform"
size = 2
random-seed = "date"
"""
TESTS = """\
import pytest
@pytest.mark.parametrize("n", ["it's one"])
def test_b(variant, n): assert not variant["B"], "b is on"
"""
DIES = "import os\ndef test_b(variant):\n    if variant['B']: os._exit(3)\n"
COMMANDS = {
    "kvariant": programs.kvariant(),
    "pytest": [sys.executable, "-m", "pytest"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose test fails where B is on; it is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    for name, text in {
        "kvariant.toml": PROJECT,
        "other.toml": f'kconfig = "Kconfig"\n{PROJECT}',
        "pytest.ini": "[pytest]\n",
        "configs/a.config": "CONFIG_A=y\n",
        "configs/ab.config": "CONFIG_A=y\nCONFIG_B=y\n",
        "else/where.config": "CONFIG_A=y\nCONFIG_B=y\n",
        "templates/b.py.j2": "B = {{ B }}\n",
        "tests/test_b.py": TESTS,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _again(capsys: Capture, *arguments: str) -> str:
    """Return the command that a sweep names for its one failure."""
    capsys.readouterr()
    assert run(["sweep", "--json", "-q", "-j", "1", *arguments]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    return str(failure["again"])


def _shows(command: str, project: Path) -> str:
    """Run a command as a shell does; return what it prints. It fails."""
    first, *words = shlex.split(command)
    done = programs.run(
        [*COMMANDS[first], *words], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "[ab-it's one]"),
        (("pairs",), "--kvariant-matrix=pairs"),
        (("pairs", "--where", "B"), "kvariant sweep --step test --set "),
        (("pairwise", "--symbols", "A", "B"), "kvariant sweep --step test --set "),
        (("today", "--where", "B"), "kvariant sweep --step test --set "),
        (("--config", "else/where.config"), "--kvariant-config=else/where.config"),
        (("--project", "other.toml"), "kvariant sweep --step test -k ab --project=other.toml"),
        (("--no-shell",), "kvariant sweep --step test -k ab --no-shell"),
    ],
)
def test_a_test_runs_again(
    project: Path, capsys: Capture, arguments: tuple[str, ...], told: str
) -> None:
    """A failing test by pytest, with what chooses its variant; else by a sweep of that variant."""
    again = _again(capsys, *arguments)
    assert told in again.replace("'\"'\"'", "'")
    shown = _shows(again, project)
    assert "b is on" in shown
    assert "passed" not in shown  # of this variant alone


@pytest.mark.parametrize("arguments", [(), ("pairs",), ("--config", "else/where.config")])
def test_a_pytest_that_died_runs_again(
    project: Path, capsys: Capture, arguments: tuple[str, ...]
) -> None:
    """Where no test can be named, all of the variant are run."""
    (project / "tests/test_b.py").write_text(DIES)
    first, *words = shlex.split(_again(capsys, *arguments))
    done = programs.run([*COMMANDS[first], *words], cwd=project, capture_output=True, check=False)
    assert done.returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("pairs",),
        ("pairwise", "--symbols", "A", "B"),
        ("--config", "else/where.config"),
        ("--project", "other.toml"),
        ("--env", "WHAT=it's"),
        ("--env", "WHAT=a", "--env", "WHAT=b", "-k", "a/*"),
        ("-k", "ab"),
        ("--where", "B"),
    ],
)
@pytest.mark.parametrize(
    "command", [("! grep -q '^CONFIG_B=y' {config}",), ("grep", "-q", "B is not set", "{config}")]
)
def test_a_step_runs_again(
    project: Path, capsys: Capture, arguments: tuple[str, ...], command: tuple[str, ...]
) -> None:
    """A command's failure by the same command, in that variant alone."""
    (project / "configs/bare.config").write_text("")
    again = _again(capsys, *arguments, "--", *command)
    capsys.readouterr()
    assert run([*_inserted(shlex.split(again)[1:], "--json")]) == 1
    record = json.loads(capsys.readouterr().out)
    heads = [cell for cell in record["cells"] if cell["step"] == "build"]
    assert ["failed"] == [cell["outcome"] for cell in heads]


def _inserted(words: list[str], word: str) -> list[str]:
    return [words[0], word, *words[1:]]
