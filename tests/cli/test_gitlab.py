# SPDX-License-Identifier: MIT
"""GitLab's pipeline and its child, run line by line in shells with GitLab's variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from kvariant.cli import run
from project_trees import lay_out

Capture = pytest.CaptureFixture[str]
FOLDER = "code/it's firm ware"
STEP = """
[[step]]
name = "build"
run = "grep -q CONFIG_B=y {config} && echo m.c:3: error: bad && exit 1; true"
"""


class Host:
    """Runs jobs as GitLab does: each in a shell of its own, in the repository's top folder."""

    def __init__(self, top: Path) -> None:
        self._top = top
        programs = top.parent / "programs"
        programs.mkdir(exist_ok=True)
        for name, text in {
            "kvariant": f'exec {sys.executable} -m kvariant "$@"',
            "pip": ":",
        }.items():
            program = programs / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        self._path = f"{programs}:{os.environ['PATH']}"

    def ran(self, script: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
        """Run lines until one fails; return the exit code and all that is printed."""
        ended = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", "\n".join(script)],
            cwd=self._top,
            env={**os.environ, "PATH": self._path, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return ended.returncode, ended.stdout


def jobs(child: Mapping[str, Any], host: Host) -> tuple[list[int], tuple[int, str]]:
    """Run a child pipeline; return how its sweeps ended, and its report."""
    sweep, report, codes = child["sweep"], child["report"], []
    for index in range(1, sweep["parallel"] + 1):
        given = child["variables"] | {
            "CI_NODE_INDEX": f"{index}",
            "CI_NODE_TOTAL": f"{sweep['parallel']}",
        }
        code, said = host.ran([*sweep["before_script"], *sweep["script"]], given)
        assert code in (0, 1), said
        codes.append(code)
        assert (0, "") == host.ran(sweep["after_script"], given)
    ended = host.ran([*report["before_script"], *report["script"]], child["variables"])
    return codes, ended


@pytest.mark.parametrize("folder", ["", FOLDER])
def test_a_pipeline_from_end_to_end(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What init writes plans a child pipeline that sweeps every variant once and reports all."""
    top = tmp_path / "repository"
    here = lay_out(top / folder, f'matrix = "pairwise"\nstate = "made/state"\n{STEP}')
    (top / ".git").mkdir()
    (here / "m.c").write_text("int a;\nint b;\nint c\n")
    monkeypatch.chdir(here)
    assert run(["init", "--ci", "gitlab"]) == 0
    parent = yaml.safe_load((top / ".gitlab-ci.yml").read_text())
    assert parent["stages"] == [parent["plan"]["stage"], parent["sweep"]["stage"]]
    trigger = parent["sweep"]["trigger"]
    assert trigger["strategy"] == "depend"
    (made,) = parent["plan"]["artifacts"]["paths"]
    assert trigger["include"] == [{"artifact": made, "job": "plan"}]

    host = Host(top)
    code, said = host.ran(parent["plan"]["script"], {})
    assert code == 0, said
    child = yaml.safe_load((top / made).read_text())
    assert child["stages"] == [child[job]["stage"] for job in ("sweep", "report")]
    assert {*parent["sweep"]["variables"]} == {*child["variables"]}
    assert child["sweep"]["parallel"] == 5
    assert child["report"]["when"] == child["sweep"]["artifacts"]["when"] == "always"
    assert "needs" not in child["report"], "GitLab takes 50 at most"

    codes, (code, said) = jobs(child, host)
    assert {*codes} == {0, 1}
    assert code == 1
    assert "did not report" not in said
    below = f"{folder}/" if folder else ""
    reports = child["report"]["artifacts"]["reports"]
    assert child["sweep"]["artifacts"]["paths"] == [f"{below}sweep-*.sqlite"]
    assert child["sweep"]["cache"]["paths"] == [f"{below}made/state"]
    assert (top / f"{below}made/state").is_dir()
    suites = ElementTree.parse(top / reports["junit"]).getroot()
    assert len(suites) == 5
    (issue,) = json.loads((top / reports["codequality"]).read_text())
    assert issue["location"]["path"].endswith("m.c")
    for path in child["report"]["artifacts"]["paths"]:
        assert (top / path).is_file()
    capsys.readouterr()
    assert run(["init", "--ci", "gitlab"]) == 2
    assert "is there already" in capsys.readouterr().err


SELECTIONS = [
    ([], 5, "named"),
    (["pairwise"], 5, "pairwise"),
    (["pairwise", "--symbols", "A", "B", "--where", 'B || !A && C!="$x"'], 2, ""),
    (["--config", "configs/a*.config", "-k", "a*", "-k", "c"], 3, ""),
    (["named", "--env", "X=it's $HOME"], 5, ""),
    (["--kconfig", "Kconfig", "--dialect", "linux", "--no-shell"], 5, ""),
]


@pytest.mark.parametrize(("words", "count", "required"), SELECTIONS)
def test_the_jobs_choose_the_same(
    words: list[str],
    count: int,
    required: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    """Whatever chooses the variants, two jobs have each of them once, whole words and all."""
    top = lay_out(tmp_path / "tree")
    monkeypatch.chdir(top)
    assert run(["matrix", *words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    names = {one["name"] for one in record["variants"]}
    assert len(names) == count
    assert run(["matrix", *words, "--ci", "gitlab", "--max-jobs", "2"]) == 0
    child = yaml.safe_load(capsys.readouterr().out)
    assert child["sweep"]["parallel"] == min(2, count)
    assert (f"--require {required} " in child["report"]["script"][-1]) == bool(required)
    swept: list[str] = []
    host = Host(top)
    for index in range(1, child["sweep"]["parallel"] + 1):
        given = {"CI_NODE_INDEX": f"{index}", "CI_NODE_TOTAL": f"{child['sweep']['parallel']}"}
        (line,) = child["sweep"]["script"]
        code, said = host.ran([f"{line} --json -q -- true 2>&1 >out.json"], given)
        assert code == 0, said
        swept += [cell["variant"] for cell in json.loads((top / "out.json").read_text())["cells"]]
    assert sorted(names) == sorted(swept)


def test_what_is_read_from_the_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patch that is piped in chooses variants that no job could choose again: it is refused."""
    top = lay_out(tmp_path / "tree", '[matrix.m]\nstrategy = "distinct"\nsymbols = ["reads:-"]\n')
    for words in ("pairwise --symbols reads:-", "m"):
        line = f"echo CONFIG_A CONFIG_C | kvariant matrix {words}"
        code, said = Host(top).ran([f"{line} --ci gitlab"], {})
        assert code == 2, said
        assert "standard input" in said
        assert Host(top).ran([line], {})[0] == 0


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """GitLab makes 200 jobs at most."""
    monkeypatch.chdir(lay_out(tmp_path / "tree"))
    assert run(["matrix", "--ci", "gitlab", "--max-jobs", "201"]) == 2
    assert "gitlab takes 200 at most" in capsys.readouterr().err
    assert run(["matrix", "--ci", "gitlab", "--max-jobs", "200"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["sweep"]["parallel"] == 5
