# SPDX-License-Identifier: MIT
"""`kvariant reproduce`: a failure's bundle, run in this checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kvariant.blame.bundle import Bundle, read_bundle
from kvariant.blame.bundling import differences
from kvariant.cli.choosing import choosing
from kvariant.cli.options import json_option, quiet_option
from kvariant.cli.printer import say, say_exact, say_json
from kvariant.cli.running import Running, RunOptions
from kvariant.cli.tree_options import TreeOptions
from kvariant.cli.variant_options import VariantOptions
from kvariant.errors import Diagnostic, ExitCode, InputError, os_error
from kvariant.plan import Plans, Selection
from kvariant.plan.digests import values_digest
from kvariant.report.reproduction import reproduction_json, reproduction_text
from kvariant.sweep.request import SweepOptions

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.project import Project

FOLDER = "reproduce"
"""Below the state folder: the variants of bundles, as fragments."""


@click.command("reproduce")
@click.argument("file", metavar="FILE")
@click.option("--project", metavar="FILE", help="Project file  [default: the nearest one upward]")
@click.option(
    "--difference", "is_difference", is_flag=True, help="Print what differed from the revision"
)
@json_option
@quiet_option
def command(file: str, project: str | None, is_difference: bool, as_json: bool, quiet: bool) -> int:
    """Run the failure of a bundle in this checkout, and name every tool that differs.

    FILE is a bundle that a sweep has left, .kvariant/failures/1.json: it may have a command,
    which is run, so that it is trusted as code is. Exit code 0: it is reproduced; 1: it is not.

    \b
    Examples:
      kvariant reproduce .kvariant/failures/1.json
    """
    bundle = read_bundle(Path(file))
    if is_difference:
        say_exact(bundle.checkout.difference, nl=False)
        return ExitCode.OK
    tree = TreeOptions(
        project=project,
        kconfig=bundle.kconfig or None,
        preset=bundle.preset or None,
        dialect=bundle.dialect or None,
        env=bundle.env,
        no_shell=not bundle.shell,
        no_cache=False,
    )
    found = tree.read()
    path = _fragment(bundle, found)
    selection = Selection(configs=(path,))
    with choosing(quiet=quiet):
        plans = Plans.of(found, selection)
    if len(plans.variants) != 1:
        raise InputError(_several(plans))
    running = Running(
        tree=tree,
        variants=VariantOptions(configs=(str(path),)),
        options=RunOptions(
            steps=(bundle.step,), jobs=None, step_command=bundle.command, quiet=quiet
        ),
    )
    ours = [found.state, *([found.output] if found.output else [])]
    differing = dict(differences(bundle, found.root, ours))
    if not _is_same(bundle, plans.variants[0].configuration):
        differing["configuration"] = "the values that are not asked for are others here"
    cells = running.cells(plans, selection, SweepOptions(is_extra=True, reuse=False))
    shown = [cell for cell in cells if cell.step == bundle.step and bundle.is_shown_by(cell)]
    heads = [cell for cell in cells if not cell.test]
    ended = [cell for cell in heads if cell.verdict.is_bad or cell.step == bundle.step]
    if as_json:
        record = reproduction_json(bundle.messages, bool(shown), differing, ended)
        say_json(record)
    else:
        say(reproduction_text(bundle.messages, bool(shown), differing, ended))
    return ExitCode.OK if shown else ExitCode.FAILED


def _fragment(bundle: Bundle, project: Project) -> Path:
    """Write the variant of a bundle below the state folder, and return where."""
    path = project.state / FOLDER / f"{bundle.variant}.config"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(bundle.fragment, encoding="utf-8")
    except OSError as error:
        raise os_error(error, "cannot write the variant of the bundle") from None
    return path


def _is_same(bundle: Bundle, configuration: Configuration) -> bool:
    return values_digest(configuration) == bundle.digest


def _several(plans: Plans) -> Diagnostic:
    names: Sequence[str] = [str(plan.environment) for plan in plans]
    message = f"the bundle is of one tree, and the project file makes {len(names)}"
    return Diagnostic(message=message, code="bundle", hint=f"trees: {', '.join(names)}")
