# SPDX-License-Identifier: MIT
"""What changed between two sweeps, as it is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.report.cell_words import WHOLE
from kvariant.report.document import Item, Items
from kvariant.words import shortened

if TYPE_CHECKING:
    from kvariant.results import Cell, SweepComparison

MOST = 10
"""Cells that are named of each kind; the rest is counted."""
ONLY_NOW, ONLY_BEFORE = "only now", "only before"


def changed_items(comparison: SweepComparison) -> Items:
    """Return an entry for each kind of change that there is, its cells below it."""
    kinds = [(title, cells) for title, cells in _kinds(comparison) if cells]
    items = [_item(title, cells) for title, cells in kinds]
    return Items(items or [Item("nothing changed")], title="since the other sweep")


@dataclass(frozen=True)
class ComparisonRecord:
    """What changed, for programs: the cells of each kind of change."""

    comparison: SweepComparison

    def to_json(self) -> dict[str, object]:
        """Return the changes as JSON-ready values."""
        return {
            title.replace(" ", "_"): [
                {"variant": c.variant, "step": c.step, **({"test": c.test} if c.test else {})}
                for c in cells
            ]
            for title, cells in _kinds(self.comparison)
        }


def _kinds(comparison: SweepComparison) -> Sequence[tuple[str, Sequence[Cell]]]:
    return (
        ("newly failing", comparison.failing),
        ("fixed", comparison.fixed),
        ("still failing", comparison.still),
        (ONLY_NOW, comparison.new),
        (ONLY_BEFORE, comparison.gone),
    )


def _item(title: str, cells: Sequence[Cell]) -> Item:
    shown = _shown(title, cells)
    failing = f", {len(shown)} of them failing" if title == ONLY_NOW and shown else ""
    below = [_named(cell) for cell in shown[:MOST]]
    if len(shown) > MOST:
        below.append(f"and {len(shown) - MOST} more")
    return Item(f"{len(cells)} {title}{failing}", below)


def _shown(title: str, cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells that are named: of those that came or went, what came and fails."""
    if title == ONLY_BEFORE:
        return ()
    return [cell for cell in cells if cell.is_bad] if title == ONLY_NOW else cells


def _named(cell: Cell) -> str:
    said = shortened(cell.unexpected[0].message if cell.unexpected else cell.reason, WHOLE)
    parts = [cell.variant, cell.step, cell.test, cell.verdict.value.upper() if cell.is_bad else ""]
    return "  ".join(filter(None, [*parts, said if cell.is_bad else ""]))
