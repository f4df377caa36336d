# SPDX-License-Identifier: MIT
"""Blame: extra variants, one round after another, until each failure has one explanation."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig import Configuration, Expression, Tree
from kvariant.render import Writer, manifested
from kvariant.render.records import sha256
from kvariant.space import Space
from kvariant.sweep.cell import Cell
from kvariant.sweep.covers import SHORT
from kvariant.sweep.equivalence import difference
from kvariant.sweep.findings import Finding, Observations, folded_message
from kvariant.sweep.inquiry import WIDTH, Inquiry
from kvariant.sweep.thresholds import Gap, gaps

FOLDER = "blame"
MOST = 9
"""Extra variants for each cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An extra variant that was run."""

    name: str
    configuration: Configuration
    round: int
    """From 1; the variants of one round ran side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """What blame ends with."""

    findings: tuple[Finding, ...]
    cells: tuple[Cell, ...]
    """Those that were given, and those of the extra variants."""
    configurations: Mapping[str, Configuration]
    """Of every variant, the extra ones as well."""
    extra: tuple[Extra, ...]
    settled: frozenset[int]
    """Findings, by position, of which no other explanation is left."""
    gaps: Mapping[int, tuple[Gap, ...]]
    """By finding, the values of numbers between which the limit is, and that were not tried."""


@dataclass(frozen=True, slots=True)
class Round:
    """Extra variants that ran side by side."""

    number: int
    """From 1."""
    count: int
    failed: int
    about: tuple[str, ...]
    """For each failure, what they were for."""

    def __str__(self) -> str:
        about = self.about[0] if len(self.about) == 1 else f"for {len(self.about)} failures"
        fail = f"{self.failed} fail{'s' if self.failed == 1 else ''}"
        variants = f"{self.count} variant{'' if self.count == 1 else 's'}"
        return f"round {self.number}: {variants} {about}: {fail}"


