# SPDX-License-Identifier: MIT
"""Variants made ready for tests: each rendered and built once on a machine, when first needed.

Any number of processes may ask for the same variant at once. The first one renders
it under the output folder's lock, and leaves beside the build the key of what it
rendered; the others find that key, and files that are as their manifest says.
Building is `build_once`: a lock for each folder, and one for each content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import Built, build_once, recipe
from kvariant.digest import digest
from kvariant.errors import Diagnostic, FailedError, Location
from kvariant.plan import Variant
from kvariant.project.state_folder import claimed
from kvariant.pytest_plugin.loaded_trees import LoadedTrees
from kvariant.regular_file import record_of
from kvariant.render import Interface, Writer, recorded
from kvariant.render.interface import FILE
from kvariant.render.records import MANIFEST, RESERVED, is_intact, written_files

if TYPE_CHECKING:
    from kvariant.project import Project
    from kvariant.sweep.plain_matrix import PlainMatrix

RenderedFiles = Callable[[Variant], Mapping[str, str]]
_STAMP = "rendered"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What making one variant ready took."""

    content: str
    """Digest of its rendered files: equal for variants that are the same code."""
    worked: bool
    """Whether anything was written or compiled for it."""


class VariantBuilder:
    """The variants of a matrix on disk."""

    def __init__(
        self,
        matrix: PlainMatrix,
        project: Project,
        *,
        output: Path,
        workshops: Path,
        renders: bool = True,
        files: RenderedFiles | None = None,
    ) -> None:
        """Make variants ready from their folders below `output`.

        Args:
            workshops: the folder that gets a build folder for each variant.
            renders: whether to render what is not fresh; False: it is taken as it is.
            files: what is written for a variant; None: found from the project if needed.
        """
        self._matrix = matrix
        self._project = project
        self._output = output
        self._workshops = workshops
        self._renders = renders and bool(matrix.sources)
        self._files = files or _Renderer(project)
        self._contents: dict[str, str] = {}
        self._worked: set[str] = set()

    @cached_property
    def interface(self) -> Interface | None:
        """The interface of the project's templates, None where there is none."""
        folder = self._project.templates
        path = folder / FILE if folder else None
        return Interface.read(path) if path and path.is_file() else None

    @property
    def readiness(self) -> Mapping[str, Readiness]:
        """What was made ready so far: variant -> how."""
        return {
            name: Readiness(content, name in self._worked)
            for name, content in self._contents.items()
        }

    def folder(self, name: str) -> Path:
        """Return the folder of a variant's files.

        Raises:
            InputError: a template fails on its values, or the folder is not ours.
            MissingError: the disk is full or read-only.
        """
        folder = self._output / name
        if name not in self._contents:
            claimed(self._project.state)
            if self._renders:
                self._render(self._matrix.variants[name], folder)
            self._contents[name] = _content(folder)
        return folder

    def _render(self, variant: Variant, folder: Path) -> None:
        stamp, key = self._workshop(variant.name) / _STAMP, self._matrix.key(variant.name)
        if _is_fresh(stamp, key, folder):
            return
        writer = Writer(self._output)
        with writer.locked():
            if _is_fresh(stamp, key, folder):  # another process was first
                return
            if writer.write(variant.name, self._files(variant)):
                self._worked.add(variant.name)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(key, encoding="utf-8")

    def library(self, name: str) -> Path:
        """Return the shared library of a variant's C, built now if nobody has.

        Raises:
            FailedError: it does not compile; the message is the compiler's.
            MissingError: there is no compiler, or the disk is full.
        """
        folder = self.folder(name)
        configuration = self._matrix.variants[name].configuration
        parts = recipe(folder, written_files(folder), self.interface, configuration)
        built = build_once(parts, self._workshop(name)) if parts else None
        if built and built.compiled:
            self._worked.add(name)
        if built is None or built.library is None or built.failures:
            library = self.interface.library if self.interface else "library"
            raise FailedError(_not_built(library, folder, built))
        return built.library

    def _workshop(self, name: str) -> Path:
        return self._workshops / name


def _is_fresh(stamp: Path, key: str, folder: Path) -> bool:
    try:
        return stamp.read_text(encoding="utf-8") == key and is_intact(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False


class _Renderer:
    """Renders a project's variants; trees and templates are read at the first one of each."""

    def __init__(self, project: Project) -> None:
        self._trees = LoadedTrees(project)

    def __call__(self, variant: Variant) -> Mapping[str, str]:
        tree, templates = self._trees.of(variant.environment)
        rendered = templates.render(variant.configuration) if templates else None
        return recorded(tree, variant.configuration, rendered)


def _content(folder: Path) -> str:
    """Return the digest of a variant's rendered files, of its folder's name if it has none."""
    digests = (record_of(folder / MANIFEST) or {}).get("files")
    if not isinstance(digests, dict):
        return str(folder)
    rendered = sorted(set(digests) - set(RESERVED))
    return digest(f"{path}\0{digests[path]}" for path in rendered)


def _not_built(library: str, folder: Path, built: Built | None) -> Diagnostic:
    output = "\n".join(run.output for run in built.failures) if built else "no C files"
    return Diagnostic(
        message=f"{library} does not build in {folder.name}: {output}",
        code="build",
        location=Location(str(folder)),
    )
