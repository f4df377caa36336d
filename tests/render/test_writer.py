"""The writer: only what changed, only what is ours, whole variants or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import mounts
from kvariant.cli import run
from kvariant.errors import InputError
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
    (writer.output / ".a.lock.0123456789ab.kvariant-new").write_text("half")
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


def _planted(outside: Path, names: list[str], output: Path) -> dict[str, str]:
    """Put folders, links and files of such names into an output folder; return what is there."""
    for number, name in enumerate(names):
        path = output / name
        if number % 3 == 0:
            path.mkdir(parents=True)
            (path / "precious").write_text("mine")
        elif number % 3 == 1:
            path.symlink_to(outside)
        else:
            path.mkdir()
            (path / MANIFEST).write_text('{"format": 1, "files": {"../../precious": ""}}')
    return _contents(outside.parent)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}"
        if path.is_symlink()
        else path.read_text()
        if path.is_file()
        else ""
        for path in folder.rglob("*")
    }


PLANTED = [
    ".%tmp%planted-by-a-test.kvariant-old",
    "..%..%x.kvariant-old",
    "..kvariant-old",
    "...kvariant-old",
    ".%.kvariant-old",
    ".x%..%..%y.kvariant-old",
    ".%%x.kvariant-old",
    ".link%x.kvariant-old",
    ".v.kvariant-old",
    ".v.kvariant-new",
    ".w.kvariant-old",
    ".w.kvariant-new",
    ".%tmp%planted-by-a-test.kvariant-new",
    ".a%b%c.kvariant-old",
    ".a%b%c.kvariant-new",
]


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_a_name_makes_nothing_ours(writer: Writer, tmp_path: Path, offset: int) -> None:
    """Folders and links with names like ours are neither moved nor removed, wherever they lead."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine")
    (tmp_path / "precious").write_text("mine")
    writer.output.mkdir()
    (writer.output / "link").symlink_to(outside)
    names = PLANTED
    before = _planted(outside, names[offset:] + names[:offset], writer.output)
    with writer.locked():
        pass
    assert _contents(tmp_path) == before
    with writer.locked(), pytest.raises(InputError, match=r"\.v\.kvariant-\w+.*\[not-ours\]"):
        writer.write("v", FILES)
    assert _contents(tmp_path) == before
    assert not Path("/tmp/planted-by-a-test").exists()


def test_what_is_ours_by_its_mark(writer: Writer) -> None:
    """What a kill leaves at any moment is known as ours and goes: laid out, or moved aside."""
    with writer.locked():
        writer.write("v", FILES)
        writer.write("e/w", FILES)
    new, old = writer.output / ".v.kvariant-new", writer.output / ".e%w.kvariant-old"
    new.mkdir()
    with writer.locked():
        assert not new.exists()
    new.mkdir()
    (new / ".kvariant-writing").touch()
    (new / "a.txt").write_text("half")
    (writer.output / "e/w").rename(old)
    with writer.locked():
        assert not writer.write("v", FILES)
        assert not writer.write("e/w", FILES)
    new.mkdir()  # a variant that was being removed: links to what others have put there
    (writer.output / "v/notes.md").write_text("mine")
    (new / "notes.md").hardlink_to(writer.output / "v/notes.md")
    with writer.locked():
        pass
    assert ["e", "v"] == sorted(path.name for path in writer.output.iterdir())
    assert "mine" == (writer.output / "v/notes.md").read_text()


def test_stale_variants_behind_links_stay(writer: Writer, tmp_path: Path) -> None:
    """A link in the output folder is no variant of ours, whatever it leads to."""
    with Writer(tmp_path / "elsewhere").locked() as elsewhere:
        elsewhere.write("v", FILES)
    writer.output.mkdir()
    (writer.output / "v").symlink_to(tmp_path / "elsewhere/v")
    (writer.output / "e").symlink_to(tmp_path / "elsewhere")
    assert writer.others(set()) == ()


def test_files_are_not_written_through_links(writer: Writer, tmp_path: Path) -> None:
    """A link with the name of a file that is laid out is not what we write to."""
    (tmp_path / "precious").write_text("mine")
    writer.output.mkdir()
    (writer.output / ".a.lock.0123456789ab.kvariant-new").symlink_to(tmp_path / "precious")
    assert writer.write_file("a.lock", "1\n")
    assert "mine" == (tmp_path / "precious").read_text()
    assert "1\n" == (writer.output / "a.lock").read_text()
    assert not (writer.output / "a.lock").is_symlink()


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b'{\n "format": 1,\n "fi'])
def test_damaged_manifests_are_ours(writer: Writer, damage: bytes) -> None:
    """A manifest as a power failure leaves it still makes the folder ours: it is made anew."""
    files = {**FILES, MANIFEST: '{\n "format": 1,\n "files": {"a.txt": "", "sub/b.txt": ""}}'}
    with writer.locked():
        writer.write("v", files)
    (writer.output / "v" / MANIFEST).write_bytes(damage)
    (writer.output / "v/a.txt").write_text("")
    with writer.locked():
        assert writer.write("v", files).written == ("a.txt", MANIFEST)


def test_what_is_mounted_in_a_variant(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variant in which somebody has mounted something is neither replaced nor removed."""
    with writer.locked():
        writer.write("v", FILES)
    table = writer.output.parent / "table"
    table.write_text(f"63 43 254:0 / {writer.output}/v/sub rw - ext4 /dev/vda rw\n")
    monkeypatch.setattr(mounts, "TABLE", table)
    with writer.locked():
        for change in (lambda: writer.write("v", LESS), lambda: writer.remove("v")):
            with pytest.raises(InputError, match="sub"):
                change()
        writer.write("w", FILES)
    assert (writer.output / "v/sub/b.txt").read_text() == "b\n"
    assert sorted(path.name for path in writer.output.iterdir()) == ["v", "w"]
