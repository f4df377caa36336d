# SPDX-License-Identifier: MIT
"""Options that several verbs share beside those of the tree and the variants, declared once."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kvariant.cli.colour import colour_option
from kvariant.cli.printer import say
from kvariant.errors import Diagnostic, InputError

if TYPE_CHECKING:  # verbs that only ask a tree do without
    from kvariant.plan import Plans


Command = TypeVar("Command", bound=Callable[..., Any])


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


def json_option(command: Command) -> Command:
    """Add --json and --color: what every verb has that prints for people."""
    return _JSON(colour_option(command))


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


def fields_of(record: type) -> tuple[str, ...]:
    """Return the names of a record's fields, which are those of options."""
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


def usage_error(message: str, hint: str) -> InputError:
    """Return the error for options that do not go together [usage]."""
    return InputError(Diagnostic(message=message, code="usage", hint=hint))
