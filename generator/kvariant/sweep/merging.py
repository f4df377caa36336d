# SPDX-License-Identifier: MIT
"""Sweeps put together: the shards of one, or one and an older one.

A cell that two of them have is the later one's, unless that did not get to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kvariant.sweep.attribution import Classes, apart
from kvariant.sweep.cell import Cell, Outcome
from kvariant.sweep.columns import Columns, merged
from kvariant.sweep.findings import Observations
from kvariant.sweep.store import Past

Place = tuple[str, str, str]
"""Variant, step, test."""


@dataclass(frozen=True, slots=True)
class Results:
    """The cells of one sweep, or of several."""

    cells: tuple[Cell, ...]
    steps: tuple[str, ...]
    columns: Columns
    reading: Mapping[str, str]
    """See `Steps.reading`."""
    ended: bool
    """Whether each came to its end."""

    @classmethod
    def of(cls, pasts: Sequence[Past]) -> Results:
        """Put sweeps together, in order."""
        places = _places(pasts)
        cells: dict[Place, Cell] = {}
        for cell in (cell for past in pasts for cell in past.cells):
            at = _place(cell)
            if at not in cells or cell.outcome is not Outcome.MISSING:
                cells[at] = cell
        steps = dict.fromkeys(step for past in pasts for step in past.about.get("steps", ()))
        return cls(
            tuple(sorted(cells.values(), key=lambda cell: places.get(cell.variant, 0))),
            tuple(steps),
            merged([past.columns for past in pasts], places),
            {step: how for past in pasts for step, how in past.about.get("reading", {}).items()},
            all(past.ended for past in pasts),
        )

    def observations(self, classes: Classes = apart) -> Observations:
        """Return what is known of the failures; `classes` as in `Observations`."""
        columns = self.columns
        return Observations(
            self.cells,
            columns.configurations(),
            columns.types,
            columns.read,
            columns.settable,
            classes,
            columns.asked,
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


@dataclass(frozen=True, slots=True)
class Comparison:
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


def compared(before: Collection[Cell], after: Collection[Cell]) -> Comparison:
    """Compare the steps' cells, and the tests', of two sweeps by variant and name."""
    old = _by_place(cell for cell in before if cell.outcome is not Outcome.MISSING)
    new = _by_place(after)
    both = [(old[place], cell) for place, cell in new.items() if place in old]
    return Comparison(
        failing=tuple(b for a, b in both if b.is_bad and not a.is_bad),
        fixed=tuple(b for a, b in both if a.verdict.is_bad and not b.verdict.is_bad and _ran(b)),
        still=tuple(b for a, b in both if a.is_bad and b.is_bad),
        new=tuple(cell for place, cell in new.items() if place not in old),
        gone=tuple(cell for place, cell in old.items() if place not in new),
    )


def _ran(cell: Cell) -> bool:
    return cell.verdict not in (Outcome.SKIPPED, Outcome.MISSING)


def _by_place(cells: Iterable[Cell]) -> Mapping[Place, Cell]:
    return {_place(cell): cell for cell in cells}


def _place(cell: Cell) -> Place:
    return cell.variant, cell.step, cell.test
