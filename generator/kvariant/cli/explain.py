# SPDX-License-Identifier: MIT
"""`kvariant explain`: why a symbol has its value, or cannot have another; where a line is there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.completed_names import symbols
from kvariant.cli.options import (
    SeveralValues,
    json_option,
    refuse_idle,
    section,
    trees_json,
)
from kvariant.cli.printer import say, say_exact
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import Diagnostic, ExitCode, InputError
from kvariant.plan import load_templates, load_tree
from kvariant.plan.fragments import Fragments
from kvariant.plan.line_presence import LinePresence, line_of
from kvariant.plan.spaces import space_of
from kvariant.project.glob_matches import paths_of
from kvariant.report.line_answer import line_answer
from kvariant.report.presence import presence_json, presence_text
from kvariant.report.symbol_answer import symbol_answer

if TYPE_CHECKING:
    from kvariant.project import Project


@click.command("explain", cls=SeveralValues)
@click.argument("symbol", metavar="SYMBOL[=VALUE]|FILE:LINE", shell_complete=symbols)
@click.option(
    "--config",
    "configs",
    metavar="FILE",
    multiple=True,
    help="The assignment to explain  [default: none]; of FILE:LINE several",
)
@click.option("--fix", is_flag=True, help="Show the smallest changes that make the value take")
@tree_options
@json_option
def command(
    symbol: str, configs: tuple[str, ...], fix: bool, as_json: bool, options: TreeOptions
) -> int:
    """Say why SYMBOL has its value, or cannot be VALUE, and the nearest fix.

    Of FILE:LINE: under which options it is compiled, or rendered.

    \b
    Examples:
      kvariant explain SWAP               why it is what it is
      kvariant explain ZSWAP=y --fix      why it is not y, and what makes it so
      kvariant explain mm/swap.c:120      under which options the line is compiled
    """
    project = options.read()
    if place := line_of(symbol):
        refuse_idle(("--fix", fix, "with FILE:LINE, whose nearest change is told", True))
        return _line(project, *place, configs, as_json)
    if len(configs) > 1:
        message = f"--config is given {len(configs)} times: a symbol is explained in one assignment"
        raise InputError(Diagnostic(message=message, code="usage"))
    config = configs[0] if configs else None
    name, equals, value = symbol.partition("=")
    refuse_idle(("--fix", fix, f"without a value: {name}=y --fix", not equals))
    asked = value if equals else None
    found, told, holds = [], set[Diagnostic](), True
    for environment in project.environments:
        space = space_of(load_tree(project, environment))
        tree = space.tree  # maybe that of an earlier question, which is as this one
        fragments = Fragments(project, tree)
        fragment = fragments.asked(Path(config)) if config else None
        assignment = dict(tree.resolve(fragment).assignment) if fragment else {}
        for warning in fragments.warnings:
            if warning not in told:
                say(warning, err=True)
                told.add(warning)
        answer = symbol_answer(space, assignment, name, asked, fix=fix)
        holds &= answer.holds
        found.append((environment.name, answer.to_json()))
        if not as_json:
            say(section(environment.name) + str(answer))
    if as_json:
        say_exact(trees_json(found))
    return ExitCode.OK if holds else ExitCode.FAILED


def _line(project: Project, path: str, line: int, configs: Sequence[str], as_json: bool) -> int:
    """Tell where a line is there; exit 1 where no configuration has it."""
    files = [file for pattern in configs for file in paths_of(pattern)]
    found, can_hold = [], False
    for environment in project.environments:
        tree = space_of(load_tree(project, environment)).tree
        fragments = Fragments(project, tree)
        lines = LinePresence(project, tree, load_templates(project, tree), _tell_reading)
        answer = line_answer(project, lines, path, line, fragments, files)
        for warning in fragments.warnings:
            say(warning, err=True)
        can_hold |= answer.verdict.can_hold
        found.append((environment.name, presence_json(answer)))
        if not as_json:
            say(section(environment.name) + presence_text(answer))
    if as_json:
        say_exact(trees_json(found))
    return ExitCode.OK if can_hold else ExitCode.FAILED


def _tell_reading(count: int) -> None:
    if sys.stderr.isatty():
        say(f"reading what includes what in {count:,} files, once", err=True)
