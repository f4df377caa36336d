# SPDX-License-Identifier: MIT
"""`kvariant generate`: render the variants' code, or say what is stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.cli.choosing import choosing
from kvariant.cli.file_name import file_name
from kvariant.cli.options import SeveralValues, json_option, quiet_option, tell_choice
from kvariant.cli.printer import say, say_json, waiting_in
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.variant_options import VariantOptions, matrix_argument
from kvariant.errors import Diagnostic, ExitCode, InputError
from kvariant.plan import Generation, Plans, Selection
from kvariant.project import Project, key_of
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.render import Change


@click.command("generate", cls=SeveralValues)
@matrix_argument
@tree_options
@click.option(
    "-o",
    "output",
    metavar="DIR",
    type=file_name,
    help="Write below DIR instead of the project's output",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything is stale")
@json_option
@quiet_option
def command(
    output: str | None,
    check: bool,
    as_json: bool,
    quiet: bool,
    options: TreeOptions,
    variants: VariantOptions,
) -> int:
    """Render the variants' code into one folder each; only what changed is written.

    \b
    Examples:
      kvariant generate
      kvariant generate --check           exit 1 where what is committed is stale
    """
    project = options.read()
    selection = variants.selection(project)
    folder, is_home = output_of(project, selection, output)
    with choosing(quiet=quiet) as watch:
        plans = Plans.of(project, replace(selection, watch=watch))
    tell_choice(plans)
    generation = Generation(plans, folder, is_home=is_home and selection.is_whole)
    rules = generation.other_rules()  # before they are written anew
    changes = _checked(generation) if check else _written(generation, quiet)
    if as_json:
        say_json(_json(changes))
    elif check:
        say(
            "".join(f"stale: {line}\n" for c in changes if c for line in _stale_lines(folder, c)),
            nl=False,
        )
    if not as_json and not quiet:
        say(_summary(changes, check, rules), err=check)
    return ExitCode.FAILED if check and any(changes) else ExitCode.OK


def output_of(project: Project, selection: Selection, output: str | None) -> tuple[Path, bool]:
    """Return where variants go, and whether that is the project's own output.

    Raises:
        InputError: fragments from elsewhere have no place in the project's output.
    """
    if output is not None:
        return Path(output), False
    if project.output is None:
        raise InputError(
            Diagnostic(
                message="nothing says where to: the project has no [tool.kvariant.generate]",
                code="no-output",
                hint="name a folder with -o DIR",
            )
        )
    if not selection.is_of(project.matrix):
        if selection.configs:
            what = "--config"
        elif selection.keys:
            what = f"--{key_of(next(iter(selection.keys)))}"
        else:
            what = f"the matrix {selection.matrix}"
        raise InputError(
            Diagnostic(
                message=f"{what} needs -o DIR: the project's output holds the variants of"
                f" the matrix {project.matrix} only",
                code="no-output",
                hint="for example -o out",
            )
        )
    return project.output, True


def _written(generation: Generation, quiet: bool) -> list[Change]:
    generation.render()
    waiting = waiting_in("output folder")
    with generation.locked(waiting if not quiet else lambda: None):
        for variant in generation.plans.variants:
            generation.change(variant)  # a folder that is not ours shows before any is written
        changes = [generation.write(variant) for variant in generation.plans.variants]
        return changes + [generation.remove(name) for name in generation.stale_variants()]


def _checked(generation: Generation) -> list[Change]:
    changes = [generation.change(variant) for variant in generation.plans.variants]
    return changes + [generation.leftover(name) for name in generation.stale_variants()]


def _stale_lines(folder: Path, change: Change) -> list[str]:
    lines = [f"{folder.name}/{change.name}/{path}" for path in change.written]
    return lines + [
        f"{folder.name}/{change.name}/{path} (no longer generated)" for path in change.removed
    ]


def _summary(changes: list[Change], check: bool, rules: str) -> str:
    written, removed = sum(len(c.written) for c in changes), sum(len(c.removed) for c in changes)
    changed = sum(map(bool, changes))
    if not changed:
        return f"{counted(len(changes), 'variant is', 'variants are')} fresh"
    verb = "stale" if check else "written"
    gone = f", {removed} {'to remove' if check else 'removed'}" if removed else ""
    ending = f": {rules}" if rules and check else f": they were {rules}" if rules else ""
    ending += "; kvariant generate renders them" if check else ""
    files = f"{counted(written, 'file')} {verb}{gone} in {changed}"
    return f"{counted(len(changes), 'variant')}: {files}{ending}"


def _json(changes: list[Change]) -> dict[str, object]:
    return {
        "format": 1,
        "variants": [
            {"name": c.name, "written": list(c.written), "removed": list(c.removed)}
            for c in changes
        ],
    }
