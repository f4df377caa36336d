# SPDX-License-Identifier: MIT
"""Figures as they are kept: what comes back is what went in, and damage is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kvariant.errors import InputError
from kvariant.plan.variant_table import VariantTable
from kvariant.results import Cell, Outcome, Store
from kvariant.results.figures import NONE, SILENT, Figures, WarningCount
from kvariant.results.store import FIGURES, Kept

FULL = Figures(
    sizes={".text": 12, "total": 2**40},
    warnings=(WarningCount("a.c", "-Wx", 3), WarningCount("b.c", "", 1)),
    is_counted=True,
    is_complete=True,
)
UNSURE = Figures(is_counted=True)
BROKEN = Figures(warnings=(WarningCount("a.c", "-Wx", 3),), is_counted=True)


def test_round_trip() -> None:
    """What was counted comes back from JSON."""
    for one in (FULL, SILENT, UNSURE, BROKEN):
        assert Figures.from_json(json.loads(json.dumps(one.to_json()))) == one


def test_in_the_database(tmp_path: Path) -> None:
    """A sweep's cells come back with their figures; of built-in steps there are none."""
    path = tmp_path / "results.sqlite"
    cells = [
        Cell(variant="a", step="build", outcome=Outcome.OK, figures=FULL),
        Cell(variant="b", step="build", outcome=Outcome.OK, figures=SILENT),
        Cell(variant="c", step="build", outcome=Outcome.OK, figures=UNSURE),
        Cell(variant="d", step="build", outcome=Outcome.FAILED, figures=BROKEN),
        Cell(variant="d", step="generate", outcome=Outcome.OK),
    ]
    about = {"variants": [*"abcd"], "steps": ["build", "generate"], "counted": ["build"]}
    with Store.opened(path) as store:
        store.begin(about)
        store.see(VariantTable((), {}))
        store.record(cells)
        store.end()
    with Store.read(path) as store:
        last = store.last()
        assert last is not None
        found = {(cell.variant, cell.step): cell.figures for cell in last.cells}
        assert found == {(cell.variant, cell.step): cell.figures for cell in cells}
        assert set(store.figures_before(2)) == {(v, "build") for v in "acd"}
        assert store.figures_before(1) == {}


@pytest.mark.parametrize(
    "damage",
    [
        [],
        {"sizes": {}},
        {"sizes": {".text": -1}, "warnings": [], "complete": True},
        {"sizes": {".text": "many"}, "warnings": [], "complete": True},
        {"sizes": [], "warnings": [["a", "b"]], "complete": True},
        {"sizes": {}, "warnings": [["a", 3, 1]], "complete": True},
        {"sizes": {}, "warnings": [["a", "b", True]], "complete": True},
    ],
)
def test_damage(tmp_path: Path, damage: Any) -> None:
    """A row that nobody has written is an error in words; of a kept result nothing is known."""
    assert Kept(facts={FIGURES: damage}).figures == NONE
    path = tmp_path / "results.sqlite"
    with Store.opened(path) as store:
        store.begin({"variants": ["a"], "steps": ["build"]})
        store.record([Cell(variant="a", step="build", outcome=Outcome.OK, figures=FULL)])
        blob = __import__("zlib").compress(json.dumps(damage).encode())
        store._connection.execute("UPDATE figures SET figures = ?", (blob,))
        store._connection.commit()
    with pytest.raises(InputError, match="damaged results database"), Store.read(path) as store:
        store.last()
