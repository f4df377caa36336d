# SPDX-License-Identifier: MIT
"""A sweep of commits: the newest one whole, then of older ones what tells where failures began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kvariant.blame.observed import observed
from kvariant.sweep.commits.bisection import Bisection, Ran
from kvariant.sweep.commits.commit_range import CommitLine, merged_lines
from kvariant.sweep.commits.first_bad import FirstBad

if TYPE_CHECKING:
    from kvariant.blame.findings import Observations
    from kvariant.plan import Plans
    from kvariant.results.cell import Cell
    from kvariant.sweep.commits.folder_runs import FolderRuns


@dataclass(frozen=True, kw_only=True)
class CommitsSweep:
    """What was swept at the newest commit, and where its failures began."""

    plans: Plans
    cells: Sequence[Cell]
    observations: Observations
    found: FirstBad

    @classmethod
    def of(
        cls, named: str, line: CommitLine, runs: FolderRuns, report: Callable[[Ran], None]
    ) -> CommitsSweep:
        """Sweep a line of commits.

        Args:
            named: the range, as the command line has it.
            report: called when something was done at a commit.

        Raises:
            InputError: the newest commit cannot be read, or a template or step of it is not
                valid.
            MissingError: a tool or disk space is missing.
        """
        plans, cells = runs.whole(line.last)
        observations = observed(plans, cells, plans.configurations)
        findings = observations.findings()
        due = [finding for finding in findings if not finding.known]
        bisection = Bisection(
            findings=due,
            line=line,
            runs=runs,
            merged_lines=partial(merged_lines, runs.folder.top),
            report=report,
        )
        found = FirstBad(
            named=named,
            line=line,
            findings=due,
            answers=bisection.answers() if due else (),
            known=len(findings) - len(due),
            ran=runs.ran,
            cells=sum(not cell.test for cell in cells),
        )
        return cls(plans=plans, cells=cells, observations=observations, found=found)
