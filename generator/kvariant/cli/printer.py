# SPDX-License-Identifier: MIT
"""The one place through which text goes to the standard streams.

    say           for people: nothing in it is obeyed by a terminal, and colour is ours
    say_aside     the same beside the result, to stderr
    say_json      for programs: exact, every other character than ASCII escaped
    say_exact     for programs: a .config, a formula; as it is

What is said has names, values, comments and logs of others in it. Cleaning it here,
last of all, leaves no way around.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from kvariant.cli.colour import painted
from kvariant.errors import printable


def say(
    text: object = "", *, err: bool = False, nl: bool = True, color: bool | None = None
) -> None:
    """Print text for people.

    Args:
        color: see `colour.wanted`; None: what the command was given.
    """
    click.echo(shown(text), err=err, nl=nl, color=color)


def shown(text: object) -> str:
    """Return text as it is said: cleaned, and with the codes that colour it."""
    return painted(printable(str(text)))


def say_json(record: object) -> None:
    """Print a record for programs."""
    click.echo(json.dumps(record, indent=1))


def say_exact(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text that a program reads, as it is."""
    click.echo(text, err=err, nl=nl)


def say_aside(text: object) -> None:
    """Print beside the result: how it goes on, what is to be known, to stderr."""
    say(text, err=True)


def waiting_in(folder: str) -> Callable[[], None]:
    """Return what says that another command has a folder, to be called once it has."""
    return lambda: say_aside(f"waiting for another kvariant in this {folder}")
