# SPDX-License-Identifier: MIT
"""Trees of the world against the tools that they ship.

KVARIANT_TREES=FOLDER names a folder with a checkout each, called as in `own_trees.TREES`.
KVARIANT_TREES_RECORD=FILE puts what was found into a record, of which `trees_document.py`
makes docs/trees.md. KVARIANT_ESP_KCONFIG names the Python that has esp-idf-kconfig.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest
from own_tool import ToolError
from own_trees import TREES, compared
from trees_document import DOCUMENT, RECORD, document

import debian

CHECKOUTS = os.environ.get("KVARIANT_TREES", "")


@pytest.mark.parametrize("name", TREES)
def test_the_trees_own_tool_agrees(name: str, tmp_path: Path) -> None:
    """It knows the same symbols, and gives every configuration the same values."""
    if not CHECKOUTS:
        pytest.skip("KVARIANT_TREES names no folder with checkouts")
    if not Path(CHECKOUTS, name).is_dir():
        pytest.skip(f"no {name} in {CHECKOUTS}")
    try:
        found = compared(name, Path(CHECKOUTS), tmp_path, debian.cache_folder() / "built")
    except ToolError as error:
        pytest.skip(f"the tool of {name} cannot be asked: {error}")
    _remember(name, found)
    assert [] == found["only_ours"] == found["only_theirs"] == found["typed_otherwise"]
    assert found["configurations"] >= 10
    assert {} == found["differing"]


def _remember(name: str, found: dict[str, Any]) -> None:
    if path := os.environ.get("KVARIANT_TREES_RECORD"):
        file = Path(path)
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        known[name] = {"date": today, **found, "differing": len(found["differing"])}
        text = json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")


def test_the_table_in_the_docs_is_that_of_the_record() -> None:
    """docs/trees.md is made of the record, and of nothing else."""
    known = json.loads(RECORD.read_text(encoding="utf-8"))
    assert document(known) == DOCUMENT.read_text(encoding="utf-8")
