# SPDX-License-Identifier: MIT
"""The project file: `[tool.kvariant]` of a pyproject.toml, or kvariant.toml."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

import pydantic

from kvariant.document import Document, Model
from kvariant.errors import Diagnostic, InputError, Location

_TABLE = ("tool", "kvariant")


class Generate(Model):
    """What is rendered, and where to."""

    templates: str
    output: str = "generated"


class _File(Model):
    """The table's keys; a key exists when it works."""

    kconfig: str = "Kconfig"
    env: dict[str, str] = pydantic.Field(default_factory=dict)
    shell: bool = True
    config_prefix: str = "CONFIG_"
    configs: tuple[str, ...] = ("configs/*.config",)
    state: str = ".kvariant"
    tests: tuple[str, ...] = ()
    generate: Generate | None = None


class Project:
    """A validated project; every path absolute.

    Without a project file everything has its default, so that commands work in
    any folder with a Kconfig.
    """

    def __init__(self, root: Path, file: _File, path: Path | None) -> None:
        self.root = root
        self.path = path
        """The project file, None where there is none."""
        self.kconfig = root / file.kconfig
        self.env = file.env
        self.shell = file.shell
        self.config_prefix = file.config_prefix
        self.config_globs = file.configs
        self.state = root / file.state
        self.tests = file.tests
        """Paths that the built-in test step gives pytest; none: pytest's own `testpaths`."""
        self.templates = root / file.generate.templates if file.generate else None
        self.templates_label = Path(file.generate.templates).as_posix() if file.generate else ""
        self.output = root / file.generate.output if file.generate else None

    @classmethod
    def find(cls, start: Path) -> Project:
        """Return the project of the nearest folder upward that has one.

        Raises:
            InputError: the project file is not valid.
        """
        for folder in (start, *start.parents):
            for name in ("kvariant.toml", "pyproject.toml"):
                if (path := folder / name).is_file() and (project := cls._read(path)):
                    return project
        return cls(start, _File(), None)

    @classmethod
    def read(cls, path: Path) -> Project:
        """Return the project of a named file.

        Raises:
            InputError: the file is missing, not valid, or has no table of ours.
        """
        project = cls._read(path)
        if project is None:
            raise InputError(
                Diagnostic(
                    message="no [tool.kvariant] table here",
                    code="no-project",
                    location=Location(str(path)),
                )
            )
        return project

    @classmethod
    def _read(cls, path: Path) -> Project | None:
        if path.name == "pyproject.toml":
            if path.is_file() and b"kvariant" not in path.read_bytes():
                return None
            document = Document(path)
            tool = document.data.get("tool")
            table = tool.get("kvariant") if isinstance(tool, dict) else None
            prefix: tuple[str, ...] = _TABLE
        else:
            document = Document(path)
            table, prefix = document.data, ()
        if table is None:
            return None
        file = document.validated(_File, table, prefix)
        return cls(path.resolve().parent, file, path)

    def overridden(
        self,
        *,
        kconfig: Path | None = None,
        env: Mapping[str, str] | None = None,
        shell: bool | None = None,
    ) -> Project:
        """Return the project with what the command line says instead."""
        project = copy.copy(self)
        if kconfig is not None:
            project.kconfig = kconfig
        if env:
            project.env = {**self.env, **env}
        if shell is not None:
            project.shell = shell
        return project

    def configs(self) -> tuple[Path, ...]:
        """Return the project's fragments: what its `configs` globs match, sorted.

        Raises:
            InputError: a glob is empty, absolute or malformed.
        """
        found = {path for glob in self.config_globs for path in self._matches(glob)}
        return tuple(sorted(path for path in found if path.is_file()))

    def _matches(self, glob: str) -> list[Path]:
        try:
            return list(self.root.glob(glob))
        except (ValueError, NotImplementedError) as error:
            text = str(error)
            raise InputError(
                Diagnostic(
                    message=f"configs: {glob!r} is no glob: {text[:1].lower()}{text[1:]}",
                    code="bad-value",
                    location=Location(str(self.path)) if self.path else None,
                    hint="globs are relative to the project file, like configs/*.config",
                )
            ) from None
