# SPDX-License-Identifier: MIT
"""`kvariant matrix --ci` and `--since`: in how many jobs a matrix is swept, and which have work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.cli.init import repository_of
from kvariant.cli.options import usage_error, was_read
from kvariant.cli.printer import say, say_aside, say_exact
from kvariant.cli.running import Running, RunOptions
from kvariant.plan.shards import grouped
from kvariant.report.matrix import github_text, shard_names
from kvariant.report.since import since_text
from kvariant.scaffold import gitlab_jobs
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.cli.tree_options import TreeOptions
    from kvariant.cli.variant_options import VariantOptions
    from kvariant.plan import Plans, Selection


def print_jobs(
    ci: str,
    most: int,
    since: str | None,
    tree: TreeOptions,
    variants: VariantOptions,
    plans: Plans,
    selection: Selection,
) -> None:
    """Print the jobs of a host, so many at most; with a revision for GitHub those with work."""
    jobs = _number_of_jobs(plans, most)
    due = shard_names(jobs)
    if since is not None:
        due = _due_jobs(_since_revision(since, tree, variants, plans, selection), plans, jobs)
    if ci == "gitlab":
        say_exact(_child_pipeline(plans, jobs, tree, variants, selection), nl=False)
    else:
        say_exact(github_text(due))


def _number_of_jobs(plans: Plans, most: int) -> int:
    """Return how many jobs there are to be, and tell how many variants each of them has."""
    names = [variant.name for variant in plans.variants]
    sizes = [len(group) for group in grouped(names, min(most, len(names)))]
    least, largest = min(sizes), max(sizes)
    each = f"{least}" if least == largest else f"{least} or {largest}"
    say(f"{counted(len(names), 'variant')} in {counted(len(sizes), 'job')}, {each} each", err=True)
    return len(sizes)


def _since_revision(
    named: str, tree: TreeOptions, variants: VariantOptions, plans: Plans, selection: Selection
) -> Since:
    """Return what a sweep since a revision would run."""
    since = Since(named=named, tell=say_aside)
    run = Running(tree=tree, variants=variants, options=RunOptions(steps=(), jobs=None, quiet=True))
    run.cells(plans, selection, SweepOptions(dry=True, since=since))
    return since


def print_since(
    named: str, tree: TreeOptions, variants: VariantOptions, plans: Plans, selection: Selection
) -> None:
    """Print what a sweep since a revision would run, and why."""
    found = _since_revision(named, tree, variants, plans, selection)
    say(since_text(found, verbose=True))


def _due_jobs(since: Since, plans: Plans, jobs: int) -> list[str]:
    """Return the shards in which something runs, and tell how many there are beside."""
    groups = grouped([variant.name for variant in plans.variants], jobs)
    running = since.running
    pairs = zip(shard_names(jobs), groups, strict=True)
    due = [name for name, group in pairs if any(one in running for one in group)]
    say_aside(since_text(since, verbose=False))
    spared = jobs - len(due)
    left = f"{counted(len(running), 'variant')} in {counted(len(due), 'job')}"
    say_aside(f"{spared} of {counted(jobs, 'job')} {agreeing(spared, 'is', 'are')} spared: {left}")
    return due


def _child_pipeline(
    plans: Plans, jobs: int, options: TreeOptions, variants: VariantOptions, selection: Selection
) -> str:  # fmt: skip
    """Return GitLab's jobs, which choose the variants by the same words."""
    chosen = variants.words
    if chosen is None or was_read(selection.standard_input):
        message = "the standard input chooses the variants, and the jobs do not have it"
        raise usage_error(message, "name a file: --symbols reads:PATH, --diff FILE")
    words = [*chosen, *options.all_words]
    here = Path.cwd()
    is_whole = words == [variants.matrix] * bool(variants.matrix)
    return gitlab_jobs(
        words,
        plans.plans[0].matrix.name if is_whole else "",
        variants=len(plans.variants),
        jobs=jobs,
        state=Path(os.path.relpath(plans.project.state, here)).as_posix(),
        folder=repository_of(here)[1],
    )
