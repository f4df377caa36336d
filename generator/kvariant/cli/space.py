# SPDX-License-Identifier: MIT
"""`kvariant space`: what the tree can become."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import click

from kvariant.cli.options import json_option, section, the_project, tree_options, trees_json
from kvariant.errors import MissingError, displayed
from kvariant.kconfig import Tree
from kvariant.plan import load_templates, load_tree
from kvariant.project import Project
from kvariant.report.table import table_text
from kvariant.space import Space

_WHOLE = 5_000
"""Trees of more symbols are not counted whole, only for the symbols asked about."""


@click.command("space")
@click.option(
    "--symbols",
    metavar="SYMBOL",
    multiple=True,
    help="Count the values that these symbols have together  [default: all symbols]",
)
@click.option(
    "--time-limit", metavar="SECONDS", default=60.0, show_default=True, help="For the count"
)
@tree_options
@json_option
def command(symbols: tuple[str, ...], time_limit: float, as_json: bool, **options: Any) -> None:
    """Say what the tree can become: symbols, dead options, number of configurations."""
    project = the_project(**options)
    found = []
    for environment in project.environments:
        started = time.monotonic()
        tree = load_tree(project, environment)
        seconds = time.monotonic() - started
        facts = described(project, tree, symbols, time_limit)
        found.append((environment.name, facts))
        if not as_json:
            click.echo(section(environment.name), nl=False)
            click.echo(table_text(_rows(facts, seconds), indent=0))
    if as_json:
        click.echo(trees_json(found))


def described(
    project: Project, tree: Tree, symbols: tuple[str, ...], time_limit: float
) -> dict[str, Any]:
    """Return what is known of a tree, JSON-ready."""
    space = Space.of(tree)
    undefined = [d for d in tree.diagnostics() if d.code == "unknown-symbol"]
    facts: dict[str, Any] = {
        "kconfig": displayed(tree.path),
        "preset": tree.preset.name,
        "environment": dict(tree.environment),
        "dialect": space.dialect.value,
        "shell_commands": len(tree.shell_commands),
        "symbols": len(tree.symbols),
        "types": dict(Counter(kind.value for kind in tree.types.values())),
        "choices": len(tree.choices),
        "undefined_names": len(undefined),
        "dead": list(space.dead()),
        "always_on": list(space.always_on()),
        "domains": {name: list(texts) for name, texts in space.domains.items()},
    }
    if len(tree.symbols) <= _WHOLE or symbols:
        facts |= _counted(space, symbols, time_limit)
    templates = load_templates(project, tree)
    if templates:
        read = templates.symbols
        facts["templates"] = {"symbols": list(read)} | _counted(space, read, time_limit)
    return facts


def _counted(space: Space, symbols: tuple[str, ...], time_limit: float) -> dict[str, Any]:
    """Return the number, or the reason why it is not known."""
    try:
        return {"count": space.count(symbols or None, time_limit=time_limit), "of": list(symbols)}
    except MissingError as error:
        return {"count": None, "of": list(symbols), "uncounted": error.diagnostics[0].message,
                "hint": error.diagnostics[0].hint}  # fmt: skip


def _rows(facts: dict[str, Any], seconds: float) -> list[tuple[str, str]]:
    arch = facts["environment"].get("ARCH")
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in facts["types"].items())
    rows = [
        (displayed(facts["kconfig"]), f"{facts['preset']} tree, dialect {facts['dialect']}"
         + (f", ARCH={arch} (--env ARCH=... for another)" if arch else "")),
        ("", f"read in {seconds:.1f} s: {facts['symbols']:,} symbols ({kinds}), "
         f"{facts['choices']} choices"),
    ]  # fmt: skip
    if facts["shell_commands"]:
        rows.append(("", f"{facts['shell_commands']} $(shell) commands; --no-shell refuses them"))
    if facts["undefined_names"]:
        rows.append(
            ("", f"{facts['undefined_names']} names that no Kconfig file read here defines")
        )
    rows.append(
        ("always on / dead", f"{len(facts['always_on']):,} / {len(facts['dead']):,}"
         + (f": {_few(facts['dead'])} can never be on" if facts["dead"] else ""))
    )  # fmt: skip
    rows.append(("configurations", _number(facts)))
    if facts["domains"]:
        listed = [f"{name} ({len(texts)})" for name, texts in facts["domains"].items()]
        rows.append(("counted with", f"fixed values of {_few(listed, 6)}"))
    if "templates" in facts:
        read = facts["templates"]
        rows.append(
            ("templates", f"read {len(read['symbols'])} symbols; {_number(read)} projections")
        )
    rows.append(("next", "kvariant explain SYMBOL=y | kvariant check"))
    return rows


def _number(facts: dict[str, Any]) -> str:
    if "count" not in facts:
        return "not counted (large tree; ask for some symbols: --symbols SYMBOL)"
    if facts["count"] is None:
        return f"{facts['uncounted']} ({facts['hint']})"
    number: int = facts["count"]
    text = f"{number:,}" if number < 10**15 else f"{_rounded(number)} (--json has all digits)"
    return (
        f"{text} of {len(facts['of'])} symbols" if facts["of"] and "symbols" not in facts else text
    )


def _rounded(number: int) -> str:
    digits = str(number)
    return f"{digits[0]}.{digits[1:5]}e{len(digits) - 1}"


def _few(names: list[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
