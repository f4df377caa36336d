# SPDX-License-Identifier: MIT
"""What compilers say: once for all variants, with the options under which they say it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kvariant.blame import Observations
from kvariant.blame.compiler_messages import FoldedMessage, folded_messages
from kvariant.cli import run
from kvariant.kconfig.value import SymbolType
from kvariant.results import Cell, Outcome
from kvariant.steps.command import LOG

Capture = pytest.CaptureFixture[str]

TYPES = dict.fromkeys("ABC", SymbolType.BOOL)
ALL = {f"{a}{b}{c}": {"A": a, "B": b, "C": c} for a in "ny" for b in "ny" for c in "ny"}
UNUSED = "warning: unused variable \u2018x\u2019 [-Wunused-variable]"


def cell(variant: str, log: str, outcome: Outcome = Outcome.OK, step: str = "build") -> Cell:
    """A step that ended, and what it printed."""
    return Cell(variant=variant, step=step, outcome=outcome, log=log)


def folded(*cells: Cell, roots: tuple[str, ...] = ()) -> tuple[FoldedMessage, ...]:
    """What some cells say."""
    return folded_messages(cells, Observations(cells, ALL, TYPES), roots=roots)


def test_one_warning_of_some_variants() -> None:
    """A warning is one row, told by the smallest expression, with its support."""
    (found,) = folded(
        *(
            cell(name, f"cc -c a.c\na.c:7:2: {UNUSED}\n" if v["A"] > v["B"] else "cc -c a.c\n")
            for name, v in ALL.items()
        )
    )
    assert str(found.message) == f"a.c:7: {UNUSED}"
    assert found.variants == ("ynn", "yny")
    assert len(found.absent) == 6
    assert str(found.attribution.expression) == "A && !B"


@pytest.mark.parametrize(
    ("log", "path"),
    [
        ("{root}/out/{name}/gen/a.h:{n}:1: ", "gen/a.h"),
        ("/elsewhere/.kvariant/generated/{name}/a.h:{n}: ", "a.h"),
        ("../out/{name}/a.h:{n}:1: ", "a.h"),
    ],
)
def test_generated_files_are_the_same_file(log: str, path: str) -> None:
    """Folders of variants, and lines in what is generated, are no difference."""
    (found,) = folded(
        *(
            cell(name, log.format(root="/src", name=name, n=n) + f"{UNUSED}\n")
            for n, name in enumerate(ALL, 5)
        ),
        roots=("/src",),
    )
    assert (found.message.path, found.message.line) == (path, 0)
    assert len(found.variants) == 8
    assert found.absent == ()


def test_lines_of_the_tree_tell_warnings_apart() -> None:
    """The same words at two lines of a source are two warnings; where it lies is none."""
    found = folded(
        cell("nnn", f"/src/a.c:7:2: {UNUSED}\n/src/a.c:9:2: {UNUSED}\n"),
        cell("ynn", f"../../a.c:7:2: {UNUSED}\n./a.c:7:2: {UNUSED}\n"),
        roots=("/src",),
    )
    assert [(f.message.line, f.variants) for f in found] == [(7, ("nnn", "ynn")), (9, ("nnn",))]


def test_a_folder_named_like_a_variant_stays() -> None:
    """Only below a folder of variants is a variant's name a variant."""
    (found,) = folded(cell("nnn", f"net/nnn/a.c:1: {UNUSED}\n"))
    assert (found.message.path, found.message.line) == ("net/nnn/a.c", 1)


def test_silence_counts_only_where_all_was_said() -> None:
    """What broke off, did not run, or of which a part is lost, is no variant without it."""
    (found,) = folded(
        cell("ynn", f"a.c:7:2: {UNUSED}\n"),
        cell("nnn", "fine\n"),
        cell("nyn", "x" * LOG),
        cell("nny", "(1,234 bytes before this were not kept)\nfine\n"),
        cell("yyn", "stopped early\n", Outcome.FAILED),
        cell("yny", "", Outcome.SKIPPED),
        cell("yyy", "", step="other"),
    )
    assert found.absent == ("nnn",)


