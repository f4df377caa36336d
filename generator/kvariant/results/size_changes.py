# SPDX-License-Identifier: MIT
"""How sizes changed since they were last measured, variant by variant.

A variant that has other values than then is another one under its name: it is counted, and not
compared. A symbol that only one of the two trees has does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.results.store import CHECKOUT, Store

if TYPE_CHECKING:
    from kvariant.plan.variant_table import VariantTable
    from kvariant.results.cell import Cell


@dataclass(frozen=True, slots=True)
class SizeChange:
    """A section that has another size than it had."""

    variant: str
    step: str
    section: str
    before: int
    """Bytes."""
    after: int

    @property
    def growth(self) -> int:
        """By how many bytes it grew."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesBefore:
    """What was measured before."""

    sizes: Mapping[tuple[str, str], Mapping[str, int]]
    """By variant and step."""
    tables: Mapping[str, VariantTable]
    """By variant, the values of the sweep in which it was measured."""
    since: str
    """What that was, in words: `the sweep before`, `4c5b6a7d8e9f`."""

    @classmethod
    def of_store(cls, store: Store, number: int) -> SizesBefore:
        """Return what was measured last before a sweep of a database."""
        found = store.figures_before(number)
        measured = {place: one for place, one in found.items() if one[1].sizes}
        tables = {n: store.columns(n) for n in {n for n, _ in measured.values()}}
        numbers = {n for n, _ in measured.values()}
        since = "the sweep before"
        if numbers:
            checkout = store.about(max(numbers)).get(CHECKOUT)
            if len(numbers) == 1 and isinstance(checkout, dict) and checkout.get("clean") is True:
                since = str(checkout["revision"])[:12] if checkout.get("revision") else since
        return cls(
            sizes={place: one.sizes for place, (_, one) in measured.items()},
            tables={variant: tables[n] for (variant, _), (n, _) in measured.items()},
            since=since,
        )

    @classmethod
    def of_cells(cls, cells: Iterable[Cell], table: VariantTable) -> SizesBefore:
        """Return what another sweep measured."""
        sizes = {
            (cell.variant, cell.step): cell.figures.sizes
            for cell in cells
            if cell.figures.sizes and not cell.test
        }
        tables = {variant: table for variant, _ in sizes}
        return cls(sizes=sizes, tables=tables, since="the other sweep")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeChanges:
    """What changed."""

    changes: tuple[SizeChange, ...]
    """Cells in order, sections by name."""
    compared: int
    """Cells that were measured both times."""
    others: int
    """Cells of variants that have other values now."""
    since: str


def size_changes(
    before: SizesBefore, cells: Iterable[Cell], table: VariantTable
) -> SizeChanges | None:
    """Return how sizes changed; None where nothing was measured both times."""
    changes: list[SizeChange] = []
    compared = others = 0
    same: dict[str, bool] = {}
    for cell in cells:
        place = cell.variant, cell.step
        now, then = cell.figures.sizes, before.sizes.get(place)
        if cell.test or not now or then is None:
            continue
        if cell.variant not in same:
            same[cell.variant] = _is_same(cell.variant, before.tables[cell.variant], table)
        if not same[cell.variant]:
            others += 1
            continue
        compared += 1
        changes += [
            SizeChange(*place, section, then.get(section, 0), now.get(section, 0))
            for section in sorted({*then, *now})
            if then.get(section, 0) != now.get(section, 0)
        ]
    if not compared and not others:
        return None
    return SizeChanges(changes=tuple(changes), compared=compared, others=others, since=before.since)


def _is_same(variant: str, then: VariantTable, now: VariantTable) -> bool:
    if variant not in then.variants or variant not in now.variants:
        return False
    one, two = then.variants.index(variant), now.variants.index(variant)
    for name in then.symbols.keys() & now.symbols.keys():
        old, new = then.symbols[name], now.symbols[name]
        if (
            old.texts[old.places[one] if old.places else 0]
            != (new.texts[new.places[two] if new.places else 0])
        ):
            return False
    return True
