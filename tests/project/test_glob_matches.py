# SPDX-License-Identifier: MIT
"""Globs of configurations: no match goes missing."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.errors import InputError
from kvariant.project.glob_matches import paths_matching, readable_files, undoubled


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


PATTERNS = [
    "**", "**/*", "*/**", "**/a.config", "**/**/a.config", "**/[ab]/**/*.config", "[[]x/**",
    "b/**/", "b/**/c/*", "a**", "**a/*", "b/*", "b/a.config", "nowhere/**", "./**/a.config",
    "b//**//*.config", "*/c/**/**/*.config", "**/.hidden/*", "b/**.config",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_globs_mean_what_they_mean_to_python(
    pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files as Python's own, each once, relative or not, through links to folders."""
    for path in ("a.config", "b/a.config", "b/c/a.config", "b/c/d/b.config", "[x/a.config",
                 ".hidden/a.config", "b/.a.config", "c/b.config"):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to("c")
    monkeypatch.chdir(tmp_path)

    def files(found: list[str]) -> set[str]:
        return {os.path.normpath(path) for path in found if Path(path).is_file()}

    for text in (pattern, str(tmp_path / pattern)):
        mine = paths_matching(text)
        assert files(glob.glob(text, recursive=True)) == files(mine)  # noqa: PTH207
        assert len({os.path.normpath(path) for path in mine}) == len(mine)


def test_links_in_a_circle_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three links to the folder itself are not three to the fortieth folders, in any verb."""
    (tmp_path / "Kconfig").write_text('config NET\n\tbool "Net"\n', encoding="utf-8")
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "a.config").write_text("CONFIG_NET=y\n", encoding="utf-8")
    for name in "xyz":
        (folder / name).symlink_to(".")
    monkeypatch.chdir(tmp_path)
    doubled = f"configs/{'**/' * 30}*.config"
    assert ["configs/a.config"] == paths_matching(doubled)
    (tmp_path / "kvariant.toml").write_text(
        f'configs = ["{doubled}"]\n[[step]]\nname = "s"\nrun = "true"\nreads = ["{doubled}"]\n'
        f'[matrix.some]\nfrom = ["{doubled}"]\nstrategy = "uniform"\nsize = 1\n',
        encoding="utf-8",
    )
    for words in (["sweep", "-q"], ["matrix", "some"], ["coverage", "--config", doubled],
                  ["matrix", "distinct", "--symbols", f"reads:{doubled}"]):  # fmt: skip
        assert run(words) == 0, words
    capsys.readouterr()


@pytest.mark.parametrize(
    ("pattern", "same"),
    [("**/**", "**"), ("a/**/**/**/b", "a/**/b"), ("**//**/b", "**/b"), ("a**/**/b", "a**/**/b"),
     ("**a/**", "**a/**"), ("**/a/**", "**/a/**"), ("/**/**", "/**")],
)  # fmt: skip
def test_doubled_depths(pattern: str, same: str) -> None:
    """Only whole parts that stand side by side are one."""
    assert same == undoubled(pattern)
