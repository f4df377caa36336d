# SPDX-License-Identifier: MIT
"""What became of a configuration that was edited in a menu."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kvariant.errors import displayed
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.plan.edit import MenuEditResult


def edit_text(result: MenuEditResult, dialect: Dialect) -> str:
    """Return what is said to people."""
    return "\n".join(_lines(result, dialect))


def edit_json(result: MenuEditResult, dialect: Dialect) -> dict[str, Any]:
    """Return what is said to programs."""
    removed, added = _changes(result)
    return {
        "format": 1,
        "path": displayed(result.path),
        "saved": result.is_saved,
        "removed": removed,
        "added": added,
        "dialect": dialect.name,
        "differences": [
            {"symbol": one.symbol, "shown": one.shown, "given": one.given}
            for one in result.differences
        ],
    }


def _lines(result: MenuEditResult, dialect: Dialect) -> Iterator[str]:
    path = displayed(result.path)
    removed, added = _changes(result)
    if not result.is_saved:
        yield f"{path} is as it was: nothing was saved"
    elif not removed and not added:
        yield f"{path} is as it was: nothing has changed"
    else:
        yield f"{path}: {counted(len(added), 'line')} written, {len(removed):,} taken out"
        yield from (f"  - {line}" for line in removed)
        yield from (f"  + {line}" for line in added)
    if result.differences:
        count = counted(len(result.differences), "value")
        yield (
            f"note: the menu has kconfiglib's rules; by those of the tree ({dialect.name}) "
            f"{count} {agreeing(len(result.differences), 'is', 'are')} otherwise than it showed:"
        )
        yield from (f"  {one}" for one in result.differences)


def _changes(result: MenuEditResult) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came, in order."""
    before, after = ([line.rstrip("\r") for line in text.split("\n")] for text in _texts(result))
    removed: list[str] = []
    added: list[str] = []
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            removed += before[a:b]
            added += after[c:d]
    return removed, added


def _texts(result: MenuEditResult) -> tuple[str, str]:
    return result.before.removesuffix("\n"), result.after.removesuffix("\n")
