# SPDX-License-Identifier: MIT
"""The action and the hooks at the root: their commands, run as the hosts run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = """\
[matrix.all]
strategy = "distinct"
symbols = ["*"]
[[step]]
name = "check"
run = "if grep -q ALPHA=y {config}; then echo 'm.c:3: error: bad'; exit 1; fi"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of its own, and a kvariant beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Kconfig").write_text('config ALPHA\n\tbool "alpha"\nconfig BETA\n\tbool "beta"\n')
    (folder / "kvariant.toml").write_text(PROJECT)
    program = tmp_path / "bin" / "kvariant"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m kvariant "$@"\n')
    program.chmod(0o755)
    return folder


def action() -> Any:
    """Return what action.yml says."""
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def ran(step: Any, folder: Path, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as GitHub does: bash with -e and pipefail."""
    given = {name: one.get("default", "") for name, one in action()["inputs"].items()} | inputs

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], text)

    assert "${{" not in step["run"], "what a user gives must not be part of a script"
    environment = {name: filled(value) for name, value in step.get("env", {}).items()}
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    summary = {"GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"), "PATH": path}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder / filled(step.get("working-directory", ".")),
        env={**os.environ, **environment, **summary},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_action_sweeps_and_reports(project: Path) -> None:
    """A failing sweep fails its step; the report step writes all that was asked for."""
    install, sweep, report = action()["runs"]["steps"]
    assert "pip install" in install["run"]
    ended = ran(sweep, project, {"matrix": "all", "arguments": "-q\n\n-j\n2\n"})
    assert ended.returncode == 1, ended.stderr
    assert "fails where ALPHA" in ended.stdout
    ended = ran(report, project, {"html": "page.html", "sarif": "o.sarif"})
    assert ended.returncode == 0, ended.stderr
    assert "distinct failure" in (project.parent / "summary.md").read_text(encoding="utf-8")
    assert (project / "page.html").is_file()
    assert (project / "o.sarif").is_file()


def test_inputs_are_no_shell(project: Path) -> None:
    """What a user gives is an argument, whatever it looks like."""
    _, sweep, _ = action()["runs"]["steps"]
    ended = ran(sweep, project, {"matrix": "all", "arguments": "$(touch hurt)\n; touch hurt"})
    assert ended.returncode == 2
    assert not (project / "hurt").exists()


def test_bad_input_fails_the_report(project: Path) -> None:
    """What is no failure of a variant is not hidden: here there was no sweep."""
    *_, report = action()["runs"]["steps"]
    assert ran(report, project, {}).returncode != 0


def test_hooks_are_commands_of_ours(project: Path) -> None:
    """Each hook runs, without file names, and is met by the files of a project."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert ["kvariant-check", "kvariant-generate"] == [hook["id"] for hook in hooks]
    for hook in hooks:
        assert hook["pass_filenames"] is False
        for name in ("Kconfig", "lib/Kconfig.net", "configs/a.config", "kvariant.toml"):
            assert re.search(hook["files"], name)
        ended = subprocess.run(
            [*hook["entry"].split(), "-h"],
            cwd=project,
            env={**os.environ, "PATH": f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0
