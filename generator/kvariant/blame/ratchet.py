# SPDX-License-Identifier: MIT
"""The ratchet: warnings beyond their baseline, and a baseline that only falls.

    in a variant      more than is known      new: the sweep fails, and the options are named
                      as many                 known
                      fewer                   the baseline may be lowered, where it is known
                                              that there are no others

Lowering changes the lines of a kind of which some variant has fewer. Each count then holds
where as many are left: in variants that were not swept, or not wholly, that is what was known.
Nothing is ever raised: a new warning is mended, or somebody writes its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, Expression
from kvariant.results.cell import Cell, Outcome
from kvariant.results.warning_baseline import Kind, KnownWarnings, WarningBaseline, known_count

if TYPE_CHECKING:
    from kvariant.blame.attribution import Attribution
    from kvariant.blame.findings import Observations

_TOLD = (Outcome.OK, Outcome.FLAKY, Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT)
"""Outcomes of cells of which something was printed."""

ByVariant = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWarnings:
    """More warnings of a kind than are known."""

    step: str
    path: str
    flag: str
    count: int
    """The most that a variant has."""
    known: int
    """How many are known in that variant."""
    variants: tuple[str, ...]
    """Those that have more than is known, in order."""
    attribution: Attribution

    @property
    def line(self) -> KnownWarnings:
        """What the baseline would say if they were known."""
        is_always = not self.attribution.passing
        return KnownWarnings(
            step=self.step,
            path=self.path,
            flag=self.flag,
            count=self.count,
            where=ALWAYS if is_always else self.attribution.expression,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FewerWarnings:
    """Fewer warnings of a kind than are known, somewhere."""

    step: str
    path: str
    flag: str
    known: int
    """The most that are known in a variant that has fewer."""
    count: int
    """How many that variant has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatchetVerdict:
    """What one baseline says of a sweep."""

    baseline: WarningBaseline
    new: tuple[NewWarnings, ...] = ()
    fewer: tuple[FewerWarnings, ...] = ()
    unsure: int = 0
    """Cells that went on with an earlier build, so that they may have more warnings."""
    lowered: WarningBaseline | None = None
    """What it becomes, where it was to be lowered; None: that was not asked."""

    @property
    def written(self) -> WarningBaseline | None:
        """The baseline that is to be written; None: the file is as it should be."""
        after = self.lowered
        if after is None:
            return None
        is_same = self.baseline.is_there and {*after.lines} == {*self.baseline.lines}
        return None if is_same else after


def ratchet_verdict(
    baseline: WarningBaseline, steps: Iterable[str], cells: Iterable[Cell],
    observations: Observations,
) -> RatchetVerdict:  # fmt: skip
    """Return what a baseline says of a sweep.

    Args:
        baseline: what is known.
        steps: those whose warnings it knows.
        cells: of the sweep.
        observations: made of the same cells.
    """
    wanted = [*steps]
    told = _told(cells, wanted, observations.names)
    known = baseline.by_kind
    new = [
        found
        for kind in _kinds(told, known, wanted)
        if (found := _new(kind, known.get(kind, ()), told[kind[0]], observations))
    ]
    unsure = [c for step in told.values() for c in step if c.is_good and not c.figures.is_complete]
    return RatchetVerdict(
        baseline=baseline,
        new=tuple(new),
        fewer=tuple(_fewer(known, told, observations)),
        unsure=len(unsure),
    )


def lowered(
    baseline: WarningBaseline,
    steps: Iterable[str],
    cells: Iterable[Cell],
    observations: Observations,
    *,
    matrix: str,
    is_whole: bool = False,
) -> WarningBaseline:
    """Return the baseline with as many warnings as there still are; a new one has all.

    Args:
        baseline: what is known.
        steps: those whose warnings it knows, and that ran.
        cells: of the sweep.
        observations: of the variants of the sweep, and of all others for which the baseline
            holds as well: there it stays as it is.
        matrix: what is swept, for a file that is new.
        is_whole: whether there are no other variants: then lines go that hold in none of them.
    """
    wanted = [*steps]
    told = _told(cells, wanted, observations.names)
    known = baseline.by_kind
    lines: list[KnownWarnings] = []
    for kind in _kinds(told, known, wanted):
        lines += _lowered(
            kind, known.get(kind, ()), told[kind[0]], observations,
            is_new=not baseline.is_there, is_whole=is_whole,
        )  # fmt: skip
    lines += (line for line in baseline.lines if line.step not in told)
    return replace(baseline.with_lines(lines), matrix=baseline.matrix or matrix)


