# SPDX-License-Identifier: MIT
"""What changed between two sweeps, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kvariant.results import Cell, SweepComparison

MOST = 10
"""Cells that are named of each kind; the rest is counted."""
ONLY_NOW, ONLY_BEFORE = "only now", "only before"


def comparison_text(comparison: SweepComparison) -> str:
    """Return a line for each kind of change that there is, and the cells below it."""
    return "\n".join(f"{'  ' * depth}{text}" for depth, text in comparison_lines(comparison))


def comparison_lines(comparison: SweepComparison) -> Iterator[tuple[int, str]]:
    """Yield the lines, each with its depth: 0 for a kind of change, 1 for its cells."""
    kinds = [(title, cells) for title, cells in _kinds(comparison) if cells]
    if not kinds:
        yield 0, "nothing changed"
    for title, cells in kinds:
        shown = _shown(title, cells)
        failing = f", {len(shown)} of them failing" if title == ONLY_NOW and shown else ""
        yield 0, f"{len(cells)} {title}{failing}"
        yield from ((1, _named(cell)) for cell in shown[:MOST])
        if len(shown) > MOST:
            yield 1, f"and {len(shown) - MOST} more"


def comparison_json(comparison: SweepComparison) -> dict[str, object]:
    """Return the changes as JSON-ready values."""
    return {
        title.replace(" ", "_"): [
            {"variant": c.variant, "step": c.step, **({"test": c.test} if c.test else {})}
            for c in cells
        ]
        for title, cells in _kinds(comparison)
    }


def _kinds(comparison: SweepComparison) -> Sequence[tuple[str, Sequence[Cell]]]:
    return (
        ("newly failing", comparison.failing),
        ("fixed", comparison.fixed),
        ("still failing", comparison.still),
        (ONLY_NOW, comparison.new),
        (ONLY_BEFORE, comparison.gone),
    )


def _shown(title: str, cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells that are named: of those that came or went, what came and fails."""
    if title == ONLY_BEFORE:
        return ()
    return [cell for cell in cells if cell.is_bad] if title == ONLY_NOW else cells


def _named(cell: Cell) -> str:
    said = cell.unexpected[0].message if cell.unexpected else cell.reason
    parts = [cell.variant, cell.step, cell.test, cell.verdict.value.upper() if cell.is_bad else ""]
    return "  ".join(filter(None, [*parts, said if cell.is_bad else ""]))
