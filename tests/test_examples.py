"""What docs/examples shows is true: each project, as a new user runs it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler_calls import PER_CONTENT, counted

EXAMPLES = Path(__file__).parents[1] / "docs/examples"
LEFT = shutil.ignore_patterns(".kvariant", "generated", "__pycache__", ".pytest_cache")


def summary(folder: Path) -> str:
    """Return the line of counts that `pytest -n 2` prints in a project."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = re.search(r"^=+ (kvariant: .*) =+$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return found[1]


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
