# SPDX-License-Identifier: MIT
"""Which symbols a source file names, where there is no tree but its names: in a report.

A file that is not here, as in a job that only puts results together, names none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.presets import place_of
from kvariant.plan.prefix import prefix_of
from kvariant.plan.symbols import names_begun
from kvariant.steps.untrusted_files import text_of

if TYPE_CHECKING:
    from kvariant.project import Project

LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is read; a larger one is no source."""


class NamedSymbols:
    """The sources of a project's tree, each read once, when it is asked for first."""

    def __init__(self, project: Project, symbols: Collection[str]) -> None:
        """Take a project.

        Args:
            symbols: those there are, in Kconfig order.
        """
        self._roots = tuple(dict.fromkeys((project.kconfig.parent, project.root)))
        preset = place_of(project.kconfig, project.preset).preset
        self._beginnings = (prefix_of(project), *preset.macros)
        self._symbols = symbols
        self._known: dict[str, Sequence[str]] = {}

    def __call__(self, path: str) -> Sequence[str]:
        """Return the symbols that a file names, in Kconfig order.

        Args:
            path: relative to the tree or to the project.
        """
        if path not in self._known:
            named = names_begun([(path, self._text(path))], self._beginnings)
            self._known[path] = [name for name in self._symbols if name in named]
        return self._known[path]

    def _text(self, path: str) -> str:
        for root in self._roots:
            with contextlib.suppress(OSError, ValueError):  # it may be no path at all
                return text_of(Path(root, path), LARGEST)
        return ""