def test_errors_come_first_and_other_lines_do_not_count() -> None:
    """Errors, then warnings; notes, make's words and Python's warnings are none."""
    found = folded(
        cell("nnn", f"a.c:1:1: {UNUSED}\nb.c:2: fatal error: x.h: No such file\n", Outcome.FAILED),
        cell(
            "ynn",
            "a.c:1:1: note: declared here\nmake: *** [Makefile:3: all] Error 1\n"
            "t.py:3: DeprecationWarning: old\nIn file included from a.c:1:\n"
            "m.py:4: error: Name is not defined  [name-defined]\n",
            Outcome.FAILED,
        ),
    )
    assert [str(f.message) for f in found] == [
        "b.c:2: fatal error: x.h: No such file",
        "m.py:4: error: Name is not defined  [name-defined]",
        f"a.c:1: {UNUSED}",
    ]


KCONFIG = 'config NET\n\tbool "Net"\n\nconfig TLS\n\tbool "TLS"\n\nconfig LOG\n\tbool "Log"\n'
COMMAND = (
    "grep -q CONFIG_NET=y {config} && ! grep -q CONFIG_TLS=y {config}"
    " && echo {tree}'/net.c:3:1: warning: no TLS [-Wtls]'; true"
)


def test_sweep_and_report_tell_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The sweep's ending has the row; what is reused, and the report, say the same."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    sweep = ["sweep", "distinct", "--symbols", "*", "-q", "-j", "1", "--", COMMAND]
    expected = [
        "1 distinct compiler message",
        "  net.c:3: warning: no TLS [-Wtls]",
        "    build: iff NET && !TLS: 2 of 2 against 0 of 6",
    ]
    for arguments in (sweep, sweep, ["report"]):
        assert run(arguments) == 0
        assert capsys.readouterr().out.splitlines()[-3:] == expected
    assert run(["report", "--json"]) == 0
    (message,) = json.loads(capsys.readouterr().out)["messages"]
    assert (message["path"], message["line"], message["appears_iff"]) == ("net.c", 3, "NET && !TLS")
    assert len(message["variants"]) == 2
    assert len(message["absent"]) == 6


def test_others_that_fit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An explanation of several that fit equally well is not told as the only one."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "a.config").write_text("CONFIG_NET=y\nCONFIG_TLS=y\n", encoding="utf-8")
    (tmp_path / "b.config").write_text("CONFIG_LOG=y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command = "grep -q CONFIG_NET=y {config} && echo net.c:3:1: warning: no; true"
    assert run(["sweep", "-q", "--config", "*.config", "--", command]) == 0
    expected = "    build: iff NET: 1 of 1 against 0 of 1, or 2 others as short"
    assert capsys.readouterr().out.splitlines()[-1] == expected


NAMING = [
    # entry file, folders that say whose tree it is, net.c
    ("Kconfig", (), "#ifdef CONFIG_{}\n#endif\n"),
    ("Config.in", ("libbb", "applets"), "IF_NOT_{}(x)\n"),
]


@pytest.mark.parametrize(("entry", "folders", "source"), NAMING, ids=["plain", "busybox"])
@pytest.mark.parametrize("named", ["NET", "TLS"])
def test_symbols_that_the_file_names_come_first(
    entry: str,
    folders: Sequence[str],
    source: str,
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    """Of explanations that fit, sweep and report tell one with what the source reads."""
    for folder in folders:
        (tmp_path / folder).mkdir()
    (tmp_path / entry).write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "net.c").write_text(source.format(named), encoding="utf-8")
    (tmp_path / "a.config").write_text("CONFIG_NET=y\nCONFIG_TLS=y\n", encoding="utf-8")
    (tmp_path / "b.config").write_text("CONFIG_LOG=y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command = "grep -q CONFIG_NET=y {config} && echo net.c:3:1: warning: no; true"
    expected = f"    build: iff {named}: 1 of 1 against 0 of 1, or 2 others as short"
    for arguments in (["sweep", "-q", "--config", "*.config", "--", command], ["report"]):
        assert run(arguments) == 0
        assert capsys.readouterr().out.splitlines()[-1] == expected


def test_a_failure_is_not_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An error that is a distinct failure already has no row among the messages."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command = "! grep -q CONFIG_NET=y {config} || { echo 'a.c:3:1: error: no net'; exit 1; }"
    assert run(["sweep", "distinct", "--symbols", "*", "-q", "-j", "1", "--", command]) == 1
    shown = capsys.readouterr().out
    assert "fails where NET: 4 of 4 against 0 of 4" in shown
    assert "compiler message" not in shown
