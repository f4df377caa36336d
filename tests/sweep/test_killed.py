# SPDX-License-Identifier: MIT
"""A sweep that is killed with -9 at any moment, then run again, ends as one that was not."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

import programs
from errors.case import sound_project
from killed_sweeps import STEP, killed_after, left_over, verdicts

SEED = 20261123
MOMENTS = 20
_PROJECT = """
tests = ["tests"]
[generate]
templates = "templates"
[[step]]
name = "lint"
run = "sleep 0.0%s1; grep -q CONFIG_NET=y {config}; echo $? > {results}/lint; exit 0"
reads = ["Kconfig"]
[[step]]
name = "boot"
run = "sleep 0.05%s2; ! grep -q CONFIG_TLS=y {config}"
reads = ["Kconfig"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with our own steps and two more, of which one fails in some variants."""
    project = sound_project(tmp_path / "project")
    mark = f"{random.Random(str(tmp_path)).randrange(10**9):09}"  # told apart in /proc
    (project / "kvariant.toml").write_text(_PROJECT % (mark, mark))
    for number in range(3):
        (project / f"configs/v{number}.config").write_text("CONFIG_NET=y\nCONFIG_TLS=y\n")
    (project / "tests").mkdir()
    (project / "tests/test_net.py").write_text(
        "import time\n"
        "def test_depth(variant):\n"
        "    time.sleep(0.02)\n"
        "    assert variant.import_module('net').depth() == (3 if variant['NET'] else 0)\n"
        "def test_base(variant):\n"
        "    assert variant.name != 'base'\n"
    )
    return project


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not on PATH")
def test_killed_at_any_moment(project: Path, tmp_path: Path) -> None:
    """Killed 20 times at random moments, then run again: same outcomes, nothing left over."""
    whole = shutil.copytree(project, tmp_path / "whole")
    began = time.monotonic()
    expected = verdicts(_swept(whole))
    seconds = time.monotonic() - began  # of a whole one on this machine, as it is now
    assert {how for how, _ in expected.values()} == {"ok", "failed", "skipped"}
    assert len(expected) >= 25
    mark = project.joinpath("kvariant.toml").read_text().partition("sleep 0.0")[2][:9]
    moments, struck = random.Random(SEED), 0
    for moment in range(MOMENTS):
        if moment % 4 == 0:  # from the very beginning, then on from where it was killed
            shutil.rmtree(project / ".kvariant", ignore_errors=True)
            shutil.rmtree(project / "generated", ignore_errors=True)
        struck += killed_after(project, seconds * moments.uniform(0.05, 0.6))
        assert left_over(mark) == []
        if moment % 4 == 3:
            assert expected == verdicts(_swept(project)), f"seed {SEED}, moment {moment}"
    assert struck >= MOMENTS // 2, "the sweep was struck on its way, not behind it"


def _swept(project: Path) -> dict[str, object]:
    done = programs.run(STEP, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    record: dict[str, object] = json.loads(done.stdout)
    return record
