"""Bad days: what is wrong with the machine while a case runs.

Each is a context manager over the laid-out project; one that this machine
cannot have skips its test and says why.
"""

from __future__ import annotations

import importlib
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

Day = Callable[[Path, pytest.MonkeyPatch], AbstractContextManager[None]]
_DAYS: dict[str, Day] = {}


def day(name: str, project: Path, patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    """Return the context in which a bad day is under way; "" is a good day."""
    return _DAYS[name](project, patch) if name else ExitStack()


def _day(
    function: Callable[[Path, pytest.MonkeyPatch], Iterator[None]],
) -> Callable[[Path, pytest.MonkeyPatch], Iterator[None]]:
    _DAYS[function.__name__.replace("_", "-")] = contextmanager(function)
    return function


@_day
def no_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """PATH holds no gcc."""
    patch.setenv("PATH", str(project / "nowhere"))
    yield


@_day
def crashing_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gcc is ended by a signal."""
    _fake_gcc(project, patch, "kill -SEGV $$")
    yield


@_day
def silent_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gcc fails without a word."""
    _fake_gcc(project, patch, "exit 4")
    yield


@_day
def quiet_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gcc finds everything sound and makes nothing: the test step is reached on any machine."""
    _fake_gcc(project, patch, "exit 0")
    yield


@_day
def hanging_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gcc and a child of it that holds its output never end."""
    _fake_gcc(project, patch, "sleep 600 & sleep 600")
    patch.setattr(importlib.import_module("kvariant.build.build"), "TIMEOUT", 0.3)
    yield


@_day
def broken_compiler(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gcc is no program that this machine can run."""
    _fake_gcc(project, patch, "", shebang="\x00\x01\x02")
    yield


@_day
def read_only(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The output folder `out` is on a read-only file system."""
    with _mounted(project / "out", "size=64k,ro"):
        yield


@_day
def full(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The output folder `out` is on a file system with no block left."""
    with _mounted(project / "out", "size=8k"):
        (project / "out/ballast").write_bytes(bytes(4096))
        yield


@_day
def full_state(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The state folder is on a file system with no block left."""
    with _mounted(project / ".kvariant", "size=8k"):
        (project / ".kvariant/ballast").write_bytes(bytes(4096))
        yield


@_day
def small_files(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """No file may grow beyond 64 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@_day
def damaged_store(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The results database holds something else."""
    _state(project).write_bytes(b"this is no database" * 60)
    yield


@_day
def newer_store(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The results database is of a later kvariant."""
    _database(project, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
    _database(project, "INSERT INTO meta VALUES ('format', '2')")
    yield


@_day
def odd_store(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The results database is another program's."""
    _database(project, "CREATE TABLE cell (colour TEXT)")
    yield


@_day
def store_without_number(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The format in the results database is no number."""
    _database(project, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
    _database(project, "INSERT INTO meta VALUES ('format', 'one')")
    yield


@_day
def folder_store(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder stands where the results database belongs."""
    _state(project).mkdir()
    yield


@_day
def link_out(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The variant's folder is a symbolic link to a folder elsewhere."""
    (project.parent / "elsewhere").mkdir()
    (project / "out").mkdir()
    (project / "out/base").symlink_to("../../elsewhere")
    yield


@_day
def odd_name(project: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fragment's name is not UTF-8."""
    (project / os.fsdecode(b"configs/\xe9.config")).write_text("")
    yield


def _state(project: Path) -> Path:
    (project / ".kvariant").mkdir()
    return project / ".kvariant/results.sqlite"


def _database(project: Path, statement: str) -> None:
    (project / ".kvariant").mkdir(exist_ok=True)
    connection = sqlite3.connect(project / ".kvariant/results.sqlite")
    with connection:
        connection.execute(statement)
    connection.close()


def _fake_gcc(
    project: Path, patch: pytest.MonkeyPatch, body: str, shebang: str = "#!/bin/sh"
) -> None:
    program = project.parent / "bin/gcc"
    program.parent.mkdir()
    program.write_text(f'{shebang}\n[ "$1" = --version ] && exec echo gcc 0\n{body}\n')
    program.chmod(0o755)
    patch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


@contextmanager
def _mounted(folder: Path, options: str) -> Iterator[None]:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("mounting a small file system needs root on Linux")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
