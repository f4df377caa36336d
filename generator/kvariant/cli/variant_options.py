# SPDX-License-Identifier: MIT
"""The options that say which variants are meant and how they are chosen, and their record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kvariant.cli.completed_names import matrices
from kvariant.cli.options import fields_of, gathered, standard_input
from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Expression
from kvariant.project import BASES, DATE, Project
from kvariant.project.glob_matches import paths_of
from kvariant.project.matrix import WORDS, MatrixTable

if TYPE_CHECKING:  # verbs that only ask a tree do without
    from kvariant.plan import Selection

_CONFIGS = click.option(
    "--config",
    "configs",
    metavar="FILE|GLOB...",
    multiple=True,
    help="Fragments instead of the project's",
)
_GLOBS = click.option(
    "-k", "globs", metavar="GLOB", multiple=True, help="Only variants whose name matches"
)
_WHERE = click.option(
    "--where", metavar="EXPR", help="Only variants that satisfy a Kconfig expression"
)


def _default(field: str) -> str:
    """Return what holds without an option of a matrix: its table, or what holds without that."""
    return f"[default: the matrix's, or {MatrixTable.model_fields[field].default}]"


_CHOOSING = (
    click.option(
        "--symbols",
        metavar="SPEC...",
        multiple=True,
        help="Symbols to choose by: GLOB, reads:PATH, declared:KCONFIG, menu:TITLE, templates or "
        "templates:branches",
    ),
    click.option("--ignore", metavar="SPEC...", multiple=True, help="Symbols not to choose by"),
    click.option(
        "--base",
        metavar="FILE",
        help=f"Where all other symbols come from: FILE, a variant's name, {', '.join(BASES)}; "
        "with +FILE on top",
    ),
    click.option(
        "--from", "from_", metavar="FILE|GLOB...", multiple=True, help="Choose only among these"
    ),
    click.option("--include", metavar="NAME|GLOB...", multiple=True, help="Variants always in"),
    click.option(
        "--strength",
        metavar="T",
        type=click.IntRange(min=1),
        help=f"Symbols in a tuple (t-wise)  {_default('strength')}",
    ),
    click.option(
        "--size",
        metavar="N",
        type=click.IntRange(min=1),
        help="Samples (uniform)  [default: the matrix's]",
    ),
    click.option(
        "--max-variants", metavar="N", type=click.IntRange(min=0), help="At most so many variants"
    ),
    click.option(
        "--numbers",
        metavar="NAME=LIST",
        multiple=True,
        help="Values to choose of an int, hex or string: NAME=80,443, NAME=edges or NAME=all; "
        f"NAME may be a glob  {_default('numbers')}",
    ),
    click.option(
        "--diff",
        metavar="FILE|-|A..B",
        help="The patch to be seen (patch)  [default: the standard input]",
    ),
    click.option(
        "--files", metavar="GLOB...", multiple=True, help="Files to be seen, every line (patch)"
    ),
    click.option(
        "--added-lines",
        is_flag=True,
        default=None,
        help="Of a patch only added lines, not both sides of each #if",
    ),
    click.option(
        "--random-seed",
        metavar="N|date",
        help=f"Seed of random choices  {_default('random_seed')}",
    ),
)


set_option = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE...",
    multiple=True,
    help="A variant of these values; all others are the tree's defaults",
)


@dataclass(frozen=True, kw_only=True)
class VariantOptions:
    """Which variants are meant, and how they are chosen."""

    matrix: str = ""
    """"": the project's."""
    configs: tuple[str, ...] = ()
    """Paths and globs of fragments."""
    settings: tuple[str, ...] = ()
    """NAME=VALUE: one more variant."""
    globs: tuple[str, ...] = ()
    """Of names."""
    where: str | None = None
    symbols: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    base: str | None = None
    from_: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    strength: int | None = None
    size: int | None = None
    max_variants: int | None = None
    numbers: tuple[str, ...] = ()
    """NAME=LIST, or a word that is for all."""
    random_seed: str | None = None
    diff: str | None = None
    files: tuple[str, ...] = ()
    added_lines: bool | None = None

    def selection(self, project: Project, *, tells_shares: bool = False) -> Selection:
        """Return the selection that is meant.

        Args:
            project: whose variants are meant.
            tells_shares: see `Selection.tells_shares`.

        Raises:
            InputError: a glob matches no file, `where` is not an expression, or a key
                or a symbol has no such value.
        """
        from kvariant.plan import Selection

        given = {key: getattr(self, key) for key in _KEYS}
        configs = [path for pattern in self.configs for path in paths_of(pattern)]
        if self.settings:
            from kvariant.plan.inline_variant import inline_fragment

            configs.append(inline_fragment(project, self.settings))
        return Selection(
            configs=tuple(configs),
            globs=self.globs,
            where=Expression.parse(self.where) if self.where else None,
            matrix=self.matrix,
            keys={k: _value(k, value) for k, value in given.items() if value not in (None, ())},
            folder=Path.cwd(),
            standard_input=functools.cache(standard_input),  # every tree is asked with one text
            tells_shares=tells_shares,
        )

    @property
    def words(self) -> tuple[str, ...] | None:
        """What `kvariant matrix` took to mean these variants; None as `choosing_words`."""
        if (choosing := self.choosing_words) is None:
            return None
        configs = (f"--config={one}" for one in self.configs)
        globs = (f"-k{one}" for one in self.globs)
        return (*filter(None, [self.matrix]), *choosing, *configs, *globs)

    @property
    def choosing_words(self) -> tuple[str, ...] | None:
        """The options that choose the variants again, None where another run has others."""
        words = []
        for name in ("where", *_KEYS):
            values = getattr(self, name)
            for value in values if isinstance(values, tuple) else (values,):
                if value in (None, ""):
                    continue
                if str(value).endswith("reads:-") or (name, value) == ("diff", "-"):
                    return None  # what was read there is gone
                if value is True:
                    words.append(f"--{name.replace('_', '-')}")
                    continue
                words.append(f"--{name.rstrip('_').replace('_', '-')}={value}")
        return tuple(words)


