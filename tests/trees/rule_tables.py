# SPDX-License-Identifier: MIT
"""Small trees that tell one tool's rules from another's, as tables of what each tool gives.

A table is a text file in rules/::

    What is shown, in a sentence.
    --- Kconfig
    config A
        bool "a"
    --- CONFIG_A=y | CONFIG_B=y
    kconfiglib 6.1: {"A": "y"}
    7.2: refused

with a fragment a section, its lines parted by " | ". Values are in JSON, and "refused" says
that the tool does not take the tree. `table_text()` writes what `read_table()` reads;
KVARIANT_RULES=write makes the tests ask every tool, and write its answers down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("rules")

TOOLS = ("kconfiglib", "4.20", "6.1", "6.12", "7.2")
"""In the order in which they are written; 4.20 is U-Boot's."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One tree, and what fragments make of it."""

    name: str
    meaning: str
    tree: str
    answers: Mapping[str, Mapping[str, Values | None]]
    """By fragment text, then by tool; None: refused."""


def read_table(path: Path) -> Table:
    """Read a table."""
    meaning, tree, *sections = path.read_text(encoding="utf-8").split("\n--- ")
    answers = {}
    for section in sections:
        fragment, *rows = section.removesuffix("\n").split("\n")
        answers[_from_line(fragment)] = _read_rows(rows)
    return Table(
        name=path.stem,
        meaning=meaning,
        tree=tree.removeprefix("Kconfig\n") + "\n",
        answers=answers,
    )


def _read_rows(rows: list[str]) -> dict[str, Values | None]:
    answers: dict[str, Values | None] = {}
    for row in rows:
        tools, _, values = row.partition(": ")
        for tool in tools.split():
            answers[tool] = None if values == "refused" else json.loads(values)
    return answers


def table_text(table: Table) -> str:
    """Return the text of a table, tools of one answer in one row."""
    parts = [table.meaning, "Kconfig\n" + table.tree.removesuffix("\n")]
    for fragment, answers in table.answers.items():
        rows: dict[str, list[str]] = {}
        for tool in (tool for tool in TOOLS if tool in answers):
            values = answers[tool]
            shown = "refused" if values is None else json.dumps(values, ensure_ascii=False)
            rows.setdefault(shown, []).append(tool)
        lines = [f"{' '.join(tools)}: {shown}" for shown, tools in rows.items()]
        parts.append("\n".join([_as_line(fragment), *lines]))
    return "\n--- ".join(parts) + "\n"


def _as_line(fragment: str) -> str:
    return " | ".join(fragment.splitlines()) or "nothing"


def _from_line(line: str) -> str:
    if line == "nothing":
        return ""
    return "".join(f"{part}\n" for part in line.split(" | "))
