# SPDX-License-Identifier: MIT
"""The variants of one pytest session: chosen once, and made ready when a test needs them."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kvariant.kconfig import SymbolType
    from kvariant.plan import Plans, Selection
    from kvariant.project import Project
    from kvariant.pytest_plugin.variant_builder import VariantBuilder
    from kvariant.pytest_plugin.variant_fixture import VariantView
    from kvariant.render.relations import Relations
    from kvariant.sweep.plain_matrix import PlainMatrix

SENT = "kvariant"
"""The key under which a controller and its workers send each other what they know."""


class Session:
    """What a pytest process knows of the variants; nothing is read before it is asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.refusal = ""
        """Why there is no matrix, once somebody has asked for it."""
        self._views: dict[str, VariantView] = {}
        self._reasons: dict[tuple[str, str], str] = {}

    # The matrix

    @cached_property
    def plans(self) -> Plans:
        """The project's plans, their matrix that of this session.

        Raises:
            pytest.UsageError: the project or an option is not valid.
        """
        from kvariant.errors import KvariantError
        from kvariant.plan import Plans

        try:
            return Plans.of(self.project, self._selection)
        except KvariantError as error:
            raise pytest.UsageError(str(error)) from None

    @cached_property
    def matrix(self) -> PlainMatrix:
        """The variants in the matrix's order; a worker has them from its controller.

        Raises:
            pytest.UsageError: the project or an option is not valid.
        """
        from kvariant.sweep.plain_matrix import PlainMatrix

        sent = getattr(self._config, "workerinput", {}).get(SENT)
        if path := self._config.getoption("--kvariant-plain-matrix"):
            sent = json.loads(Path(path).read_text(encoding="utf-8"))
        if sent is None:
            return PlainMatrix.of(self.plans, is_whole=self._selection.is_whole)
        if "error" in sent:
            raise pytest.UsageError(sent["error"])
        return PlainMatrix.of_plain(sent)

    def to_send(self) -> Mapping[str, Any] | None:
        """Return what a worker makes its matrix of, None where no project is in sight.

        What is wrong with the project is sent too: it concerns only the tests that take
        a variant, which workers collect.
        """
        if not self._may_have_project:
            return None
        try:
            return self.matrix.plain()
        except pytest.UsageError as error:
            self.refusal = str(error)
            return {"error": self.refusal}

    @property
    def _may_have_project(self) -> bool:
        """Whether a look at the files, which costs nothing, shows a project."""
        root = self._config.rootpath
        if any((root / name).is_file() for name in ("Kconfig", "Config.in")):
            return True
        for folder in (root, *root.parents):
            if (folder / "kvariant.toml").is_file():
                return True
            file = folder / "pyproject.toml"
            if file.is_file() and b"kvariant" in file.read_bytes():
                return True
        return False

    # Variants

    def view(self, name: str) -> VariantView:
        """Return a variant's view, made once a session; its files are fresh then.

        Raises:
            KvariantError: it cannot be rendered.
        """
        if name not in self._views:
            from kvariant.pytest_plugin.variant_fixture import VariantView

            self._views[name] = VariantView(self.matrix.variants[name], self.builder)
        return self._views[name]

    @cached_property
    def builder(self) -> VariantBuilder:
        """Where the variants come from.

        A sweep that runs these tests (it asks for a report) has rendered them, and who
        names a folder has put them there: then they are taken as they are.
        """
        from kvariant.pytest_plugin.variant_builder import VariantBuilder

        project, output = self.project, self._config.getoption("--kvariant-output")
        is_swept = bool(self._config.getoption("--kvariant-report"))
        is_home = (is_swept or self._selection.is_of(project.matrix)) and not output
        state = project.state
        home = project.output or state / "out"  # where nothing is generated, steps build
        return VariantBuilder(
            self.matrix,
            project,
            output=Path(output) if output else home if is_home else state / "generated",
            workshops=state / ("build" if is_home else "build-other"),
            renders=not (output or is_swept),
            files=self.plans.files if "plans" in self.__dict__ else None,
        )

    @cached_property
    def relations(self) -> Relations | None:
        """What the variants must obey, None where no interface says what they are made of.

        Raises:
            pytest.UsageError: a file is not valid.
        """
        from kvariant.errors import KvariantError
        from kvariant.pytest_plugin.relation_tests import relations_of

        try:
            return relations_of(self.project.templates)
        except KvariantError as error:
            raise pytest.UsageError(str(error)) from None

    @property
    def warnings(self) -> list[str]:
        """What choosing the matrix warned about, if this process did so."""
        plans = self.__dict__.get("plans")
        return [str(warning) for warning in plans.warnings] if plans else []

    @property
    def ready(self) -> dict[str, list[Any]]:
        """How variants were made ready in this process: name -> [content, worked]."""
        builder = self.__dict__.get("builder")
        found = builder.readiness if builder else {}
        return {name: [item.content, item.worked] for name, item in found.items()}

    def because(self, name: str, text: str, item: pytest.Item) -> str:
        """Return why a marker's expression is n in a variant, "" if it holds.

        Raises:
            pytest.UsageError: it is no expression over the tree's symbols.
        """
        if (name, text) not in self._reasons:
            from kvariant.errors import InputError, raise_errors
            from kvariant.kconfig import Expression
            from kvariant.kconfig.tree_checks import undefined_names

            where = self._place(item)
            try:
                expression = Expression.parse(text, where)
                raise_errors(undefined_names(expression, dict.fromkeys(self._types), where))
            except InputError as error:
                raise pytest.UsageError(str(error)) from None
            configuration = self.matrix.variants[name].configuration
            self._reasons[name, text] = configuration.because(expression)
        return self._reasons[name, text]

    @cached_property
    def _types(self) -> Mapping[str, SymbolType]:
        """Every symbol of any tree: a marker may name what only one defines."""
        return self.matrix.types

    def expression(self, marker: pytest.Mark, item: pytest.Item) -> str:
        """Return a marker's one argument.

        Raises:
            pytest.UsageError: it has another number of arguments, or no text.
        """
        from kvariant.errors import Diagnostic

        if len(marker.args) == 1 and isinstance(marker.args[0], str):
            return marker.args[0]
        message = "kconfig(...) takes one expression as a string"
        error = Diagnostic(message=message, code="usage", location=self._place(item))
        raise pytest.UsageError(str(error))

    def _place(self, item: pytest.Item) -> Any:
        from kvariant.errors import Location

        path, line, _ = item.location
        return Location(path, (line or 0) + 1)

    # Options

    @cached_property
    def project(self) -> Project:
        """The project of this folder.

        Raises:
            pytest.UsageError: there is none, or its file is not valid.
        """
        from kvariant.errors import KvariantError
        from kvariant.project import Project
        from kvariant.pytest_plugin.reads import unheard

        try:
            with unheard():
                return Project.find(self._config.rootpath)
        except KvariantError as error:
            raise pytest.UsageError(str(error)) from None

    @cached_property
    def _selection(self) -> Selection:
        from kvariant.errors import KvariantError
        from kvariant.kconfig import Expression
        from kvariant.plan import Selection

        where = self._option("where")
        try:
            return Selection(
                matrix=self._option("matrix"),
                configs=tuple(map(Path, self._config.getoption("--kvariant-config") or ())),
                globs=tuple(self._option("only")),
                where=Expression.parse(where) if where else None,
                tells_shares=False,
            )
        except KvariantError as error:
            raise pytest.UsageError(str(error)) from None

    def _option(self, key: str) -> Any:
        given = self._config.getoption(f"--kvariant-{key}")
        return given if given else self._config.getini(f"kvariant_{key}")
