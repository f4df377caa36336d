# SPDX-License-Identifier: MIT
"""`kvariant init --ci github`: a workflow of the right shape, whose commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from kvariant.cli import cli, run

PATH = ".github/workflows/kvariant.yml"
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


class Yaml:
    """A reader of the YAML that workflows need: mappings, lists and scalars in block style."""

    def __init__(self, text: str) -> None:
        lines = (re.sub(r"(^|\s+)#.*$", "", line) for line in text.splitlines())
        self._lines = [line for line in lines if line.strip()]
        assert not any("\t" in line for line in self._lines)

    def read(self) -> Any:
        """Return the document; every line must be part of it."""
        value = self._block(0)
        assert not self._lines
        return value

    def _indent(self) -> int:
        line = self._lines[0] if self._lines else ""
        return len(line) - len(line.lstrip())

    def _block(self, indent: int) -> Any:
        return self._list(indent) if self._is_item(indent) else self._mapping(indent)

    def _is_item(self, indent: int) -> bool:
        return bool(self._lines) and self._lines[0].startswith(" " * indent + "- ")

    def _list(self, indent: int) -> list[Any]:
        items = []
        while self._indent() == indent and self._is_item(indent):
            self._lines[0] = " " * (indent + 2) + self._lines[0][indent + 2 :]
            items.append(self._mapping(indent + 2))
        return items

    def _mapping(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._lines and self._indent() == indent and not self._is_item(indent):
            match = re.fullmatch(r" *([\w-]+):(?: (.+))?", self._lines.pop(0))
            assert match
            key, text = match.groups()
            assert key not in found
            if text is None and (self._indent() > indent or self._is_item(indent)):
                found[key] = self._block(self._indent())
            else:
                found[key] = self._scalar(text)
        return found

    @staticmethod
    def _scalar(text: str | None) -> str | None:
        if text is None:
            return None
        if text[0] in "\"'":
            assert text[-1] == text[0]
            assert text[0] not in text[1:-1]
            return text[1:-1]
        assert ": " not in text
        assert text[0] not in "[{&*!|>%@`"
        return text


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository's folder, made the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(workflow: dict[str, Any]) -> list[list[str]]:
    """Return the words of each of our commands, expressions replaced by `X`."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    lines = [EXPRESSION.sub("X", step["run"]) for step in steps if "run" in step]
    return [shlex.split(line.partition(" >> ")[0]) for line in lines if line[:9] == "kvariant "]


def test_the_jobs_fit_together(here: Path) -> None:
    """Every job that is needed and every output that is used is there, and nothing is hidden."""
    assert run(["init", "--ci", "github"]) == 0
    workflow = Yaml((here / PATH).read_text()).read()
    jobs = workflow["jobs"]
    assert workflow["on"] == {"push": None, "pull_request": None}
    assert list(jobs) == ["plan", "sweep", "report"]
    assert (jobs["sweep"]["needs"], jobs["report"]["needs"]) == ("plan", "sweep")
    assert jobs["report"]["if"] == "always()"
    assert jobs["sweep"]["strategy"]["fail-fast"] == "false"
    used = EXPRESSION.fullmatch(jobs["sweep"]["strategy"]["matrix"])
    assert used
    assert used[1] == "fromJSON(needs.plan.outputs.matrix)"
    steps = {step["id"]: step for step in jobs["plan"]["steps"] if "id" in step}
    output = EXPRESSION.fullmatch(jobs["plan"]["outputs"]["matrix"])
    assert output
    assert output[1] == "steps.matrix.outputs.matrix"
    assert steps["matrix"]["run"].endswith(' >> "$GITHUB_OUTPUT"')
    sweeps, reports = jobs["sweep"]["steps"], jobs["report"]["steps"]
    (upload,) = (s for s in sweeps if s.get("uses", "").startswith("actions/upload-artifact@"))
    assert upload["if"] == "always()"
    assert upload["with"]["include-hidden-files"] == "true"  # the state folder begins with a dot
    (download,) = (s for s in reports if s.get("uses", "").startswith("actions/download-artifact@"))
    (summary,) = (s["run"] for s in reports if "kvariant report" in s.get("run", ""))
    assert summary.endswith(' --markdown >> "$GITHUB_STEP_SUMMARY"')
    name = upload["with"]["name"].partition("$")[0]
    assert download["with"]["pattern"] == f"{name}*"


def test_the_commands_exist(here: Path) -> None:
    """Each command of the workflow has a verb and options that kvariant has."""
    assert run(["init", "--ci", "github"]) == 0
    found = commands(Yaml((here / PATH).read_text()).read())
    assert [words[1] for words in found] == ["check", "matrix", "sweep", "report"]
    for _, verb, *arguments in found:
        command = cli.get_command(click.Context(cli), verb)
        assert command
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= known


def test_a_new_project_passes_its_first_step(here: Path) -> None:
    """The first command succeeds on what `init` writes, and whether generated/ is kept or not."""
    assert run(["init", "--ci", "github"]) == 0
    first, *_ = commands(Yaml((here / PATH).read_text()).read())
    assert run(first[1:]) == 0
    assert run(["generate"]) == 0
    assert run(first[1:]) == 0


def test_a_project_gets_the_workflow_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the project's own matrix and state folder, from a folder of the repository."""
    sub = here / "code/firmware"
    sub.mkdir(parents=True)
    text = 'kconfig = "Kconfig"\nmatrix = "pairwise"\nstate = "out/state"\n'
    (sub / "kvariant.toml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(sub)
        assert run(["init", "--ci", "github"]) == 0
        assert f"../../{PATH}" in capsys.readouterr().out
        assert [path.name for path in sub.iterdir()] == ["kvariant.toml"]
        assert run(["init", "--ci", "github"]) == 2
    assert "is there already" in capsys.readouterr().err
    workflow = Yaml((here / PATH).read_text()).read()
    assert workflow["defaults"] == {"run": {"working-directory": "code/firmware"}}
    found = commands(workflow)
    assert [words[2] for words in found if words[1] in ("matrix", "sweep")] == ["pairwise"] * 2
    assert found[-1][found[-1].index("--require") + 1] == "pairwise"
    paths = [s["with"]["path"] for s in workflow["jobs"]["sweep"]["steps"] if "path" in str(s)]
    assert paths == ["code/firmware/out/state", "code/firmware/out/state/results.sqlite"]


def test_language_and_project_do_not_go_together(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A language is for new projects."""
    (here / "kvariant.toml").write_text("")
    assert run(["init", "--ci", "github", "--language", "c"]) == 2
    assert "--language is for new projects; there is a project" in capsys.readouterr().err
