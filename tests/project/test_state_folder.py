# SPDX-License-Identifier: MIT
"""The state folder: nothing in it goes that we did not make."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.errors import InputError
from kvariant.project.state_folder import MARK, claimed

_PROJECT = """state = "{}"
[[step]]
name = "s"
run = "echo made > {{out}}/made"
reads = ["Kconfig"]
"""


def _tree(folder: Path, state: str) -> None:
    (folder / "Kconfig").write_text('config A\n\tbool "a"\n')
    (folder / "configs").mkdir()
    (folder / "configs/v.config").write_text("CONFIG_A=y\n")
    (folder / "kvariant.toml").write_text(_PROJECT.format(state))


@pytest.mark.parametrize("state", [".", "mine", "..", "mine/out"])
def test_folders_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    """A state folder with files of the user's is refused, and every file stays."""
    project = tmp_path / "project"
    (project / "mine/out/v").mkdir(parents=True)
    (project / "out/v").mkdir(parents=True)
    precious = [tmp_path / "a", *(project / p for p in ("out/v/b", "mine/out/v/c", "mine/d"))]
    for path in precious:
        path.write_text("precious")
    _tree(project, state)
    monkeypatch.chdir(project)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    for verb in ("matrix", "sweep", "sweep", "blame"):
        run([verb])
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert "[not-ours]" in capsys.readouterr().err


@pytest.mark.parametrize("state", ["new", "new/deep", "empty", ".kvariant"])
def test_folders_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """A state folder that is not there, or empty, is taken, again and again."""
    _tree(tmp_path, state)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert [run(["sweep", "-q"]), run(["sweep", "-q", "--no-reuse"])] == [0, 0]
    assert (tmp_path / state / "results.sqlite").exists()


def test_folders_of_earlier_versions(tmp_path: Path) -> None:
    """What a version that set no mark has filled is still ours, and marked from then on."""
    (tmp_path / "chosen").mkdir()
    (tmp_path / "out").mkdir()
    assert claimed(tmp_path) == tmp_path
    assert (tmp_path / MARK).exists()
    (tmp_path / "chosen").rmdir()
    claimed(tmp_path)
    (tmp_path / MARK).unlink()
    with pytest.raises(InputError, match="out"):
        claimed(tmp_path)
