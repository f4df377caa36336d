# SPDX-License-Identifier: MIT
"""The rules of the tool that a tree carries, each read from the tool's source.

    scripts/kconfig/symbol.c    what symbols and choices are worth
    scripts/kconfig/menu.c      what belongs to a choice
    scripts/kconfig/confdata.c  what a line of a .config means

Nothing is run or built: a rule is recognised by one expression of the C source
(`dialect.RULES`). A source that is laid out otherwise leaves its rules unread.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig.dialect import DIALECTS, RULES, Dialect
from kvariant.regular_file import read_text

_MARK = re.compile(r"\bsym_calc_value\(struct symbol \*")
"""What says of a file that it has the value rules of a C tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """The C tool of a tree, as its source is."""

    folder: Path
    dialect: Dialect
    unread: tuple[str, ...]
    """Rules whose file is not there; they are those of the set that was assumed."""


FOLDERS = (
    "scripts/kconfig",
    "util/kconfig",
    "support/kconfig",
    "tools/kconfig",
    "extra/config",
    "scripts/config",
    "build/kconfig",
    "kconfig",
)
"""Where trees keep their tool, relative to the root."""


def tool_of(root: Path, assumed: Dialect, folders: Iterable[str] = FOLDERS) -> Tool | None:
    """Return the C tool in the first of some folders that has one, None without any.

    Args:
        root: the tree's root folder.
        assumed: whose rules hold where one cannot be read.
        folders: where such a tree keeps its tool.
    """
    for name in folders:
        folder = root / name
        if _MARK.search(_text(folder / "symbol.c") or ""):
            return _read(folder, assumed)
    return None


def _read(folder: Path, assumed: Dialect) -> Tool:
    texts = {file: _text(folder / file) for file in {rule.file for rule in RULES.values()}}
    found: dict[str, bool] = {}
    unread = []
    for name, rule in RULES.items():
        text = texts[rule.file]
        if text is None:
            unread.append(name)
        else:
            found[name] = bool(re.search(rule.pattern, text)) is rule.means
    dialect = named(dataclasses.replace(assumed, name="tree", **found))
    return Tool(folder=folder, dialect=dialect, unread=tuple(unread))


def named(dialect: Dialect) -> Dialect:
    """Return the named set that has the same rules, the dialect itself where none has."""
    return next((d for d in DIALECTS.values() if not d.differences(dialect)), dialect)


def _text(path: Path) -> str | None:
    try:
        return read_text(path, "replace")
    except OSError:
        return None
