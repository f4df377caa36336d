# SPDX-License-Identifier: MIT
"""A project's trees and templates, each read when it is needed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.project import Project
    from kvariant.render import Templates


class LoadedTrees:
    """The trees of a project, by the names of their environments."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._read: dict[str, tuple[Tree, Templates | None]] = {}

    def of(self, environment: str) -> tuple[Tree, Templates | None]:
        """Return the tree of an environment, and the templates for it if there are any.

        Raises:
            InputError: one of them cannot be read.
        """
        if environment not in self._read:
            from kvariant.plan import load_templates, load_tree

            found = next(e for e in self._project.environments if e.name == environment)
            tree = load_tree(self._project, found)
            self._read[environment] = tree, load_templates(self._project, tree)
        return self._read[environment]
