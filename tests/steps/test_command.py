# SPDX-License-Identifier: MIT
"""A step's report: read when its command has written it, and removed where it is ours alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run

_XML = '<testsuite tests="1"><testcase name="{}"/></testsuite>'
_STEP = """
[[step]]
name = "t"
run = '''{}'''
results = "junit:{}"
reads = ["Kconfig"]
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a project of one variant, whose step is still to be written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n')
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/v.config").write_text("CONFIG_A=y\n")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("true", "error"),
        ("false", "failed"),
        ("echo '<testsuite><testcase name=\"new\"/></testsuite>' > tests.xml", "ok"),
        ("cp -p tests.xml same.xml && cp -p same.xml tests.xml", "ok"),
        ("cp tests.xml other.xml && mv other.xml tests.xml", "ok"),
        ("touch tests.xml", "ok"),
    ],
)
def test_a_file_of_the_project(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    expected: str,
) -> None:
    """A report in the tree is never removed, and counts only where the command has written it."""
    (tmp_path / "tests.xml").write_text(_XML.format("old"))
    (tmp_path / "kvariant.toml").write_text(_STEP.format(command, "tests.xml"))
    for _ in range(2):
        run(["sweep", "--json", "--no-reuse"])
        cell = json.loads(capsys.readouterr().out)["cells"][0]
        assert cell["outcome"] == expected, cell
        if expected == "error":
            assert cell["reason"] == "no results: the file is from before this run"
        assert (tmp_path / "tests.xml").exists()


def test_links_out_of_our_folders(tmp_path: Path) -> None:
    """A report behind a link that a step has made is not ours to remove."""
    precious = tmp_path / "precious/tests.xml"
    precious.parent.mkdir()
    precious.write_text(_XML.format("old"))
    step = _STEP.format("ln -sfn ../../../precious {results}/x", "{results}/x/tests.xml")
    (tmp_path / "kvariant.toml").write_text(step)
    for _ in range(3):
        run(["sweep", "-q", "--no-reuse"])
        assert precious.exists()


def test_what_is_ours_is_not_read_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In {results} an earlier report is gone before the command runs: what appends begins anew."""
    step = _STEP.format("echo 'ok 1 a' >> {results}/r; echo 1..1 >> {results}/r", "{results}/r")
    (tmp_path / "kvariant.toml").write_text(step.replace("junit:", "tap:"))
    for _ in range(2):
        assert run(["sweep", "--json", "--no-reuse"]) == 0
        assert json.loads(capsys.readouterr().out)["cells"][0]["outcome"] == "ok"


def test_a_report_that_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of ours that stays though it was to go is not what the command has written."""
    write = f"test -e again || echo '{_XML.format('old')}' > {{results}}/tests.xml"
    (tmp_path / "kvariant.toml").write_text(_STEP.format(write, "{results}/tests.xml"))
    assert run(["sweep", "-q"]) == 0
    (tmp_path / "again").touch()
    unlink = Path.unlink

    def refuses(self: Path, missing_ok: bool = False) -> None:
        if self.name == "tests.xml":
            raise PermissionError(1, "Operation not permitted", str(self))
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuses)
    capsys.readouterr()
    run(["sweep", "--json", "--no-reuse"])
    cell = json.loads(capsys.readouterr().out)["cells"][0]
    assert ("error", "no results: the file is from before this run") == (
        cell["outcome"],
        cell["reason"],
    )
