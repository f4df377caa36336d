# SPDX-License-Identifier: MIT
"""What variants that are no more have left: found by name, removed if it is ours."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from kvariant import mounts
from kvariant.cli import run
from kvariant.errors import InputError
from kvariant.project import Project
from kvariant.sweep.existing_variants import existing_variants
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


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what would have been removed or moved: nothing is, whatever is asked for."""
    asked: list[str] = []

    def noted(path: str | os.PathLike[str], *_: object, **__: object) -> None:
        asked.append(os.path.realpath(path))

    for module, names in ((shutil, ("rmtree", "move")), (os, ("unlink", "remove", "rmdir"))):
        for name in names:
            monkeypatch.setattr(module, name, noted)
    for name in ("rename", "replace", "removedirs"):
        monkeypatch.setattr(os, name, noted)
    return asked


def theirs_in(state: Path) -> None:
    """Lay out what somebody else may have that looks as what we leave."""
    for path in ("out/a/x", "build/a/x", "results/a/x", "logs/a/build.log", "failing/a.config"):
        (state / path).parent.mkdir(parents=True, exist_ok=True)
        (state / path).write_text("precious")
    (state / "made").mkdir()
    (state / "made/a.json").write_text('{"build": "0"}')
    with sqlite3.connect(state / "results.sqlite") as database:
        database.execute("CREATE TABLE precious (x)")
    (state / "chosen").mkdir()


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


def linked(tree: Path, target: Path) -> None:
    """Put a link to somebody's folder in the place of ours."""
    shutil.rmtree(tree / ".kvariant")
    (tree / ".kvariant").symlink_to(target)


