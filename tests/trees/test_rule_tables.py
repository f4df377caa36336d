# SPDX-License-Identifier: MIT
"""The tables of rules/: each tool gives what they say, and kvariant by that tool's rules too."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import conf_session
import pytest
from agreement import Ours
from rule_tables import FOLDER, TOOLS, Table, Values, read_table, table_text
from test_conf_small import DIALECTS, conf_of, reading

from kvariant import Tree

WRITE = os.environ.get("KVARIANT_RULES") == "write"

TABLES = [read_table(path) for path in sorted(FOLDER.glob("*.txt"))]


def test_there_are_tables() -> None:
    """Every table has answers of every tool."""
    assert TABLES
    for table in TABLES:
        assert table.answers
        assert WRITE or all(set(a) == set(TOOLS) for a in table.answers.values()), table.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_tool_gives_what_the_table_says(table: Table, tmp_path: Path) -> None:
    """The answers written down are the tools' own."""
    entry = tmp_path / "Kconfig"
    asked: dict[str, dict[str, Values | None]] = {}
    for tool in TOOLS:
        if tool == "4.20":
            text = table.tree.replace("\n\tmodules\n", "\n\toption modules\n")
        else:
            text = table.tree
        entry.write_text(text, encoding="utf-8")
        for fragment in table.answers:
            asked.setdefault(fragment, {})[tool] = answer(tool, entry, fragment)
    if WRITE:
        text = table_text(replace(table, answers=asked))
        (FOLDER / f"{table.name}.txt").write_text(text, encoding="utf-8")
    assert table.answers == asked or WRITE


def answer(tool: str, entry: Path, fragment: str) -> Values | None:
    """Return what a tool makes of a fragment; None where it does not take the tree."""
    try:
        with reading(tool)(entry) as truth:
            return truth.olddefconfig(fragment).values
    except conf_session.Refused:
        return None


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_kvariant_gives_what_the_table_says(table: Table, tool: str, tmp_path: Path) -> None:
    """By a tool's rules, a fragment gives every symbol the value that the tool gives it."""
    entry = tmp_path / "Kconfig"
    entry.write_text(table.tree, encoding="utf-8")
    answers = {f: a[tool] for f, a in table.answers.items() if a[tool] is not None}
    if not answers:
        pytest.skip(f"{tool} does not take the tree")
    dialect = DIALECTS[tool]
    if dialect == "auto":
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts" / "kconfig").symlink_to(conf_of(tool).source)
    ours = Ours(Tree.load(entry, dialect=dialect), tmp_path)
    resolved = {fragment: dict(ours.resolve(fragment)) for fragment in answers}
    assert answers == resolved
