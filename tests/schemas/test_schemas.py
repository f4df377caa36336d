# SPDX-License-Identifier: MIT
"""The schemas are the code's, and say yes to what is right and no to what is wrong.

What verbs print in the tests of this process is held against them in `conftest.py`.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import cli, run
from kvariant.errors import InputError
from kvariant.project import Project
from kvariant.schemas import FILES, NAMES, PRINTED, schema_text
from kvariant.schemas.making import made
from project_trees import lay_out
from schemas.document import FOLDER
from schemas.printed import disagreement, validator

ROOT = Path(__file__).parents[2]


def data_of(text: str) -> Any:
    """Return a TOML text as an editor hands it to a schema."""
    return json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))


def test_the_schemas_are_fresh() -> None:
    """Each file is what the code makes of it; run tests/schemas/document.py where it is not."""
    assert {*NAMES} == {path.stem for path in FOLDER.iterdir()} == {*made()}
    for name, text in made().items():
        assert schema_text(name) == text


def test_every_verb_with_json_has_a_schema() -> None:
    """What takes --json is in `PRINTED`, and nothing else but what any of them says of errors."""
    context = cli.make_context("kvariant", ["--help"], resilient_parsing=True)
    taking = {
        verb
        for verb in cli.list_commands(context)
        if any("--json" in p.opts for p in cli.get_command(context, verb).params)  # type: ignore[union-attr]
    }
    assert {*PRINTED} == taking | {"errors"}


def test_every_key_of_a_file_says_what_it_is() -> None:
    """No key of the project file, the interface or the lock is without words."""
    for name in ("project", "interface"):
        schema = json.loads(schema_text(name))
        for title, part in [(name, schema), *schema["$defs"].items()]:
            if title == "Argument":  # it is a text
                continue
            assert part["properties"], title
            silent = [key for key, one in part["properties"].items() if "description" not in one]
            assert [] == silent, title


PROJECTS = [
    "",
    'preset = "linux"\nenv = { ARCH = ["x86", "arm64"], CC = "gcc" }\nshell = false\n',
    'matrix = "pairwise"\n',
    'matrix.default = "a"\n[matrix.a]\nstrategy = "t-wise"\nrandom-seed = "date"\n'
    'symbols = ["A*"]\nmax-variants = 3\n[matrix.b]\nextends = "a"\n',
    '[matrix.a]\nstrategy = "distinct"\nnumbers = { PORT = [80, "443"], "*" = "edges" }\n',
    '[matrix.a]\nstrategy = "uniform"\nsize = 3\nrandom-seed = 7\n',
    '[[step]]\nname = "build"\nrun = "make"\ntimeout = "1h30m"\nretries = 2\n'
    'results = "junit:{out}/x.xml"\ninfrastructure = [75, "No space left"]\nneeds = []\n'
    '[[step]]\nname = "t"\nrun = ["make", "t"]\nenv = { A = "b" }\nwhere = "A && !B"\n'
    '[[toolchain]]\nwhere = "ARM"\nenv = { CC = "arm-gcc" }\n',
    '[[known-failure]]\nreason = "x"\nuntil = 2030-12-31\nstrict = true\n',
    '[[known-failure]]\nreason = "x"\nuntil = "2030-12-31"\n',
    '[generate]\ntemplates = "t"\n',
]
WRONG = [
    'presets = "linux"\n',
    'preset = "minix"\n',
    "env = { ARCH = [1] }\n",
    'env = "ARCH=x86"\n',
    "shell = 1\n",
    "matrix = 3\n",
    "matrix.default = 3\n",
    '[matrix.a]\nstrategy = "all"\n',
    "[matrix.a]\nstrength = 0\n",
    '[matrix.a]\nnumbers = "some"\n',
    "[matrix.a]\nnumbers = { A = [] }\n",
    "[matrix.a]\nrandom-seed = -1\n",
    '[matrix.a]\nrandom-seed = "today"\n',
    '[matrix.a]\nsymbols = "A"\n',
    '[[step]]\nrun = "make"\n',
    '[[step]]\nname = "A B"\nrun = "make"\n',
    '[[step]]\nname = "a"\nrun = ""\n',
    '[[step]]\nname = "a"\nrun = []\n',
    '[[step]]\nname = "a"\nrun = "x"\ntimeout = 10\n',
    '[[step]]\nname = "a"\nrun = "x"\ntimeout = "10 days"\n',
    '[[step]]\nname = "a"\nrun = "x"\nresults = "xml:a"\n',
    '[[step]]\nname = "a"\nrun = "x"\ninfrastructure = [0]\n',
    '[[step]]\nname = "a"\nrun = "x"\nretries = -1\n',
    '[[step]]\nname = "a"\nrun = "x"\nenv = { A = 1 }\n',
    '[[known-failure]]\nstep = "a"\n',
    '[generate]\noutput = "x"\n',
    '[step]\nname = "a"\nrun = "x"\n',
]


@pytest.mark.parametrize("text", PROJECTS)
def test_what_the_reader_takes_the_schema_takes(text: str, tmp_path: Path) -> None:
    """A project file that is read has no fault by the schema."""
    (tmp_path / "kvariant.toml").write_text(text)
    Project.find(tmp_path)
    assert [] == [error.message for error in validator("project").iter_errors(data_of(text))]


@pytest.mark.parametrize("text", WRONG)
def test_what_the_reader_refuses_the_schema_refuses(text: str, tmp_path: Path) -> None:
    """A key, type or value that is an error is one by the schema."""
    (tmp_path / "kvariant.toml").write_text(text)
    with pytest.raises(InputError):
        Project.find(tmp_path)
    assert list(validator("project").iter_errors(data_of(text)))


def own_files() -> Iterator[tuple[str, Any]]:
    """Yield the project files, interfaces and locks that are here, with the name of the schema."""
    for path in sorted(ROOT.rglob("*.toml")):
        if {".venv", "build", ".git"} & {*path.relative_to(ROOT).parts}:
            continue
        text = path.read_text(encoding="utf-8")
        if path.name == "kvariant.toml":
            yield "project", data_of(text)
        elif path.name == "interface.toml" and "$" not in text:
            yield "interface", data_of(text)
        elif path.name == "pyproject.toml" and "[tool.kvariant" in text:
            yield "project", data_of(text)["tool"]["kvariant"]
    for path in sorted(ROOT.rglob("variants.lock")):
        yield "lock", json.loads(path.read_text(encoding="utf-8"))


def test_our_own_files_agree() -> None:
    """Every project file, interface and lock of this repository has no fault by its schema."""
    found = list(own_files())
    assert {name for name, _ in found} >= {"project", "interface"}
    for name, data in found:
        assert [] == [e.message for e in validator(name).iter_errors(data)]


def test_the_lock_that_is_written_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lock, a variant's JSON file and the matrix beside it have no fault by their schemas."""
    monkeypatch.chdir(lay_out(tmp_path / "tree", 'matrix = "pairwise"\n'))
    assert run(["matrix", "--write", "--json"]) == 0
    lock = json.loads(Path("variants.lock").read_text())
    assert [] == [e.message for e in validator("lock").iter_errors(lock)]
    assert run(["matrix", "--check", "--json"]) == 0
    assert run(["matrix", "-o", "out", "--format", "json", "--json"]) == 0
    written = sorted(Path("out").iterdir())
    assert len(written) > 2
    for path in written:
        assert "" == disagreement("matrix", path.read_text())
    lock["matrices"]["pairwise"]["variants"][0]["asignment"] = {}
    assert list(validator("lock").iter_errors(lock))


