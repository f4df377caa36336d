# SPDX-License-Identifier: MIT
"""Blame: extra variants, one round after another, until each failure has one explanation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig import Configuration, Tree
from kvariant.render import Writer, manifested
from kvariant.render.records import sha256
from kvariant.space import Space
from kvariant.sweep.cell import Cell
from kvariant.sweep.findings import Finding, Observations, folded_message
from kvariant.sweep.inquiry import WIDTH, Inquiry

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


class Blame:
    """Asks the space which variants to run next, and has them run."""

    def __init__(
        self,
        space: Space,
        observed: Callable[[Sequence[Cell], Mapping[str, Configuration]], Observations],
        run: Callable[[Mapping[str, Configuration]], Sequence[Cell]],
        *,
        most: int = MOST,
        report: Callable[[Extra, Sequence[Cell]], None] = lambda _, __: None,
    ) -> None:
        """Take what can be asked and who answers.

        Args:
            space: the configurations that may be run.
            observed: makes observations of cells and configurations.
            run: runs some configurations under the given names, returns their cells.
            most: extra variants for each cause of a failure.
            report: called with each extra variant and its cells.
        """
        self._space = space
        self._observed = observed
        self._run = run
        self._most = most
        self._report = report

    def blame(self, cells: Sequence[Cell], configurations: Mapping[str, Configuration]) -> Blamed:
        """Run extra variants until the findings are settled or the limit is reached."""
        known, all_cells = dict(configurations), list(cells)
        extra: list[Extra] = []
        asked: dict[object, list[str]] = {}
        for number in self._rounds():
            findings = self._observed(all_cells, known).findings()
            settled: set[int] = set()
            wanted: dict[str, Configuration] = {}
            for position, finding in enumerate(findings):
                inquiry = self._inquiry(finding, known)
                key = finding.step, folded_message(finding.message)
                before = asked.setdefault(key, [])
                left = self._left(finding, before)
                questions = inquiry.questions(max(1, min(WIDTH, left)))
                if not questions or questions[0].is_challenge:
                    settled.add(position)
                for question in questions if left > 0 else ():
                    name = _name(question.configuration)
                    before.append(name)
                    wanted[name] = question.configuration
            if not wanted:
                break
            done = self._run(wanted)
            for name, configuration in wanted.items():
                one = Extra(name=name, configuration=configuration, round=number)
                extra.append(one)
                self._report(one, [cell for cell in done if cell.variant == name])
            known |= wanted
            all_cells += done
        return Blamed(
            findings=findings,
            cells=tuple(all_cells),
            configurations=known,
            extra=tuple(extra),
            settled=frozenset(settled),
        )

    def _left(self, finding: Finding, asked: Sequence[str]) -> int:
        """Return how many more variants may be run for a finding.

        Where another failure came first, a variant has told nothing of this one: it
        is not counted, though no more than twice as many are run in all.
        """
        limit = self._most * len(finding.attribution.terms)
        told = {*finding.failing, *finding.passing}
        return min(limit - sum(name in told for name in asked), 2 * limit - len(asked))

    @staticmethod
    def _rounds() -> Iterator[int]:
        number = 0
        while True:
            yield (number := number + 1)

    def _inquiry(self, finding: Finding, known: Mapping[str, Configuration]) -> Inquiry:
        position = {name: i for i, name in enumerate(known)}
        return Inquiry(
            self._space,
            finding.symbols,
            list(known.values()),
            [position[name] for name in finding.failing],
            [position[name] for name in finding.passing],
        )


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
