# SPDX-License-Identifier: MIT
"""A compiler's FILE:LINE in a tree of others: where the line is compiled is asked about first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.blame.source_conditions import SourceConditions
from kvariant.cli import run
from kvariant.kconfig import Tree
from kvariant.presence.sources import SourceFiles
from kvariant.steps.message import Message

Capture = pytest.CaptureFixture[str]
NAMES = "ABCDEFGH"
KCONFIG = "".join(f'config {name}\n\tbool "{name}"\n\n' for name in NAMES)
SOURCE = """\
int x;
#ifdef CONFIG_A
#if defined(CONFIG_B) && !defined(CONFIG_C)
int y = undeclared;
#endif
#endif
#if defined(CONFIG_D) || defined(OTHER)
int z;
#endif
"""
BUILD = ["cc", "-c", "-include", "{out}/include/generated/autoconf.h", "src/x.c", "-o", "{out}/x.o"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of eight options, and a source that fails under three of them."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/x.c").write_text(SOURCE)
    (tmp_path / "configs").mkdir()
    on = {"none": "", "ab": "AB", "abc": "ABC", "all": NAMES, "abeg": "ABEG", "d": "D"}
    for name, options in on.items():
        text = "".join(f"CONFIG_{option}=y\n" for option in options)
        (tmp_path / f"configs/{name}.config").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("src/x.c:4:9: error: 'undeclared'", "A && B && !C"),
        ("{tree}/src/x.c:4:9: error: 'undeclared'", "A && B && !C"),
        ("../src/x.c:3: error: #if", "A"),
        ("src/x.c:1:1: error: always there", ""),
        ("src/x.c:8:1: error: what no option decides is taken to hold", ""),
        ("src/x.c:99:1: error: no such line", ""),
        ("src/nowhere.c:4:1: error: no such file", ""),
        ("src/made/y.c:1:1: error: ours", ""),
        ("make: *** [Makefile:3: all] Error 2", ""),
        ("error: no place", ""),
        ("/usr/include/stdio.h:4:1: error: not of the tree", ""),
    ],
)
def test_condition_of_a_message(tree: Path, text: str, condition: str) -> None:
    """The condition is that of the line of the tree's own source; of all else nothing is said."""
    made = tree / "src/made"
    made.mkdir()
    (made / "y.c").write_text("#ifdef CONFIG_A\nint y;\n#endif\n")
    read = Tree.load(tree / "Kconfig")
    conditions = SourceConditions(lambda: SourceFiles(read), tree, tree, [made])
    message = Message(text=text.format(tree=tree), out=tree / "build")
    (tree / "build").mkdir()
    assert conditions.of(message) == condition


def test_it_is_asked_first(tree: Path, capsys: Capture) -> None:
    """Blame finds the cause of three options with two variants more: nothing is searched for."""
    assert run(["blame", "-q", "--json", "--", *BUILD]) == 1
    record = json.loads(capsys.readouterr().out)
    (found,) = record["failures"]
    assert found["fails_iff"] == "A && B && !C"
    assert found["proven"]
    assert len(record["extra"]) == 2
