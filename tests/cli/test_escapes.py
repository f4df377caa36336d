# SPDX-License-Identifier: MIT
"""What others wrote is shown, and nothing in it is obeyed; what is not ours to show is not."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sqlite3
from pathlib import Path

import click
import pytest

import kvariant.cli
from kvariant.cli import cli, run

Capture = pytest.CaptureFixture[str]
VERBS = cli.list_commands(click.Context(cli))
NASTY = {
    "colour": "\x1b[31mred",
    "link": "\x1b]8;;http://x/\x07link\x1b]8;;\x07",
    "title": "\x1b]0;title\x1b\\",
    "device": "\x1bP1$r\x1b\\",
    "c1": "\x9b2J\x9d0;x\x9c",
    "return": "seen\rhidden",
    "bidi": "\u202ead\u202c\u2066x\u2069",
    "bell": "\x07\x08\x00"[:2],
}
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def lay_out(folder: Path, nasty: str) -> None:
    """Write a project that has a text everywhere where one may stand."""
    (folder / "configs").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "Kconfig").write_text(
        f'mainmenu "M {nasty}"\nconfig A\n\tbool "A {nasty}"\n\thelp\n\t  H {nasty}\n'
        f'config S\n\tstring "S"\n\tdefault "v{nasty}"\nconfig B\n\tbool "B"\n\tdepends on A\n'
        f'config N\n\tint "N"\n\tdefault 1\n\trange 1 9\n'
    )
    (folder / "configs/a.config").write_text(f'# about {nasty}\nCONFIG_A=y\nCONFIG_S="s{nasty}"\n')
    (folder / "configs/b.config").write_text(
        f"# other {nasty}\n# kvariant: allow-dropped CONFIG_B because r{nasty} x\nCONFIG_B=y\n"
    )
    (folder / "templates/x.txt.j2").write_text(f"{nasty} {{{{ S }}}}\n")
    step = "cat logs.txt; grep -q CONFIG_A=y {config} && exit 3; exit 0"
    (folder / "logs.txt").write_text(f"x.c:1:2: error: broken {nasty}\n{nasty}\n")
    (folder / "tests.xml").write_text("<testsuite/>")
    (folder / "tap.txt").write_text(f"1..2\nnot ok 1 - t{nasty} # {nasty}\nok 2 - u{nasty}\n")
    text = (
        '[generate]\ntemplates = "templates"\noutput = "generated"\n'
        f"[[step]]\nname = \"build\"\nrun = '''{step}'''\n"
        '[[step]]\nname = "test"\nneeds = ["generate"]\n'
        "run = 'cp tap.txt {results}/t.tap; cat tap.txt'\nresults = \"tap:{results}/t.tap\"\n"
        f'[[known-failure]]\nstep = "test"\ntest = "nothing"\nreason = {json.dumps("r" + nasty)}\n'
    )
    (folder / "kvariant.toml").write_text(text)


COMMANDS = [
    [],
    ["space"],
    ["check"],
    ["explain", "A"],
    ["explain", "S"],
    ["explain", "B=y"],
    ["explain", "NASTY"],
    ["matrix"],
    ["matrix", "toggles"],
    ["matrix", "--write"],
    ["matrix", "--check"],
    ["coverage"],
    ["generate"],
    ["generate", "--check"],
    ["sweep", "-v"],
    ["sweep"],
    ["sweep", "--dry-run"],
    ["sweep", "--", "cat logs.txt; exit 1"],
    ["blame"],
    ["reproduce", ".kvariant/failures/1.json"],
    ["reproduce", "NASTY"],
    ["clean", "--dry-run"],
    ["clean"],
    ["report"],
    ["report", "--markdown"],
    ["report", "--text"],
    ["report", "--require", "NASTY"],
    ["diff", "a", "b"],
    ["diff", "a", "NASTY"],
    ["init"],
    ["review", "--old-tree", "."],
    ["review", "NASTY"],
    ["review", "--old-tree", "NASTY"],
    ["schema", "NASTY"],
    ["completion", "NASTY"],
    ["edit", "NASTY"],
    ["mcp", "NASTY"],
    ["NASTY"],
    ["space", "--NASTY"],
    ["space", "--kconfig", "NASTY"],
    ["space", "--env", "NASTY"],
    ["matrix", "NASTY"],
    ["matrix", "--where", "NASTY"],
    ["matrix", "--symbols", "NASTY"],
    ["matrix", "--config", "NASTY"],
    ["matrix", "-k", "NASTY"],
    ["sweep", "--step", "NASTY"],
    ["report", "NASTY"],
    ["matrix", "--config", "bad.config"],
    ["space", "--kconfig", "K.bad"],
]


def test_every_verb_is_here() -> None:
    """A new verb comes here as well."""
    assert set(VERBS) <= {command[0] for command in COMMANDS if command}


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, kind: str
) -> None:
    """No verb hands a control character of names, values, comments, logs or arguments on."""
    nasty = NASTY[kind]
    lay_out(tmp_path / "p", nasty)
    monkeypatch.chdir(tmp_path / "p")
    Path("bad.config").write_text(f"CONFIG_A={nasty}\nCONFIG_{nasty}=y\nx {nasty}\nCONFIG_Q=y\n")
    Path("K.bad").write_text(f'config X\n\tbool "x"\n\tdefault {nasty} $(\n')
    for command in COMMANDS:
        arguments = [word.replace("NASTY", f"x{nasty}") for word in command]
        run(arguments)
        said = capsys.readouterr()
        text = said.out + said.err
        assert said.out or said.err, arguments
        found = OBEYED.search(text)
        assert not found, (arguments, text[max(0, found.start() - 80) : found.end() + 20])


@pytest.mark.parametrize("kind", NASTY)
def test_files_that_are_named_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, kind: str
) -> None:
    """A file's name is shown on one line, whatever is in it, and nothing of it is obeyed."""
    nasty = NASTY[kind].replace("/", "").strip("\0") + "\nerror: forged"
    lay_out(tmp_path / "p", "")
    monkeypatch.chdir(tmp_path / "p")
    shutil.copy("Kconfig", f"K{nasty}")
    Path(f"configs/c{nasty}.config").write_text("x y\n")
    Path(f"templates/t{nasty}.txt.j2").write_text("{{ NOT_A_SYMBOL }}\n")
    for command in (["check"], ["matrix"], ["generate"], ["space", "--kconfig", f"K{nasty}"]):
        run([*command])
        said = capsys.readouterr()
        text = said.out + said.err
        assert text
        assert not OBEYED.search(text), command
        assert "\nerror: forged" not in text, command


