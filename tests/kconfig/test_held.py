# SPDX-License-Identifier: MIT
"""What a process holds from one question to the next: never an answer to what was there before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli.answer import Refused, answer
from kvariant.kconfig import kept
from kvariant.kconfig import parse as parse_module
from kvariant.kconfig.held import HELD
from kvariant.kconfig.presets import program_lines
from kvariant.kconfig.probes import expanded
from kvariant.plan import spaces

KCONFIG = """\
config ALPHA
	bool "Alpha"
config BETA
	bool "Beta"
	depends on ALPHA
config VERSION
	string
	default "$(shell,./version.sh)"
config FROM
	string
	default "$(FROM)"
source "more/*.in"
"""
SOURCE = "int a;\n#ifdef CONFIG_ALPHA\nint b;\n#endif\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a small tree in the current folder, in a process that answers many questions."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FROM", "here")
    monkeypatch.setattr(kept, "_TICK", -(10**18))  # files of a test are as old as its parse
    monkeypatch.setattr(HELD, "is_serving", True)
    folder = tmp_path / "tree"
    (folder / "more").mkdir(parents=True)
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "more/a.in").write_text("config MORE\n\tbool\n")
    (folder / "version.sh").write_text("#!/bin/sh\necho one\n")
    (folder / "version.sh").chmod(0o755)
    (folder / "one.config").write_text("CONFIG_ALPHA=y\n")
    (folder / "a.c").write_text(SOURCE)
    monkeypatch.chdir(folder)
    yield folder
    HELD.forget()
    spaces.forget()


QUESTIONS: dict[str, tuple[str, list[str], list[str]]] = {
    "explain": ("explain", ["--config=one.config"], ["BETA"]),
    "why": ("explain", ["--config=one.config"], ["VERSION"]),
    "fixes": ("explain", ["--fix", "--config=one.config"], ["BETA=y"]),
    "space": ("space", [], []),
    "line": ("explain", ["--config=one.config"], ["a.c:3"]),
}


def asked() -> dict[str, Any]:
    """Return the answers to all questions, refusals among them."""
    found: dict[str, Any] = {}
    for name, question in QUESTIONS.items():
        try:
            found[name] = answer(*question)
        except Refused as refused:
            found[name] = str(refused)
    return found


def afresh() -> dict[str, Any]:
    """Return them from a process that holds nothing."""
    HELD.forget()
    spaces.forget()
    HELD.is_serving = False
    try:
        return asked()
    finally:
        HELD.is_serving = True


def rewritten(path: str, old: str, new: str) -> Callable[[Path], object]:
    """Return an edit of a file that keeps its size and its time."""

    def edit(folder: Path) -> None:
        file = folder / path
        before = file.stat()
        file.write_text(file.read_text().replace(old, new))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit


EDITS: dict[str, Callable[[Path], object]] = {
    "Kconfig": rewritten("Kconfig", "depends on ALPHA", "depends on OMEGA"),
    "a fragment": rewritten("one.config", "CONFIG_ALPHA=y", "CONFIG_ALPHA=n"),
    "a source": rewritten("a.c", "#ifdef CONFIG_ALPHA", "#ifdef CONFIG_BETAS"),
    "a script": rewritten("version.sh", "one", "two"),
    "a new Kconfig file": lambda t: (t / "more/new.in").write_text("config NEW\n\tbool\n"),
    "a variable": lambda _: os.environ.update(FROM="there"),
    "no Kconfig": lambda t: (t / "Kconfig").unlink(),
    "no fragment": lambda t: (t / "one.config").unlink(),
    "a project file": lambda t: (t / "kvariant.toml").write_text('config-prefix = "C_"\n'),
    "a broken Kconfig": lambda t: (t / "Kconfig").write_text("config\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_between_two_questions_is_seen(tree: Path, edit: str) -> None:
    """Each answer is the one that a process which holds nothing gives, before and after it."""
    before = asked()
    assert before == asked() == afresh()
    asked()
    EDITS[edit](tree)
    after = asked()
    assert after == afresh()
    assert after != before


def test_a_tree_is_parsed_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is read too fast to be kept, and its space is the one of before."""
    done: list[object] = []
    read = parse_module.read
    monkeypatch.setattr(parse_module, "read", lambda *a, **o: (done.append(a), read(*a, **o))[1])
    asked()
    first = len(done)  # by other rules as well: this tree does not say by whose it is read
    asked()
    assert first == len(done) < len(QUESTIONS)
    assert not kept.folder().exists()
    HELD.is_serving = False
    answer("explain", [], ["BETA"])
    assert first < len(done), "who answers one question holds nothing"


