# SPDX-License-Identifier: MIT
"""What CI and the hooks run is what the Makefile runs, on the Pythons that we claim."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from house.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
CLAIMED = [
    match[1]
    for line in PROJECT["classifiers"]
    if (match := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
]


def test_every_python_that_is_claimed_is_tested() -> None:
    """The matrix of the workflow is the list of classifiers, from the oldest that we need."""
    assert CLAIMED == WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert PROJECT["requires-python"] == f">={CLAIMED[0]}"
    minor = int(CLAIMED[0].partition(".")[2])
    assert f"sys.version_info < (3, {minor})" in MAKEFILE


@pytest.mark.parametrize("job", WORKFLOW["jobs"])
def test_the_workflow_calls_make(job: str) -> None:
    """No check is written into the workflow: each can be run here by the same words."""
    commands = [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]
    assert commands == [f"make {job} PYTHON=python"]
    assert re.search(rf"^{job}:", MAKEFILE, re.MULTILINE)


def test_hooks_are_what_make_check_runs() -> None:
    """Each hook is a line of `make check`, and nothing is fetched for it."""
    (repository,) = HOOKS
    assert repository["repo"] == "local"
    assert repository["hooks"]
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        command = hook["entry"].removeprefix(".venv/bin/")
        assert f"\t$(RUN)/{command}\n" in MAKEFILE