def test_colour_is_ours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Where colour is wanted, it is ours, and that of data is still taken out."""
    lay_out(tmp_path / "p", "\x1b[35mdata")
    monkeypatch.chdir(tmp_path / "p")
    run(["sweep", "--color", "always"])
    run(["diff", "a", "b", "--color", "always"])
    said = capsys.readouterr()
    assert "\x1b[31m" in said.out or "\x1b[1m" in said.out
    assert "\x1b[35m" not in said.out + said.err


def test_json_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Programs get values as they are, in plain ASCII."""
    lay_out(tmp_path / "p", "\x1b[31m\u202e")
    monkeypatch.chdir(tmp_path / "p")
    assert run(["matrix", "--json"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    (a, _) = json.loads(text)["variants"]
    assert a["assignment"]["S"] == "s\x1b[31m\u202e"


def test_a_given_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Names and reasons of a database that somebody gave us are cleaned as well."""
    lay_out(tmp_path / "p", "")
    monkeypatch.chdir(tmp_path / "p")
    run(["sweep"])
    capsys.readouterr()
    path = Path(".kvariant/results.sqlite")
    with sqlite3.connect(path) as database:
        (tables,) = zip(
            *database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"), strict=True
        )
        for table in tables:
            for column in database.execute(f"PRAGMA table_info({table})").fetchall():
                if column[2] == "TEXT" and column[1] in ("reason", "message", "log", "test"):
                    database.execute(
                        f"UPDATE {table} SET {column[1]} = {column[1]} || ? || rowid",
                        ("\x1b[31m\x9b\u202e\r",),
                    )
    shutil.copy(path, "given.sqlite")
    for how in ([], ["--markdown"], ["--text"], ["--compare", str(path)]):
        run(["report", "given.sqlite", *how])
        said = capsys.readouterr()
        assert said.out
        assert not OBEYED.search(said.out + said.err), how


def test_one_printer() -> None:
    """Text goes to the standard streams in one module."""
    folder = Path(kvariant.cli.__file__).parent
    found = [
        f"{path.name}:{node.lineno}"
        for path in folder.glob("*.py")
        if path.name != "printer.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("click.echo", "print", "click.secho")
    ]
    assert not found


SECRET = "root:$6$SECRET:19000:0:99999:7:::\nCONFIG_A SECRET\nSECRET=y\nCONFIG_N=SECRET\n"


@pytest.mark.parametrize("how", ["fragment", "include", "kconfig", "link to kconfig", "project"])
def test_secrets_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, how: str
) -> None:
    """A link or include that leads out of the project shows nothing of what is there."""
    secret = tmp_path / "etc/shadow"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    lay_out(tmp_path / "p", "")
    monkeypatch.chdir(tmp_path / "p")
    command = ["check"]
    if how == "fragment":
        Path("configs/leak.config").symlink_to(secret)
    elif how == "include":
        Path("configs/leak.config").write_text(f'#include "{secret}"\n')
    elif how == "kconfig":
        Path("Kconfig").write_text(f'source "{secret}"\n')
    elif how == "link to kconfig":
        Path("K").symlink_to(secret)
        Path("Kconfig").write_text('source "K"\n')
    else:
        Path("leak.toml").symlink_to(secret)
        command = ["matrix", "--project", "leak.toml"]
    for words in (command, [*command, "--json"], ["space"], ["matrix"]):
        run(words)
        said = capsys.readouterr()
        assert "SECRET" not in said.out + said.err, words
    run(command)
    said = capsys.readouterr()
    assert re.search(r"(shadow|leak\.config|K|leak\.toml):1", said.out + said.err)


def test_secret_values_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Nor is a value told that does not take: a file of variables has the form of a fragment."""
    lay_out(tmp_path / "p", "")
    monkeypatch.chdir(tmp_path / "p")
    (tmp_path / "environment").write_text("TOKEN=SECRET\nA=SECRET\nS=SECRET\nN=SECRET\n")
    Path("kvariant.toml").write_text('config-prefix = ""\n')
    for path in Path("configs").iterdir():
        path.unlink()
    Path("configs/leak.config").symlink_to(tmp_path / "environment")
    for words in (["check"], ["check", "--json"], ["matrix"], ["sweep", "--", "true {out}"]):
        assert run(words) in (1, 2)
        said = capsys.readouterr()
        assert "N was dropped" in said.out + said.err
        assert "SECRET" not in said.out + said.err, words


def test_what_somebody_names_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A file outside the project that the command line names is quoted as any other."""
    lay_out(tmp_path / "p", "")
    monkeypatch.chdir(tmp_path / "p")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/x.config").write_text("not a line\n")
    assert run(["matrix", "--config", "../other/x.config"]) == 2
    assert "'not a line' is neither" in capsys.readouterr().err
