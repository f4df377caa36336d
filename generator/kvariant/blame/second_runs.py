# SPDX-License-Identifier: MIT
"""Second runs: whether a failure is met again, before anybody looks for its cause.

    fails in a new folder, twice                    a cause is looked for
    passes there                                    flaky
    failed in a sweep before, passes now:
      passes in a new folder, or what runs is the   flaky
      same as before and nothing is kept
      fails in a new folder, twice                  what an earlier run left in the variant's own
                                                    folder hides it: a cause is looked for

Twice in a row, as what fails every second time would fail in every second run. No second run
is evidence for a cause.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.blame.subsumption import wider
from kvariant.digest import text_digest
from kvariant.plan.variant import within
from kvariant.results.history import RAN

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding, Observations
    from kvariant.blame.hypotheses import ByTree
    from kvariant.blame.runs import VariantRuns
    from kvariant.kconfig import Configuration
    from kvariant.results.cell import Cell
    from kvariant.results.earlier_runs import EarlierRuns

TIMES = 2
"""How often in a row a variant is run again that fails each time."""


@dataclass(frozen=True, slots=True)
class FlakyRuns:
    """How often a variant failed in some way, of how many runs of the same."""

    variant: str
    failed: int
    count: int
    is_better_alone: bool = False
    """Whether it passed once, where nothing ran beside it, and in other runs something may."""

    def __str__(self) -> str:
        alone = "; it passed when it ran alone" if self.is_better_alone else ""
        return f"{self.variant} failed in {self.failed} of {self.count} runs{alone}"


@dataclass(frozen=True, slots=True)
class _Trial:
    """A failing variant that is run once more for a failure."""

    finding: Finding
    environment: str
    variant: str
    is_gone: bool = False
    """Whether it failed in an earlier sweep and passes now."""
    names: tuple[str, ...] = ()
    """How it was called in each of the runs."""
    flaky: FlakyRuns | None = None
    """What all runs of it say, where they ended in different ways."""

    def is_of(self, finding: Finding) -> bool:
        """Whether it was run for this failure, of which more may be known now."""
        is_there = self.is_gone or self.variant in finding.failing
        return is_there and _is_same(self.finding, finding)


def _is_same(one: Finding, other: Finding) -> bool:
    return one.step == other.step and not set(one.messages).isdisjoint(other.messages)


class SecondRuns:
    """Runs failing variants once more."""

    def __init__(
        self,
        observed: Callable[[Sequence[Cell], ByTree], Observations],
        runs: VariantRuns,
        earlier: EarlierRuns,
        report: Callable[[int, int], None],
        at_once: int = 1,
    ) -> None:
        """Take who runs variants, and what is known of earlier runs.

        Args:
            observed: makes observations of cells and the variants of all trees.
            runs: runs configurations.
            earlier: how the same ended in earlier sweeps.
            report: called with how many variants were run, and how many of them failed.
            at_once: how many cells run side by side where there are as many.
        """
        self._observed = observed
        self._runs = runs
        self._earlier = earlier
        self._report = report
        self._at_once = at_once
        self._trials: list[_Trial] = []
        self._ran: list[Cell] = []
        """Cells of second runs, and of earlier ones under other names."""
        self._as: dict[str, dict[str, Configuration]] = {}
        """The configurations of these, by environment and name."""
        self._names: dict[str, list[str]] = {}
        """By variant, how it was called in runs beside that of this sweep."""

    @property
    def count(self) -> int:
        """How many variants were run again."""
        return len({trial.variant for trial in self._trials})

    @staticmethod
    def is_gone(finding: Finding, told: Sequence[Finding]) -> bool:
        """Return whether none of what is met now is a failure of earlier sweeps."""
        return not any(_is_same(finding, other) for other in told)

    @property
    def gone(self) -> Sequence[tuple[Finding, FlakyRuns]]:
        """What failed in an earlier sweep, passes now, and is flaky."""
        return [(t.finding, t.flaky) for t in self._trials if t.is_gone and t.flaky]

    def hidden(self, finding: Finding) -> str:
        """Return a variant in which a failure is hidden by what an earlier run left, "" if none."""
        ways = (t.variant for t in self._trials if t.is_gone and not t.flaky and t.is_of(finding))
        return next(ways, "")

    def flaky(self, finding: Finding) -> FlakyRuns | None:
        """Return what says that a failure is flaky, None: nothing does."""
        return next((t.flaky for t in self._trials if t.flaky and t.is_of(finding)), None)

    def begin(self, cells: Sequence[Cell], known: ByTree) -> list[Cell]:
        """Run again what failed in an earlier sweep and passes now.

        Returns:
            The cells; of what is hidden those in which it failed.
        """
        if not self._earlier:
            return list(cells)
        self._recall(known)
        due = list(self._gone(cells, known))
        self._run(due, cells, known)
        back = {
            (variant, trial.finding.step)
            for trial in self._trials
            if trial.is_gone and trial.flaky is None
            for variant in trial.finding.failing
        }
        failed: dict[tuple[str, str], Sequence[Cell]] = {}
        for sweep in reversed(self._earlier):
            there = back & sweep.keys()
            failed |= {place: sweep[place] for place in there if sweep[place][0].is_bad}
        kept = [cell for cell in cells if (cell.variant, cell.step) not in failed]
        return [*kept, *(cell for group in failed.values() for cell in group)]

    def run(self, findings: Sequence[Finding], cells: Sequence[Cell], known: ByTree) -> bool:
        """Run a failing variant of each failure once more; return whether there were any.

        One variant may do for several failures. What is met only within a wider failure has
        no cause of its own that is looked for.
        """
        outer = wider(findings)
        due = [
            _Trial(finding, *_place(finding.failing, known))
            for position, finding in enumerate(findings)
            if position not in outer and not any(trial.is_of(finding) for trial in self._trials)
        ]
        self._run(due, cells, known)
        return bool(due)

    def _recall(self, known: ByTree) -> None:
        """Take the earlier runs as ones of variants of other names."""
        for number, sweep in enumerate(self._earlier, 1):
            for (variant, _), group in sweep.items():
                name = f"{variant}-before-{number}"
                self._called(name, variant, known)
                self._ran += [replace(cell, variant=name) for cell in group]

    def _called(self, name: str, variant: str, known: ByTree) -> None:
        environment, _ = _place([variant], known)
        self._as.setdefault(environment, {})[name] = known[environment][variant]
        if name not in (names := self._names.setdefault(variant, [])):
            names.append(name)

    def _gone(self, cells: Sequence[Cell], known: ByTree) -> Iterator[_Trial]:
        """Yield failures of earlier sweeps that are not met any more where they were."""
        origin = {name: variant for variant, names in self._names.items() for name in names}
        for finding in self._findings(cells, known):
            failed = dict.fromkeys(origin[name] for name in finding.failing if name in origin)
            gone = [variant for variant in failed if variant in finding.passing]
            if gone and not finding.known:
                still = [name for name in finding.failing if name not in origin]
                told = replace(finding, failing=tuple(dict.fromkeys([*still, *gone])))
                yield _Trial(_as_called(told, origin), *_place(gone, known), is_gone=True)

    def _findings(self, cells: Sequence[Cell], known: ByTree) -> tuple[Finding, ...]:
        """Return the failures of all runs."""
        both = {name: {**mine, **self._as.get(name, {})} for name, mine in known.items()}
        return tuple(self._observed([*cells, *self._ran], both).findings())

    def _run(self, due: Sequence[_Trial], cells: Sequence[Cell], known: ByTree) -> None:
        left = list(due)
        for number in range(1, TIMES + 1):
            if not left:
                return
            trials = [replace(one, names=(*one.names, _name(one, number, known))) for one in left]
            wanted: dict[str, dict[str, Configuration]] = {}
            for one in trials:
                configuration = known[one.environment][one.variant]
                wanted.setdefault(one.environment, {})[one.names[-1]] = configuration
                self._called(one.names[-1], one.variant, known)
            done = self._runs.run(wanted, anew=True)
            self._ran += done
            bad = {cell.variant for cell in done if cell.is_bad}
            self._report(len({one.names[-1] for one in trials}), len(bad))
            found = self._findings(cells, known)
            is_alone = self._at_once > 1 and len({one.names[-1] for one in trials}) == 1
            trials = [
                replace(one, flaky=self._judged(one, found, cells, is_alone=is_alone))
                for one in trials
            ]
            is_over = number == TIMES
            self._trials += [one for one in trials if one.flaky or is_over]
            left = [one for one in trials if not one.flaky]

    def _judged(
        self, trial: _Trial, found: Sequence[Finding], cells: Sequence[Cell], *, is_alone: bool
    ) -> FlakyRuns | None:
        """Return how often a variant failed so, None: there is nothing that says it is flaky."""
        now = next((f for f in found if _is_same(trial.finding, f)), None)
        if now is None or trial.names[-1] not in now.passing:
            return None
        step = trial.finding.step
        is_run = any(
            (cell.variant, cell.step, cell.test) == (trial.variant, step, "")
            and cell.outcome in RAN
            for cell in cells
        )
        names = [*([trial.variant] if is_run else []), *self._names[trial.variant]]
        failed, passed = (sum(n in names for n in told) for told in (now.failing, now.passing))
        return FlakyRuns(trial.variant, failed, failed + passed, is_alone and passed == 1)


def _place(variants: Sequence[str], known: ByTree) -> tuple[str, str]:
    """Return the first variant that is known, behind its environment."""
    return next(
        (name, variant) for variant in variants for name, mine in known.items() if variant in mine
    )


def _name(trial: _Trial, number: int, known: ByTree) -> str:
    configuration = known[trial.environment][trial.variant]
    name = f"{blame_name(configuration)}-again"
    return within(trial.environment, name if number == 1 else f"{name}-{number}")


def blame_name(configuration: Configuration) -> str:
    """Return a variant's name that says nothing but which one it is."""
    return f"blame-{text_digest(json.dumps(sorted(configuration.items())))[:8]}"


def _as_called(finding: Finding, origin: Mapping[str, str]) -> Finding:
    """Return a finding with the variants as they are called in the matrix."""

    def called(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(origin.get(name, name) for name in names))

    passing = tuple(name for name in called(finding.passing) if name not in finding.failing)
    return replace(
        finding,
        passing=passing,
        unrun=called(finding.unrun),
        nearest="",
        nearest_to=finding.failing[0],
        differing=(),
    )
