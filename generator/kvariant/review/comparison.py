# SPDX-License-Identifier: MIT
"""A project compared with itself as it was: trees, configurations and templates of both."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.plan import load_templates
from kvariant.plan.fragments import Fragments
from kvariant.plan.symbols import Spec, Specs
from kvariant.plan.trees import load_tree
from kvariant.project.glob_matches import paths_matching, paths_of
from kvariant.review.combinations import combinations
from kvariant.review.review import Review, reviewed
from kvariant.review.tree_changes import tree_changes
from kvariant.review.unreachable import template_changes

if TYPE_CHECKING:
    from kvariant.kconfig import Fragment, Tree
    from kvariant.project import Project
    from kvariant.review.snapshot import Snapshot

_MANY = 100
"""From so many configurations on it is said that they are being resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What is asked about an edit."""

    configs: tuple[str, ...]
    """Paths and globs of configurations; none: the project's."""
    symbols: tuple[str, ...]
    """Specs of the symbols whose combinations are counted."""
    standard_input: Callable[[], str]


def compared(
    project: Project,
    number: int,
    snapshot: Snapshot,
    asked: ReviewRequest,
    progress: Callable[[str], None] | None = None,
) -> Review:
    """Return what an edit does to one of a project's trees.

    Args:
        number: of the environment.
        progress: is told what takes long.

    Raises:
        InputError: a tree does not parse, or a configuration of one cannot be read.
    """
    after = load_tree(project, project.environments[number])
    old = snapshot.project(project)
    before = snapshot.load(old, old.environments[number])
    changes = tree_changes(
        before,
        after,
        said=snapshot.said,
        folder=str(snapshot.folder),
        place=str(snapshot.top),
    )
    now = _paths(asked.configs)
    fragments = _read(project, after, now)
    with snapshot.errors():
        olds = _read(old, before, _paths_before(asked.configs, snapshot, now))
    if progress and len(fragments) > _MANY:
        progress(f"resolving {len(fragments):,} configurations in both trees")
    return reviewed(
        changes,
        olds,
        fragments,
        snapshot.edited(project, number, before.root),
        combinations=combinations(changes, _symbols(project, asked, before, after))
        if asked.symbols
        else None,
        templates=template_changes(project, before, after),
        keep=project.keeps_trees,
        tell=progress,
    )


def _read(project: Project, tree: Tree, paths: Sequence[Path] | None) -> tuple[Fragment, ...]:
    """Return fragments; None: the project's."""
    known = Fragments(project, tree)
    found = known.files if paths is None else paths
    return known.read(found) if found else ()


def _paths(configs: Sequence[str]) -> list[Path] | None:
    """Return the files of today that are meant.

    Raises:
        InputError: a glob matches none [no-fragment].
    """
    if not configs:
        return None
    return [path for pattern in configs for path in paths_of(pattern)]


def _paths_before(
    configs: Sequence[str], snapshot: Snapshot, now: Sequence[Path] | None
) -> list[Path] | None:
    """Return the files as they were before.

    A file that is named, and was not there, is somebody's own: it is asked for in both trees.
    So are all that are named where the tree before is another folder.
    """
    if now is None:
        return None
    if not snapshot.revision:
        return list(now)
    found: dict[Path, None] = {}
    for pattern in configs:
        moved = snapshot.moved(Path(pattern))
        if glob.has_magic(pattern):
            matched = paths_matching(str(moved))
            found |= dict.fromkeys(sorted(map(Path, matched)))
        else:
            found[moved if moved.exists() else Path(pattern)] = None
    return list(found)


def _symbols(project: Project, asked: ReviewRequest, before: Tree, after: Tree) -> list[str]:
    """Return the symbols that specs mean in either tree."""
    found: dict[str, None] = {}
    errors: list[Diagnostic] = []
    for tree in (after, before):
        templates = None
        with contextlib.suppress(InputError):  # told by generate; a tree may be compared without
            templates = load_templates(project, tree)
        specs = Specs(tree, templates, asked.standard_input)
        for text in asked.symbols:
            try:
                found |= dict.fromkeys(specs.symbols([Spec(text, Path.cwd())]))
            except InputError as error:
                errors += error.diagnostics
    if errors and not found:
        raise InputError(*dict.fromkeys(errors))
    return list(found)
