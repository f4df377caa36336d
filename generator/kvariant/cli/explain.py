# SPDX-License-Identifier: MIT
"""`kvariant explain`: why a symbol has its value, or cannot have another; where a line is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kvariant.cli.completed_names import symbols
from kvariant.cli.options import (
    SeveralValues,
    TreeOptions,
    json_option,
    paths_of,
    refuse_idle,
    section,
    tree_options,
    trees_json,
)
from kvariant.cli.printer import say, say_exact
from kvariant.errors import Diagnostic, ExitCode, InputError, Note, abridged, did_you_mean
from kvariant.kconfig import Tree
from kvariant.kconfig.other_readings import Answer, OtherAnswer, differences, found_how
from kvariant.kconfig.unset import hint
from kvariant.plan import load_templates, load_tree
from kvariant.plan.fragments import Fragments
from kvariant.plan.line_presence import LinePresence, line_of
from kvariant.plan.spaces import space_of
from kvariant.project import Project
from kvariant.report.line_answer import line_answer
from kvariant.report.presence import presence_json, presence_text
from kvariant.space import Fix, Space


@click.command("explain", cls=SeveralValues)
@click.argument("symbol", metavar="SYMBOL[=VALUE]|FILE:LINE", shell_complete=symbols)
@click.option(
    "--config",
    "configs",
    metavar="FILE",
    multiple=True,
    help="The assignment to explain  [default: none]; of FILE:LINE several",
)
@click.option("--fix", is_flag=True, help="Show the smallest changes that make the value take")
@tree_options
@json_option
def command(
    symbol: str, configs: tuple[str, ...], fix: bool, as_json: bool, options: TreeOptions
) -> int:
    """Say why SYMBOL has its value, or cannot be VALUE, and the nearest fix.

    Of FILE:LINE: under which options it is compiled, or rendered.

    \b
    Examples:
      kvariant explain SWAP               why it is what it is
      kvariant explain ZSWAP=y --fix      why it is not y, and what makes it so
      kvariant explain mm/swap.c:120      under which options the line is compiled
    """
    project = options.read()
    if place := line_of(symbol):
        refuse_idle(("--fix", fix, "with FILE:LINE, whose nearest change is told", True))
        return _line(project, *place, configs, as_json)
    if len(configs) > 1:
        message = f"--config is given {len(configs)} times: a symbol is explained in one assignment"
        raise InputError(Diagnostic(message=message, code="usage"))
    config = configs[0] if configs else None
    name, equals, value = symbol.partition("=")
    refuse_idle(("--fix", fix, f"without a value: {name}=y --fix", not equals))
    found, told = [], set[Diagnostic]()
    for environment in project.environments:
        space = space_of(load_tree(project, environment))
        tree = space.tree  # maybe that of an earlier question, which is as this one
        fragments = Fragments(project, tree)
        fragment = fragments.asked(Path(config)) if config else None
        assignment = dict(tree.resolve(fragment).assignment) if fragment else {}
        for warning in fragments.warnings:
            if warning not in told:
                say(warning, err=True)
                told.add(warning)
        asked = value if equals else None
        record = explained(tree, space, assignment, name, asked, fix)

        def ask(other: Tree) -> Answer:
            again = Space.of(other)
            return _answer(explained(other, again, assignment, name, asked, fix))  # noqa: B023

        otherwise = differences(tree, _answer(record), ask)
        record |= {"dialect": tree.dialect.name, "rules_found": found_how(tree)}
        record |= {"otherwise": [difference.json for difference in otherwise]}
        shown = {"notes": _json(record["notes"]), "fixes": [_fix(f) for f in record["fixes"]]}
        found.append((environment.name, record | shown))
        if not as_json:
            lines = [*_lines(record), *_told(record, otherwise)]
            say(section(environment.name) + "\n".join(lines))
    if as_json:
        say_exact(trees_json(found))
    holds = all(record["holds"] for _, record in found)
    return ExitCode.OK if holds or not equals else ExitCode.FAILED


def _line(project: Project, path: str, line: int, configs: Sequence[str], as_json: bool) -> int:
    """Tell where a line is there; exit 1 where no configuration has it."""
    files = [file for pattern in configs for file in paths_of(pattern)]
    found, can_hold = [], False
    for environment in project.environments:
        tree = space_of(load_tree(project, environment)).tree
        fragments = Fragments(project, tree)
        lines = LinePresence(project, tree, load_templates(project, tree), _tell_reading)
        answer = line_answer(project, lines, path, line, fragments, files)
        for warning in fragments.warnings:
            say(warning, err=True)
        can_hold |= answer.verdict.can_hold
        found.append((environment.name, presence_json(answer)))
        if not as_json:
            say(section(environment.name) + presence_text(answer))
    if as_json:
        say_exact(trees_json(found))
    return ExitCode.OK if can_hold else ExitCode.FAILED


def _tell_reading(count: int) -> None:
    if sys.stderr.isatty():
        say(f"reading what includes what in {count:,} files, once", err=True)


def explained(
    tree: Tree, space: Space, assignment: Mapping[str, str], name: str, value: str | None, fix: bool
) -> dict[str, Any]:
    """Return what is known of a symbol's value under an assignment.

    Without a value: why it is what it is. With one: why it is not that, in this
    assignment or at all.
    """
    if value is None:
        known(tree, name)
        return {"symbol": name, "value": tree.value(name, assignment), "asked": None,
                "holds": True, "possible": True, "cause": "",
                "notes": list(tree.why(name, assignment)), "fixes": []}  # fmt: skip
    space.encoding.check([(name, value)])
    asked = {**assignment, name: value}
    got = tree.value(name, asked)
    fixes = space.fixes(assignment, {name: value}) if fix else ()
    notes: tuple[Note, ...] = ()
    is_possible, cause = got == value or bool(fixes), ""
    if not is_possible:  # nothing shows yet that it is
        possible = space.explain(name, value)
        is_possible, notes, cause = possible.is_possible, possible.notes, possible.cause
    if is_possible and got != value:
        notes = tree.why_dropped(name, asked)
    if not is_possible and (unset := hint(tree.unset_at(notes))):
        notes = (*notes, Note(unset))
    return {
        "symbol": name, "value": got, "asked": value, "holds": got == value,
        "possible": is_possible, "cause": cause,
        "notes": list(notes), "fixes": list(fixes),
    }  # fmt: skip


def known(tree: Tree, name: str) -> None:
    """Refuse a name that is no symbol's.

    Raises:
        InputError: with the nearest known name [unknown-symbol].
    """
    if name not in tree.symbols:
        nearest = did_you_mean(name, list(tree.symbols))
        message = f"no symbol is named {name}"
        raise InputError(Diagnostic(message=message, code="unknown-symbol", hint=nearest))


def _fix(fix: Fix) -> dict[str, Any]:
    return {"changes": dict(fix.changes), "size": fix.size, "text": str(fix)}


def _lines(record: dict[str, Any]) -> list[str]:
    name, value = record["symbol"], record["asked"]
    if value is None:
        head = f"{name} is {record['value'] or 'empty'}"
    elif record["holds"]:
        head = f"{name} can be {value}: asking for it is enough"
    elif record["possible"]:
        head = f"{name}={value} does not take here, it is {record['value'] or 'empty'}"
    else:
        cause = f": {record['cause']}" if record["cause"] else " in this tree"
        head = f"{name} can never be {value}{cause}"
    notes = [str(note) for note in record["notes"]]
    lines = [head, *abridged(notes, "note: {} more rules between these")]
    lines += [f"fix: {_short(fix)}" for fix in record["fixes"] if not record["holds"]]
    return lines


def _answer(record: Mapping[str, Any]) -> Answer:
    """Return what counts of an answer, by what it is about."""
    name, value = record["symbol"], record["asked"]
    answer: dict[str, Any] = {name: record["value"]}
    if value is not None:
        answer[f"{name}={value}"] = "possible" if record["possible"] else "impossible"
        answer["fixes"] = "; ".join(_short(fix) for fix in record["fixes"]) or "none"
    return answer


def _told(record: Mapping[str, Any], otherwise: list[OtherAnswer]) -> list[str]:
    """Return the line that says by whose rules the answer is another one, if there are such."""
    if not otherwise:
        return []
    how = record["rules_found"]
    told = "; ".join(map(str, otherwise))
    return [f"note: this is by the rules of {record['dialect']} ({how}); {told}"]


def _short(fix: Fix) -> str:
    if not fix.words:
        return str(fix)
    changed = " and ".join(abridged(fix.words, "{} more (--json lists all)"))
    lost = ", ".join(abridged([f"{n}={t}" for n, t in fix.lost.items()], "{} more"))
    return changed + (f" (loses {lost})" if lost else "")


def _json(notes: list[Note]) -> list[dict[str, Any]]:
    return [
        {"text": note.text} | ({"location": str(note.location)} if note.location else {})
        for note in notes
    ]
