# SPDX-License-Identifier: MIT
"""The baselines of warnings that steps name: read before a sweep, asked and lowered after it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.blame.observed import observed
from kvariant.blame.ratchet import RatchetVerdict, lowered, ratchet_verdict
from kvariant.errors import Diagnostic, InputError, KvariantError, Location
from kvariant.kconfig.expression import variable
from kvariant.kconfig.tree_checks import undefined_names
from kvariant.plan import Plans, Selection
from kvariant.results.warning_baseline import WarningBaseline

if TYPE_CHECKING:
    from kvariant.blame.findings import Observations
    from kvariant.kconfig import Configuration
    from kvariant.kconfig.nearest_symbol import Defined
    from kvariant.project import Project
    from kvariant.results import Cell


@dataclass(frozen=True)
class Baselines:
    """The baselines of a project, with the steps whose warnings each knows."""

    known: Mapping[Path, WarningBaseline]
    steps: Mapping[Path, Sequence[str]]

    @classmethod
    def of(cls, steps: Iterable[tuple[str, Path | None]]) -> Baselines:
        """Read the baselines that steps name.

        Raises:
            InputError: one is not as it should be.
        """
        by_path: dict[Path, list[str]] = {}
        for name, path in steps:
            if path is not None:
                by_path.setdefault(path, []).append(name)
        return cls({path: WarningBaseline.read(path) for path in by_path}, by_path)

    @classmethod
    def of_project(cls, project: Project, counted: Collection[str]) -> Baselines:
        """Read those of a project's steps, of which some were swept with one."""
        return cls.of(
            (step.name, project.root / step.baseline if step.baseline else project.baseline)
            for step in project.steps
            if step.name in counted
        )

    def unknown(self, plans: Plans) -> Iterator[Diagnostic]:
        """Yield a warning for lines whose condition names a symbol that no tree has: it may be
        renamed.
        """
        known: dict[str, Defined | None] = {variable(name): None for name in plans.axes}
        for plan in plans:
            known = {**plan.tree.symbols, **known}
        for baseline in self.known.values():
            for line in baseline.lines:
                for found in undefined_names(line.where, known, line.location):
                    yield found.as_warning()

    def require_any(self, project: Project) -> None:
        """Refuse to update where there is nothing to update.

        Raises:
            InputError: no step that runs has a baseline [baseline].
        """
        if not self.known:
            raise InputError(
                Diagnostic(
                    message="--update-baseline: no step that runs has a baseline",
                    code="baseline",
                    location=Location(str(project.path)) if project.path else None,
                    hint='name its file there: baseline = "warnings.baseline"',
                )
            )

    def verdicts(
        self, cells: Sequence[Cell], observations: Observations
    ) -> tuple[RatchetVerdict, ...]:
        """Return what each says of a sweep."""
        return tuple(
            ratchet_verdict(baseline, self.steps[path], cells, observations)
            for path, baseline in self.known.items()
        )

    def lowered(
        self,
        verdicts: Iterable[RatchetVerdict],
        plans: Plans,
        cells: Sequence[Cell],
        *,
        is_whole: bool,
    ) -> tuple[RatchetVerdict, ...]:
        """Return the verdicts with each baseline as the sweep leaves it; a new one knows all.

        Args:
            verdicts: what each said.
            plans: what was swept.
            cells: how it ended.
            is_whole: whether nothing of the matrix was left out.
        """
        found = []
        for verdict in verdicts:
            baseline = verdict.baseline
            matrix = plans.plans[0].matrix.name
            is_same = baseline.matrix in ("", matrix)
            after = lowered(
                baseline,
                self.steps[baseline.path],
                cells,
                _with_others(plans, cells, baseline.matrix or matrix, is_whole and is_same),
                matrix=matrix,
                is_whole=is_whole and is_same,
            )
            new = verdict.new if baseline.is_there else ()
            found.append(replace(verdict, lowered=after, new=new))
        return tuple(found)


def lowering_command(matrix: str) -> str:
    """Return the sweep that lowers the baselines.

    Args:
        matrix: as a command named it; "": the project's.
    """
    return shlex.join(["kvariant", "sweep", *filter(None, [matrix]), "--update-baseline"])


def _with_others(plans: Plans, cells: Sequence[Cell], matrix: str, is_whole: bool) -> Observations:
    """Return the observations of a sweep with the variants that it did not have."""
    configurations = {name: dict(one) for name, one in plans.configurations.items()}
    if not is_whole:
        for environment, name, values in _of_matrix(plans.project, matrix):
            mine = configurations.setdefault(environment, {})
            if name in mine and mine[name] == values:
                continue
            while name in mine:  # another variant of that name
                name += "'"
            mine[name] = values
    return observed(plans, cells, configurations)


def _of_matrix(project: Project, matrix: str) -> Iterable[tuple[str, str, Configuration]]:
    """Yield the variants of a matrix as the project file has it; none where it has it not."""
    try:
        every = Plans.of(project, Selection(matrix=matrix, tells_shares=False))
    except KvariantError:
        return
    for environment, mine in every.configurations.items():
        for name, values in mine.items():
            yield environment, name, values
