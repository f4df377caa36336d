# SPDX-License-Identifier: MIT
"""The reference is the code's, and what its pages show is so."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import click
import pytest

import kvariant
from console_blocks import blocks, is_shown, typed
from kvariant.cli import cli
from reference_pages.document import FOLDER, documents
from reference_pages.strategies import PAGE, PICTURE, lay_out, picture

ROOT = click.Context(cli, info_name="kvariant")
VERBS = cli.list_commands(ROOT)


@cache
def made() -> Mapping[str, str]:
    """Return the pages as the code makes them."""
    return documents()


def command_of(verb: str) -> click.Command:
    """Return a verb's command."""
    command = cli.get_command(ROOT, verb)
    assert command is not None
    return command


def examples(verb: str) -> list[str]:
    """Return the commands that a verb's help shows."""
    help_ = command_of(verb).help or ""
    block = help_.partition("\b\n")[2]
    return [line.strip() for line in block.split("\n") if "kvariant " in line]


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_a_page_is_fresh(name: str) -> None:
    """Each page is what the code makes of it; else run tests/reference_pages/document.py."""
    assert (FOLDER / name).read_text(encoding="utf-8") == made()[name]


def test_nothing_else_is_there() -> None:
    """A page that nothing writes would be nobody's."""
    assert {path.name for path in FOLDER.iterdir()} == {*made()}


def test_every_public_name_has_its_place() -> None:
    """What is exported, each verb and each key is a heading or a row, and says something."""
    api, commands = made()["api.md"], made()["commands.md"]
    for name in kvariant.__all__:
        words = api.partition(f"\n## {name}\n\n")[2]
        assert re.match(r"\w.*\.", words), name
    for verb in VERBS:
        assert f"\n### {verb}\n" in commands
        for parameter in command_of(verb).params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert option in commands.partition(f"\n### {verb}\n")[2].partition("\n### ")[0]
    for page in made().values():
        assert not re.search(r"\|  \|$", page, re.MULTILINE), "a row says nothing"


def test_the_example_of_the_api_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What api.md begins with can be pasted."""
    (block,) = (b for b in blocks(FOLDER / "api.md")[:1])
    assert block.language == "python"
    kconfig = tmp_path / "Kconfig"
    kconfig.write_text('config A\n\tbool "a"\nconfig B\n\tbool "b"\n\tdepends on A\n')
    exec(block.text.replace('"Kconfig"', repr(str(kconfig))), {})
    assert capsys.readouterr().out == "2 3\n"


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_of_a_help_parse(verb: str) -> None:
    """Each verb shows at least one example, and its options are those that the verb has."""
    shown = examples(verb)
    assert shown
    for line in shown:
        line = line[line.index("kvariant ") :].partition(')"')[0]
        words = shlex.split(re.split(r" {3,}| > ", line)[0])
        assert words[:2] == ["kvariant", verb]
        command_of(verb).make_context(verb, words[2:], parent=ROOT).close()


def test_the_picture_is_fresh(tmp_path: Path) -> None:
    """The picture is what the strategies choose; its rows are all that the tree allows."""
    (shown,) = PICTURE.findall(PAGE.read_text())
    assert picture(lay_out(tmp_path / "tree")) == shown
    lines = [line.split() for line in shown.splitlines()]
    valid = [
        [net, tls, log, trace]
        for net, tls, log, trace in itertools.product("ny", repeat=4)
        if (tls == "n" or net == "y") and (trace == "n" or log == "y")
    ]
    assert valid == [line[:4] for line in lines[1:]]


def test_what_the_page_of_strategies_shows_is_printed(tmp_path: Path) -> None:
    """Each command of docs/strategies.md prints what stands below it."""
    folder = lay_out(tmp_path / "tree")
    runs = [run for block in blocks(PAGE) if block.language == "console" for run in block.runs]
    assert len(runs) > 6
    for command, shown in runs:
        printed = typed(command, folder)
        assert is_shown(shown, printed), "\n".join([f"$ {command}", *printed])
