"""The writer: only what changed, only what is ours, whole variants or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.render import Writer
from kvariant.render.records import MANIFEST
from render_project import lay_out

FILES = {"a.txt": "a\n", "sub/b.txt": "b\n", MANIFEST: '{"files": {"a.txt": "", "sub/b.txt": ""}}'}
LESS = {"a.txt": "A\n", MANIFEST: '{"files": {"a.txt": ""}}'}


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """Return a writer below an empty folder."""
    return Writer(tmp_path / "out")


def test_equal_content_is_not_touched(writer: Writer) -> None:
    """A second write changes nothing, and a partial change keeps the other files' times."""
    with writer.locked():
        assert writer.write("v", FILES).written == ("a.txt", "sub/b.txt", MANIFEST)
        before = (writer.output / "v/sub/b.txt").stat()
        assert not writer.write("v", FILES)
        assert writer.write("v", {**FILES, "a.txt": "A\n"}).written == ("a.txt",)
    after = (writer.output / "v/sub/b.txt").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_stale_files_go_and_foreign_files_stay(writer: Writer) -> None:
    """What we wrote and no longer render is removed; what somebody else put there is not."""
    with writer.locked():
        writer.write("v", FILES)
        (writer.output / "v/notes.md").write_text("mine")
        (writer.output / "v/link").symlink_to("notes.md")
        change = writer.write("v", LESS)
    assert change.removed == ("sub/b.txt",)
    left = sorted(p.relative_to(writer.output).as_posix() for p in writer.output.rglob("*"))
    assert ["v", "v/a.txt", "v/link", "v/notes.md", f"v/{MANIFEST}"] == left
    assert (writer.output / "v/link").is_symlink()


def test_a_killed_run_is_repaired(writer: Writer) -> None:
    """What a kill leaves between the two renames, or while laying out, the next run puts right."""
    with writer.locked():
        writer.write("v", FILES)
    (writer.output / "v").rename(writer.output / ".v.kvariant-old")
    (writer.output / ".v.kvariant-new").mkdir()
    (writer.output / ".v.kvariant-new/half").write_text("")
    with writer.locked():
        assert not writer.write("v", FILES)
    assert ["v"] == [path.name for path in writer.output.iterdir()]


def test_a_single_file(writer: Writer) -> None:
    """A file is written where it differs; a link stays a link, what a kill left is swept away."""
    with writer.locked():
        assert writer.write_file("a.lock", "1\n")
        assert not writer.write_file("a.lock", "1\n")
        (writer.output / "link").symlink_to("a.lock")
        assert writer.write_file("link", "2\n")
    assert (writer.output / "link").is_symlink()
    assert "2\n" == (writer.output / "a.lock").read_text()
    (writer.output / ".a.lock.kvariant-new").write_text("half")
    with writer.locked():
        pass
    assert ["a.lock", "link"] == sorted(path.name for path in writer.output.iterdir())


def test_variants_without_a_fragment_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Deleting a fragment makes its variant stale; generate removes it, and only ours."""
    monkeypatch.chdir(lay_out(tmp_path))
    assert run(["generate"]) == 0
    (tmp_path / "generated/notes").mkdir()
    (tmp_path / "configs/off.config").unlink()
    capsys.readouterr()
    assert run(["generate", "--check"]) == 1
    assert "stale: generated/off/include/fax.h (no longer generated)" in capsys.readouterr().out
    assert run(["generate"]) == 0
    assert ["notes", "on"] == sorted(path.name for path in (tmp_path / "generated").iterdir())
    assert run(["generate", "--check"]) == 0
