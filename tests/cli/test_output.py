# SPDX-License-Identifier: MIT
"""What every verb prints alike: help, JSON, colour where a terminal wants it, -q and -v."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import click
import pytest

import programs
from errors.case import sound_project
from kvariant.cli import cli, run
from kvariant.cli.colour import wanted_by

Capture = pytest.CaptureFixture[str]
VERBS = cli.list_commands(click.Context(cli))
CODES = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small sound project, the working folder."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    folder = sound_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def command_of(verb: str) -> click.Command:
    """Return a verb's command."""
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    return command


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_a_sentence(verb: str) -> None:
    """It begins with a capital letter and ends without a period; programs get JSON of all."""
    options = [p for p in command_of(verb).params if isinstance(p, click.Option)]
    if verb not in ("completion", "mcp", "schema"):  # what they print is no text for people
        assert {"--json", "--color"} <= {name for option in options for name in option.opts}
    for option in options:
        assert option.help, option.opts
        assert option.help[0].isupper(), option.help
        assert option.help[-1] != ".", option.help
        assert option.is_flag or option.metavar or option.type.name == "choice", option.opts


@pytest.mark.parametrize("option", ["--strength", "--size", "--random-seed"])
def test_what_holds_without_an_option_is_said(option: str) -> None:
    """Options of a matrix have its values, or those that hold where it says nothing."""
    (found,) = (p for p in command_of("matrix").params if option in p.opts)
    assert isinstance(found, click.Option)
    assert "[default: the matrix's" in str(found.help)


def test_options_of_one_name_mean_one_thing() -> None:
    """An option has the same short form and the same value in each verb that has it."""
    forms: dict[str, set[tuple[object, ...]]] = {}
    for verb in VERBS:
        for option in command_of(verb).params:
            if isinstance(option, click.Option):
                form = (*option.opts, option.is_flag, option.multiple)
                forms.setdefault(option.opts[-1], set()).add(form)
    forms.pop("--config")  # of `explain` it is one
    assert {name: found for name, found in forms.items() if len(found) > 1} == {}


@pytest.mark.parametrize("columns", ["100", "70"])
def test_the_summary_names_what_there_is(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """Every option of the summary exists, all that several verbs share are in it, none is cut."""
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= int(columns)
    told = set(re.findall(r"(?<=  )--?[a-z][a-z-]*", text[text.index("MATRIX is") :]))
    having: dict[str, set[str]] = {}
    for verb in VERBS:
        for option in command_of(verb).params:
            for name in option.opts:
                having.setdefault(name, set()).add(verb)
    assert told <= {*having}
    every = {n for n in having if n not in ("-h", "--help", "--quiet", "--verbose", "matrix")}
    shared = {name for name in every if len(having[name]) > 1 and name.startswith("-")}
    assert shared <= told
    for verb in ("matrix", "sweep", "report", "coverage"):
        own = {name for name in every if having[name] == {verb} and name.startswith("-")}
        assert own <= told, verb


ERROR = ["matrix", "--strength", "3"]


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ([], {}, False),
        (["--color", "auto"], {}, False),
        (["--color=always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {}, False),
    ],
)
def test_colour_in_a_pipe(
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    environment: dict[str, str],
    is_coloured: bool,
) -> None:
    """None, unless it is asked for; the text is the same."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for arguments, code in ((ERROR, 2), (["check"], 0)):
        assert run(arguments) == code
        plain = "".join(capsys.readouterr())
        assert run([*arguments, *options]) == code
        printed = "".join(capsys.readouterr())
        assert bool(CODES.search(printed)) == is_coloured
        assert CODES.sub("", printed) == plain


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ([], {"TERM": "xterm"}, True),
        ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ([], {"TERM": "xterm", "NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {"TERM": "xterm"}, False),
        (["--color", "always"], {"TERM": "dumb", "NO_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal(
    options: list[str], environment: dict[str, str], is_coloured: bool
) -> None:
    """Where it can be seen and nobody has said that he does not want it."""
    ours, theirs = pty.openpty()
    try:
        done = programs.run(
            programs.kvariant(*ERROR, *options),
            stderr=theirs,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
            check=False,
        )
        assert done.returncode == 2
        text = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert bool(CODES.search(text)) == is_coloured
    assert "error: --strength has no effect" in CODES.sub("", text)


def test_json_has_no_colour(capsys: Capture) -> None:
    """Whatever is asked for."""
    assert run(["check", "--json", "--color", "always"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == 1


def test_options_of_a_steps_command_are_its_own(capsys: Capture) -> None:
    """What stands after -- is not ours: neither --json nor --color."""
    assert run(["sweep", "nowhere", "--", "make", "--json", "--color", "always"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: no matrix is named 'nowhere'")


def test_quiet_and_verbose(capsys: Capture) -> None:
    """By default failing cells are told as they end, with -v all, with -q none."""
    command = ("-j", "1", "--no-reuse", "--", "grep -q NET=y {config}")
    told, tables = [], []
    for options in ([], ["-v"], ["-q"]):
        assert run(["sweep", *options, *command]) == 1
        printed = capsys.readouterr()
        told.append([line.split()[:3] for line in printed.err.splitlines()])
        tables.append([line.split()[0] for line in printed.out.splitlines()[1:3]])
    failed = ["base", "build", "FAILED"]
    assert told[0] == [failed]
    assert sorted(told[1]) == sorted(
        [["base", "generate", "ok,"], ["net", "generate", "ok,"], failed, ["net", "build", "ok"]]
    )
    assert told[2] == []
    assert tables == [["base", "net"]] * 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--color"], None),
        (["check", "--color", "never"], False),
        (["check", "--color=always", "-q"], True),
        (["sweep", "--color", "auto", "--", "ls", "--color=always"], None),
    ],
)
def test_colour_that_errors_have(arguments: list[str], expected: bool | None) -> None:
    """It is read off the command line, which may not even be one."""
    assert wanted_by(arguments) is expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["sweep", "--nope", "--json"],
        ["sweep", "-j", "x", "--json"],
        ["matrix", "--size", "--json"],
        ["check", "a", "b", "--json"],
        ["reproduce", "--json"],
        ["completion", "--json"],
        ["swep", "--json"],
        ["matrix", "uniform", "--random-seed", "9" * 2000, "--json"],
    ],
)
def test_wrong_words_are_json_as_well(capsys: Capture, arguments: list[str]) -> None:
    """What is wrong with a command is a record for who asked for JSON, and words for who reads."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    (told,) = json.loads(out)["errors"]
    assert told["code"] == "usage"
    assert f"error: {told['message']} [usage]" in err


def test_json_of_a_steps_command_is_its_own(capsys: Capture) -> None:
    """Behind -- it is no option of ours."""
    assert run(["sweep", "-j", "x", "--", "true", "--json"]) == 2
    assert capsys.readouterr().out == ""
