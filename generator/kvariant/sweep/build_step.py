# SPDX-License-Identifier: MIT
"""Our own build step: the job that compiles a variant's C."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import Processes, Recipe, Run, build_once, inputs, is_built, recipe
from kvariant.render.records import written_files
from kvariant.results.cell import BUILD, Cell, Failure, Outcome
from kvariant.steps.failure_line import failure_line, folded
from kvariant.steps.generated_line import generated_line
from kvariant.steps.job import CellId, CellResult, Emit

if TYPE_CHECKING:
    from kvariant.plan import Plan, Variant


def is_built_as(workshop: Path, recipe_digest: str) -> bool:
    """Return whether a workshop holds a good build of some content."""
    return bool(recipe_digest) and is_built(workshop, recipe_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildJob:
    """A variant's C to be compiled."""

    variant: str
    recipe: Recipe
    workshop: Path
    """The folder that it is built in."""
    key: str
    again: str
    """The command that replays it."""

    @property
    def cells(self) -> tuple[CellId, ...]:
        """The cell that it is for."""
        return ((self.variant, BUILD),)

    def run(self, processes: Processes, emit: Emit) -> None:
        """Compile; see `CellJob`."""
        start = time.perf_counter()
        done = build_once(self.recipe, self.workshop, processes)
        failures = map(self._failure, done.failures)
        cell = Cell(
            variant=self.variant,
            step=BUILD,
            outcome=_outcome(done.failures),
            key=self.key,
            reason=f"{done.compiled} compilations",
            duration=time.perf_counter() - start,
            log="\n".join(r.log for r in done.failures),
            failures=tuple(dict.fromkeys(failures)),
        )
        read = {} if done.failures else inputs(self.workshop)
        emit(CellResult(cells=(cell,), inputs=read))

    def _failure(self, run: Run) -> Failure:
        """Return what went wrong with a command, without what differs between variants."""
        line, folder = _first_error(run), self.recipe.folder
        message = folded(line.replace(f"{folder}/", "").replace(f"{self.workshop}/", ""))
        at = generated_line(line, run.output, folder, self.workshop)
        return Failure(message=message, again=self.again, at=at)


def build_job(
    plan: Plan, variant: Variant, folder: Path, workshop: Path, key: str, again: str
) -> BuildJob:
    """Return what builds a variant's C, as it is written in a folder."""
    interface = plan.templates.interface if plan.templates else None
    parts = recipe(folder, written_files(folder), interface, variant.configuration)
    assert parts is not None  # the schedule skips a variant without C
    return BuildJob(variant=variant.name, recipe=parts, workshop=workshop, key=key, again=again)


def _outcome(failures: Sequence[Run]) -> Outcome:
    """Return how a build ended: a compiler that did not do its work outweighs what others said."""
    if any(run.timed_out for run in failures):
        return Outcome.TIMEOUT
    if any(run.code < 0 or run.victim for run in failures):
        return Outcome.ERROR
    return Outcome.FAILED if failures else Outcome.OK


def _first_error(run: Run) -> str:
    """Return a compiler's first error."""
    if run.timed_out:
        return f"{Path(run.command[0]).name} ran into the time limit"
    if run.victim:
        return f"{Path(run.command[0]).name}: {run.victim} was killed"
    return failure_line(run.output) or f"{Path(run.command[0]).name} {run.ending}"