def _told(
    cells: Iterable[Cell], steps: Sequence[str], names: Iterable[str]
) -> dict[str, list[Cell]]:
    """Return by step the cells of which anything is known."""
    known = frozenset(names)
    found: dict[str, list[Cell]] = {step: [] for step in steps}
    for cell in cells:
        is_told = cell.verdict in _TOLD and not cell.is_of_machine and cell.figures.is_counted
        if not cell.test and cell.step in found and cell.variant in known and is_told:
            found[cell.step].append(cell)
    return found


def _kinds(
    told: Mapping[str, Sequence[Cell]], known: Iterable[Kind], steps: Sequence[str]
) -> list[Kind]:
    """Return every kind that is seen or known of some steps, sorted."""
    seen = {
        (step, one.path, one.flag)
        for step, cells in told.items()
        for cell in cells
        for one in cell.figures.warnings
    }
    return sorted(seen | {kind for kind in known if kind[0] in steps})


def _counts(kind: Kind, cells: Iterable[Cell]) -> dict[str, int]:
    """Return how many warnings of a kind each variant has, in order."""
    return {
        cell.variant: sum(
            one.count for one in cell.figures.warnings if (one.path, one.flag) == kind[1:]
        )
        for cell in cells
    }


def _known(lines: Sequence[KnownWarnings], observations: Observations) -> Callable[[str], int]:
    """Return what tells how many warnings of a kind are known in a variant."""
    holding = {line.where: observations.holding(line.where) for line in lines}
    return lambda variant: known_count(lines, lambda where: variant in holding[where])


def _new(
    kind: Kind, lines: Sequence[KnownWarnings], cells: Sequence[Cell], observations: Observations
) -> NewWarnings | None:
    counts, known = _counts(kind, cells), _known(lines, observations)
    more = [name for name, count in counts.items() if count > known(name)]
    if not more:
        return None
    complete = {cell.variant for cell in cells if cell.figures.is_complete}
    lacking = [name for name in counts if name not in more and name in complete]
    most = max(more, key=lambda name: counts[name])
    return NewWarnings(
        step=kind[0],
        path=kind[1],
        flag=kind[2],
        count=counts[most],
        known=known(most),
        variants=tuple(more),
        attribution=observations.explained(more, lacking),
    )


def _fewer(
    by_kind: Mapping[Kind, Sequence[KnownWarnings]],
    told: Mapping[str, Sequence[Cell]],
    observations: Observations,
) -> Iterable[FewerWarnings]:
    for kind, lines in by_kind.items():
        cells = told.get(kind[0], ())
        complete = [cell for cell in cells if cell.figures.is_complete]
        counts, known = _counts(kind, complete), _known(lines, observations)
        over = {name: known(name) - count for name, count in counts.items()}
        if not any(more > 0 for more in over.values()):
            continue
        after = _lowered(kind, lines, cells, observations, is_new=False, is_whole=False)
        if {*after} == {*lines}:
            continue  # variants of the same values differ
        most = max(over, key=lambda name: over[name])
        yield FewerWarnings(
            step=kind[0], path=kind[1], flag=kind[2], known=known(most), count=counts[most]
        )


def _lowered(
    kind: Kind,
    lines: Sequence[KnownWarnings],
    cells: Sequence[Cell],
    observations: Observations,
    *,
    is_new: bool,
    is_whole: bool,
) -> list[KnownWarnings]:
    """Return the lines of a kind with as many warnings as there still are."""
    known = _known(lines, observations)
    counts = _counts(kind, cells)
    complete = {cell.variant for cell in cells if cell.figures.is_complete}
    before = {name: known(name) for name in observations.names}
    if is_new:
        after = {name: counts[name] for name in observations.names if name in counts}
    else:
        after = {
            name: min(most, counts[name]) if name in complete else most
            for name, most in before.items()
        }
    elsewhere = [line for line in lines if not observations.holding(line.where)]
    if not is_new and after == before:
        return [line for line in lines if not (is_whole and line in elsewhere)]
    said = {observations.holding(line.where): line.where for line in lines}
    found: dict[Expression, int] = {}
    for count in sorted({count for count in after.values() if count}):
        having = [name for name, most in after.items() if most >= count]
        lacking = [name for name, most in after.items() if most < count]
        where = said.get(frozenset(having))  # a line that still says it stays as it is
        if where is None:
            where = observations.explained(having, lacking).expression if lacking else ALWAYS
        found[where] = count  # the larger one, where both hold in the same variants
    step, path, flag = kind
    kept = [] if is_whole else elsewhere
    return kept + [
        KnownWarnings(step=step, path=path, flag=flag, count=count, where=where)
        for where, count in found.items()
    ]
