# SPDX-License-Identifier: MIT
"""The files of assignments that a command is about, read and named alike in every verb."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from kvariant.errors import InputError
from kvariant.kconfig import Fragment, read_fragments
from kvariant.kconfig.variant_names import variant_names
from kvariant.plan.variant import Variant
from kvariant.project import Project


class Fragments:
    """A project's fragments, and any others, by the names of the variants that they make.

    A file of the project is called the same wherever it is given; others are told apart
    from those that they are given with.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The project's own, sorted.

        Raises:
            InputError: a glob of the project file is none.
        """
        return self._project.configs()

    @cached_property
    def names(self) -> Mapping[Path, str]:
        """The names of the project's own, by their files.

        Raises:
            InputError: two would have one name, or a file can give none.
        """
        names = variant_names(self.files, self._project.root)
        return dict(zip(self.files, names, strict=True))

    @cached_property
    def by_name(self) -> Mapping[str, Path]:
        """The project's own by name, and by the file's name where only one has it.

        Raises:
            InputError: as `names`.
        """
        times = Counter(path.name for path in self.files)
        files = {path.name: path for path in self.files if times[path.name] == 1}
        return files | {name: path for path, name in self.names.items()}

    def read(self, paths: Sequence[Path], included: Iterable[Variant] = ()) -> tuple[Fragment, ...]:
        """Return the fragments of files.

        Args:
            included: variants that are there already; their names are theirs.

        Raises:
            InputError: all that is wrong with them; see `read_fragments`.
        """
        project, taken = self._project, {v.name: v.fragment for v in included}
        fixed = {}
        if len(set(paths)) == len(paths):
            found = {path: self._own_name(path) for path in paths}
            fixed = {p: n for p, n in found.items() if n and taken.get(n, p) == p}
        others = [path for path in paths if path not in fixed]
        try:
            made = variant_names(others, project.root, [*taken, *fixed.values()])
        except InputError:
            # Told together with what is wrong inside the files.
            return read_fragments(paths, project.config_prefix, root=project.root)
        named = fixed | dict(zip(others, made, strict=True))
        return read_fragments(paths, project.config_prefix, names=[named[path] for path in paths])

    def _own_name(self, path: Path) -> str | None:
        """Return what a file of the project is called, None for another."""
        try:
            return self.names.get(Path(os.path.abspath(path)))  # noqa: PTH100 - links stay
        except InputError:
            return None  # what is wrong with the project's is told where they are asked for
