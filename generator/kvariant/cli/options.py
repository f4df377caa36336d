# SPDX-License-Identifier: MIT
"""Options that several verbs share, declared once."""

from __future__ import annotations

import dataclasses
import functools
import glob
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kvariant.cli.colour import colour_option
from kvariant.cli.completed_names import matrices
from kvariant.cli.file_name import file_name
from kvariant.cli.printer import say
from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig import Expression
from kvariant.kconfig.dialect import DIALECTS
from kvariant.kconfig.presets import PRESETS
from kvariant.project import BASES, DATE, Project
from kvariant.project.matrix import WORDS, MatrixTable

if TYPE_CHECKING:  # verbs that only ask a tree do without
    from kvariant.plan import Plans, Selection

_Command = TypeVar("_Command", bound=Callable[..., Any])

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

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress")
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Tell all: nothing is only counted"
)


verify_option = click.option(
    "--verify",
    metavar="[=CONF]",
    help="Prove anew, and ask the tree's own tool (--verify=CONF: this one)",
)


def json_option(command: _Command) -> _Command:
    """Add --json and --color: what every verb has that prints for people."""
    return _JSON(colour_option(command))


set_option = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE...",
    multiple=True,
    help="A variant of these values; all others are the tree's defaults",
)


_ALONE = {"--verify": "--verify=auto"}
"""Options whose value stands behind `=` or is left out: what follows is no value of theirs."""
_LISTS = ("--config", "--symbols", "--ignore", "--from", "--include", "--set", "--files")


class SeveralValues(click.Command):
    """A command whose lists take all values that follow: `--symbols A B`, `--config *.config`.

    So MATRIX stands before them. Other options that may be repeated (`-k`, `--step`,
    `--env`) take one value each.
    """

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the pieces of the usage line: what stands before the options comes first."""
        options, *arguments = super().collect_usage_pieces(ctx)
        return [*arguments, options]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse with the option repeated before each of its values."""
        found: list[str] = []
        current, values = "", 0
        for index, argument in enumerate(args):
            if argument == "--":
                found += args[index:]
                break
            if argument.startswith("-"):
                current, values = argument if argument in _LISTS else "", 0
            elif current:
                found += [current] * (values > 0)
                values += 1
            found.append(_ALONE.get(argument, argument))
        return super().parse_args(ctx, found)


def gathered(
    command: Callable[..., Any], name: str, record: Callable[..., Any], fields: Collection[str]
) -> Callable[..., Any]:
    """Return a command that takes some of its options as one record.

    Args:
        name: the parameter that has the record.
        record: makes it of those of its fields that are options of the command.
        fields: all that it has.
    """

    @functools.wraps(command)
    def gathering(*args: Any, **options: Any) -> Any:
        mine = {field: options.pop(field) for field in fields if field in options}
        return command(*args, **{name: record(**mine)}, **options)

    return gathering


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


def tree_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which tree is meant: `options`, a TreeOptions."""
    command = gathered(command, "options", TreeOptions, _fields(TreeOptions))
    for option in reversed(_TREE):
        command = option(command)
    return command


def choosing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how variants are chosen."""
    for option in reversed((_CONFIGS, _WHERE, *_CHOOSING)):
        command = option(command)
    return command


def variants_of(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose variants as `variants`, a VariantOptions."""
    return gathered(command, "variants", VariantOptions, _fields(VariantOptions))


def matrix_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add MATRIX, which of its variants are meant, and how they are chosen: `variants`."""
    argument = click.argument("matrix", required=False, default="", shell_complete=matrices)
    return argument(_GLOBS(choosing_options(variants_of(command))))


def _fields(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(record))


def refuse_idle(*cases: tuple[str, object, str, object]) -> None:
    """Refuse options that do nothing beside, or without, another.

    Args:
        cases: the option, what is given for it, why it then does nothing, and whether that
            is so: `("--junit", junit, "with --dry-run, which runs nothing", dry_run)`.

    Raises:
        InputError: one of them is given in vain [no-effect].
    """
    for option, given, why, holds in cases:
        if given not in (None, False, "", ()) and holds:
            message = f"{option} has no effect {why}"
            raise InputError(Diagnostic(message=message, code="no-effect"))


def section(environment: str) -> str:
    """Return the head of what is printed about one of several trees, "" for the only one."""
    return f"[{environment}]\n" if environment else ""


def trees_json(records: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return what is known of each tree as JSON; see `trees_record`."""
    from kvariant.report.trees import trees_record

    return json.dumps(trees_record(records), indent=1)


def tell_choice(plans: Plans, work: str = "") -> None:
    """Print to stderr what was left out, the seed that chooses the same again, and the trees.

    Args:
        work: what is done with the variants, told with the trees.
    """
    for warning in plans.warnings:
        say(warning, err=True)
    seed = plans.plans[0].matrix.random_seed
    if seed is not None:
        say(f"random seed {seed}", err=True)
    if len(plans.plans) > 1:
        trees = ", ".join(str(plan.environment) for plan in plans)
        counts = " + ".join(f"{len(plan.matrix)}" for plan in plans)
        say(f"{len(plans.plans)} trees ({trees}): {counts} variants{work}", err=True)


def was_read(reader: Callable[[], str]) -> bool:
    """Return whether the standard input of a selection was asked for."""
    info = getattr(reader, "cache_info", None)
    return info is not None and info().misses > 0


def standard_input() -> str:
    """Return what `reads:-` means.

    Raises:
        InputError: nothing is there to be read.
    """
    if sys.stdin is None or sys.stdin.isatty():
        message = "a patch, or reads:-, is read from the standard input, and there is none"
        hint = "for example git show | kvariant matrix patch"
        raise InputError(Diagnostic(message=message, code="usage", hint=hint))
    return sys.stdin.buffer.read().decode(errors="replace")


def _value(key: str, value: Any) -> Any:
    if key == "numbers":
        return _numbers(value)
    if key != "random_seed" or value == DATE:
        return value
    if not (value.isascii() and value.isdigit()):
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


def paths_of(pattern: str, code: str = "no-fragment") -> list[Path]:
    """Return the files that a FILE|GLOB argument means, sorted.

    Args:
        code: of the error.

    Raises:
        InputError: a glob matches none.
    """
    if not glob.has_magic(pattern):
        return [Path(pattern)]
    found = sorted(Path(path) for path in glob.glob(pattern, recursive=True))  # noqa: PTH207
    if not found:
        raise InputError(
            Diagnostic(message="no file matches", code=code, location=Location(pattern))
        )
    return found


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(
            Diagnostic(message=f"--env {text!r} is not of the form NAME=VALUE", code="usage")
        )
    return name, value
