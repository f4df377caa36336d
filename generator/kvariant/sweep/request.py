# SPDX-License-Identifier: MIT
"""What is to be swept: variants, steps, folders, and how."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.results.cell import GENERATE, Cell
from kvariant.steps.workspace import Workspace
from kvariant.sweep.cost import Stopwatch

if TYPE_CHECKING:
    from kvariant.errors import Diagnostic
    from kvariant.plan import Plans, Selection, Variant
    from kvariant.plan.shards import Shard
    from kvariant.results.swept_coverage import CoverageGoal
    from kvariant.steps.step import Steps
    from kvariant.sweep.again import Again
    from kvariant.sweep.budget import Budget
    from kvariant.sweep.cluster.location import ClusterLocation
    from kvariant.sweep.cluster.worker_launcher import WorkerLauncher
    from kvariant.sweep.since import Since


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """What a sweep may be told to do otherwise."""

    reuse: bool = True
    fail_fast: bool = False
    """End with the first failure; what has not run then is missing."""
    failed_only: bool = False
    """Only variants in which something went wrong when they last ran."""
    failed_first: bool = False
    """Those go before the others."""
    dry: bool = False
    """Run nothing and write nothing; cells that would run are `missing`."""
    is_part: bool = False
    """Whether it is of a shard."""
    shard: Shard | None = None
    """Which of several groups it is of; None: of none that has a number."""
    is_extra: bool = False
    """Whether its variants are none of a matrix: they were run to explain a failure."""
    budget: Budget | None = None
    """When it has to end; None: when all has run."""
    goal: CoverageGoal | None = None
    """What it is to cover, if that is to be told; there is one if there is a budget."""
    cluster: ClusterLocation | None = None
    """Where its cells run; None: on this machine."""
    workers: WorkerLauncher | None = None
    """Its workers, if they are starting already."""
    since: Since | None = None
    """The revision from whose results it goes on; None: from no one's."""


@dataclass(frozen=True, kw_only=True)
class Sweep(SweepOptions):
    """What is to be swept, where, and with how much of the machine."""

    plans: Plans
    output: Path | None
    """The folder with one folder per variant; None: nothing is generated."""
    steps: Steps
    jobs: int
    again: Again
    """Says how what failed is run again."""
    is_home: bool = True
    """Whether `output` is the project's own; see `Generation`."""
    is_whole: bool = True
    """Whether the plans' variants are all of the project's."""
    today: datetime.date = field(default_factory=datetime.date.today)
    """The day by which known failures count or not."""
    report: Callable[[Cell], None] = field(default=lambda _: None)
    """Called with each cell as it ends."""
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """Adds up how long commands run."""
    warn: Callable[[Diagnostic], None] = field(default=lambda _: None)
    """Called with what is to be known of machines."""
    waiting: Callable[[], None] = field(default=lambda: None)
    """Called if another run holds the state or the output folder."""

    @classmethod
    def of(
        cls,
        plans: Plans,
        selection: Selection,
        how: SweepOptions,
        *,
        steps: Steps,
        jobs: int,
        again: Again,
        report: Callable[[Cell], None],
        stopwatch: Stopwatch,
        waiting: Callable[[], None],
        warn: Callable[[Diagnostic], None] = lambda _: None,
    ) -> Sweep:
        """Return the sweep of plans that were made from a selection.

        Only variants of the project's own matrix go into the project's own output.
        """
        project = plans.project
        is_home = project.output is not None and selection.is_of(project.matrix)
        generated = project.output if is_home else project.state / "generated"
        return cls(
            **{one.name: getattr(how, one.name) for one in dataclasses.fields(how)},
            plans=plans,
            output=generated if plans.outputs is not None else None,
            steps=steps,
            jobs=jobs,
            again=again,
            is_home=is_home,
            is_whole=selection.is_whole and not how.is_part,
            report=report,
            stopwatch=stopwatch,
            waiting=waiting,
            warn=warn,
        )

    @property
    def state(self) -> Path:
        """The project's state folder."""
        return self.plans.project.state

    @property
    def made(self) -> tuple[Path, ...]:
        """Folders whose files are made by the sweep: no key has them as what is read."""
        return tuple(filter(None, (self.state, self.output)))

    @property
    def test_paths(self) -> tuple[Path, ...]:
        """What pytest collects; none: its own `testpaths`."""
        project = self.plans.project
        return tuple(project.root / path for path in project.tests)

    @property
    def generates(self) -> bool:
        """Whether its first step is our own that generates variants."""
        return self.output is not None and self.steps.has_own(GENERATE)

    def workspace(self, variant: Variant) -> Workspace:
        """Return where a variant's steps run."""
        project, plan = self.plans.project, self.plans[variant]
        return Workspace(
            variant=variant.name,
            out=self.output / variant.name if self.output else self.state / "out" / variant.name,
            is_ours=self.output is None,
            tree=plan.tree.root,
            root=project.root,
            state=self.state,
            jobs=max(1, _cores() // self.jobs),
            variables=self.steps.variables(variant.configuration, plan.variables),
            tree_variables=plan.tree.environment,
        )

    def workshop(self, variant: Variant) -> Path:
        """Return the folder in which our own step builds a variant."""
        return self.state / ("build" if self.is_home else "build-other") / variant.name


@functools.cache
def _cores() -> int:
    """Return how many cores there are; the system reads files to tell."""
    return os.cpu_count() or 1
