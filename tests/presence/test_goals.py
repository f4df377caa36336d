# SPDX-License-Identifier: MIT
"""What a patch is to be seen in, where options are written in the sources."""

from __future__ import annotations

import difflib
from pathlib import Path

from kvariant.kconfig import Tree
from kvariant.presence.diff import changes_of
from kvariant.presence.goals import Kind, goals_of
from kvariant.presence.sources import SourceFiles

CAT = """\
//config:config CAT
//config:	bool "cat"
//config:	default y
//config:	help
//config:	prints files
//config:config CATV
//config:	bool "cat -v"
//config:	depends on CAT
//kbuild:lib-$(CONFIG_CAT) += cat.o
#include "libbb.h"
int cat;
"""
FILES = {
    "Config.in": "source libbb/Config.in\n",
    "Makefile": "",
    "applets/x": "",
    "libbb/Config.src": "INSERT\n",
    "libbb/Kbuild.src": "lib-y:=\nINSERT\n",
    "libbb/cat.c": CAT,
}


def wanted(folder: Path, after: str) -> tuple[set[str], set[int], int]:
    """Return the values, the lines and how many blank lines an edit of a source is seen in."""
    for path, text in {**FILES, "libbb/cat.c": after}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    tree = Tree.load(folder / "Config.in", preset="busybox")
    lines = [text.splitlines(keepends=True) for text in (CAT, after)]
    patch = "".join(difflib.unified_diff(*lines, "a/libbb/cat.c", "b/libbb/cat.c"))
    changes = changes_of(patch, {"libbb/cat.c": after}.get, "patch")
    found = goals_of(SourceFiles(tree), changes, added_alone=False)
    values = {goal.text for goal in found.goals if goal.kind is Kind.VALUE}
    return values, {g.location.line for g in found.goals if g.is_line}, found.blank


def test_options_and_makefile_lines_in_comments_count_as_such(tmp_path: Path) -> None:
    """BusyBox's //config: is Kconfig and //kbuild: a makefile; other comments want nothing."""
    both = {"CAT=y", "CAT=n"}
    edits = [
        (CAT.replace("default y", "default n"), (both, set(), 0)),
        (CAT.replace("prints files", "prints"), (set(), set(), 2)),
        (CAT.replace("depends on CAT", "depends on !CAT"), ({"CATV=y", "CATV=n"}, set(), 0)),
        (CAT.replace("cat.o", "cat.o # one"), (both, set(), 0)),
        (CAT.replace("int cat;", "int kitten;"), (set(), {10, 11}, 0)),
        (CAT + "// words\n", (set(), set(), 1)),
        (
            CAT.replace("default y", "default n").replace("int cat;", "int kitten;"),
            (both, {10, 11}, 0),
        ),
    ]
    for number, (after, expected) in enumerate(edits):
        assert expected == wanted(tmp_path / str(number), after), number
