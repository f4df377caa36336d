# SPDX-License-Identifier: MIT
"""The files of assignments that a command is about, read and named alike in every verb."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Fragment, Tree, read_fragment, read_fragments
from kvariant.kconfig.presets.zephyr_scenarios import (
    Platform,
    only_scenario,
    platform_of,
    scenario_paths,
)
from kvariant.kconfig.renames import Rename, read_renames, rename_files, renamed
from kvariant.kconfig.variant_names import variant_names
from kvariant.plan.prefix import prefix_of

if TYPE_CHECKING:
    from kvariant.plan.variant import Variant
    from kvariant.project import Project


class Fragments:
    """A project's fragments, and any others, by the names of the variants that they make.

    A file of the project is called the same wherever it is given; others are told apart
    from those that they are given with. Symbols that were renamed are read by today's names.
    A file that lists scenarios stands for these, each a path below it (`zephyr_scenarios`).
    """

    def __init__(self, project: Project, tree: Tree) -> None:
        self._project, self._tree = project, tree
        self._warned: dict[str, Diagnostic] = {}

    @property
    def warnings(self) -> list[Diagnostic]:
        """Return a warning for each old name that was read so far, at its first place."""
        return list(self._warned.values())

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The project's own, sorted.

        Raises:
            InputError: a glob of the project file is none, or a file of scenarios is no YAML.
        """
        return tuple(scenario_paths(self._project.configs()))

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
        """Return the fragments of files, in their order.

        Args:
            included: variants that are there already; their names are theirs.

        Raises:
            InputError: all that is wrong with them; see `read_fragments`.
        """
        paths = scenario_paths(paths)
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
            return read_fragments(
                paths,
                prefix_of(project),
                root=project.root,
                include_path=self._tree.include_path,
                platform=self._platform,
            )
        named = fixed | dict(zip(others, made, strict=True))
        return self._read(paths, [named[path] for path in paths])

    def asked(self, path: Path) -> Fragment:
        """Return the fragment of a file that makes no variant, so may be called anything.

        Raises:
            InputError: all that is wrong with it.
        """
        path = only_scenario(path)
        (fragment,) = self._read([path], [path.name])
        return fragment

    def of_text(self, path: Path, text: str) -> Fragment:
        """Return the fragment that a file would be if it had a text.

        Raises:
            InputError: all that is wrong with it.
        """
        fragment = read_fragment(
            path,
            prefix_of(self._project),
            include_path=self._tree.include_path,
            platform=self._platform,
            text=text,
        )
        return self._today([fragment])[0]

    def _read(self, paths: Sequence[Path], names: Sequence[str]) -> tuple[Fragment, ...]:
        return self._today(
            read_fragments(
                paths,
                prefix_of(self._project),
                names=names,
                include_path=self._tree.include_path,
                platform=self._platform,
            )
        )

    def _today(self, fragments: Sequence[Fragment]) -> tuple[Fragment, ...]:
        """Return fragments by today's names."""
        if not self._renames:
            return tuple(fragments)
        found = []
        for fragment in fragments:
            own, warnings = renamed(fragment, self._renames, self._tree.types)
            found.append(own)
            self._warned = {**warnings, **self._warned}
        return tuple(found)

    @cached_property
    def _platform(self) -> Platform:
        return platform_of(self._tree.root, self._tree.environment)

    @cached_property
    def _renames(self) -> Mapping[str, Rename]:
        roots = (self._tree.root, self._project.root)
        target = self._tree.environment.get("IDF_TARGET", "")
        return read_renames(rename_files(roots, target), prefix_of(self._project))

    def _own_name(self, path: Path) -> str | None:
        """Return what a file of the project is called, None for another."""
        try:
            return self.names.get(Path(os.path.abspath(path)))  # noqa: PTH100 - links stay
        except InputError:
            return None  # what is wrong with the project's is told where they are asked for
