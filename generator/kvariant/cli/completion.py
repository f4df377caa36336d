# SPDX-License-Identifier: MIT
"""`kvariant completion`: what a shell is told so that it completes verbs, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from kvariant.cli.printer import say_exact
from kvariant.errors import ExitCode

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print what SHELL is to read, once or in its start file.

    \b
    bash  eval "$(kvariant completion bash)"              in ~/.bashrc
    zsh   eval "$(kvariant completion zsh)"               in ~/.zshrc, after compinit
    fish  kvariant completion fish > ~/.config/fish/completions/kvariant.fish
    """
    from kvariant.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    # Not `source()`: it asks bash for its version, which a shell that evaluates this has.
    script = kind(cli, {}, "kvariant", "_KVARIANT_COMPLETE")
    say_exact(script.source_template % script.source_vars(), nl=False)
    return ExitCode.OK
