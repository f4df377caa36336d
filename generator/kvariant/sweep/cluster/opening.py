# SPDX-License-Identifier: MIT
"""The executor of a sweep on a cluster, from the connection to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import compilers
from kvariant.errors import KvariantError
from kvariant.results.cell import BUILD
from kvariant.steps import tools
from kvariant.sweep.cluster.dask_connection import connected

if TYPE_CHECKING:
    from kvariant.steps.job import CellJob
    from kvariant.sweep.cluster.cluster_executor import ClusterExecutor
    from kvariant.sweep.cluster.location import ClusterLocation
    from kvariant.sweep.request import Sweep


@contextmanager
def cluster_executor(sweep: Sweep, location: ClusterLocation) -> Iterator[ClusterExecutor]:
    """Yield the executor of a sweep; its workers come meanwhile.

    Raises:
        MissingError: there is no scheduler, or no worker that can be used [no-cluster].
    """
    needed = _NeededTools(sweep)
    options = sweep.plans.project.cluster
    with connected(location, options, sweep.state, sweep.workers) as connection:
        from kvariant.sweep.cluster.cluster_executor import ClusterExecutor

        executor = ClusterExecutor(
            connection,
            sweep.state,
            needed.of,
            needed.all(),
            dict(os.environ),
            sweep.warn,
            roots=_roots(sweep),
            made=[sweep.output] if sweep.output else [],
        )
        try:
            yield executor
        finally:
            executor.close()


def _roots(sweep: Sweep) -> list[Path]:
    """Return the folders of the project and its trees, none of them in another."""
    every = {sweep.plans.project.root, *(plan.tree.root for plan in sweep.plans)}
    return sorted(r for r in every if not any(r != o and r.is_relative_to(o) for o in every))


class _NeededTools:
    """The programs that the cells of a sweep cannot do without."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._variants = {variant.name: variant for variant in sweep.plans.variants}
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}
        self._own = _compilers() if sweep.steps.has_own(BUILD) else ()

    def of(self, job: CellJob) -> tuple[str, ...]:
        """Return those of a job."""
        return self._of(*job.cells[0])

    def all(self) -> tuple[str, ...]:
        """Return those of all cells."""
        places = ((v, s.name) for v in self._variants for s in self._sweep.steps.steps)
        return tuple(dict.fromkeys(tool for place in places for tool in self._of(*place)))

    def _of(self, name: str, step_name: str) -> tuple[str, ...]:
        if (name, step_name) not in self._known:
            self._known[name, step_name] = self._looked_up(name, step_name)
        return self._known[name, step_name]

    def _looked_up(self, name: str, step_name: str) -> tuple[str, ...]:
        step = self._sweep.steps[step_name]
        if step.is_built_in:
            return self._own if step_name == BUILD else ()
        variant, project = self._variants[name], self._sweep.plans.project
        plan = self._sweep.plans[variant]
        extra = {**self._sweep.steps.variables(variant.configuration, plan.variables), **step.env}
        made = (project.root, project.state, plan.tree.root)
        found = tools.needed(step, extra, project.root, made)
        path = extra.get("PATH")
        return tuple(tool for tool in found if tools.is_there(tool, path, project.root))


def _compilers() -> tuple[str, ...]:
    try:
        return tuple(compiler.name for compiler in compilers())
    except KvariantError:  # then no variant has anything to be compiled
        return ()
