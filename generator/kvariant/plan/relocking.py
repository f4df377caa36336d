# SPDX-License-Identifier: MIT
"""The lock against today: which of its matrices an edit changes, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kvariant.plan.chooser import Chooser
from kvariant.plan.difference import Difference, difference, stale
from kvariant.plan.lock import Lock, Locked
from kvariant.plan.locking import locked
from kvariant.plan.rules_then import without_effect
from kvariant.plan.selection import Selection
from kvariant.plan.variant import Matrix, within

if TYPE_CHECKING:
    from kvariant.errors import Diagnostic
    from kvariant.kconfig import Tree
    from kvariant.matrix.covering.watch import SearchWatch
    from kvariant.matrix.promise import Promise
    from kvariant.project import Environment, Project
    from kvariant.render import Templates

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocking:
    """Some matrices of a lock, as they are today; by the lock's names."""

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

    @classmethod
    def joined(cls, parts: Sequence[Relocking], gone: Sequence[str] = ()) -> Relocking:
        """Return those of several environments as one.

        Args:
            gone: matrices of the lock that are of no environment.
        """
        return cls(
            matrices=_union(part.matrices for part in parts),
            promises=_union(part.promises for part in parts),
            locked=_union(part.locked for part in parts),
            differences=tuple(one for part in parts for one in part.differences),
            gone=(*(name for part in parts for name in part.gone), *gone),
            warnings=tuple(dict.fromkeys(one for part in parts for one in part.warnings)),
        )

    def stale(self, path: str) -> Diagnostic | None:
        """Return the error for a lock at `path` that is not up to date, None if it is."""
        return stale(path, self.differences, self.gone)

    def other_rules(self, path: str) -> Diagnostic | None:
        """Return the warning for matrices that other rules leave as they are, None without any."""
        found = [one for one in self.differences if one.rules and not one]
        if not found:
            return None
        return without_effect(path, [one.name for one in found], found[0].rules)

    def over(self, lock: Lock) -> Lock:
        """Return a lock brought up to date."""
        kept = {name: old for name, old in lock.matrices.items() if name not in self.gone}
        return Lock({**kept, **self.locked})


def strays(lock: Lock, environments: Iterable[Environment]) -> tuple[str, ...]:
    """Return the matrices of a lock that are of no environment any more."""
    known = {environment.name for environment in environments}
    return tuple(name for name in lock.matrices if name.rpartition("/")[0] not in known)


def relocked(
    project: Project,
    tree: Tree,
    templates: Templates | None,
    lock: Lock,
    names: Iterable[str],
    *,
    environment: str = "",
    anew: bool = False,
    watch: SearchWatch | None = None,
) -> Relocking:
    """Return matrices of one environment as they are today.

    Args:
        lock: of all environments.
        names: the matrices, as the project names them; those that are in the lock only
            are gone.
        environment: the name of the one that the tree is read in.
        anew: choose again even what was chosen for the same.
        watch: who hears how a long choice goes on.

    Raises:
        InputError: a matrix cannot be chosen.

    Cost: that of choosing what the edit concerns, and of rendering all variants.
    """
    wanted, own = list(dict.fromkeys(names)), lock.within(environment)
    is_there = set(project.matrices.names)
    gone = [name for name in wanted if name not in is_there and own.matrix(name)]
    chooser = Chooser(
        project,
        tree,
        templates,
        Selection(watch=watch),
        own,
        environment=environment,
        anew=anew,
    )
    chosen = {name: chooser.matrix(name) for name in wanted if name not in gone}
    matrices = {within(environment, name): matrix for name, matrix in chosen.items()}
    from kvariant.space import Space  # where it is chosen anew

    space = Space.of(tree)
    today = {name: locked(matrix, space, templates) for name, matrix in matrices.items()}
    differences = tuple(
        difference(name, old, new, [variant.configuration for variant in matrices[name]])
        for name, new in today.items()
        if (old := lock.matrix(name))
    )
    return Relocking(
        matrices=matrices,
        promises={within(environment, name): chooser.promises[name] for name in chosen},
        locked=today,
        differences=differences,
        gone=tuple(within(environment, name) for name in gone),
        warnings=tuple(dict.fromkeys(chooser.warnings)),
    )


def _union(parts: Iterable[Mapping[str, _Value]]) -> Mapping[str, _Value]:
    return {name: value for part in parts for name, value in part.items()}
