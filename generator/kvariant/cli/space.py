# SPDX-License-Identifier: MIT
"""`kvariant space`: what the tree can become."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kvariant.cli.options import SeveralValues, json_option, section, standard_input, trees_json
from kvariant.cli.printer import say, say_exact
from kvariant.cli.tree_options import TreeOptions, tree_options
from kvariant.errors import MissingError, displayed
from kvariant.kconfig import Tree, kept
from kvariant.kconfig.dialect import NAMES
from kvariant.kconfig.other_readings import Answer, OtherAnswer, differences, found_how
from kvariant.kconfig.presets import version
from kvariant.plan import load_tree
from kvariant.plan.spaces import space_of
from kvariant.report.table import table_text
from kvariant.space import Space
from kvariant.words import agreeing, counted, rounded

if TYPE_CHECKING:
    from kvariant.project import Project
    from kvariant.render import Templates

_WHOLE = 5_000
"""Trees of more symbols are not counted whole, only for the symbols asked about."""


@click.command("space", cls=SeveralValues)
@click.option(
    "--symbols",
    metavar="SPEC",
    multiple=True,
    help="Count the values that these symbols have together: GLOB, reads:PATH, "
    "declared:KCONFIG, menu:TITLE or templates  [default: all symbols]",
)
@click.option(
    "--time-limit", metavar="SECONDS", default=60.0, show_default=True, help="For the count"
)
@tree_options
@json_option
def command(
    symbols: tuple[str, ...], time_limit: float, as_json: bool, options: TreeOptions
) -> None:
    """Say what the tree can become: symbols, dead options, number of configurations.

    \b
    Examples:
      kvariant space
      kvariant space --env ARCH=arm64 --symbols 'reads:mm/*.c'
    """
    project = options.read()
    found = []
    for environment in project.environments:
        started = time.monotonic()
        tree = load_tree(project, environment)
        seconds = time.monotonic() - started
        facts = described(project, tree, symbols, time_limit)
        found.append((environment.name, facts))
        if not as_json:
            say(section(environment.name), nl=False)
            given = {**os.environ, **environment.values}
            rows = _rows(facts, seconds, project.preset == "auto", "ARCH" in given)
            say(table_text(rows, indent=0))
            for command in facts["shell_commands"]:
                if not command["was_run"]:
                    say(f"{command['location']}: refused $(shell,{command['command']})")
    if as_json:
        say_exact(trees_json(found))


def described(
    project: Project, tree: Tree, symbols: tuple[str, ...], time_limit: float
) -> dict[str, Any]:
    """Return what is known of a tree, JSON-ready."""
    space = space_of(tree)
    tree = space.tree  # maybe that of an earlier question, which is as this one
    templates = _templates(project, tree)
    names = _named(project, tree, templates, symbols) if symbols else ()
    constants = _constants(tree, space)
    facts: dict[str, Any] = {
        "kconfig": displayed(tree.path),
        "preset": tree.preset.name,
        "version": version(tree.preset, tree.root),
        "environment": dict(tree.environment),
        "dialect": space.dialect.name,
        "rules": {name: getattr(space.dialect, name) for name in NAMES},
        "tool": displayed(tree.tool.folder) if tree.tool else None,
        "unread_rules": list(tree.tool.unread) if tree.tool else [],
        "rules_found": found_how(tree),
        "shell_commands": [
            {"command": c.text, "location": str(c.location), "was_run": c.was_run}
            for c in tree.shell_commands
        ],
        "symbols": len(tree.symbols),
        "types": dict(Counter(kind.value for kind in tree.types.values())),
        "choices": len(tree.choices),
        "undefined_names": len(tree.undefined_names),
        "dead": (dead := constants["dead"]),
        "unset_variables": {n: str(at) for n, at in tree.unset_variables.items()},
        "dead_while_unset": {n: list(names) for n, names in tree.unset_behind(dead).items()},
        "always_on": constants["always_on"],
        "domains": {name: list(texts) for name, texts in space.domains.items()},
    }
    if len(tree.symbols) <= _WHOLE or names:
        facts |= _counted(space, names, time_limit)
    if templates:
        read = templates.symbols
        facts["templates"] = {"symbols": list(read)} | _counted(space, read, time_limit)
    otherwise = _otherwise(tree, facts, time_limit)
    facts["otherwise"] = [d.json | {"text": _said(d)} for d in otherwise]
    return facts


def _templates(project: Project, tree: Tree) -> Templates | None:
    if project.templates is None:
        return None
    from kvariant.plan import load_templates  # most trees have none, and Jinja takes its time

    return load_templates(project, tree)


def _named(
    project: Project, tree: Tree, templates: Templates | None, symbols: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the symbols that are asked about, and print warnings."""
    from kvariant.plan.patch import around
    from kvariant.plan.symbols import Spec, Specs

    specs = Specs(tree, templates, standard_input, around(project, tree, templates))
    names = specs.symbols(Spec(text, Path.cwd()) for text in symbols)
    for warning in specs.warnings:
        say(warning, err=True)
    return tuple(names)