_KEYS = (
    "symbols",
    "ignore",
    "base",
    "from_",
    "include",
    "strength",
    "size",
    "max_variants",
    "numbers",
    "random_seed",
    "diff",
    "files",
    "added_lines",
)
"""The options that are keys of a matrix table."""


def choosing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how variants are chosen."""
    for option in reversed((_CONFIGS, _WHERE, *_CHOOSING)):
        command = option(command)
    return command


def variants_of(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose variants as `variants`, a VariantOptions."""
    return gathered(command, "variants", VariantOptions, fields_of(VariantOptions))


def matrix_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add MATRIX, which of its variants are meant, and how they are chosen: `variants`."""
    argument = click.argument("matrix", required=False, default="", shell_complete=matrices)
    return argument(_GLOBS(choosing_options(variants_of(command))))


_DIGITS = 1_000
"""Of a random seed; of more a message would be unreadable, and Python makes no number."""


def _value(key: str, value: Any) -> Any:
    if key == "numbers":
        return _numbers(value)
    if key != "random_seed" or value == DATE:
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        message = f"--random-seed {value!r} is neither a number nor {DATE!r}"
        raise InputError(Diagnostic(message=message, code="usage"))
    return int(value)


def _numbers(texts: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    """Return what `--numbers` says, as the key of a matrix table has it.

    Raises:
        InputError: it is neither a word nor NAME=LIST.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for text in texts:
        name, equals, listed = text.partition("=")
        if not equals and text in WORDS:
            name, listed = "*", text
        elif not (name and listed):
            message = f"--numbers {text!r} is not NAME=LIST"
            hint = "for example --numbers PORT=80,443, or --numbers '*=edges'"
            raise InputError(Diagnostic(message=message, code="usage", hint=hint))
        found[name] = listed if listed in WORDS else tuple(dict.fromkeys(listed.split(",")))
    return found
