# SPDX-License-Identifier: MIT
"""`kvariant space` and `kvariant check` on own and foreign trees."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
success = $(shell,($(1)) >/dev/null 2>&1 && echo y || echo n)

config CC_IS_GCC
	def_bool $(success,true)

config FAX
	bool "Fax"
	default true

config FAX_FAST
	bool "Fast"
	depends on $(success,false) || FAX

config MAIL
	bool "Mail"
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tree with two probes and a name that is no symbol the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_refused_commands_are_listed(capsys: Capture) -> None:
    """--no-shell says what it would have run and where, in text, in JSON and as warnings."""
    commands = [
        ("Kconfig:4", "(true) >/dev/null 2>&1 && echo y || echo n"),
        ("Kconfig:12", "(false) >/dev/null 2>&1 && echo y || echo n"),
    ]
    assert run(["space"]) == 0
    shown = capsys.readouterr().out
    assert "ran 2 $(shell) commands; --no-shell lists them instead" in shown
    assert "Kconfig:4" not in shown
    assert run(["space", "--no-shell"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Kconfig:")]
    assert [f"{place}: refused $(shell,{text})" for place, text in commands] == listed
    for arguments, was_run in ([], True), (["--no-shell"], False):
        assert run(["space", "--json", *arguments]) == 0
        record = json.loads(capsys.readouterr().out)
        assert [
            {"location": place, "command": text, "was_run": was_run} for place, text in commands
        ] == record["shell_commands"]
    assert run(["check", "--json", "--no-shell"]) == 0
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert [4, 12] == [d["line"] for d in found if d["code"] == "no-shell"]


def test_a_kernel_tree_says_whose_architecture_and_compiler_it_is(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """ARCH is this machine's unless told; the probes' compiler has its version beside it."""
    for name in ("ARCH", "CC", "CROSS_COMPILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for name in ("init/Kconfig", "kernel/Kconfig.preempt", "scripts/Kconfig.include"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).touch()
    (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\n")
    line = 'config A\n\tbool "A $(ARCH) $(CC_VERSION_TEXT)"\n'
    (tree / "Kconfig").write_text(KCONFIG + line)
    (tmp_path / "bin").mkdir()
    for name in ("gcc", "aarch64-linux-gnu-gcc"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\necho '{name} (Test 9.9-1) 9.9.0'\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    shown = ["linux 6.1 tree (detected), ARCH=x86 (this machine; --env ARCH=arm64 for another), ",
             "ran 2 $(shell) commands with gcc 9.9"]  # fmt: skip
    assert run(["space"]) == 0
    said = capsys.readouterr().out
    assert all(text in said for text in shown)
    assert run(["space", "--env", "ARCH=arm64"]) == 0
    said = capsys.readouterr().out
    assert "linux 6.1 tree (detected), ARCH=arm64, dialect linux" in said
    assert "ran 2 $(shell) commands with aarch64-linux-gnu-gcc 9.9" in said
    (tmp_path / "bin/aarch64-linux-gnu-gcc").unlink()
    named = ["matrix", "distinct", "--symbols", "FAX", "MAIL", "--env", "ARCH=arm64"]
    assert run(named) == 0
    said = capsys.readouterr().err
    assert said.startswith("warning: no compiler for arm64 is on PATH")
    assert "apt install gcc-aarch64-linux-gnu" in said
    assert run([*named, "--env", "CROSS_COMPILE="]) == 0
    assert "" == capsys.readouterr().err


def test_undefined_names_are_errors_in_ones_own_tree_only(tree: Path, capsys: Capture) -> None:
    """`default true` is an error where a project has the tree, and a count elsewhere."""
    assert run(["check", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert 1 == record["counts"]["undefined names"]
    assert "unknown-symbol" not in [d["code"] for d in record["diagnostics"]]
    (tree / "kvariant.toml").write_text("")
    assert run(["check", "--json"]) == 2
    record = json.loads(capsys.readouterr().out)
    assert "undefined names" not in record["counts"]
    (error,) = [d for d in record["diagnostics"] if d["severity"] == "error"]
    assert ("unknown-symbol", 8, 10) == (error["code"], error["line"], error["column"])


@pytest.mark.parametrize(
    ("globs", "symbols", "count"),
    [
        (["FAX*"], ["FAX", "FAX_FAST"], 3),
        (["CONFIG_MAIL"], ["MAIL"], 2),
        (["MAIL", "FAX_?AST", "CONFIG_FAX"], ["FAX", "FAX_FAST", "MAIL"], 6),
    ],
)
def test_count_of_some_symbols(
    globs: list[str], symbols: list[str], count: int, capsys: Capture
) -> None:
    """--symbols counts the values that the matching symbols have together."""
    arguments = [word for glob in globs for word in ("--symbols", glob)]
    assert run(["space", "--json", *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (symbols, count) == (record["of"], record["count"])
    assert run(["space", *arguments]) == 0
    assert f"projections       {count} on {', '.join(symbols)}\n" in capsys.readouterr().out


def test_count_of_what_a_text_reads(tree: Path, capsys: Capture) -> None:
    """--symbols reads:PATH counts on the symbols that a source file reads."""
    (tree / "mail.c").write_text("#if defined(CONFIG_MAIL) && defined(CONFIG_FAX_FAST)\n")
    assert run(["space", "--json", "--symbols", "reads:*.c"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (["FAX_FAST", "MAIL"], 4) == (record["of"], record["count"])


def test_a_glob_that_matches_nothing(capsys: Capture) -> None:
    """It is refused, with the nearest name."""
    assert run(["space", "--symbols", "MIAL"]) == 2
    shown = capsys.readouterr().err
    assert "error: no symbol is named MIAL [unknown-symbol]" in shown
    assert "hint: did you mean MAIL (Kconfig:" in shown


def test_an_entry_below_the_root(tree: Path, capsys: Capture) -> None:
    """src/Kconfig is found, and what it sources from the root too; srctree says from where."""
    (tree / "src").mkdir()
    (tree / "Kconfig").rename(tree / "src" / "Kconfig.options")
    (tree / "src" / "Kconfig").write_text('source "src/Kconfig.options"\n')
    assert run(["space", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert ("src/Kconfig", 4) == (record["kconfig"], record["symbols"])
    assert str(tree.resolve()) == record["environment"]["srctree"]
    (tree / "src" / "Kconfig").write_text('source "lib/Kconfig"\n')
    assert run(["space"]) == 2
    assert "--env srctree=DIR" in capsys.readouterr().err
    (tree / "elsewhere" / "lib").mkdir(parents=True)
    (tree / "src" / "Kconfig.options").rename(tree / "elsewhere" / "lib" / "Kconfig")
    assert run(["space", "--json", "--env", f"srctree={tree / 'elsewhere'}"]) == 0
    assert 4 == json.loads(capsys.readouterr().out)["symbols"]


def test_a_long_explanation_is_cut(tree: Path, capsys: Capture) -> None:
    """Of a chain of rules, and of a fix with many changes, the first and the last are told."""
    parts = ['config B\n\tbool "b"\n', 'config A0\n\tbool "a"\n\tdepends on !B\n']
    parts += [f'config A{i}\n\tbool "a"\n\tdepends on A{i - 1}\n' for i in range(1, 40)]
    parts.append('config C\n\tbool "c"\n\tdepends on A39 && B\n')
    (tree / "Kconfig").write_text("".join(parts))
    assert run(["explain", "C=y"]) == 1
    head, *told = capsys.readouterr().out.splitlines()
    assert head == "C can never be y in this tree"
    assert told[0].endswith("note: C depends on A39")
    assert told[12] == "note: 18 more rules between these"
    assert told[-1].endswith("note: A0 depends on !B")
    assert len(told) == 25
    assert run(["explain", "C=y", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["notes"]) == 42
    assert run(["explain", "A39=y", "--fix"]) == 1
    fix = capsys.readouterr().out.splitlines()[-1]
    assert fix.startswith("fix: A0=y and A1=y and ")
    assert " and 16 more (--json lists all) and " in fix
    assert fix.endswith(" and A39=y")
    assert run(["explain", "A39=y", "--fix", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["fixes"][0]["changes"]) == 40


def test_count_of_what_a_patch_reads(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """--symbols reads:- reads the standard input, and refuses to wait for a terminal."""
    patch = b"+#ifdef CONFIG_MAIL \xff\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(patch), encoding="utf-8"))
    assert run(["space", "--json", "--symbols", "reads:-"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (["MAIL"], 2) == (record["of"], record["count"])
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", terminal)
    assert run(["space", "--symbols", "reads:-"]) == 2
    assert "and there is none [usage]" in capsys.readouterr().err
