# SPDX-License-Identifier: MIT
"""What variants that are no more have left: found by name, removed if it is ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.project import Project
from kvariant.sweep.leftovers import Leftover, leftovers, remove
from project_trees import lay_out

Capture = pytest.CaptureFixture[str]
STEP = """
[[step]]
name = "build"
run = "echo {name} | tee {out}/made >{results}/x; test {name} != bad"
reads = ["Kconfig"]
artifacts = ["made"]
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a foreign tree that was swept, the working folder."""
    lay_out(tmp_path / "tree", STEP, ("none", "a"))
    monkeypatch.chdir(tmp_path / "tree")
    (tmp_path / "tree/configs/bad.config").write_text("CONFIG_C=y\n")
    run(["sweep", "-q"])
    return tmp_path / "tree"


def state_of(tree: Path) -> set[str]:
    """Return the files of the state folder but for the database."""
    state = tree / ".kvariant"
    paths = (path.relative_to(state).as_posix() for path in state.rglob("*") if path.is_file())
    return {path for path in paths if not path.startswith(("results.sqlite", "chosen"))}


def test_renamed_variants(tree: Path, capsys: Capture) -> None:
    """What a renamed variant left goes; all others keep theirs, and their results."""
    (tree / "configs/a.config").rename(tree / "configs/b.config")
    (tree / "configs/bad.config").unlink()
    before = state_of(tree)
    gone = {path for path in before if {"a", "bad", "bad.config", "a.json"} & {*path.split("/")}}
    assert {"out/a/made", "out/bad/made", "results/a/x", "results/bad/x"} <= gone
    capsys.readouterr()
    assert run(["clean", "--dry-run", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {one["variant"] for one in record["found"]} == {"a", "bad"}
    assert record["removed"] == []
    assert state_of(tree) == before
    assert run(["clean"]) == 0
    said = capsys.readouterr().out
    assert "out/bad" in said
    assert "left by 2 variants that are no more" in said
    assert state_of(tree) == before - gone
    assert not {"a", "bad"} & {path.name for path in (tree / ".kvariant").rglob("*")}
    assert run(["clean"]) == 0
    assert "nothing is left" in capsys.readouterr().out
    assert run(["sweep", "--json", "-k", "none"]) == 0
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["outcome"] == "reused"


def test_what_is_not_ours_stays(tree: Path, tmp_path: Path) -> None:
    """Files of others in the state folder, and what links lead to, stay as they are."""
    state = tree / ".kvariant"
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/file").touch()
    (state / "out/mine").mkdir()
    (state / "out/mine/file").touch()
    (state / "logs/notes").mkdir(parents=True)
    (state / "logs/notes/x.txt").touch()
    (state / "logs/link").symlink_to(tmp_path / "theirs")
    (state / "failing").mkdir(exist_ok=True)
    (state / "failing/README").touch()
    (tree / "configs/a.config").unlink()
    (state / "results/a").rename(state / "results/moved")
    (state / "results/a").symlink_to(tmp_path / "theirs")
    assert run(["clean"]) == 0
    for path in ("out/mine/file", "logs/notes/x.txt", "logs/link", "failing/README"):
        assert (state / path).exists(), path
    assert (tmp_path / "theirs/file").exists()
    assert not (state / "results/a").is_symlink()
    assert not (state / "out/a").exists()


@pytest.mark.parametrize("state", [".", "..", "configs/.."])
def test_a_state_folder_that_has_the_project(tree: Path, capsys: Capture, state: str) -> None:
    """Where the state folder is the project's own nothing is removed."""
    (tree / "out/a").mkdir(parents=True)
    (tree / "out/a/precious").touch()
    (tree / "kvariant.toml").write_text(f'state = "{state}"\n')
    assert run(["clean"]) == 2
    assert "nothing is removed [not-ours]" in capsys.readouterr().err
    assert (tree / "out/a/precious").exists()


def test_names_of_a_database_are_no_paths(tree: Path, tmp_path: Path) -> None:
    """A database in the state folder may say anything: nothing outside it is found."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    names = ["../../../theirs", "..", ".", "", str(theirs), f"x/{theirs}", "x/../../../../theirs"]
    names += [f"{theirs}/", "/", "//", "x/", "/x", "x//y", "../x", ".x/y", "x/y/z"]
    state = tree / ".kvariant"
    (tree / "configs/a.config").unlink()
    project = Project.read(tree / "kvariant.toml")
    # Only looked for, never removed: a test of what must not go does not risk it.
    found = leftovers(project, {"none", "bad"}, ["a", *names])
    assert {one.variant for one in found} == {"a"}
    assert all(one.path.is_relative_to(state) for one in found)


@pytest.mark.parametrize("inner", ["", "..", "../theirs", "out/../../theirs"])
def test_nothing_outside_is_removed(tmp_path: Path, inner: str) -> None:
    """Whatever is asked for, a path that is not in the state folder stays."""
    (tmp_path / "state/out").mkdir(parents=True)
    (tmp_path / "theirs").mkdir()
    for path in (tmp_path / "state" / inner, tmp_path / "theirs"):
        with pytest.raises(ValueError, match="is not in"):
            remove(Leftover(variant="x", path=path, size=0), tmp_path / "state")
    assert (tmp_path / "theirs").is_dir()
    assert (tmp_path / "state/out").is_dir()


def test_a_folder_of_ours_that_is_a_link(tree: Path, tmp_path: Path) -> None:
    """Where somebody has put a link in the place of a folder, what it leads to stays."""
    state = tree / ".kvariant"
    (state / "out").rename(tmp_path / "elsewhere")
    (state / "out").symlink_to(tmp_path / "elsewhere")
    (tree / "configs/a.config").unlink()
    assert run(["clean"]) == 0
    assert (tmp_path / "elsewhere/a/made").exists()


def test_other_matrices_keep_theirs(tree: Path) -> None:
    """The last sweep of a matrix that is not the project's default counts as well."""
    run(["sweep", "toggles", "-q"])
    before = state_of(tree)
    assert "out/base/made" in before
    assert run(["clean"]) == 0
    assert "out/base/made" in state_of(tree)


def test_nothing_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Where nothing was swept nothing is made either."""
    monkeypatch.chdir(lay_out(tmp_path / "tree"))
    assert run(["clean"]) == 0
    assert "nothing is left" in capsys.readouterr().out
    assert not (tmp_path / "tree/.kvariant").exists()
