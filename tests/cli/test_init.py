# SPDX-License-Identifier: MIT
"""`kvariant init`: what it writes works, and what is there stays."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kvariant.cli import init, run
from kvariant.project import Project


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, made the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    """Return every file below a folder: path -> text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("language", ["python", "c", "both"])
def test_a_new_project_is_whole(
    here: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new project is checked, swept and found green, in every language."""
    assert run(["init", "--language", language]) == 0
    capsys.readouterr()
    assert run(["sweep", "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert {("acme", "test"), ("base", "test")} <= {(c["variant"], c["step"]) for c in cells}
    assert {c["outcome"] for c in cells if c["step"] == "test"} == {"ok"}
    assert run(["check"]) == 0
    capsys.readouterr()
    assert run(["matrix", "distinct", "--json"]) == 0  # an int that is not visible has no value
    # PDF or MAIL or neither; no log, or one that is kept for the least, the usual, the most days.
    assert len(json.loads(capsys.readouterr().out)["variants"]) == 8
    assert run(["matrix", "distinct"]) == 0
    assert "AUDIT_DAYS has 3,650 values, 3 of them chosen" in capsys.readouterr().out
    written = {path.suffix for path in (here / "generated" / "acme").iterdir()}
    assert (".py" in written, (here / "templates/invoice.h.j2").is_file()) == (
        language != "c",
        language != "python",
    )


def test_without_a_terminal_it_is_python(here: Path) -> None:
    """Nobody is asked where nobody can answer."""
    assert run(["init"]) == 0
    assert (here / "templates/invoice.py.j2").is_file()
    assert not (here / "templates/invoice.h.j2").exists()


def test_json_lists_what_was_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json names exactly the files that are there afterwards, and the next command."""
    assert run(["init", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == sorted(contents(here))
    assert said["next"] == "kvariant sweep"


def test_tables_are_added_to_what_is_there(here: Path) -> None:
    """An existing pyproject.toml and .gitignore keep every line."""
    old = '[project]\nname = "acme"  # kept'
    (here / "pyproject.toml").write_text(old, encoding="utf-8")
    (here / ".gitignore").write_text("*.o", encoding="utf-8")
    assert run(["init"]) == 0
    text = (here / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith(old + "\n\n[tool.kvariant]\n")
    assert tomllib.loads(text)["project"] == {"name": "acme"}
    assert (here / ".gitignore").read_text(encoding="utf-8") == "*.o\n.kvariant/\n"


def test_line_ends_stay(here: Path) -> None:
    """Of a file with the line ends of Windows no byte changes, and what is added has them too."""
    old = {"pyproject.toml": b'[project]\r\nname = "acme"\r\n', ".gitignore": b"*.o\r\n"}
    for name, data in old.items():
        (here / name).write_bytes(data)
    assert run(["init"]) == 0
    for name, data in old.items():
        text = (here / name).read_bytes()
        assert text.startswith(data)
        assert text.count(b"\n") == text.count(b"\r\n") > data.count(b"\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[project\nname = "acme"\n', "pyproject.toml:1:9: error: "),
        ("\ufeff[project]\n", "pyproject.toml:1:1: error: "),
        ("tool = { black = { a = 1 } }\n", "pyproject.toml: error: no table can be added here"),
    ],
    ids=["no TOML", "byte order mark", "inline table"],
)
def test_no_table_is_added_to_what_cannot_take_it(
    here: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What other tools read is not broken, nor a broken file made longer."""
    (here / "pyproject.toml").write_text(text, encoding="utf-8")
    assert run(["init"]) == 2
    assert message in capsys.readouterr().err
    assert contents(here) == {"pyproject.toml": text}


def test_what_is_told_fits_a_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names of the files are in lines of 80 columns, none of them broken."""
    assert run(["init", "--language", "both", "--ci", "github"]) == 0
    head, *names, following = capsys.readouterr().out.splitlines()
    assert (head, following) == ("a new project:", "next: kvariant sweep")
    assert max(map(len, names)) <= 80
    assert sorted(contents(here)) == [
        name for line in names for name in line.replace(",", "").split()
    ]


def test_the_command_after_a_workflow_works(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow is in the repository's top folder; what adds it is right where the project is."""
    subprocess.run(["git", "init", "-q"], check=True)
    (here / "sub folder").mkdir()
    monkeypatch.chdir(here / "sub folder")
    assert run(["init"]) == 0
    capsys.readouterr()
    assert run(["init", "--ci", "github"]) == 0
    command = capsys.readouterr().out.splitlines()[-1].removeprefix("next: ").partition(" && ")[0]
    subprocess.run(command, shell=True, check=True)
    added = subprocess.run(
        ["git", "diff", "--cached", "--name-only"],
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
    )
    assert added.stdout == ".github/workflows/kvariant.yml\n"


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the way is an error that names it, and then nothing at all is written."""
    (here / "tests").mkdir()
    (here / "tests/test_invoice.py").write_text("mine", encoding="utf-8")
    (here / "variant-configs").symlink_to("configs")
    (here / "configs").mkdir()
    (here / "configs/acme.config").symlink_to("nowhere")
    assert run(["init"]) == 2
    errors = capsys.readouterr().err
    assert "tests/test_invoice.py: error: is there already" in errors
    assert "variant-configs/acme.config: error: is there already" in errors
    assert contents(here) == {"tests/test_invoice.py": "mine"}


def test_folders_of_something_else_are_left_alone(here: Path) -> None:
    """What a web framework's templates/ and somebody's configs/ hold is no part of the project."""
    theirs = {
        "configs/nginx.config": "server { listen 80; }\n",
        "templates/mail/index.html.j2": "{{ user.name }}\n",
    }
    for name, text in theirs.items():
        (here / name).parent.mkdir(parents=True)
        (here / name).write_text(text, encoding="utf-8")
    assert run(["init"]) == 0
    assert run(["check"]) == 0
    assert run(["sweep", "-q"]) == 0
    assert theirs == {name: (here / name).read_text(encoding="utf-8") for name in theirs}
    assert [path.name for path in sorted((here / "configs").iterdir())] == ["nginx.config"]
    assert (here / "variant-templates/invoice.py.j2").is_file()


@pytest.mark.parametrize("name", ["kvariant.toml", "pyproject.toml"])
def test_a_project_is_not_made_twice(
    here: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder that is a project already, the error names its file."""
    table = "" if name == "kvariant.toml" else "[tool.kvariant]\n"
    (here / name).write_text(table, encoding="utf-8")
    assert run(["init"]) == 2
    assert f"{name}: error: this is a project already [exists]" in capsys.readouterr().err
    assert contents(here) == {name: table}


@pytest.mark.parametrize(
    ("found", "globs"),
    [
        (["configs/a_defconfig"], ("configs/*_defconfig",)),
        (["arch/x86/configs/x86_64_defconfig"], ("arch/*/configs/*_defconfig",)),
        ([], ("configs/*.config",)),
    ],
)
def test_a_tree_is_adopted(here: Path, found: list[str], globs: tuple[str, ...]) -> None:
    """Where a Kconfig is, the project file alone is written, and it names the configs found."""
    for path in ["Kconfig", *found]:
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_text("", encoding="utf-8")
    assert run(["init"]) == 0
    project = Project.find(here)
    assert project.path == here / "kvariant.toml"
    assert project.config_globs == globs
    assert project.configs()
    assert not (here / "templates").exists()


def test_what_fails_is_taken_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle leaves the folder as it was."""
    (here / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    before = contents(here)
    made = init._make

    def failing(path: Path, text: str, so_far: list[Path]) -> None:
        if path.name == "test_invoice.py":
            raise OSError(28, "No space left on device", str(path))
        made(path, text, so_far)

    monkeypatch.setattr(init, "_make", failing)
    assert run(["init"]) == 3
    assert contents(here) == before
    assert [path.name for path in here.iterdir()] == ["pyproject.toml"]


def test_the_first_minute(here: Path) -> None:
    """As a new user types it: init, sweep, and pytest alone; all green, in less than a minute."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in (["kvariant", "init"], ["kvariant", "sweep"], ["pytest"]):
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert "kvariant: 2 variants, 4 tests: 5 passed, 3 skipped by kconfig" in done.stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the processors, not of the clock: other tests run beside this one.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 60
