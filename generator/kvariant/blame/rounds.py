# SPDX-License-Identifier: MIT
"""Blame: extra variants, one round after another, until each failure has one explanation.

First one failing variant of each failure is run again (`SecondRuns`): of what passes then no
cause is looked for, it is flaky. Then what is asked about a failure is told by `TreeSearch`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.blame.across_trees import View, joined
from kvariant.blame.second_runs import SecondRuns, blame_name
from kvariant.blame.subsumption import exemplars, wider
from kvariant.plan.variant import within
from kvariant.render import Writer, manifested
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding, Observations
    from kvariant.blame.hypotheses import ByTree, Known
    from kvariant.blame.runs import VariantRuns
    from kvariant.blame.second_runs import FlakyRuns
    from kvariant.blame.thresholds import Gap
    from kvariant.blame.tree_search import Asked, TreeSearch
    from kvariant.kconfig import Configuration, Tree
    from kvariant.results.cell import Cell
    from kvariant.results.earlier_runs import EarlierRuns

FOLDER = "blame"
MOST = 9
"""Extra variants for each cause, in each tree."""


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
    configurations: ByTree
    """Of every variant, the extra ones as well."""
    extra: tuple[Extra, ...]
    again: int
    """Variants that were run a second time."""
    settled: frozenset[int]
    """Findings, by position, of which no other explanation is left."""
    untried: Mapping[int, int]
    """By finding, how many variants could have been run yet that tell more of it."""
    flaky: Mapping[int, FlakyRuns]
    """By finding, how often it was met in runs of the same; of those behind, none in this sweep."""
    hidden: Mapping[int, str]
    """By finding, a variant that passes in its own folder alone, where it has run before."""
    within: Mapping[int, int]
    """By finding, a wider one: it fails only where that does, and was not asked about."""
    gaps: Mapping[int, tuple[Gap, ...]]
    """By finding, the values of numbers between which the limit is, and that were not tried."""


@dataclass(frozen=True, slots=True)
class Round:
    """Extra variants that ran side by side."""

    number: int
    """From 1; 0: variants of before are run again."""
    count: int
    failed: int
    about: tuple[str, ...]
    """For each failure that they were for, what for."""

    def __str__(self) -> str:
        about = self.about[0] if len(self.about) == 1 else f"for {len(self.about)} failures"
        fail = counted(self.failed, "fails", "fail")
        variants = counted(self.count, "variant")
        head = f"round {self.number}: {variants}" if self.number else f"{variants} again"
        return f"{head} {about}: {fail}"


@dataclass(frozen=True, slots=True)
class _Case:
    """A failure, and what each tree is asked for it."""

    finding: Finding
    asked: Mapping[str, Asked]
    """By environment."""
    within: int | None = None
    """The failure, by position, that is asked about in its place: this one is within it."""
    flaky: FlakyRuns | None = None

    @property
    def about(self) -> str:
        """What its variants are for: `to try NET in x86, arm64`."""
        trees: dict[str, list[str]] = {}
        for environment, asked in self.asked.items():
            if asked.configurations:
                trees.setdefault(asked.about, []).append(environment)
        told = (
            f"{about} in {', '.join(names)}" if any(names) else about
            for about, names in trees.items()
        )
        return ", ".join(told)

    @property
    def is_settled(self) -> bool:
        is_asked = self.within is None and not self.flaky
        return is_asked and all(asked.is_settled for asked in self.asked.values())

    @property
    def untried(self) -> int:
        return sum(asked.untried for asked in self.asked.values())

    @property
    def told(self) -> Finding:
        """The finding, which says whether runs have proven its explanation."""
        attribution = self.finding.attribution
        is_open = self.untried or self.gaps or attribution.against
        # Where nothing passes, that it needs these values was seen nowhere.
        is_proven = self.is_settled and not is_open and attribution.passing > 0
        return replace(self.finding, attribution=replace(attribution, is_proven=is_proven))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(dict.fromkeys(gap for asked in self.asked.values() for gap in asked.gaps))


@dataclass(frozen=True, slots=True)
class _Note:
    """Extra variants that were run in a tree for a failure."""

    environment: str
    failing: frozenset[str]
    """Where it was known to fail then."""
    names: tuple[str, ...]


class Blame:
    """Asks trees which variants to run next, and has them run."""

    def __init__(
        self,
        grounds: Mapping[str, TreeSearch],
        observed: Callable[[Sequence[Cell], ByTree], Observations],
        runs: VariantRuns,
        earlier: EarlierRuns = (),
        *,
        most: int = MOST,
        at_once: int = 1,
        report: Callable[[Round], None] = lambda _: None,
    ) -> None:
        """Take what can be asked and who answers.

        Args:
            grounds: the trees, by environment.
            observed: makes observations of cells and the variants of all trees.
            runs: runs configurations.
            earlier: how the same ended in earlier sweeps.
            most: extra variants for each cause of a failure, in each tree.
            at_once: how many cells run side by side where there are as many.
            report: called when a round has been run.
        """
        self._grounds = grounds
        self._observed = observed
        self._runs = runs
        self._most = most
        self._report = report
        self._asked: list[_Note] = []
        """What was asked so far."""
        self._second = SecondRuns(
            observed,
            runs,
            earlier,
            lambda count, bad: report(Round(0, count, bad, (_AGAIN,))),
            at_once,
        )

    def blame(self, cells: Sequence[Cell], configurations: ByTree) -> Blamed:
        """Run extra variants until the findings are settled or the limit is reached."""
        known = {environment: dict(mine) for environment, mine in configurations.items()}
        every = self._second.begin(cells, known) if self._most else list(cells)
        extra: list[Extra] = []
        number = 0
        while True:
            findings = self._observed(every, known).findings()
            if self._most and self._second.run(findings, every, known):
                continue
            cases = self._cases(findings, every, known)
            wanted = self._wanted(cases)
            if not wanted:
                break
            number += 1
            done = self._runs.run(wanted)
            new = [
                Extra(name=name, configuration=configuration, round=number)
                for mine in wanted.values()
                for name, configuration in mine.items()
            ]
            bad = {cell.variant for cell in done if cell.is_bad}
            about = tuple(case.about for case in cases if case.about)
            self._report(Round(number, len(new), len(bad), about))
            extra += new
            every += done
            for environment, mine in wanted.items():
                known[environment] |= mine
        told = [case.told for case in cases]
        gone = [
            (finding, flaky)
            for finding, flaky in self._second.gone
            if self._second.is_gone(finding, told)
        ]
        flaky = {i: case.flaky for i, case in enumerate(cases) if case.flaky}
        flaky |= {len(told) + i: runs for i, (_, runs) in enumerate(gone)}
        hidden = {i: self._second.hidden(finding) for i, finding in enumerate(told)}
        return Blamed(
            findings=(*told, *(finding for finding, _ in gone)),
            cells=tuple(every),
            configurations=known,
            extra=tuple(extra),
            again=self._second.count,
            settled=frozenset(i for i, case in enumerate(cases) if case.is_settled),
            untried={i: case.untried for i, case in enumerate(cases) if case.untried},
            flaky=flaky,
            hidden={i: variant for i, variant in hidden.items() if variant},
            within={i: case.within for i, case in enumerate(cases) if case.within is not None},
            gaps={i: case.gaps for i, case in enumerate(cases) if case.gaps},
        )

    def _cases(
        self, findings: Sequence[Finding], cells: Sequence[Cell], known: ByTree
    ) -> list[_Case]:
        """Return each failure that is known, with what is to be run for it."""
        everywhere = self._observed(cells, known)
        here = {name: ground.observed(cells, known[name]) for name, ground in self._grounds.items()}
        outer = wider(findings)

        def case(position: int) -> _Case:
            finding = findings[position]
            if position in outer:
                return _Case(finding, {}, outer[position])
            if flaky := self._second.flaky(finding):
                return _Case(finding, {}, flaky=flaky)
            inner = [findings[i] for i, other in outer.items() if other == position]
            return self._case(finding, exemplars(finding, inner), everywhere, here, known)

        return [case(position) for position in range(len(findings))]

    def _case(
        self,
        finding: Finding,
        exemplary: Collection[str],
        everywhere: Observations,
        here: Mapping[str, Observations],
        known: ByTree,
    ) -> _Case:
        views = {
            name: View(ground, mine, here[name])
            for name, ground in self._grounds.items()
            if (mine := here[name].within(finding)) is not None
        }
        asked = {
            name: self._questions(view, finding, name, known[name], exemplary)
            for name, view in views.items()
        }
        if all(one.is_settled for one in asked.values()):
            said = {one.said for one in asked.values()}
            if len(said) == 1 and (hypothesis := said.pop()) is not None:
                attribution = replace(finding.attribution, said=hypothesis, against=0, same=())
                finding = replace(finding, attribution=attribution)
            else:
                finding = joined(finding, tuple(views.values()), everywhere)
            for name in (name for name in self._grounds if name not in views):
                trial = self._grounds[name].trial(finding, known[name])
                asked[name] = trial.at_most(self._left(finding, name))
        return _Case(finding, asked)

    def _questions(
        self,
        view: View,
        finding: Finding,
        environment: str,
        known: Known,
        exemplary: Collection[str],
    ) -> Asked:
        """Return what is to be run in a tree for a failure that it has."""
        left = self._left(finding, environment, len(view.finding.attribution.terms))
        most = max(1, min(WIDTH, left))  # whether it is settled is asked in any case
        asked = view.ground.plan(view.finding, view.observations, known, most, exemplary, left=left)
        return asked.at_most(left)

    def _left(self, finding: Finding, environment: str, causes: int = 1) -> int:
        """Return how many more variants may be run for a finding in a tree, by its causes there.

        What was run for a failure that is within this one now was run for this one: as more
        is known another test may turn out to be the widest. Where another failure came
        first, a variant has told nothing of this one: it is not counted, though no more than
        twice as many are run in all.
        """
        failing = set(finding.failing)
        mine = (note for note in self._asked if note.environment == environment)
        asked = {name for note in mine if note.failing <= failing for name in note.names}
        limit = self._most * causes
        told = {*finding.failing, *finding.passing}
        return min(limit - len(asked & told), 2 * limit - len(asked))

    def _wanted(self, cases: Iterable[_Case]) -> dict[str, dict[str, Configuration]]:
        """Return what is to be run in each tree, and note what for."""
        wanted: dict[str, dict[str, Configuration]] = {}
        for case in cases:
            for environment, asked in case.asked.items():
                mine = {within(environment, blame_name(one)): one for one in asked.configurations}
                if mine:
                    note = _Note(environment, frozenset(case.finding.failing), tuple(mine))
                    self._asked.append(note)
                    wanted.setdefault(environment, {}).update(mine)
        return wanted


WIDTH = 6
"""Variants of a round for each failure: more would know too little of each other."""
_AGAIN = "to see whether it fails again"


def extra_fragment(state: Path, name: str) -> Path:
    """Return where an extra variant is left as a fragment."""
    return state / FOLDER / f"{name}.config"


def write_fragments(state: Path, configurations: ByTree, trees: Mapping[str, Tree]) -> None:
    """Write extra variants as fragments below the state folder; see `extra_fragment`.

    Args:
        configurations: all of them: what was written before and is not here goes.
        trees: by environment.

    Raises:
        InputError: the folder is not ours.
        MissingError: the disk is full or read-only.
    """
    files = {
        f"{name}.config": trees[environment].minimal_text(configuration)
        for environment, mine in configurations.items()
        for name, configuration in mine.items()
    }
    with Writer(state).locked() as writer:
        writer.write(FOLDER, manifested(files))