def test_few_trees_are_held(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were asked about longest ago go."""
    monkeypatch.setattr(HELD, "most", 2)
    for value in "abcb":
        answer("explain", [f"--env=FROM={value}"], ["FROM"])
    assert 2 == len(HELD._trees)


def test_no_cache_holds_nothing(tree: Path) -> None:
    """`--no-cache` reads the tree anew for each question."""
    answer("explain", ["--no-cache"], ["BETA"])
    assert {} == HELD._trees


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ("$CC -x c -", "gcc -m32 -x c -"),
        ("${CC} --version", "gcc -m32 --version"),
        ("CC=clang; $CC", "CC=clang; $CC"),
        ("read CC; $CC", "read CC; $CC"),
        ("$ODD -v", "$ODD -v"),
        ("$NONE -v", "$NONE -v"),
    ],
)
def test_a_variable_that_names_a_program(command: str, meant: str) -> None:
    """It is that program, unless the command sets it or its value is more than words."""
    assert meant == expanded(command, {"CC": "gcc -m32", "ODD": "a; b"})


# What programs say of themselves


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of programs, the only one that is looked in first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("RUSTUP_HOME", str(tmp_path / "rustup"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program_lines, "_said", {})
    return folder


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Count the programs that are run."""
    done: list[object] = []
    run = program_lines.subprocess.run
    counted = lambda *a, **o: (done.append(a), run(*a, **o))[1]  # noqa: E731
    monkeypatch.setattr(program_lines.subprocess, "run", counted)
    return done


def test_a_program_is_asked_once_while_its_file_is_as_it_was(
    bin_folder: Path, runs: list[object]
) -> None:
    """A link that leads elsewhere, or another environment, is asked anew."""
    echo = shutil.which("echo")
    assert echo is not None
    (bin_folder / "some-echo").symlink_to(echo)
    assert ["one", "one"] == [program_lines.first_line(["some-echo", "one"]) for _ in range(2)]
    assert 1 == len(runs)
    os.environ["KVARIANT_TEST_OTHER"] = "1"
    program_lines.first_line(["some-echo", "one"])
    del os.environ["KVARIANT_TEST_OTHER"]
    assert 2 == len(runs)
    (bin_folder / "some-echo").unlink()
    assert "" == program_lines.first_line(["some-echo", "one"])
    shutil.copy(shutil.which("true") or "", bin_folder / "some-echo")
    assert "" == program_lines.first_line(["some-echo", "one"])


def test_what_stands_for_another_program_is_asked_each_time(
    bin_folder: Path, runs: list[object]
) -> None:
    """A script, and a link to a program of another name, may say something else tomorrow."""
    (bin_folder / "gcc").write_text("#!/bin/sh\necho script\n")
    (bin_folder / "gcc").chmod(0o755)
    (bin_folder / "cc").symlink_to(shutil.which("echo") or "")
    for name in ("gcc", "cc"):
        for _ in range(2):
            program_lines.first_line([name, "--version"])
    assert 4 == len(runs)


@pytest.mark.parametrize("file", ["rust-toolchain.toml", "rust-toolchain", "rustup/settings.toml"])
def test_rustup_says_what_its_files_choose(
    bin_folder: Path, runs: list[object], tmp_path: Path, file: str
) -> None:
    """It is asked again when one of them is written."""
    shutil.copy(shutil.which("echo") or "", bin_folder / "rustup")
    (bin_folder / "rustc").hardlink_to(bin_folder / "rustup")
    for _ in range(2):
        assert "one" == program_lines.first_line(["rustc", "one"])
    assert 1 == len(runs)
    (tmp_path / "rustup").mkdir()
    (tmp_path / file).write_text("[toolchain]\n")
    program_lines.first_line(["rustc", "one"])
    assert 2 == len(runs)
