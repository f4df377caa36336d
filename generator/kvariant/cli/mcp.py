# SPDX-License-Identifier: MIT
"""`kvariant mcp`: explain, fixes, space, review and the last report, for an assistant."""

from __future__ import annotations

import sys

import click

from kvariant.cli.mcp_server import serve
from kvariant.cli.printer import say
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import ExitCode


@click.command("mcp")
@tree_options
def command(options: TreeOptions) -> int:
    """Answer an assistant's questions (Model Context Protocol) on the standard streams.

    The tools explain, fixes, space, review and report only read: each returns what the verb
    prints with --json. The tree is the one that these options mean.

    \b
    Examples:
      kvariant mcp
      kvariant mcp --kconfig ~/linux/Kconfig --env ARCH=arm64
    """
    if sys.stdin is not None and sys.stdin.isatty():
        say("waiting for a client of the Model Context Protocol; Ctrl-C ends it", err=True)
    serve([*options.all_words, *(["--no-cache"] if options.no_cache else [])])
    return ExitCode.OK
