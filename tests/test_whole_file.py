# SPDX-License-Identifier: MIT
"""Files written whole or not at all, whoever else writes them."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant import whole_file
from kvariant.whole_file import keep_file, remove_abandoned, replace_file

FORK = multiprocessing.get_context("fork")
WRITERS = pytest.mark.parametrize("write", [replace_file, keep_file])
ROUNDS = 50


def _loops(write: Callable[[Path, bytes], None], path: Path, content: bytes) -> None:
    for _ in range(ROUNDS):
        write(path, content)


@WRITERS
def test_two_writers_of_one_file(write: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    """Both end well, whoever reads meanwhile sees one content whole, and nothing is left."""
    path = tmp_path / "file"
    contents = [letter * 50_000 for letter in (b"a", b"b")]
    path.write_bytes(contents[0])
    writers = [FORK.Process(target=_loops, args=(write, path, one)) for one in contents]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_bytes())
    for writer in writers:
        writer.join()
    assert [0, 0] == [writer.exitcode for writer in writers]
    assert seen
    assert seen <= set(contents)
    assert [path] == list(tmp_path.iterdir())


@WRITERS
def test_a_writer_that_is_killed(write: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    """The file is as it was; what was laid out goes with the next look, not while it is held."""
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def dies(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def killed() -> None:
        Path.replace = dies  # type: ignore[method-assign, assignment]
        write(path, b"after")

    writer = FORK.Process(target=killed)
    writer.start()
    writer.join()
    assert -signal.SIGKILL == writer.exitcode
    (left,) = {*tmp_path.iterdir()} - {path}
    assert b"before" == path.read_bytes()
    handle = os.open(left, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    remove_abandoned(tmp_path)
    assert left.exists()
    os.close(handle)
    replace_file(path, b"again")
    assert [path] == list(tmp_path.iterdir())
    assert b"again" == path.read_bytes()


@WRITERS
def test_a_failure_leaves_nothing(
    write: Callable[[Path, bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last step fails, or Ctrl-C comes, what was laid out is removed."""
    for error in (OSError(28, "No space left on device"), KeyboardInterrupt()):

        def fails(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr(Path, "replace", fails)
        with pytest.raises(type(error)):
            write(tmp_path / "file", b"after")
        assert [] == list(tmp_path.iterdir())


def test_long_names_and_foreign_ones(tmp_path: Path) -> None:
    """A name may have all the bytes that a file system takes; what others call so stays."""
    path = tmp_path / ("ä" * 127)
    others = [tmp_path / f".notes{whole_file.SUFFIX}", tmp_path / f".x.0123{whole_file.SUFFIX}"]
    for other in others:
        other.write_text("mine")
    replace_file(path, b"1")
    assert b"1" == path.read_bytes()
    assert sorted([path, *others]) == sorted(tmp_path.iterdir())


def test_permissions(tmp_path: Path) -> None:
    """A new file has those of any other, one that is there keeps its own, a cache is private."""
    plain, there, cache = tmp_path / "plain", tmp_path / "there", tmp_path / "cache"
    (tmp_path / "other").touch()
    there.touch(mode=0o640)
    replace_file(plain, b"")
    replace_file(there, b"1")
    keep_file(cache, b"")
    assert (tmp_path / "other").stat().st_mode == plain.stat().st_mode
    assert [0o640, 0o600] == [path.stat().st_mode & 0o777 for path in (there, cache)]
