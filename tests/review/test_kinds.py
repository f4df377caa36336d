# SPDX-License-Identifier: MIT
"""Renames, environments, templates, tools and what nobody edited: kinds of consequences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from errors.case import sound_project
from kvariant import Fragment, Tree
from kvariant.cli import run
from kvariant.kconfig import read_fragment
from kvariant.kconfig.dialect import DIALECTS
from kvariant.review.review import Review
from kvariant.review.review import reviewed as review_of
from kvariant.review.tree_changes import TreeChanges, tree_changes
from kvariant.review.unreachable import TemplateChanges

Capture = pytest.CaptureFixture[str]
Files = Mapping[str, str]


def reviewed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    before: Files,
    after: Files,
    *words: str,
) -> Any:
    """Return the record of a review of two trees, each of its files."""
    for name, files in (("before", before), ("after", {**before, **after})):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
    monkeypatch.chdir(tmp_path / "after")
    code = run(["review", "--old-tree", str(tmp_path / "before"), "--json", "-q", *words])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def test_a_transitional_symbol_is_a_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An old name that is transitional is renamed: what was asked by it still counts."""
    old = 'config OLD\n\tbool "It"\n'
    new = 'config NEW\n\tbool "It, better"\n\tdefault OLD\n\nconfig OLD\n\tbool\n\ttransitional\n'
    record = reviewed(
        tmp_path, monkeypatch, capsys,
        {"Kconfig": old, "configs/a.config": "CONFIG_OLD=y\n", "configs/b.config": ""},
        {"Kconfig": new},
        "--dialect", "linux-6.18",
    )  # fmt: skip
    assert record["renamed"] == [{"old": "OLD", "new": "NEW", "why": "transitional"}]
    assert (record["new"], record["gone"]) == ([], [])
    assert record["values"] == record["dropped"] == []


def test_a_rename_that_loses_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A symbol of the same prompt in the same file is the same one; its old name is dropped."""
    old = 'config OLD\n\tbool "It"\n\nconfig USES\n\tdef_bool OLD\n'
    record = reviewed(
        tmp_path, monkeypatch, capsys,
        {"Kconfig": old, "configs/a.config": "CONFIG_OLD=y\n"},
        {"Kconfig": old.replace("OLD", "NEW")},
    )  # fmt: skip
    assert record["renamed"] == [{"old": "OLD", "new": "NEW", "why": "same prompt"}]
    rows = {(*row["symbols"], *row["called_before"]): row for row in record["values"]}
    told = [name for row in record["values"] for name in row["symbols"]]
    assert sorted(told) == ["NEW", "USES"], rows
    (drop,) = record["dropped"]
    assert (drop["symbol"], drop["got"], drop["hint"]) == ("OLD", None, "NEW=y")


@pytest.mark.parametrize(("new", "left"), [
    ("config NEW\n\tbool \"It\"\n\n", [("OLD", "inner/Kconfig:2")]),
    ("", [("OLD", "inner/Kconfig:2")]),
    ("config OLD\n\tbool \"That\"\n\n", []),
])  # fmt: skip
def test_a_name_that_is_left_without_a_symbol_is_told(
    new: str,
    left: list[tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    """What Kconfig files still name, and nothing defines any more; what never was is not told."""
    old = 'config OLD\n\tbool "It"\n\n'
    rest = 'source "inner/Kconfig"\n'
    inner = "config USES\n\tdef_bool OLD && !NEVER_THERE # not OLD, J\u00e4ger\n"
    record = reviewed(
        tmp_path, monkeypatch, capsys,
        {"Kconfig": old + rest, "inner/Kconfig": inner}, {"Kconfig": new + rest},
    )  # fmt: skip
    assert left == [(one["symbol"], one["place"]) for one in record["still_named"]]
    run(["review", "--old-tree", str(tmp_path / "before"), "-q"])
    told = [line for line in capsys.readouterr().out.splitlines() if "still named" in line]
    assert [f" still named {n}, which is no symbol any more  {p}" for n, p in left] == told


def test_an_edit_is_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """BusyBox makes Kconfig files of its sources: the line is told that somebody edited."""
    files = {
        "Config.in": "source libbb/Config.in\n",
        "Makefile": "",
        "applets/x": "",
        "libbb/Config.src": 'menu "m"\nINSERT\nconfig LAST\n\tbool "last"\n\tdefault y\nendmenu\n',
        "libbb/a.c": '/* a */\n//config:config A\n//config:\tbool "a"\nint a;\n',
        "libbb/b.c": '\n//config:config B\n//config:\tbool "b"\n//config:\tdefault y\n',
        "my.config": "",
    }
    edits = {
        path: files[path].replace("default y", "default n")
        for path in ("libbb/Config.src", "libbb/b.c")
    }
    config = str(tmp_path / "after/my.config")
    record = reviewed(tmp_path, monkeypatch, capsys, files, edits, "--config", config)
    places = [edit["place"] for edit in record["edits"]]
    assert ["libbb/b.c:4", "libbb/Config.src:5"] == places
    rows = [(row["symbols"], [places[n] for n in row["edits"]]) for row in record["values"]]
    assert [(["B"], ["libbb/b.c:4"]), (["LAST"], ["libbb/Config.src:5"])] == sorted(rows)


def test_types_and_ranges_that_other_symbols_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A bool that becomes a tristate is named; a range by another symbol moves values with it."""
    old = (
        'config MODULES\n\tbool "m"\n\tdefault y\n\nconfig A\n\tbool "a"\n\nconfig TOP\n'
        '\tint "top"\n\tdefault 8\n\nconfig N\n\tint "n"\n\trange 1 TOP\n\tdefault 6\n'
    )
    new = old.replace('bool "a"', 'tristate "a"').replace("default 8", "default 4")
    config = {"configs/a.config": "CONFIG_A=y\nCONFIG_N=7\n", "configs/b.config": "CONFIG_TOP=8\n"}
    record = reviewed(
        tmp_path, monkeypatch, capsys, {"Kconfig": old, **config}, {"Kconfig": new}
    )  # fmt: skip
    assert record["retyped"] == [{"symbol": "A", "old": "bool", "new": "tristate"}]
    rows = [(row["symbols"], row["old"], row["new"], row["configurations"], row["edits"])
            for row in record["values"]]  # fmt: skip
    (top,) = (i for i, e in enumerate(record["edits"]) if "default 4" in e["text"])
    assert sorted(rows) == [
        (["N"], "7", "4", ["a"], [top]),
        (["TOP"], "8", "4", ["a"], [top]),
    ]
    (drop,) = record["dropped"]
    assert (drop["symbol"], drop["asked"]) == ("N", "7")
    assert [fix["text"] for fix in drop["fixes"]] == ["TOP=7"]


