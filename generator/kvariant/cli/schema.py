# SPDX-License-Identifier: MIT
"""`kvariant schema`: the JSON schema of a file of ours, or of what a verb prints."""

from __future__ import annotations

import click

from kvariant.cli.printer import say_exact
from kvariant.errors import ExitCode
from kvariant.schemas import NAMES, schema_text


@click.command("schema")
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
def command(name: str) -> int:
    """Print a JSON schema, for editors and for programs that read what --json prints.

    NAME is project, interface or lock, a verb that takes --json, or errors: what any of them
    prints where it could not do its work.

    In a project file the line `#:schema ./kvariant.schema.json` tells editors that know it
    (taplo) where it is.

    \b
    Examples:
      kvariant schema project > kvariant.schema.json
    """
    say_exact(schema_text(name), nl=False)
    return ExitCode.OK
