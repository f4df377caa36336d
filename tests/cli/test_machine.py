# SPDX-License-Identifier: MIT
"""The machine fails: each command runs or ends with code 3 and a sentence, never a traceback."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pysolvers
import pytest

from errors.case import sound_project
from kvariant.build import compiler
from kvariant.cli import machine, run

_PROJECT = """
tests = ["tests"]
[generate]
templates = "templates"
[matrix.pairs]
strategy = "t-wise"
symbols = ["*"]
[[step]]
name = "pack"
run = "cp {config} {out}/packed"
reads = ["Kconfig"]
"""
_VERBS = ("--help", "space", "matrix pairs", "generate", "sweep", "check", "init --help")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with our own steps and another."""
    project = sound_project(tmp_path / "project")
    (project / "kvariant.toml").write_text(_PROJECT)
    (project / "tests").mkdir()
    (project / "tests/test_net.py").write_text("def test_name(variant):\n    assert variant.name\n")
    monkeypatch.chdir(project)
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    return project


def ran(
    command: str, limit: Callable[[], None] = lambda: None, prefix: str = "", **options: object
) -> tuple[int, str]:
    """Run a command in a process of its own; return its code and errors."""
    words = ["bash", "-c", f'{prefix} "$@" {options.pop("suffix", "")}', "bash"]
    done = subprocess.run(
        [*words, sys.executable, "-m", "kvariant", *command.split()],
        capture_output=True,
        preexec_fn=limit,
        timeout=100,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    errors = (done.stdout + done.stderr).decode(errors="replace")
    assert "Traceback" not in errors, errors
    return done.returncode, errors


@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "<&-"])
def test_closed_streams(project: Path, streams: str) -> None:
    """Closed streams are no error, and what is printed goes into no file of ours."""
    assert ran("sweep", suffix=streams)[0] == 0
    assert ran("sweep nope", suffix=streams)[0] == 2
    code, out = ran("report --json")
    assert (code, len(json.loads(out)["cells"])) == (0, 8)


