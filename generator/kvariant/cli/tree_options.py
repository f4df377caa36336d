# SPDX-License-Identifier: MIT
"""The options that say which tree is meant, and the record that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kvariant.cli.file_name import file_name
from kvariant.cli.options import fields_of, gathered
from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.dialect import DIALECTS
from kvariant.kconfig.presets import PRESETS
from kvariant.project import Project

_TREE = (
    click.option(
        "--project",
        metavar="FILE",
        type=file_name,
        help="Project file  [default: the nearest one upward]",
    ),
    click.option("--kconfig", metavar="FILE", type=file_name, help="Entry Kconfig file"),
    click.option(
        "--preset",
        type=click.Choice(["auto", *PRESETS]),
        help="What kind of tree it is  [default: the project's, or detected]",
    ),
    click.option(
        "--dialect",
        type=click.Choice(["auto", *DIALECTS]),
        help="Whose rules hold  [default: the project's, or those of the tree's own tools]",
    ),
    click.option(
        "--env",
        metavar="NAME=VALUE",
        multiple=True,
        help="Variable that the Kconfig files see; given twice: one tree for each value",
    ),
    click.option("--no-shell", is_flag=True, help="Refuse $(shell ...) in Kconfig files"),
    click.option("--no-cache", is_flag=True, help="Read the tree anew, and do not keep it"),
)


@dataclass(frozen=True, kw_only=True)
class TreeOptions:
    """Which tree is meant."""

    project: str | None
    kconfig: str | None
    preset: str | None
    dialect: str | None
    env: tuple[str, ...]
    """NAME=VALUE; a name may be there several times."""
    no_shell: bool
    no_cache: bool

    def read(self) -> Project:
        """Return the project that is meant.

        Raises:
            InputError: the project file or a variable is not valid.
        """
        found = Project.read(Path(self.project)) if self.project else Project.find(Path.cwd())
        variables: dict[str, list[str]] = {}
        for name, value in map(_variable, self.env):
            variables.setdefault(name, []).append(value)
        return found.overridden(
            kconfig=Path(self.kconfig).absolute() if self.kconfig else None,
            preset=self.preset,
            dialect=self.dialect,
            env={
                name: values[0] if len(values) == 1 else tuple(values)
                for name, values in ((n, list(dict.fromkeys(v))) for n, v in variables.items())
            },
            shell=False if self.no_shell else None,
            keeps_trees=not self.no_cache,
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The options that say the same once more, but for variables and shell."""
        names = ("project", "kconfig", "preset", "dialect")
        return tuple(f"--{name}={value}" for name in names if (value := getattr(self, name)))

    @property
    def all_words(self) -> tuple[str, ...]:
        """The options that say the same once more."""
        variables = (f"--env={one}" for one in self.env)
        return (*self.words, *variables, *(["--no-shell"] if self.no_shell else []))


def tree_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which tree is meant: `options`, a TreeOptions."""
    command = gathered(command, "options", TreeOptions, fields_of(TreeOptions))
    for option in reversed(_TREE):
        command = option(command)
    return command


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(
            Diagnostic(message=f"--env {text!r} is not of the form NAME=VALUE", code="usage")
        )
    return name, value
