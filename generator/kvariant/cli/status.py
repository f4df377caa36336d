# SPDX-License-Identifier: MIT
"""A bare `kvariant`: the state of the project, and the next command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.cli.last_sweep import blame_command, last_sweep
from kvariant.cli.printer import say
from kvariant.errors import KvariantError, displayed
from kvariant.plan import Generation, Plans, Selection, load_tree
from kvariant.project import NAMED, Environment, Project
from kvariant.report import table_text
from kvariant.report.cell_words import outcomes_text
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.kconfig import Tree


def status() -> None:
    """Print what there is, what is stale, how the last sweep ended, and what to do next."""
    project = Project.find(Path.cwd())
    if not project.kconfig.is_file():
        say(_without_tree(project))
        return
    try:
        plans = Plans.of(project, Selection(tells_shares=False))
    except KvariantError as error:
        say(_without_plans(project, error))
        return
    rows = [*_tree_rows(project, plans)]
    following = "kvariant matrix"
    stale = 0
    if plans.outputs is not None and project.output:
        stale, row = _generated(plans, project.output)
        rows += [_templates(plans), row]
        following = "kvariant sweep"
    if past := last_sweep(project):
        cells = [cell for cell in past.cells if not cell.test]
        ended = outcomes_text(Counter(cell.outcome for cell in cells))
        rows.append(["swept", f"{past.about.get('matrix') or NAMED}: {ended}"])
        if any(cell.is_bad for cell in cells) and not stale:
            following = f"kvariant report | {blame_command(past, project)}"
    say(table_text([*rows, ["next", following]], indent=0))


def _without_tree(project: Project) -> str:
    if project.path is None:
        return (
            "No Kconfig tree here.\n"
            "next: kvariant init writes a small project here; --project FILE names another one"
        )
    entry, file = displayed(project.kconfig), displayed(project.path)
    return f"No Kconfig tree here: {file} means {entry}.\nnext: write it, or name another in {file}"


def _without_plans(project: Project, error: KvariantError) -> str:
    """Return what is wrong; a tree without configurations is none the worse for it."""
    first, *others = error.diagnostics
    if project.path is None and first.code == "no-fragment" and not others:
        rows = [
            *(_tree_row(project, load_tree(project, one), one) for one in project.environments),
            ["variants", first.message],
            ["next", "kvariant space | kvariant init"],
        ]
        return table_text(rows, indent=0)
    more = f"\nand {counted(len(others), 'more error')}" if others else ""
    return f"{first}{more}\nnext: kvariant check"


def _tree_row(project: Project, tree: Tree, environment: Environment) -> list[str]:
    symbols, choices = len(tree.symbols), len(tree.choices)
    which = f", {environment}" if environment.name else ""
    counts = f"{counted(symbols, 'symbol')}, {counted(choices, 'choice')}"
    return ["Kconfig", f"{displayed(project.kconfig)}: {counts}{which}"]


def _tree_rows(project: Project, plans: Plans) -> Iterator[list[str]]:
    for plan in plans:
        yield _tree_row(project, plan.tree, plan.environment)
    matrix = plans.plans[0].matrix
    source = f", from {', '.join(project.config_globs)}" if matrix.strategy == NAMED else ""
    yield ["variants", f"{len(plans.variants)} of the matrix {matrix.name}{source}"]


def _templates(plans: Plans) -> list[str]:
    templates = plans.plans[0].templates
    files = counted(len(templates.outputs), "file") if templates else ""
    symbols = counted(len(templates.symbols), "symbol") if templates else ""
    return ["templates", f"{files} a variant, which read {symbols}"]


def _generated(plans: Plans, output: Path) -> tuple[int, list[str]]:
    """Return how many variants' files are not as they would be written, and what to say of it."""
    generation = Generation(plans, output, is_home=True)
    changed = sum(map(bool, map(generation.change, plans.variants)))
    stale = changed + len(generation.stale_variants())
    state = f"{counted(stale, 'variant')} {agreeing(stale, 'is', 'are')} stale"
    if not stale:
        state = "fresh"
    elif not output.exists():
        state = "nothing yet"
    return stale, ["generated", f"{displayed(output)}: {state}"]
