# SPDX-License-Identifier: MIT
"""Write docs/trees.md from the record of a run: `python tests/trees/trees_document.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("own_trees.json")
DOCUMENT = Path(__file__).parents[2] / "docs/trees.md"

_TOLD = {
    "rt-thread-system": "`--kconfig bsp/BOARD/Kconfig`: each board is a tree of its own",
}
"""Trees that are not compared, and what their error says to do."""

_TOP = """\
# Trees that load without flags

A fresh checkout of each, no flag, no variable set: `kvariant space` in its folder. The tree's
own tool was built from its own source, or its own fork of kconfiglib run, and agreed on the
symbols, their types, and every value of the configurations that were compared: ten that the
tree keeps, where it keeps some, its defaults, and nine of random bools.

Made by `python tests/trees/trees_document.py` from the record of
`KVARIANT_TREES=FOLDER KVARIANT_TREES_RECORD=tests/trees/own_trees.json pytest
tests/trees/test_own_trees.py`; do not edit.

| Tree | Commit | Before | Symbols | Read in | Compared | Exact | Whose tool | Date |
|---|---|---|---|---|---|---|---|---|
"""


def document(record: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text of docs/trees.md."""
    rows = "".join(map(_row, record, record.values()))
    told = "".join(f"- {name}: {text}\n" for name, text in _TOLD.items())
    notes = (
        "\nWhat a tree is read for where nobody says: barebox for its sandbox, ESP-IDF for "
        "esp32, OpenSBI for its generic\nplatform, SOF for xtensa, Zephyr for all boards and "
        "without a devicetree, RIOT for native64 and all applications: which\nmodules one uses "
        "is asked like any option. `--env` names another: `--env IDF_TARGET=esp32c6`.\n"
    )
    return f"{_TOP}{rows}{notes}\nTold in a sentence what to do, and not compared:\n\n{told}"


def _row(name: str, found: Mapping[str, Any]) -> str:
    before = "; ".join(f"`{command}`" for command in found["before"]) or "nothing"
    names = ("only_ours", "only_theirs", "typed_otherwise")
    is_exact = not found["differing"] and not any(found[key] for key in names)
    exact = "yes" if is_exact else f"no: {found['differing']} differ"
    title = f"{name}, {found['below']}" if found["below"] else name
    return (
        f"| {title} | {found['version']} | {before} | {found['symbols']:,} "
        f"| {found['seconds']} s | {found['configurations']} | {exact} | `{found['tool']}` "
        f"| {found['date']} |\n"
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(json.loads(RECORD.read_text(encoding="utf-8"))), encoding="utf-8")
