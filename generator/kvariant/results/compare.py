# SPDX-License-Identifier: MIT
"""What changed between two sweeps, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kvariant.results.cell import Cell, Outcome
from kvariant.results.merge import CellPlace, place_of


@dataclass(frozen=True, slots=True)
class SweepComparison:
    """What changed between two sweeps; each a tuple of cells, in the order of the later one."""

    failing: tuple[Cell, ...]
    """Bad now, and were not."""
    fixed: tuple[Cell, ...]
    """Failed, known or not, and do not."""
    still: tuple[Cell, ...]
    """Bad in both."""
    new: tuple[Cell, ...]
    """Only in the later sweep, or the earlier one did not get to it."""
    gone: tuple[Cell, ...]
    """Only in the earlier one."""


def compared(before: Collection[Cell], after: Collection[Cell]) -> SweepComparison:
    """Compare the steps' cells, and the tests', of two sweeps by variant and name."""
    old = _byplace(cell for cell in before if cell.outcome is not Outcome.MISSING)
    new = _byplace(after)
    both = [(old[at], cell) for at, cell in new.items() if at in old]
    return SweepComparison(
        failing=tuple(b for a, b in both if b.is_bad and not a.is_bad),
        fixed=tuple(b for a, b in both if a.verdict.is_bad and not b.verdict.is_bad and _ran(b)),
        still=tuple(b for a, b in both if a.is_bad and b.is_bad),
        new=tuple(cell for at, cell in new.items() if at not in old),
        gone=tuple(cell for at, cell in old.items() if at not in new),
    )


def _ran(cell: Cell) -> bool:
    return cell.verdict not in (Outcome.SKIPPED, Outcome.MISSING)


def _byplace(cells: Iterable[Cell]) -> Mapping[CellPlace, Cell]:
    return {place_of(cell): cell for cell in cells}