@pytest.mark.parametrize("files", [5, 8, 12, 16, 24])
def test_few_files(project: Path, files: int) -> None:
    """With few file descriptors a command runs, or says that too many files are open."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    for verb in ("matrix pairs", "sweep"):
        code, errors = ran(verb, limit)
        assert code == 0 or (code == 3 and "Too many open files" in errors), errors
    assert ran("sweep")[0] == 0
    assert ran("generate --check")[0] == 0


@pytest.mark.parametrize("megabytes", [50, 150, 250, 300, 400, 620, 700, 800])
@pytest.mark.skipif(sys.platform != "linux", reason="limits address space as Linux does")
def test_little_memory(project: Path, megabytes: int) -> None:
    """With little memory a command runs, or says that there is too little."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    for verb in ("matrix pairs", "sweep"):
        code, errors = ran(verb, limit)
        assert code == 0 or (code == 3 and "[machine]" in errors), errors


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_few_threads(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], threads: int
) -> None:
    """Without threads trees are read all the same, and a sweep is an error with code 3."""
    start, left = threading.Thread.start, [threads]

    def started(thread: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", started)
    assert run(["space"]) == 0
    left[0] = threads
    assert run(["matrix", "pairs"]) == 0
    left[0] = threads
    capsys.readouterr()
    code, (_, errors) = run(["sweep", "-j", "4"]), capsys.readouterr()
    assert (code, "no more threads" in errors) in ((0, False), (3, True)), errors
    monkeypatch.undo()
    os.chdir(project)
    assert run(["sweep"]) == 0


def test_what_is_no_lack() -> None:
    """A fault of ours is none of the machine."""
    assert machine.lacking(RuntimeError("dictionary changed size")) is None
    assert machine.lacking(ImportError("no module named x")) is None
    assert machine.lacking(MemoryError()) is not None


def no_process(*_: object, **__: object) -> None:
    """Fail as the kernel does where there may be no more."""
    raise BlockingIOError(11, "Resource temporarily unavailable", "sh")


def test_no_process_for_a_compiler(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compiler that cannot be asked for want of processes is not told to be broken."""
    compiler._found.cache_clear()
    monkeypatch.setattr(subprocess, "Popen", no_process)
    assert run(["sweep", "--step", "pack"]) == 3
    said = capsys.readouterr().err
    assert "cannot run gcc: Resource temporarily unavailable [machine]" in said
    assert not (project / ".kvariant/results.sqlite").exists()


def test_no_processes(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no process can be started the sweep ends; no variant is told to have failed."""
    compiler.compilers()  # that they are there is known already
    monkeypatch.setattr(subprocess, "Popen", no_process)
    assert run(["sweep", "--step", "pack"]) == 3
    assert "Resource temporarily unavailable [machine]" in capsys.readouterr().err
    monkeypatch.undo()
    os.chdir(project)
    assert run(["report", "--json"]) in (0, 1)
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert not [cell for cell in cells if cell["outcome"] in ("failed", "error")]


def test_a_path_that_is_not_utf8(tmp_path: Path, project: Path) -> None:
    """A project in a folder whose name is no UTF-8 is swept, reported and swept again."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    project.rename(folder)
    more = ("sweep", "report", "report --markdown", "blame", "matrix --write", "diff base net")
    for verb in (*_VERBS, *more):
        code, errors = ran(verb, cwd=folder)
        assert code == 0, (verb, errors)


@pytest.mark.parametrize("home", ["unset", "missing", "read-only"])
def test_no_home(tmp_path: Path, project: Path, home: str) -> None:
    """Without a folder for caches everything runs."""
    (tmp_path / "read-only").write_text("a folder cannot be made here, not even by root")
    place = {"missing": "/nonexistent/home", "read-only": str(tmp_path / "read-only")}.get(home)
    drop = ("HOME", "KVARIANT_CACHE", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in drop}
    for verb in (*_VERBS, "matrix pairs --verify"):
        code, errors = ran(verb, env={**environment, **({"HOME": place} if place else {})})
        assert code == 0 or "--verify" in verb, (verb, errors)


_NUMBA = """
__version__ = "0"
def njit(cache=False, nogil=False):
    if {raises} and cache:
        raise RuntimeError("cannot cache function: no locator available for file")
    return lambda function: function
"""


@pytest.mark.parametrize("raises", [True, False])
def test_numba_without_a_cache(tmp_path: Path, project: Path, raises: bool) -> None:
    """numba only makes it faster: where it finds no folder for its cache, it works without."""
    (tmp_path / "site/numba").mkdir(parents=True)
    (tmp_path / "site/numba/__init__.py").write_text(_NUMBA.format(raises=raises))
    path = os.pathsep.join([str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    for verb in ("space", "init --help", "matrix pairs"):
        code, errors = ran(verb, env={**os.environ, "PYTHONPATH": path})
        assert code == 0, errors


def test_numba_that_cannot_be_loaded(tmp_path: Path, project: Path) -> None:
    """A numba that refuses this NumPy is as if it were not there."""
    (tmp_path / "site/numba").mkdir(parents=True)
    (tmp_path / "site/numba/__init__.py").write_text("raise ImportError('Numba needs NumPy 1')\n")
    path = os.pathsep.join([str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    assert ran("matrix pairs", env={**os.environ, "PYTHONPATH": path})[0] == 0


def test_a_solver_hears_the_interrupt(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C that a solver hears in the place of Python is told as one: no traceback, code 130."""

    def solve(*_: object, **__: object) -> None:
        raise pysolvers.error("Caught keyboard interrupt")

    monkeypatch.setattr("kvariant.space.solver.Solver.solve", solve, raising=False)
    monkeypatch.setattr("pysat.solvers.Cadical153.solve", solve)
    monkeypatch.setattr("pysat.solvers.Glucose4.solve", solve)
    assert run(["matrix", "pairs"]) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")
    monkeypatch.undo()
    assert not machine.is_interrupt(pysolvers.error("out of memory"))
