# SPDX-License-Identifier: MIT
"""The lock against today: which of its matrices an edit changes, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kvariant.errors import Diagnostic
from kvariant.kconfig import Tree
from kvariant.matrix.verifier import Promise
from kvariant.plan.chooser import Chooser
from kvariant.plan.difference import Difference, difference, stale
from kvariant.plan.lock import Lock, Locked
from kvariant.plan.locking import locked
from kvariant.plan.selection import Selection
from kvariant.plan.variant import Matrix
from kvariant.project import Project
from kvariant.render import Templates
from kvariant.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocking:
    """Some matrices of a lock, as they are today."""

    matrices: Mapping[str, Matrix]
    promises: Mapping[str, Promise]
    """What each is to be verified for."""
    locked: Mapping[str, Locked]
    """The same, as the lock would have them."""
    differences: tuple[Difference, ...]
    """One for each that the lock has."""
    gone: tuple[str, ...]
    """Matrices of the lock that the project has no more."""
    warnings: tuple[Diagnostic, ...]
    """What was left out in choosing, and why."""

    def stale(self, path: str) -> Diagnostic | None:
        """Return the error for a lock at `path` that is not up to date, None if it is."""
        return stale(path, self.differences, self.gone)

    def over(self, lock: Lock) -> Lock:
        """Return a lock brought up to date."""
        kept = {name: old for name, old in lock.matrices.items() if name not in self.gone}
        return Lock({**kept, **self.locked})


def relocked(
    project: Project,
    tree: Tree,
    templates: Templates | None,
    lock: Lock,
    names: Iterable[str],
    *,
    anew: bool = False,
) -> Relocking:
    """Return matrices as they are today.

    Args:
        names: the matrices; those that are in the lock only are gone.
        anew: choose again even what was chosen for the same.

    Raises:
        InputError: a matrix cannot be chosen.

    Cost: that of choosing what the edit concerns, and of rendering all variants.
    """
    wanted = list(dict.fromkeys(names))
    is_there = set(project.matrices.names)
    gone = tuple(name for name in wanted if name not in is_there and lock.matrix(name))
    chooser = Chooser(project, tree, templates, Selection(), lock, anew=anew)
    matrices = {name: chooser.matrix(name) for name in wanted if name not in gone}
    space = Space.of(tree)
    today = {name: locked(matrix, space, templates) for name, matrix in matrices.items()}
    differences = tuple(
        difference(name, old, new, [variant.configuration for variant in matrices[name]])
        for name, new in today.items()
        if (old := lock.matrix(name))
    )
    return Relocking(
        matrices=matrices,
        promises=chooser.promises,
        locked=today,
        differences=differences,
        gone=gone,
        warnings=tuple(dict.fromkeys(chooser.warnings)),
    )
