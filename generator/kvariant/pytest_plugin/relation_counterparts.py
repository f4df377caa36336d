# SPDX-License-Identifier: MIT
"""A variant and the same with one option more: rendered, and built if it has to be.

The second is no variant of the matrix, as a rule. A sweep has it in the key of the variant's
tests (`kvariant.sweep.counterpart_keys`): what is read to make it is not heard here.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import build_once, recipe
from kvariant.errors import Diagnostic, FailedError
from kvariant.pytest_plugin.loaded_trees import LoadedTrees
from kvariant.pytest_plugin.reads import unheard
from kvariant.pytest_plugin.variant_fixture import VariantView
from kvariant.render.relations import with_added

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.plan import Variant
    from kvariant.project import Project
    from kvariant.render import Interface


class Counterparts:
    """Makes counterparts of a project's variants, in a folder of its own."""

    def __init__(self, project: Project, interface: Interface) -> None:
        self._interface = interface
        self._place = tempfile.TemporaryDirectory(prefix="kvariant-counterparts-")
        self._trees = LoadedTrees(project)
        self._known: dict[str, Variant] = {}

    @property
    def interface(self) -> Interface | None:
        """The interface of the templates."""
        return self._interface

    def of(self, variant: Variant, symbol: str) -> VariantView | None:
        """Return a variant with an option added; None where it is there, or cannot be.

        Raises:
            InputError: a template fails on its values.
        """
        with unheard():
            tree, _ = self._trees.of(variant.environment)
            added = with_added(tree, variant.configuration, symbol)
        if added is None:
            return None
        name = f"{variant.name}+{symbol}".replace("/", "-")
        self._known[name] = replace(variant, name=name, configuration=added)
        return VariantView(self._known[name], self)

    def folder(self, name: str) -> Path:
        """Return the folder of a counterpart's files, written now if they are not there."""
        folder = Path(self._place.name) / name
        if not folder.exists():
            for path, text in self._files(name).items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
        return folder

    def library(self, name: str) -> Path:
        """Return the shared library of a counterpart's C.

        Raises:
            FailedError: it does not compile.
        """
        configuration = self._known[name].configuration
        parts = recipe(self.folder(name), self._files(name), self.interface, configuration)
        built = build_once(parts, Path(self._place.name) / "build" / name) if parts else None
        if built is None or built.library is None or built.failures:
            output = "\n".join(run.output for run in built.failures) if built else "no C files"
            raise FailedError(Diagnostic(message=f"{name} does not build: {output}", code="build"))
        return built.library

    def close(self) -> None:
        """Remove the folder."""
        self._place.cleanup()

    def _files(self, name: str) -> dict[str, str]:
        variant = self._known[name]
        with unheard():
            _, templates = self._trees.of(variant.environment)
            return dict(templates.render(variant.configuration).files) if templates else {}


def differing(one: Configuration, other: Configuration) -> list[str]:
    """Return how a configuration's values become those of another: `SWAP=y`, in Kconfig order."""
    return [f"{name}={other[name]}" for name in one if one[name] != other[name]]
