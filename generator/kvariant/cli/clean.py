# SPDX-License-Identifier: MIT
"""`kvariant clean`: what variants that are no more have left in the state folder."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.options import SeveralValues, json_option, quiet_option
from kvariant.cli.printer import say, say_json, waiting_in
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import ExitCode, displayed
from kvariant.plan.unfinished_choices import remove_unfinished, unfinished_files
from kvariant.report.table import table_text
from kvariant.results import Store
from kvariant.sweep.cost import Stopwatch
from kvariant.sweep.existing_variants import existing_variants
from kvariant.sweep.leftovers import Leftover, leftovers, remove, require_cleanable
from kvariant.sweep.session import session
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.project import Project

Unfinished = tuple[Path, int]
"""The file of a choice that is not over, and its bytes."""


@click.command("clean", cls=SeveralValues)
@tree_options
@click.option("--dry-run", is_flag=True, help="Remove nothing; list what would be")
@json_option
@quiet_option
def command(options: TreeOptions, dry_run: bool, as_json: bool, quiet: bool) -> int:
    """Remove what variants that are no more have left: build folders, logs, results of tests.
    Choices that are not over go as well, and are begun anew.

    Variants that are there are those of the project's configurations, of its lock, and of
    the last choice or whole sweep of each matrix. Only what kvariant made in the state
    folder is removed; `git clean` knows the rest.

    \b
    Examples:
      kvariant clean --dry-run
    """
    project = options.read()
    if not project.is_whole:
        raise click.UsageError("--env chooses some of the project's trees: clean asks about all")
    found: tuple[Leftover, ...] = ()
    unfinished: list[Unfinished] = []
    if project.state.is_dir():
        require_cleanable(project)
        waiting = waiting_in("state folder")
        with nullcontext() if dry_run else session(project.state, waiting, Stopwatch()):
            found = _found(project)  # a sweep that we have waited for made some of them anew
            unfinished = [(path, path.stat().st_size) for path in unfinished_files(project.state)]
            for leftover in () if dry_run else found:
                remove(leftover, project.state)
            if not dry_run:
                remove_unfinished(project.state)
    if as_json:
        record = [
            {"variant": one.variant, "path": displayed(one.path), "bytes": one.size}
            for one in found
        ]
        record += [
            {"variant": "", "path": displayed(path), "bytes": size} for path, size in unfinished
        ]
        say_json({"format": 1, "removed": [] if dry_run else record, "found": record})
    elif not quiet:
        _tell(found, unfinished, dry_run)
    return ExitCode.OK


def _found(project: Project) -> tuple[Leftover, ...]:
    database = project.database
    if not database.is_file():
        return leftovers(project, existing_variants(project, None), ())
    with Store.read(database) as store:
        return leftovers(project, existing_variants(project, store), store.variants())


def _tell(found: tuple[Leftover, ...], unfinished: list[Unfinished], dry_run: bool) -> None:
    verb = "would be removed" if dry_run else "removed"
    for path, size in unfinished:
        say(f"{displayed(path)}: a choice that is not over, {counted(size, 'byte')}: {verb}")
    if not found:
        if not unfinished:
            say("nothing is left of variants that are no more")
        return
    rows = [[one.variant, displayed(one.path), counted(one.size, "byte")] for one in found]
    say(table_text(rows))
    count = len({one.variant for one in found})
    variants = counted(count, "variant that is no more", "variants that are no more")
    all_bytes = counted(sum(one.size for one in found), "byte")
    say(f"{len(found):,} left by {variants}, {all_bytes}: {verb}")