def _constants(tree: Tree, space: Space) -> dict[str, list[str]]:
    """Return the symbols that are always on or never, as they were found for a kept tree."""
    known = kept.note(tree.kept_as) if tree.kept_as else None
    if known is None or not _is_known(known):
        known = {"dead": list(space.dead()), "always_on": list(space.always_on())}
        if tree.kept_as:
            kept.save_note(tree.kept_as, known)
    return known


def _is_known(found: Mapping[str, Any]) -> bool:
    """Return whether what was kept is what is kept: lists of names."""
    lists = [found.get(name) for name in ("dead", "always_on")]
    return all(isinstance(one, list) and all(isinstance(n, str) for n in one) for one in lists)


def _counted(space: Space, symbols: tuple[str, ...], time_limit: float) -> dict[str, Any]:
    """Return the number, or the reason why it is not known."""
    try:
        return {"count": space.count(symbols or None, time_limit=time_limit), "of": list(symbols)}
    except MissingError as error:
        return {"count": None, "of": list(symbols), "uncounted": error.diagnostics[0].message,
                "hint": error.diagnostics[0].hint}  # fmt: skip


def _otherwise(tree: Tree, facts: Mapping[str, Any], time_limit: float) -> list[OtherAnswer]:
    """Return where these facts depend on rules that are not known."""
    if len(tree.symbols) > _WHOLE:
        return []

    def ask(other: Tree) -> Answer:
        space = Space.of(other)
        answer: dict[str, Any] = dict.fromkeys(space.dead(), "dead")
        answer |= dict.fromkeys(space.always_on(), "always on")
        if number is not None:
            names = tuple(facts["of"])
            answer |= {"configurations": _counted(space, names, time_limit)["count"] or "?"}
        return answer

    number = facts.get("count")
    own: dict[str, Any] = dict.fromkeys(facts["dead"], "dead")
    own |= dict.fromkeys(facts["always_on"], "always on")
    return differences(tree, own | ({"configurations": number} if number is not None else {}), ask)


def _said(difference: OtherAnswer) -> str:
    """Return a difference in words: a symbol that is neither dead nor always on varies."""
    parts = {n: text or "neither" for n, text in difference.parts.items()}
    return str(OtherAnswer(difference.reading, parts))


