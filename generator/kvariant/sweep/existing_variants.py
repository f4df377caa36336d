# SPDX-License-Identifier: MIT
"""Which variants there are, as far as files tell: no tree is read and no matrix is chosen.

A variant is there while the project has its fragment, the lock has it, or it is of the last
choice or the last whole sweep of a matrix. That may be more than would be chosen today; who asks
wants to know what may go, so more is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.presets.zephyr_scenarios import scenario_paths
from kvariant.kconfig.variant_names import variant_names
from kvariant.plan.lock import Lock
from kvariant.plan.memory import remembered_names
from kvariant.project import NAMED, Project
from kvariant.results.store import PART

if TYPE_CHECKING:
    from kvariant.results import Store


def existing_variants(project: Project, store: Store | None) -> frozenset[str]:
    """Return the names of all variants that there are: `NAME`, `ENVIRONMENT/NAME` of several trees.

    Args:
        project: whose they are.
        store: its results database; None: nothing was swept.

    Raises:
        InputError: the project's fragments have no names, or its lock cannot be read.
    """
    swept = _of_sweeps(project, store) if store else ()
    return frozenset((*_of_fragments(project), *_of_lock(project), *_chosen(project), *swept))


def _environments(project: Project) -> Sequence[str]:
    return [environment.name for environment in project.environments]


def _within(environment: str, name: str) -> str:
    return f"{environment}/{name}" if environment else name


def _of_fragments(project: Project) -> Iterator[str]:
    names = variant_names(tuple(scenario_paths(project.configs())), project.root)
    for environment in _environments(project):
        yield from (_within(environment, name) for name in names)


def _of_lock(project: Project) -> Iterator[str]:
    lock = Lock.read(project.lock)
    for environment in _environments(project):
        for matrix in lock.within(environment).matrices.values():
            yield from (_within(environment, variant.name) for variant in matrix.variants)


def _chosen(project: Project) -> Iterator[str]:
    for environment in _environments(project):
        names = remembered_names(project.state, environment)
        yield from (_within(environment, name) for name in names)


def _of_sweeps(project: Project, store: Store) -> Iterator[str]:
    """Yield the variants of each matrix's sweeps from the last one back to one of all of it."""
    done = {name for name in project.matrices.names if _is_of_fragments(project, name)}
    for about in store.abouts():
        matrix = about.get("matrix")
        if about.get("extra") or matrix in done:
            continue
        yield from about.get("variants", ())
        if not about.get(PART):
            done.add(str(matrix))


def _is_of_fragments(project: Project, matrix: str) -> bool:
    """Return whether a matrix has the variants of the project's fragments and no others."""
    table = project.matrices.table(matrix)
    return table.strategy == NAMED and not table.include
