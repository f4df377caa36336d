# SPDX-License-Identifier: MIT
"""`kvariant coverage`: which option combinations given configurations exercise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.choosing import choosing
from kvariant.cli.file_name import file_name
from kvariant.cli.options import (
    SeveralValues,
    json_option,
    quiet_option,
    refuse_idle,
    section,
    standard_input,
    tell_choice,
    trees_json,
)
from kvariant.cli.printer import say, say_exact, say_json
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.given import resolved
from kvariant.plan import Plans, Selection, load_templates, load_tree
from kvariant.plan.coverage import Completion, Coverage
from kvariant.plan.fragments import Fragments
from kvariant.plan.patch import around
from kvariant.plan.symbols import BRANCHES, Spec, Specs
from kvariant.plan.unrendered import rendered_branches
from kvariant.project.glob_matches import paths_of
from kvariant.render.writer import Writer
from kvariant.report.branches import branches_json, branches_text
from kvariant.report.coverage import coverage_json, coverage_text
from kvariant.space import Space
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.matrix.reduction import Reduction
    from kvariant.project import Project


@click.command("coverage", cls=SeveralValues)
@click.argument("matrix", required=False, default="")
@click.option(
    "--config", "configs", metavar="FILE|GLOB...", multiple=True,
    help="Configurations instead of the project's",
)  # fmt: skip
@click.option(
    "--symbols", metavar="SPEC...", multiple=True,
    help="Options to look at: GLOB, reads:PATH, declared:KCONFIG, menu:TITLE, templates or "
    "templates:branches  [default: all bools and tristates]",
)  # fmt: skip
@click.option("--ignore", metavar="SPEC...", multiple=True, help="Options not to look at")
@click.option(
    "--reduce", "reduce_", is_flag=True,
    help="How few configurations keep 100, 99, 95 and 90 % of the pairs",
)  # fmt: skip
@click.option(
    "--complete", is_flag=True, help="The fewest more configurations that have every feasible pair"
)
@click.option(
    "--max-variants", metavar="N", type=click.IntRange(min=1),
    help="Name the N configurations that keep the most pairs",
)  # fmt: skip
@click.option(
    "-o", "output", metavar="DIR", type=file_name,
    help="Write the configurations kept (of --max-variants, or else all pairs) and added",
)  # fmt: skip
@click.option(
    "--templates", "of_templates", is_flag=True,
    help="Which branches of templates no variant of MATRIX renders, and what would",
)  # fmt: skip
@tree_options
@json_option
@quiet_option
def command(
    matrix: str,
    configs: tuple[str, ...],
    symbols: tuple[str, ...],
    ignore: tuple[str, ...],
    reduce_: bool,
    complete: bool,
    max_variants: int | None,
    output: str | None,
    of_templates: bool,
    as_json: bool,
    quiet: bool,
    options: TreeOptions,
) -> None:
    """Say which option combinations given configurations exercise, or which branches a matrix.

    \b
    Examples:
      kvariant coverage --config 'configs/*_defconfig' --reduce
      kvariant coverage pairwise --templates
    """
    if of_templates:
        given = {
            "--config": configs, "--symbols": symbols, "--ignore": ignore, "--reduce": reduce_,
            "--complete": complete, "--max-variants": max_variants, "-o": output,
        }  # fmt: skip
        why = "with --templates, which looks at the variants of a matrix"
        refuse_idle(*((option, value, why, True) for option, value in given.items()))
        _tell_branches(options.read(), matrix, quiet=quiet, as_json=as_json)
        return
    if matrix:
        message = f"coverage counts what configurations exercise: {matrix} is for --templates"
        hint = f"kvariant coverage {matrix} --templates, or --config FILE"
        raise InputError(Diagnostic(message=message, code="usage", hint=hint))
    if output and not (reduce_ or complete or max_variants):
        message = "-o writes what --max-variants, --reduce or --complete chooses"
        raise InputError(Diagnostic(message=message, code="usage", hint="ask for one of them"))
    project = options.read()
    coverage = _coverage(project, configs, symbols, ignore, quiet)
    with choosing("choosing configurations", quiet=quiet):
        reduced = coverage.reduced() if reduce_ else []
        limited = coverage.most(max_variants) if max_variants else None
        completion = coverage.completed() if complete else None
    if as_json:
        record = coverage_json(coverage, reduced=reduced, limited=limited, completion=completion)
        say_json(record)
    else:
        say(
            coverage_text(
                coverage,
                reduced=reduced,
                limited=limited,
                completion=completion,
                symbols_hint=not symbols,
            )
        )
    if output:
        kept = limited or (reduced[0] if reduced else None)
        count = _written(coverage, kept, completion, Path(output))
        if not quiet:
            say(f"{counted(count, 'configuration is', 'configurations are')} in {output}", err=True)


def _tell_branches(project: Project, matrix: str, *, quiet: bool, as_json: bool) -> None:
    """Tell of each tree which branches of the templates its variants render."""
    with choosing(quiet=quiet) as watch:
        plans = Plans.of(project, Selection(matrix=matrix, watch=watch, tells_shares=False))
    parts = []
    for plan in plans:
        if plan.templates is None:
            message = "the project has no templates, and so no branches"
            hint = "kvariant init writes a small project that has some"
            raise InputError(Diagnostic(message=message, code="no-templates", hint=hint))
        with choosing("looking for what renders the others", quiet=quiet):
            found = rendered_branches(
                plan.templates, Space.of(plan.tree), plan.matrix.name, plan.matrix.variants
            )
        parts.append((plan.environment.name, found))
    tell_choice(plans)
    if as_json:
        say_exact(trees_json([(name, branches_json(found)) for name, found in parts]))
        return
    for name, found in parts:
        say(section(name) + branches_text(found))


def _coverage(
    project: Project,
    configs: tuple[str, ...],
    symbols: tuple[str, ...],
    ignore: tuple[str, ...],
    quiet: bool,
) -> Coverage:
    tree = load_tree(project)
    templates = load_templates(project, tree)
    specs = Specs(tree, templates, standard_input, around(project, tree, templates))
    asked = [Spec(text, Path.cwd()) for text in symbols]
    wanted = specs.symbols(asked, takes_branches=True)
    left_out = [Spec(text, Path.cwd()) for text in ignore]
    ignored = set(specs.symbols(left_out, takes_branches=True))
    named = {text.removeprefix(tree.prefix) for text in symbols}
    # Of what a pattern matches, bools and tristates count; numbers and texts where they are named.
    chosen = [
        name
        for name in (wanted if symbols else tree.symbols)
        if name not in ignored and (tree.types[name].is_logical or name in named)
    ]
    conditions = () if BRANCHES in ignore else specs.conditions(asked, chosen)
    if not chosen and not conditions:
        message = "no bool or tristate is left to look at"
        raise InputError(Diagnostic(message=message, code="no-symbol"))
    for warning in specs.warnings:
        say(warning, err=True)
    known = Fragments(project, tree)
    fragments = known.read([path for text in configs for path in paths_of(text)] or known.files)
    for warning in known.warnings:
        say(warning, err=True)
    if not fragments:
        hint = "name some: --config 'configs/*_defconfig'"
        raise InputError(Diagnostic(message="there is no configuration", code="no-fragment",
                                    hint=hint))  # fmt: skip
    if not quiet and len(fragments) > 100:
        say(f"resolving {len(fragments):,} configurations", err=True)
    return Coverage(tree, resolved(tree, fragments), chosen, templates, conditions)


def _written(
    coverage: Coverage,
    kept: Reduction | None,
    completion: Completion | None,
    folder: Path,
) -> int:
    """Write configurations into a folder; return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(folder)
    files = coverage.files(kept, completion)
    for name, content in files.items():
        writer.write_file(name, content)
    return len(files)
