# SPDX-License-Identifier: MIT
"""Globs of configurations: no match goes missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.errors import InputError
from kvariant.project.glob_matches import readable_files


def test_files_alone_are_taken(tmp_path: Path) -> None:
    """Files and links to files are taken; folders are no configurations."""
    (tmp_path / "a").write_text("", encoding="utf-8")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").mkdir()
    found = sorted(tmp_path.iterdir())
    assert (tmp_path / "a", tmp_path / "b") == readable_files(found, "configs")


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Each link to nothing, loop and pipe is named; none is left out silently."""
    (tmp_path / "a").symlink_to("nothing")
    (tmp_path / "b").symlink_to("b")
    os.mkfifo(tmp_path / "c")
    with pytest.raises(InputError) as caught:
        readable_files(sorted(tmp_path.iterdir()), "configs")
    assert [
        "configs matches what cannot be read: No such file or directory, a link to nothing",
        "configs matches what cannot be read: Too many levels of symbolic links, a link to b",
        "configs matches what is no file",
    ] == [diagnostic.message for diagnostic in caught.value.diagnostics]


@pytest.mark.parametrize("glob", ["configs/*.config", "configs/b.config"])
def test_a_sweep_does_not_go_on_without_a_variant(
    glob: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fragment that is a link to nothing ends the command with its name, whatever the glob."""
    (tmp_path / "Kconfig").write_text('config NET\n\tbool "Net"\n', encoding="utf-8")
    (tmp_path / "kvariant.toml").write_text(
        f'configs = ["configs/a.config", "{glob}"]\n', encoding="utf-8"
    )
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.config").write_text("CONFIG_NET=y\n", encoding="utf-8")
    (tmp_path / "configs" / "b.config").symlink_to("gone.config")
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "-q", "--", "true"]) == 2
    shown = capsys.readouterr().err
    assert "configs/b.config: error: configs matches what cannot be read" in shown
