# SPDX-License-Identifier: MIT
"""Sweeps put together: the shards of one, or one and an older one.

A cell that two of them have is the later one's, unless that did not get to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kvariant.errors import InputError
from kvariant.plan.shards import Shard, grouped
from kvariant.plan.variant_table import VariantTable, merged
from kvariant.results.cell import Cell, Outcome
from kvariant.results.store import COUNTED, SHARD, Past
from kvariant.results.swept_coverage import GOAL, CoverageGoal, SweptCoverage

BLAME = "blame"
"""The name under which a sweep has what blame said of it; see `Store.annotate`."""

CellPlace = tuple[str, str, str]
"""Variant, step, test."""


@dataclass(frozen=True, slots=True)
class Source:
    """One sweep of several."""

    name: str
    """Where it is from."""
    steps: tuple[str, ...]
    variants: tuple[str, ...]
    shard: Shard | None = None
    """Which of several groups it is of; None: of none, or it does not say it."""


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
    dialects: tuple[str, ...] = ()
    """The labels of the rules that they were made under; none of older sweeps."""
    sources: tuple[Source, ...] = ()
    """The sweeps, in order."""
    blamed: tuple[Mapping[str, Any], ...] = ()
    """What blame said of the failures of each; see `report.verdict`."""
    matrices: tuple[str, ...] = ()
    """What was swept, each once: `pairwise (t-wise, random seed 7)`."""
    counted: frozenset[str] = frozenset()
    """The steps whose warnings a baseline knows."""
    goal: CoverageGoal | None = None
    """What they were to cover; None: no budget was given, or they are of different matrices."""

    @classmethod
    def of(cls, pasts: Sequence[Past], names: Sequence[str] = ()) -> MergedResults:
        """Put sweeps together, in order.

        Args:
            names: where each is from, for messages.
        """
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
            tuple(sorted({d for past in pasts for d in past.about.get("dialects", ())})),
            tuple(map(_source, names or [""] * len(pasts), pasts)),
            tuple(one for past in pasts for one in past.about.get(BLAME, ())),
            tuple(dict.fromkeys(filter(None, (_matrix(past.about) for past in pasts)))),
            frozenset(step for past in pasts for step in past.about.get(COUNTED, ())),
            _goal(pasts),
        )

    @property
    def coverage(self) -> SweptCoverage | None:
        """What has been covered of that."""
        if self.goal is None:
            return None
        names = self.columns.variants
        ended = frozenset(names).difference(self.unreported(names))
        return SweptCoverage(self.goal, self.columns, ended, is_joined=len(self.sources) > 1)

    @property
    def left(self) -> frozenset[str]:
        """The variants that a spent budget has left to the next sweep."""
        return frozenset(cell.variant for cell in self.cells if cell.is_left)

    @property
    def others(self) -> Mapping[str, tuple[str, ...]]:
        """Steps that some sweep does not have, and no other has for its variants: by its name.

        Shards of one sweep have the same steps; of two sweeps the later may have more.
        """
        has = {(cell.variant, cell.step) for cell in self.cells}
        lacking = {
            source.name: tuple(
                step
                for step in self.steps
                if step not in source.steps
                and any((variant, step) not in has for variant in source.variants)
            )
            for source in self.sources
        }
        return {name: steps for name, steps in lacking.items() if steps}

    def unreported(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the variants of which some step, or everything, did not report.

        A step counts where the variant's own sweep has it; see `others`.
        """
        steps: dict[str, set[str]] = {}
        for cell in self.cells:
            if not cell.test and cell.outcome is not Outcome.MISSING:
                steps.setdefault(cell.variant, set()).add(cell.step)
        due: dict[str, set[str]] = {}
        for source in self.sources:
            for variant in source.variants:
                due.setdefault(variant, set()).update(source.steps)
        return tuple(  # a given database may have cells of what its sweep does not list
            name for name in names if name not in steps or not steps[name] >= due.get(name, set())
        )

    def jobs(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return by variant the number of the shard that it is in, as far as that is known.

        A shard that is lost is known by the others: they say how many there are.

        Args:
            names: of the whole matrix, in its order.
        """
        found: dict[str, int] = {}
        shards = [source.shard for source in self.sources if source.shard]
        if len({shard.count for shard in shards}) == 1 and len(shards) == len(self.sources):
            groups = grouped(names, shards[0].count)
            pairs = zip(shards, self.sources, strict=True)
            if all({*groups[one.number - 1]} == {*s.variants} for one, s in pairs):
                # Or it is another matrix than theirs by now.
                found = {name: place for place, group in enumerate(groups, 1) for name in group}
        own = {name: s.shard.number for s in self.sources if s.shard for name in s.variants}
        return found | own


def _matrix(about: Mapping[str, Any]) -> str:
    """Return what a sweep was of, "" where an older one does not say it."""
    name, strategy = about.get("matrix", ""), about.get("strategy", "")
    seed = about.get("random_seed")
    told = ", ".join([strategy, *([f"random seed {seed}"] if seed else [])])
    return f"{name} ({told})" if name and told else str(name)


def _source(name: str, past: Past) -> Source:
    about = past.about
    variants = tuple(about.get("variants", ())) or past.columns.variants
    try:
        shard = Shard.parse(str(about.get(SHARD, "")))
    except InputError:  # of none
        shard = None
    return Source(name, tuple(about.get("steps", ())), variants, shard)


def _goal(pasts: Sequence[Past]) -> CoverageGoal | None:
    """Return what sweeps were to cover together, if they are of one matrix and one mind."""
    goals = [CoverageGoal.from_json(past.about.get(GOAL), past.columns) for past in pasts]
    known = [goal for goal in goals if goal is not None]
    if not known or len({past.about.get("matrix") for past in pasts}) > 1:
        return None
    if len({(goal.strength, *sorted(goal.whole.items())) for goal in known}) > 1:
        return None
    every = {name: found for goal in known for name, found in goal.chosen_by.items()}
    return replace(known[0], chosen_by=every)


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