def _rows(
    facts: dict[str, Any], seconds: float, is_detected: bool, is_arch_given: bool
) -> list[tuple[str, str]]:
    kinds = ", ".join(
        f"{number:,} {kind}" for kind, number in Counter(facts["types"]).most_common()
    )
    how = f" ({facts['rules_found']})" if facts["rules_found"] else ""
    kind = " ".join(filter(None, (facts["preset"], facts["version"])))
    rows = [
        (displayed(facts["kconfig"]), f"{kind} tree{' (detected)' if is_detected else ''}, "
         f"{_architecture(facts, is_arch_given)}dialect {facts['dialect']}{how}"),
        ("", f"read in {seconds:.1f} s: {counted(facts['symbols'], 'symbol')} ({kinds}), "
         f"{counted(facts['choices'], 'choice')}"),
    ]  # fmt: skip
    if unread := facts["unread_rules"]:
        rows.append(
            ("", f"{counted(len(unread), 'rule')} not to be read there, so as it is usual: "
             + ", ".join(unread))
        )  # fmt: skip
    commands = facts["shell_commands"]
    if commands:
        ran = sum(command["was_run"] for command in commands)
        compiler = _compiler(facts["environment"])
        done = f"ran {counted(ran, '$(shell) command')}{compiler}; --no-shell lists them instead"
        refused = f"refused {counted(len(commands), '$(shell) command')}, listed below"
        rows.append(("", done if ran else refused))
    if facts["undefined_names"]:
        names = counted(facts["undefined_names"], "name")
        rows.append(("", f"{names} that no Kconfig file read here defines"))
    rows.append(
        ("always on / dead", f"{len(facts['always_on']):,} / {len(facts['dead']):,}"
         + (f": {_few(facts['dead'])} can never be on" if facts["dead"] else ""))
    )  # fmt: skip
    if facts["dead_while_unset"]:
        rows.append(("", _unset(facts["dead_while_unset"])))
    if facts.get("of"):
        rows.append(("projections", f"{_number(facts)} on {_few(facts['of'])}"))
    else:
        rows.append(("configurations", _number(facts)))
    if facts["domains"] and "count" in facts:
        listed = [f"{name} ({len(texts)})" for name, texts in facts["domains"].items()]
        rows.append(("counted with", f"fixed values of {_few(listed, 6)}"))
    if "templates" in facts:
        read = facts["templates"]
        noun = agreeing(read.get("count"), "projection", "projections")
        symbols = counted(len(read["symbols"]), "symbol")
        rows.append(("templates", f"read {symbols}; {_number(read)} {noun}"))
    if facts["otherwise"]:
        rows.append(("otherwise", "; ".join(other["text"] for other in facts["otherwise"])))
    following = ["kvariant explain SYMBOL=y", "kvariant check"]
    if "count" not in facts:
        following.insert(0, "kvariant matrix distinct --symbols reads:PATH")
    rows.append(("next", " | ".join(following)))
    return rows


def _unset(dead: dict[str, list[str]]) -> str:
    """Return which variables nobody set that symbols are never on without."""
    names = list(dict.fromkeys(name for found in dead.values() for name in found))
    listed = _few([f"$({name})" for name in names])
    verb = agreeing(len(names), "is", "are")
    return f"{len(dead):,} of them while {listed} {verb} not set: --env {names[0]}=VALUE"


def _architecture(facts: dict[str, Any], is_given: bool) -> str:
    arch = facts["environment"].get("ARCH")
    if not arch or arch == "*":  # U-Boot's tree is that of all architectures
        return ""
    if is_given:
        return f"ARCH={arch}, "
    other = "x86" if arch == "arm64" else "arm64"
    return f"ARCH={arch} (this machine; --env ARCH={other} for another), "


def _compiler(environment: Mapping[str, str]) -> str:
    """Return whom the `$(shell ...)` commands asked, as its first line says it."""
    text = environment.get("CC_VERSION_TEXT", "")
    number = re.search(r"\d+\.\d+[\d.]*", text)
    name = "clang" if "clang" in text else text.partition(" ")[0]
    return f" with {name} {number[0]}" if number else ""


def _number(facts: dict[str, Any]) -> str:
    if "count" not in facts:
        return "not counted (large tree; ask for some symbols: --symbols reads:PATH)"
    if facts["count"] is None:
        return f"{facts['uncounted']} ({facts['hint']})"
    number: int = facts["count"]
    said = rounded(number)
    return f"{said} (--json has all digits)" if "e" in said else said


def _few(names: list[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