PLACES: dict[str, Callable[[Path, Path], object]] = {
    "a home": lambda tree, theirs: (tree / "kvariant.toml").write_text(f'state = "{theirs}"\n'),
    "the way to a home": lambda tree, _: (tree / "kvariant.toml").write_text(
        f'state = "{tree}/configs/../../theirs"\n'
    ),
    "the root": lambda tree, _: (tree / "kvariant.toml").write_text('state = "/"\n'),
    "the root, a long way": lambda tree, _: (tree / "kvariant.toml").write_text(
        'state = "../../../../../../../../../../../../.."\n'
    ),
    "a link to a home": linked,
    "a link to the root": lambda tree, _: linked(tree, Path("/")),
    "a link to the project": lambda tree, _: linked(tree, tree),
    "a link to the system": lambda tree, _: linked(tree, Path("/etc")),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("arguments", [["clean"], ["clean", "--dry-run"]])
def test_state_folders_of_others(
    tree: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: Capture,
    place: str,
    arguments: list[str],
) -> None:
    """A folder that is not known as ours is refused, however it came to be the state folder."""
    theirs = tmp_path / "theirs"
    theirs_in(theirs)
    PLACES[place](tree, theirs)
    (tree / "configs/a.config").unlink()
    before = {path: path.lstat().st_mtime_ns for path in theirs.rglob("*")}
    removed = request.getfixturevalue("removed")  # from here on nothing goes
    capsys.readouterr()
    assert run(arguments) == 2
    assert "[not-ours]" in capsys.readouterr().err
    assert removed == []
    assert {path: path.lstat().st_mtime_ns for path in theirs.rglob("*")} == before


def test_a_project_called_as_our_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, removed: list[str]
) -> None:
    """A project whose own folder is called .kvariant is not ours by that."""
    lay_out(tmp_path / ".kvariant", 'state = "."\n' + STEP, ("none", "a"))
    (tmp_path / ".kvariant/out/a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / ".kvariant")
    for verb in ("sweep", "clean"):
        assert run([verb]) == 2
        assert "[not-ours]" in capsys.readouterr().err
    assert removed == []


def test_a_state_folder_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What is left in a folder that a way upward leads to is found as any other."""
    tree = lay_out(tmp_path / "tree", 'state = "../kept"\n' + STEP, ("none", "a"))
    monkeypatch.chdir(tree)
    assert run(["sweep", "-q"]) == 0
    (tree / "configs/a.config").unlink()
    assert run(["clean"]) == 0
    assert not (tmp_path / "kept/out/a").exists()
    assert (tmp_path / "kept/out/none").exists()


def test_what_nobody_has_swept_stays(tree: Path, removed: list[str]) -> None:
    """A name alone makes no log, fragment or note ours: a sweep must have had it."""
    state = tree / ".kvariant"
    for path in ("logs/mine/x.log", "failing/mine.config", "out/mine/x", "results/mine/x"):
        (state / path).parent.mkdir(parents=True, exist_ok=True)
        (state / path).touch()
    (state / "made").mkdir(exist_ok=True)
    for name, text in (("mine", '{"n": 1}'), ("list", "[]"), ("text", "no"), ("deep", "[" * 9999)):
        (state / f"made/{name}.json").write_text(text)
    assert run(["clean"]) == 0
    assert removed == []


def test_what_is_mounted_stays(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Where a step has mounted somebody's folder into its own, that is told, nothing goes."""
    state = tree / ".kvariant"
    (state / "out/a/in side").mkdir()
    place = f"{state}/out/a/in side".replace(" ", "\\040")
    (tmp_path / "table").write_text(f"63 43 254:0 /home {place} rw - ext4 /dev/vda rw\n\nbad\n")
    monkeypatch.setattr(mounts, "TABLE", tmp_path / "table")
    (tree / "configs/a.config").unlink()
    before = state_of(tree)
    removed = Leftover(variant="a", path=state / "out/a", size=0)
    with pytest.raises(InputError, match="mounted"):
        remove(removed, state)
    capsys.readouterr()
    assert run(["clean"]) == 2
    assert "umount" in (told := capsys.readouterr().err)
    assert "in side" in told
    assert state_of(tree) == before
    # A sweep that empties the folder of a step leaves it as well.
    (tree / "configs/a.config").write_text("CONFIG_A=y\n")
    (state / "out/a/in side/precious").touch()
    run(["sweep", "-q", "--no-reuse"])
    assert (state / "out/a/in side/precious").exists()


def test_links_on_the_way(tree: Path, tmp_path: Path) -> None:
    """A folder of ours that is a link to another of ours makes that no variant's."""
    state = tree / ".kvariant"
    shutil.rmtree(state / "results")
    (state / "results").symlink_to(state)
    (state / "precious").mkdir()
    project = Project.read(tree / "kvariant.toml")
    found = leftovers(project, {"none", "bad"}, ["a", "precious", "out", "logs"])
    assert {one.variant for one in found} == {"a"}
    assert {one.path.parent.name for one in found} <= {"out", "failing", "logs"}


def test_some_trees_alone(tree: Path, capsys: Capture) -> None:
    """Who chooses some of a project's trees is not taken for one who has no others."""
    (tree / "kvariant.toml").write_text('[env]\nARCH = ["x86", "arm"]\n' + STEP)
    assert run(["sweep", "-q"]) == 0
    before = state_of(tree)
    capsys.readouterr()
    assert run(["clean", "--env", "ARCH=arm"]) == 2
    assert "asks about all" in capsys.readouterr().err
    assert state_of(tree) == before
    assert "out/x86/a/made" in before


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


def _chosen(tree: Path) -> None:
    """Make a chosen matrix the project's own, and sweep it."""
    (tree / "kvariant.toml").write_text('matrix.default = "toggles"\n' + STEP)
    assert run(["sweep", "-q"]) in (0, 1)


def _dies(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a tree is read")


def test_nothing_is_chosen(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """What is there is told by files: no tree is read, and one that cannot be read is no error."""
    _chosen(tree)
    before = state_of(tree)
    (tree / "Kconfig").write_text("no Kconfig\n")
    monkeypatch.setattr("kvariant.kconfig.reader.Reader.read", _dies, raising=False)
    monkeypatch.setattr("kvariant.plan.trees.load_tree", _dies)
    capsys.readouterr()
    assert run(["clean"]) == 0
    assert "nothing is left" in capsys.readouterr().out
    assert state_of(tree) == before


def test_parts_of_a_sweep_keep_each_other(tree: Path) -> None:
    """Of sweeps that had some variants each, every one counts back to a whole one."""
    _chosen(tree)
    shutil.rmtree(tree / ".kvariant/chosen")
    for path in (tree / "configs").iterdir():
        path.unlink()
    before = {path for path in state_of(tree) if {"base", "a-b-c"} & {*path.split("/")}}
    assert "out/base/made" in before
    for name in ("base", "a-b-c"):
        assert run(["sweep", "-q", "-k", name]) == 0
        shutil.rmtree(tree / ".kvariant/chosen", ignore_errors=True)
    assert run(["clean"]) == 0
    assert before == state_of(tree)


def test_the_last_choice_and_the_lock_count(tree: Path) -> None:
    """Variants that were chosen, or are in the lock, are there though no sweep had them."""
    project = Project.read(tree / "kvariant.toml")
    assert {"none", "a", "bad"} == existing_variants(project, None)
    run(["matrix", "toggles", "--write"])
    locked = existing_variants(Project.read(tree / "kvariant.toml"), None)
    assert "base" in locked
    (tree / "variants.lock").unlink()
    assert {"none", "a", "bad"} == existing_variants(project, None)
    _chosen(tree)
    assert locked <= existing_variants(project, None)
