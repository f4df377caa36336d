# SPDX-License-Identifier: MIT
"""`kvariant check`: everything that is wrong with a project, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from kvariant.cli.options import SeveralValues, json_option, section, verify_option
from kvariant.cli.printer import say, say_json
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.cli.verification import testimony
from kvariant.errors import Diagnostic, ExitCode, Severity
from kvariant.plan.check import STALE, check, check_all, defined
from kvariant.report.trees import trees_record
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree


@click.command("check", cls=SeveralValues)
@tree_options
@verify_option
@json_option
def command(verify: str | None, as_json: bool, options: TreeOptions) -> int:
    """Check the tree, the fragments, the templates and what is generated.

    \b
    Examples:
      kvariant check                      exit 2 where something is wrong
      kvariant check --verify             also ask the tree's own tool
    """
    project = options.read()
    errors: list[Diagnostic] = []
    found = []
    environments = project.environments
    elsewhere = defined(project, environments) if len(environments) > 1 else frozenset()
    for environment in environments:
        witness = partial(_disagreements, verify, environment.values) if verify else None
        findings, sizes = check(project, environment, elsewhere, witness)
        errors += [d for d in findings if d.severity is Severity.ERROR]
        record = {"diagnostics": [d.to_json() for d in findings], "counts": sizes}
        found.append((environment.name, record))
        if not as_json:
            say(section(environment.name), nl=False)
            for finding in findings:
                say(finding)
            say(_summary(findings, sizes))
    rest = check_all(project, environments, errors)
    errors += [d for d in rest if d.severity is Severity.ERROR]
    if as_json:
        record = trees_record(found)
        record |= {"diagnostics": [d.to_json() for d in rest]} if len(environments) > 1 else {}
        say_json(record)
    elif rest:
        say("[all]")
        for finding in rest:
            say(finding)
    if any(d.code not in STALE for d in errors):
        return ExitCode.BAD_INPUT
    return ExitCode.FAILED if errors else ExitCode.OK


def _summary(findings: list[Diagnostic], sizes: dict[str, int]) -> str:
    errors = sum(d.severity is Severity.ERROR for d in findings)
    counts = [("error", errors), ("warning", len(findings) - errors)]
    counts += [(what.removesuffix("s"), n) for what, n in sizes.items()]
    first, second, *rest = (counted(n, what) for what, n in counts)
    return f"{first}, {second}; {', '.join(rest)}"


def _disagreements(
    verify: str,
    variables: Mapping[str, str],
    tree: Tree,
    configurations: Mapping[str, Configuration],
) -> Iterable[Diagnostic]:
    """Return where a tree's own tool has other values; nothing where there is none to ask."""
    found = testimony(tree, configurations, verify, variables)
    return found[1] if found else ()