def test_each_tree_of_a_list_has_its_own_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A variable with several values makes several trees, and an edit may reach one of them."""
    kconfig = 'config WIDE\n\tdef_bool y\n\tdepends on "$(ARCH)" = "big"\n'
    record = reviewed(
        tmp_path, monkeypatch, capsys,
        {"Kconfig": kconfig, "configs/a.config": "",
         "kvariant.toml": '[env]\nARCH = ["big", "small"]\n'},
        {"Kconfig": kconfig.replace("def_bool y", "def_bool n")},
    )  # fmt: skip
    by_name = {tree["name"]: tree for tree in record["trees"]}
    assert [row["new"] for row in by_name["big"]["values"]] == ["n"]
    assert by_name["small"]["values"] == []


def test_a_variable_that_differs_is_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What a command gives otherwise now is told as such, at the symbol that it changes."""
    kconfig = 'config FOUND\n\tdef_bool $(shell,cat "$(srctree)/probe")\n\nconfig A\n\tbool "a"\n'
    record = reviewed(
        tmp_path, monkeypatch, capsys,
        {"Kconfig": kconfig, "probe": "y", "configs/a.config": ""},
        {"probe": "n"},
    )  # fmt: skip
    (edit,) = record["edits"]
    assert edit["place"] == "Kconfig:1"
    assert edit["text"].startswith("FOUND: no line of Kconfig differs")
    assert [row["edits"] for row in record["values"]] == [[0]]


def test_the_rules_of_the_trees_tools_are_an_edit(tmp_path: Path) -> None:
    """Where the tool that comes with a tree has other rules, they are responsible for values."""
    kconfig = (
        'config DEEP\n\tbool "deep"\n\nconfig IMP\n\tbool\n\tdepends on DEEP\n\n'
        'config Z\n\tbool "z"\n\tselect IMP\n'
    )
    (tmp_path / "Kconfig").write_text(kconfig)
    (tmp_path / "a.config").write_text("CONFIG_Z=y\n")
    guarded = replace(DIALECTS["linux-6.11"], name="guarded", guarded_selects=True)
    trees = [Tree.load(tmp_path, dialect=rules) for rules in (DIALECTS["linux-6.11"], guarded)]
    fragments = [read_fragment(tmp_path / "a.config")]
    changes = tree_changes(trees[0], trees[1], said="before")
    found = compared_with(changes, fragments)
    assert [str(edit) for edit in found.edits] == ["Kconfig rules of guarded, were linux-6.11"]
    assert [(r.symbols, r.old, r.new, r.cause.edits) for r in found.rows] == [
        (("IMP",), "y", "n", (0,))
    ]


def compared_with(changes: TreeChanges, fragments: Sequence[Fragment]) -> Review:
    """Return a review of two trees and configurations that stay."""

    def load(_: Mapping[str, str | None]) -> Tree:
        raise AssertionError("no line was edited")

    return review_of(changes, fragments, fragments, load, templates=TemplateChanges())


TEMPLATE = """\
{% helper depth %}
	{% if TLS %}
	return 1;
	{% endif %}
	return {{ DEPTH }};
{% endhelper %}
"""


@pytest.mark.parametrize(
    ("old", "new", "unreachable", "broken"),
    [
        ('bool "TLS"\n', 'bool "TLS"\n\tdepends on !NET\n', [("templates/net.h.j2", 2)], []),
        ('bool "TLS"\n', 'bool "TLS"\n\tdefault y\n', [], []),
        ("config TLS\n", "config SSL\n", [], ["TLS"]),
    ],
)
def test_templates_that_an_edit_strands(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    old: str,
    new: str,
    unreachable: list[tuple[str, int]],
    broken: list[str],
) -> None:
    """A branch that nothing reaches any more is told, and a symbol that templates miss."""
    before, after = sound_project(tmp_path / "b"), sound_project(tmp_path / "a")
    for folder in (before, after):
        (folder / "templates/net.h.j2").write_text(TEMPLATE)
    text = (after / "Kconfig").read_text()
    assert text.count(old) == 1
    (after / "Kconfig").write_text(text.replace(old, new))
    monkeypatch.chdir(after)
    words = ["--old-tree", str(before), "--json", "-q", "--fail-on", "unreachable"]
    code = run(["review", *words])
    record = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["line"]) for one in record["unreachable"]] == unreachable
    assert [next(n for n in broken if n in e["message"]) for e in record["broken"]] == broken
    assert code == bool(unreachable or broken)
