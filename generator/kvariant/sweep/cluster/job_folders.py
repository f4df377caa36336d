# SPDX-License-Identifier: MIT
"""Which folders of a variant a job needs as they are, and in which it leaves something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.steps.command import CommandJob
from kvariant.sweep.build_step import BuildJob
from kvariant.sweep.pytest_batches import PytestJob

if TYPE_CHECKING:
    from kvariant.steps.job import CellJob


def job_folders(job: CellJob) -> tuple[Path, ...]:
    """Return the folders that a job reads and writes, beside the tree; what it leaves comes back.

    Raises:
        TypeError: nobody knows what it does.
    """
    if isinstance(job, CommandJob):
        place = job.workspace
        return place.out, place.results, place.log(job.step).parent
    if isinstance(job, BuildJob):
        return (job.workshop,)
    if isinstance(job, PytestJob):
        # Which of the two it is depends on whose the variants are; one is there.
        kinds = (job.state / "build", job.state / "build-other")
        return tuple(kind / name for kind in kinds for name in job.matrix.names)
    raise TypeError(type(job).__name__)
