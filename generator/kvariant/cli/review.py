# SPDX-License-Identifier: MIT
"""`kvariant review [REV]`: what an edit of Kconfig does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.file_name import file_name
from kvariant.cli.options import (
    SeveralValues,
    json_option,
    quiet_option,
    refuse_idle,
    section,
    standard_input,
    trees_json,
    verbose_option,
)
from kvariant.cli.printer import say, say_aside, say_exact
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import Diagnostic, ExitCode, InputError, did_you_mean
from kvariant.plan import load_tree
from kvariant.report.review import review_json, review_markdown, review_text
from kvariant.review.comparison import ReviewRequest, compared
from kvariant.review.review import Consequence, Review
from kvariant.review.revision import revision_of
from kvariant.review.snapshot import Snapshot, other_folder, snapshot_of

if TYPE_CHECKING:
    from kvariant.project import Project


@click.command("review", cls=SeveralValues)
@click.argument("revision", metavar="[REV]", required=False, default="")
@click.option(
    "--since", metavar="REV",
    help="The revision before: of a branch the commit where this work left it  "
    "[default: the upstream's]",
)  # fmt: skip
@click.option(
    "--old-tree", metavar="TREE", type=file_name, help="Another folder is the tree before"
)
@click.option(
    "--config", "configs", metavar="FILE|GLOB...", multiple=True,
    help="Configurations instead of the project's",
)  # fmt: skip
@click.option(
    "--symbols", metavar="SPEC...", multiple=True,
    help="Count the combinations of these symbols, lost and won: GLOB, reads:PATH, "
    "declared:KCONFIG, menu:TITLE or templates",
)  # fmt: skip
@click.option(
    "--fail-on", metavar="KINDS",
    help=f"Exit 1 if there is one of these: {','.join(kind.value for kind in Consequence)}",
)  # fmt: skip
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request")
@tree_options
@json_option
@quiet_option
@verbose_option
def command(
    revision: str,
    since: str | None,
    old_tree: str | None,
    configs: tuple[str, ...],
    symbols: tuple[str, ...],
    fail_on: str | None,
    markdown: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    options: TreeOptions,
) -> int:
    """Say what an edit of Kconfig does: since REV, to symbols and to configurations.

    \b
    Examples:
      kvariant review HEAD~1
      kvariant review origin/main --fail-on dropped,dead --markdown
    """
    refuse_idle(
        ("REV", revision, "beside --since", since is not None),
        ("--old-tree", old_tree, "beside a revision", bool(since or revision)),
        ("-v", verbose, "with --json, which tells all", as_json),
        ("--markdown", markdown, "with --json", as_json),
    )
    kinds = _kinds(fail_on or "")
    project = options.read()
    with _before(project, since or revision, old_tree, quiet) as snapshot:
        asked = ReviewRequest(configs=configs, symbols=symbols, standard_input=standard_input)
        found: list[tuple[str, Review]] = []
        for number, environment in enumerate(project.environments):
            progress = None if quiet else say_aside
            review = compared(project, number, snapshot, asked, progress=progress)
            found.append((environment.name, review))
            if not as_json:
                text = review_markdown(review) if markdown else review_text(review, verbose=verbose)
                (say_exact if markdown else say)(section(environment.name) + text)
    if as_json:
        say_exact(trees_json([(name, review_json(review)) for name, review in found]))
    is_bad = any(review.count(kind) for _, review in found for kind in kinds)
    return ExitCode.FAILED if is_bad else ExitCode.OK


def _before(
    project: Project, revision: str, old_tree: str | None, quiet: bool
) -> AbstractContextManager[Snapshot]:
    if old_tree is not None:
        return other_folder(Path(old_tree), project.root)
    trees = [load_tree(project, environment) for environment in project.environments]
    one = revision_of(trees[0].root, revision)
    if not quiet:
        say(f"the tree before is {one.said}", err=True)
    return snapshot_of(one, [path for tree in trees for path in tree.files])


def _kinds(text: str) -> Sequence[Consequence]:
    known = [kind.value for kind in Consequence]
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise InputError(
                Diagnostic(
                    message=f"--fail-on: {name!r} is no kind of consequence",
                    code="usage",
                    hint=did_you_mean(name, known, f"there are {', '.join(known)}"),
                )
            )
    return [Consequence(name) for name in names]
