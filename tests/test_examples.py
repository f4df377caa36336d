"""What docs/examples shows is true: each project, as a new user runs it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler_calls import PER_CONTENT, counted

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS / "examples"
LEFT = shutil.ignore_patterns(".kvariant", "generated", "__pycache__", ".pytest_cache")
MORE = "...\n"
"""Where a page shows no more of what is printed."""


def summary(folder: Path) -> str:
    """Return the line of counts that `pytest -n 2` prints in a project."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = re.search(r"^=+ (kvariant: .*) =+$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return found[1]


def printed(folder: Path, *command: str) -> str:
    """Return what a Python program prints in a project, as it would stand in a terminal."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


def in_tutorial(command: str) -> list[str]:
    """Return what the tutorial shows of a command, once for each time that it is run there."""
    shown = rf"^\$ {re.escape(command)}\n(.*?)(?=^\$ |^```$)"
    return re.findall(shown, (DOCS / "tutorial.md").read_text(), re.MULTILINE | re.DOTALL)


def test_sensor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under pytest-xdist each content is compiled once, and the page shows what is printed."""
    project = tmp_path / "sensor"
    shutil.copytree(EXAMPLES / "sensor", project, ignore=LEFT)
    calls = counted(tmp_path, monkeypatch)
    shown = re.findall(r"^= (kvariant: .*) =$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert shown == [summary(project), summary(project)]
    assert calls() == 3 * PER_CONTENT
    written = {path.name for path in (project / "generated").iterdir()}
    assert written == {path.stem for path in (project / "configs").iterdir()}


def test_billing(tmp_path: Path) -> None:
    """What the tutorial shows of it is printed, with a beginner's faults and without."""
    project = tmp_path / "billing"
    shutil.copytree(EXAMPLES / "billing", project, ignore=LEFT)

    patch = ("git", "apply", "beginner.patch")
    subprocess.run(patch, cwd=project, check=True)
    with_faults = printed(project, "kvariant", "check")
    subprocess.run((*patch, "--reverse"), cwd=project, check=True)

    assert in_tutorial("kvariant generate") == [printed(project, "kvariant", "generate")]
    without = printed(project, "kvariant", "check")
    assert in_tutorial("kvariant check")[:2] == [with_faults, without]
    assert in_tutorial("kvariant matrix") == [printed(project, "kvariant", "matrix")]
    (shown,) = in_tutorial("pytest -q tests")
    tested = printed(project, "pytest", "-q", "tests", "-p", "no:cacheprovider")
    assert shown == tested[: len(shown) - len(MORE)] + MORE