class Blame:
    """Asks the space which variants to run next, and has them run."""

    def __init__(
        self,
        space: Space,
        observed: Callable[[Sequence[Cell], Mapping[str, Configuration]], Observations],
        run: Callable[[Mapping[str, Configuration]], Sequence[Cell]],
        *,
        most: int = MOST,
        report: Callable[[Round], None] = lambda _: None,
    ) -> None:
        """Take what can be asked and who answers.

        Args:
            space: the configurations that may be run.
            observed: makes observations of cells and configurations.
            run: runs some configurations under the given names, returns their cells.
            most: extra variants for each cause of a failure.
            report: called when a round has been run.
        """
        self._space = space
        self._observed = observed
        self._run = run
        self._most = most
        self._report = report
        self._spaces: dict[str, Space] = {"": space}
        """By the expression that restricts them."""

    def blame(self, cells: Sequence[Cell], configurations: Mapping[str, Configuration]) -> Blamed:
        """Run extra variants until the findings are settled or the limit is reached."""
        known, all_cells = dict(configurations), list(cells)
        extra: list[Extra] = []
        asked: dict[object, list[str]] = {}
        for number in itertools.count(1):
            observations = self._observed(all_cells, known)
            findings = observations.findings()
            wanted: dict[str, Configuration] = {}
            plans = []
            for finding in findings:
                key = finding.step, folded_message(finding.message)
                before = asked.setdefault(key, [])
                left = self._left(finding, before)
                plan = self._plan(finding, observations, known, max(1, min(WIDTH, left)))
                plans.append(plan)
                for configuration in plan.configurations if left > 0 else ():
                    name = _name(configuration)
                    before.append(name)
                    wanted[name] = configuration
            if not wanted:
                break
            done = self._run(wanted)
            new = [Extra(name=n, configuration=c, round=number) for n, c in wanted.items()]
            bad = {cell.variant for cell in done if cell.is_bad}
            self._report(Round(number, len(new), len(bad), tuple(plan.about for plan in plans)))
            extra += new
            known |= wanted
            all_cells += done
        return Blamed(
            findings=findings,
            cells=tuple(all_cells),
            configurations=known,
            extra=tuple(extra),
            settled=frozenset(i for i, plan in enumerate(plans) if plan.is_settled),
            gaps={i: plan.gaps for i, plan in enumerate(plans) if plan.gaps},
        )

    def _left(self, finding: Finding, asked: Sequence[str]) -> int:
        """Return how many more variants may be run for a finding.

        Where another failure came first, a variant has told nothing of this one: it
        is not counted, though no more than twice as many are run in all.
        """
        limit = self._most * len(finding.attribution.terms)
        told = {*finding.failing, *finding.passing}
        return min(limit - sum(name in told for name in asked), 2 * limit - len(asked))

    def _plan(
        self,
        finding: Finding,
        observations: Observations,
        known: Mapping[str, Configuration],
        most: int,
    ) -> _Plan:
        """Return what to run next for a finding, at most so many variants."""
        position = {name: i for i, name in enumerate(known)}
        space = self._within(finding, observations)
        questions = Inquiry(
            space,
            finding.symbols,
            list(known.values()),
            [position[name] for name in finding.failing],
            [position[name] for name in finding.passing],
            suspects=finding.suspects,
        ).questions(most)
        best = finding.attribution.expression
        is_told = not questions or questions[0].is_challenge
        asked = tuple(question.configuration for question in questions)
        if is_told and (apart := tuple(itertools.islice(_apart(space, finding, known), most))):
            is_told, asked = False, apart
        if not is_told:
            count = len(finding.attribution.candidates) + finding.attribution.more - 1
            others = f" from {count} other{'' if count == 1 else 's'}" if count else ""
            return _Plan(asked, f"to tell {best}{others}")
        probes = dict(_probes(space, finding, known))
        # The limits first: what is tried of the explanation depends on them.
        asked = tuple(probes.values()) or asked
        return _Plan(asked[:most], f"to try {best}", is_settled=not probes, gaps=tuple(probes))

    def _within(self, finding: Finding, observations: Observations) -> Space:
        """Return the configurations in which what fails runs at all."""
        ran = [*finding.failing, *finding.passing]
        where = finding.needs
        if not where and finding.unrun:
            # Nobody says when it runs: where that seems clear nothing else is asked.
            guess = observations.explained(finding.unrun, ran)
            (first, *_), *more = guess.terms
            if not more and not guess.against and len(first.conditions) <= SHORT:
                where = f"!({guess.expression})"
        if where not in self._spaces:
            self._spaces[where] = self._space.restricted(Expression.parse(where))
        return self._spaces[where]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be run next for one finding."""

    configurations: tuple[Configuration, ...]
    about: str
    """What for, in words."""
    is_settled: bool = False
    gaps: tuple[Gap, ...] = ()


def _apart(
    space: Space, finding: Finding, known: Mapping[str, Configuration]
) -> Iterator[Configuration]:
    """Yield for each candidate a variant that tells it from the best, if one can.

    Conditions on numbers are among the values that were tried; others may tell more.
    """
    if finding.attribution.against:
        return
    for (best, *others), group in zip(
        finding.attribution.terms, finding.attribution.groups, strict=True
    ):
        near = list(known.values())[group[0]]
        for other in others:
            if (found := difference(best, other, space, near)) is not None:
                yield found


def _probes(
    space: Space, finding: Finding, known: Mapping[str, Configuration]
) -> Iterator[tuple[Gap, Configuration]]:
    """Yield where a limit is not known exactly, with a variant that halves the gap."""
    if finding.attribution.against:
        return
    best = [term[0] for term in finding.attribution.terms]
    passing = [known[name] for name in finding.passing]
    for conjunction in best:
        others = [one for one in best if one is not conjunction]
        failing = [
            known[name]
            for name in finding.failing
            if conjunction.holds(known[name]) and not any(o.holds(known[name]) for o in others)
        ]
        for gap in gaps(conjunction, failing, passing, space.tree.types):
            within = conjunction.bounds(gap.symbol)
            within[gap.symbol] = [gap.text(gap.probe)]
            wishes = [(name, [text]) for name, text in failing[0].items()]
            found = space.nearest(wishes, within)
            if found is not None and not any(other.holds(found) for other in others):
                yield gap, found


def _name(configuration: Configuration) -> str:
    """Return a variant's name that says nothing but which one it is."""
    return f"blame-{sha256(json.dumps(sorted(configuration.items())))[:8]}"


def write_fragments(
    state: Path, configurations: Mapping[str, Configuration], tree: Tree
) -> tuple[Path, ...]:
    """Write extra variants as fragments below the state folder and return their paths.

    Raises:
        InputError: the folder is not ours.
        MissingError: the disk is full or read-only.
    """
    files = {f"{name}.config": tree.minimal_text(c) for name, c in configurations.items()}
    with Writer(state).locked() as writer:
        writer.write(FOLDER, manifested(files))
    return tuple(state / FOLDER / name for name in files)
