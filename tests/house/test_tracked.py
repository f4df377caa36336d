# SPDX-License-Identifier: MIT
"""What the repository holds: the pipeline at its top, and nothing that a run left there."""

from __future__ import annotations

import subprocess
from pathlib import PurePosixPath

import pytest

from house.source import ROOT

_PIPELINE = {"Kconfig", "configs", "generator", "generated", "tests", "pyproject.toml"}
_PAPERS = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "RELEASING.md", "SECURITY.md"}
_TOOLS = {"Makefile", "action.yml", "benchmarks", "docs"}


@pytest.fixture(scope="module")
def tracked() -> list[PurePosixPath]:
    """Return the paths that are in the index."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no checkout of git")
    return [PurePosixPath(path) for path in done.stdout.split("\0") if path]


def test_the_top_shows_the_pipeline(tracked: list[PurePosixPath]) -> None:
    """At the top are the pipeline, its papers and its tools; whoever adds a name says so here."""
    assert len(tracked) > 1000
    top = {path.parts[0] for path in tracked}
    assert {name for name in top if not name.startswith(".")} == _PIPELINE | _PAPERS | _TOOLS


def test_nothing_that_a_run_left_is_tracked(tracked: list[PurePosixPath]) -> None:
    """No state folder, database, bytecode or log of ours is in the repository."""
    left = {".kvariant", "__pycache__", ".venv", ".hypothesis", ".pytest_cache"}
    suffixes = {".sqlite", ".pyc", ".log"}
    assert [] == [path for path in tracked if left & {*path.parts} or path.suffix in suffixes]
