# SPDX-License-Identifier: MIT
"""Our own build step: a variant's C compiled, and its cell."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from kvariant.build import Run, build_once, is_built, recipe
from kvariant.plan import Plan, Variant
from kvariant.results.cell import BUILD, Cell, Failure, Outcome
from kvariant.steps.generated_line import generated_line
from kvariant.sweep.generate_step import written_files


def is_built_as(workshop: Path, recipe_digest: str) -> bool:
    """Return whether a workshop holds a good build of some content."""
    return bool(recipe_digest) and is_built(workshop, recipe_digest)


def built(plan: Plan, variant: Variant, folder: Path, workshop: Path, key: str, again: str) -> Cell:
    """Build a variant's C and return its cell."""
    interface = plan.templates.interface if plan.templates else None
    parts = recipe(folder, written_files(folder), interface, variant.configuration)
    assert parts is not None  # the schedule skips a variant without C
    start = time.perf_counter()
    done = build_once(parts, workshop)
    return Cell(
        variant=variant.name,
        step=BUILD,
        outcome=_outcome(done.failures),
        key=key,
        reason=f"{done.compiled} compilations",
        duration=time.perf_counter() - start,
        log="\n".join(r.log for r in done.failures),
        failures=tuple(
            dict.fromkeys(
                Failure(
                    message=_without_folders(line := _first_error(r), folder, workshop),
                    again=again,
                    at=generated_line(line, r.output, folder, workshop),
                )
                for r in done.failures
            )
        ),
    )


def _outcome(failures: Sequence[Run]) -> Outcome:
    """Return how a build ended: a compiler that did not do its work outweighs what others said."""
    if any(run.timed_out for run in failures):
        return Outcome.TIMEOUT
    if any(run.code < 0 or run.victim for run in failures):
        return Outcome.ERROR
    return Outcome.FAILED if failures else Outcome.OK


_ERROR = re.compile(r"^.*?(?:error|warning): .*$", re.MULTILINE)


def _first_error(run: Run) -> str:
    """Return a compiler's first error."""
    if run.timed_out:
        return f"{Path(run.command[0]).name} ran into the time limit"
    if run.victim:
        return f"{Path(run.command[0]).name}: {run.victim} was killed"
    match = _ERROR.search(run.output)
    if not match:
        return f"{Path(run.command[0]).name} {run.ending}"
    return match[0]


def _without_folders(line: str, folder: Path, workshop: Path) -> str:
    """Return a message without what differs between variants."""
    return line.replace(f"{folder}/", "").replace(f"{workshop}/", "")
