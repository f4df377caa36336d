# SPDX-License-Identifier: MIT
"""Files of the repository that a project is in, as code hosts name them: relative to its top."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.report.notice import SourceLine
from kvariant.steps.untrusted_files import is_file

if TYPE_CHECKING:
    from kvariant.project import Project


class RepositoryLines:
    """Finds lines of the repository; asks the file system for each path once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._top = _top(project.root.resolve())
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, path: str, variant: str) -> str | None:
        """Return the path of a file that a message names, None if it is none of the repository.

        Args:
            path: as the message has it.
            variant: the one whose message it is; generated files are its own.
        """
        key = path, variant
        if key not in self._known:
            found = (self._inside(file) for file in self._candidates(path, variant))
            self._known[key] = next((file for file in found if file), None)
        return self._known[key]

    def of_step(self, step: str) -> SourceLine:
        """Return where the project file has a step; else its first line, or the Kconfig's."""
        project = self._project
        names = [one.name for one in project.steps]
        place = project.place("step", names.index(step), "name") if step in names else None
        if place is not None and (path := self._inside(Path(place.path))):
            return SourceLine(path, place.line or 1)
        for file in (project.path, project.kconfig):
            if file is not None and (path := self._inside(file)):
                return SourceLine(path, 1)
        return SourceLine(project.kconfig.name, 1)

    def _candidates(self, path: str, variant: str) -> Iterator[Path]:
        project = self._project
        name = variant.rpartition("/")[2]
        yield project.root / path
        yield project.kconfig.parent / path
        if project.output is not None:
            yield project.output / variant / path
            yield project.output / name / path

    def _inside(self, file: Path) -> str | None:
        real = Path(os.path.realpath(file))  # hosts show no line of a link
        is_inside = real.is_relative_to(self._top) and is_file(real)
        return real.relative_to(self._top).as_posix() if is_inside else None


def _top(root: Path) -> Path:
    """Return the top of the repository that a folder is in, the folder if it is in none."""
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)