FAILING = ("sh", "-c", "grep -q CONFIG_B=y {config} && echo x.c:1: error: y && exit 1; true")
VERBS = [
    ["space"],
    ["space", "--symbols", "A", "B"],
    ["explain", "B"],
    ["explain", "B=y", "--fix"],
    ["explain", "m.c:2"],
    ["check"],
    ["matrix", "patch", "--files", "m.c"],
    ["matrix"],
    ["matrix", "pairwise", "--verify"],
    ["matrix", "distinct", "--symbols", "A", "B"],
    ["coverage"],
    ["coverage", "--reduce", "--complete", "--max-variants", "2"],
    ["diff", "a", "ab"],
    ["sweep", "-q", "--dry-run", "--", "true"],
    ["sweep", "-q", "--", *FAILING],
    ["report"],
    ["blame", "-q", "--", *FAILING],
    ["report"],
    ["clean", "--dry-run"],
    ["reproduce", ".kvariant/failures/1.json"],
    ["matrix", "nowhere"],
    ["explain", "NOWHERE"],
]  # fmt: skip


@pytest.mark.parametrize("project", ["", 'env = { ARCH = ["x86", "arm64"] }\n'])
def test_what_verbs_print(
    project: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What each verb prints with --json, of one tree or of two, has no fault by its schema."""
    monkeypatch.chdir(lay_out(tmp_path / "tree", project))
    Path("m.c").write_text("#ifdef CONFIG_A\nint a;\n#endif\n#if 0\nint b;\n#endif\n")
    for words in VERBS:
        place = words.index("--") if "--" in words else len(words)
        run([*words[:place], "--json", *words[place:]])
        printed = capsys.readouterr()
        assert printed.out.startswith("{"), printed
        assert "" == disagreement(words[0], printed.out), words


def test_a_wrong_record_is_refused() -> None:
    """A key that no record has, and one that is missing, are told with their place."""
    assert "" == disagreement("init", '{"format": 1, "written": [], "next": "x"}')
    assert "init: $" in disagreement("init", '{"format": 1, "written": [], "next": "x", "y": 1}')
    assert "init: $" in disagreement("init", '{"format": 1, "written": []}')
    assert "init: $.format" in disagreement("init", '{"format": 2, "written": [], "next": "x"}')
    assert "errors: $.errors[0]" in disagreement("init", '{"format": 1, "errors": [{}]}')


def test_what_a_process_prints_is_held_against_its_schema() -> None:
    """No test has a process of ours whose --json is not as the schema says; what another program
    prints, or a verb without --json, is nobody's."""
    program = 'print(\'{"format": 1, "nonsense": 1}\')'
    command = [sys.executable, "-c", program, "kvariant"]
    for words in (["space"], [], ["--", "space", "--json"]):
        subprocess.run([*command, *words], capture_output=True, check=True)
    for text in (True, False):
        with pytest.raises(AssertionError, match="space: "):
            subprocess.run([*command, "space", "--json"], stdout=subprocess.PIPE, text=text)


@pytest.mark.parametrize("name", NAMES)
def test_the_verb_prints_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`kvariant schema NAME` prints the file, byte by byte."""
    assert run(["schema", name]) == 0
    assert capsys.readouterr().out == schema_text(name)


def test_the_verb_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Another name is an error that lists all of them."""
    assert run(["schema", "projcet"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in (*FILES, *PRINTED))
