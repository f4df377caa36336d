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


@pytest.mark.parametrize("name", ["results.sqlite", "chosen", "out"])
def test_a_name_makes_no_folder_ours(tmp_path: Path, name: str) -> None:
    """A folder with a file that is called as one of ours is somebody's, unless it is marked."""
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=name):
        claimed(tmp_path)
    (tmp_path / name).rmdir()
    claimed(tmp_path)
    (tmp_path / name).mkdir()
    assert claimed(tmp_path) == tmp_path
    (tmp_path / MARK).write_bytes(b"")  # a power failure may leave it so
    assert claimed(tmp_path) == tmp_path


def test_a_mark_that_is_a_link(tmp_path: Path) -> None:
    """Our mark is not written through a link, and a link is no mark."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / MARK).symlink_to(tmp_path / "precious")
    with pytest.raises(InputError):
        claimed(tmp_path / "state")
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_link_to_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps the state folder on another disk by a link has it claimed there, for good."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "disk").mkdir()
    _tree(tmp_path / "tree", ".kvariant")
    (tmp_path / "tree/.kvariant").symlink_to(tmp_path / "disk")
    monkeypatch.chdir(tmp_path / "tree")
    assert [run(["sweep", "-q"]), run(["sweep", "-q", "--no-reuse"])] == [0, 0]
    assert (tmp_path / "disk" / MARK).exists()
    assert (tmp_path / "disk/results.sqlite").exists()
