# SPDX-License-Identifier: MIT
"""What is to be swept: variants, steps, folders, and how."""

from __future__ import annotations

import datetime
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kvariant.plan import Plans, Variant
from kvariant.results.cell import GENERATE, Cell
from kvariant.steps.step import Steps
from kvariant.steps.workspace import Workspace
from kvariant.sweep.cost import Stopwatch


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is to be swept, where, and with how much of the machine."""

    plans: Plans
    output: Path | None
    """The folder with one folder per variant; None: nothing is generated."""
    steps: Steps
    jobs: int
    is_home: bool = True
    """Whether `output` is the project's own; see `Generation`."""
    is_whole: bool = True
    """Whether the plans' variants are all of the project's."""
    reuse: bool = True
    fail_fast: bool = False
    """End with the first failure; what has not run then is missing."""
    failed_only: bool = False
    """Only variants in which something went wrong when they last ran."""
    failed_first: bool = False
    """Those go before the others."""
    dry: bool = False
    """Run nothing and write nothing; cells that would run are `missing`."""
    is_extra: bool = False
    """Whether its variants are none of a matrix: they were run to explain a failure."""
    today: datetime.date = field(default_factory=datetime.date.today)
    """The day by which known failures count or not."""
    again: Callable[[Variant, str], str] = lambda variant, step: (
        f"kvariant sweep --step {step} -k {variant.name}"
    )
    """The command that replays a variant's step."""
    again_by_values: Callable[[Variant, str, str], str] = lambda *_: ""
    """The command that does so where no file of ours is, given the variant's minimal
    configuration; "" where the one above does."""
    report: Callable[[Cell], None] = field(default=lambda _: None)
    """Called with each cell as it ends."""
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """Adds up how long commands run."""
    waiting: Callable[[], None] = field(default=lambda: None)
    """Called if another run holds the state or the output folder."""

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

    def place(self, variant: Variant) -> Workspace:
        """Return where a variant's steps run."""
        project, plan = self.plans.project, self.plans[variant]
        return Workspace(
            variant=variant,
            out=self.output / variant.name if self.output else self.state / "out" / variant.name,
            is_ours=self.output is None,
            tree=plan.tree.root,
            root=project.root,
            state=self.state,
            jobs=max(1, _cores() // self.jobs),
            variables=plan.variables,
            tree_variables=plan.tree.environment,
        )

    def workshop(self, variant: Variant) -> Path:
        """Return the folder in which our own step builds a variant."""
        return self.state / ("build" if self.is_home else "build-other") / variant.name


@functools.cache
def _cores() -> int:
    """Return how many cores there are; the system reads files to tell."""
    return os.cpu_count() or 1
