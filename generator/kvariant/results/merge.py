# SPDX-License-Identifier: MIT
"""Sweeps put together: the shards of one, or one and an older one.

A cell that two of them have is the later one's, unless that did not get to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kvariant.plan.variant_table import VariantTable, merged
from kvariant.results.cell import Cell, Outcome
from kvariant.results.store import Past

BLAME = "blame"
"""The name under which a sweep has what blame said of it; see `Store.annotate`."""

CellPlace = tuple[str, str, str]
"""Variant, step, test."""


@dataclass(frozen=True, slots=True)
class MergedResults:
    """The cells of one sweep, or of several."""

    cells: tuple[Cell, ...]
    steps: tuple[str, ...]
    columns: VariantTable
    reading: Mapping[str, str]
    """See `Steps.reading`."""
    ended: bool
    """Whether each came to its end."""
    blamed: tuple[Mapping[str, Any], ...] = ()
    """What blame said of the failures of each; see `report.verdict`."""

    @classmethod
    def of(cls, pasts: Sequence[Past]) -> MergedResults:
        """Put sweeps together, in order."""
        places = _places(pasts)
        cells: dict[CellPlace, Cell] = {}
        for cell in (cell for past in pasts for cell in past.cells):
            at = place_of(cell)
            if at not in cells or cell.outcome is not Outcome.MISSING:
                cells[at] = cell
        steps = dict.fromkeys(step for past in pasts for step in past.about.get("steps", ()))
        return cls(
            tuple(sorted(cells.values(), key=lambda cell: places.get(cell.variant, 0))),
            tuple(steps),
            merged([past.columns for past in pasts], places),
            {step: how for past in pasts for step, how in past.about.get("reading", {}).items()},
            all(past.ended for past in pasts),
            tuple(one for past in pasts for one in past.about.get(BLAME, ())),
        )

    def unreported(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the variants of which some step, or everything, did not report."""
        steps: dict[str, set[str]] = {}
        for cell in self.cells:
            if not cell.test and cell.outcome is not Outcome.MISSING:
                steps.setdefault(cell.variant, set()).add(cell.step)
        every = set(self.steps)
        return tuple(name for name in names if name not in steps or not steps[name] >= every)


def _places(pasts: Sequence[Past]) -> Mapping[str, int]:
    """Return where variants stand in the matrix that sweeps are parts of.

    Of different matrices, or sweeps that do not say it, nothing: all stand alike.
    """
    places: dict[str, int] = {}
    for past in pasts:
        about = past.about
        if "places" not in about or about["matrix"] != pasts[0].about["matrix"]:
            return {}
        places.update(zip(about["variants"], about["places"], strict=True))
    return places


def place_of(cell: Cell) -> CellPlace:
    """Return what tells a cell from all others of a sweep."""
    return cell.variant, cell.step, cell.test
