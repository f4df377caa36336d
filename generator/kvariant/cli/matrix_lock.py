# SPDX-License-Identifier: MIT
"""`kvariant matrix --write` and `--check`: matrices as they are locked, and as they would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.cli.choosing import choosing
from kvariant.cli.options import usage_error
from kvariant.cli.printer import say, say_json, waiting_in
from kvariant.cli.verification import tell, verdict_on
from kvariant.errors import Diagnostic, ExitCode, displayed
from kvariant.plan import load_templates, load_tree
from kvariant.plan.lock import Lock
from kvariant.plan.relocking import Relocking, relocked, strays
from kvariant.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kvariant.kconfig import Tree
    from kvariant.plan import Selection
    from kvariant.project import Project


def locked(
    project: Project, selection: Selection, *, write: bool, verify: str | None, as_json: bool
) -> int:
    """Write matrices into the lock, or tell whether they are there as they would be chosen.

    Returns:
        the exit code.

    Raises:
        InputError: the selection is of a part of a matrix [usage]; a matrix cannot be chosen.
    """
    if not selection.is_whole:
        raise usage_error(
            f"{'--write' if write else '--check'} is about matrices as the project has them",
            "put what chooses the variants into a table [tool.kvariant.matrix.NAME]",
        )
    lock, path = Lock.read(project.lock), displayed(project.lock)
    parts, holds = [], True
    for environment in project.environments:
        own = lock.within(environment.name).matrices
        names = [*own, *([project.matrix] if write else [])]
        tree = load_tree(project, environment)
        with choosing() as watch:
            part = relocked(
                project,
                tree,
                load_templates(project, tree),
                lock,
                [selection.matrix] if selection.matrix else names,
                environment=environment.name,
                anew=write,
                watch=watch,
            )
        holds = (not verify or _hold(tree, part, verify, environment.values, as_json)) and holds
        parts.append(part)
    if not holds:
        return ExitCode.FAILED
    is_all = project.is_whole and not selection.matrix
    found = Relocking.joined(parts, strays(lock, project.environments) if is_all else ())
    if write:
        _print_written(project, lock, found, as_json)
        return ExitCode.OK
    problem = _unlocked(path, lock, found) or found.stale(path)
    remark = None if problem else found.other_rules(path)
    names = [*found.matrices]
    if as_json:
        problems = [one.to_json() for one in (problem, remark) if one]
        say_json({"format": 1, "diagnostics": problems})
    else:
        say(str(problem) if problem else f"{path} is up to date: {', '.join(names)}")
        if remark:
            say(remark, err=True)
    return ExitCode.FAILED if problem else ExitCode.OK


def _hold(
    tree: Tree, found: Relocking, verify: str, variables: Mapping[str, str], as_json: bool
) -> bool:
    """Verify matrices, and tell of each; return whether all of them hold."""
    verdicts = [
        tell(verdict_on(tree, matrix, found.promises[name], verify, variables), name, err=as_json)
        for name, matrix in found.matrices.items()
    ]
    return all(verdicts)


def _unlocked(path: str, lock: Lock, found: Relocking) -> Diagnostic | None:
    """Return the error for a matrix that was never written, or for a lock without any."""
    missing = [name for name in found.matrices if name not in lock.matrices]
    if not missing and lock.matrices:
        return None
    what = f"{missing[0]} is not in {path}" if missing else f"nothing is in {path}"
    asked = dict.fromkeys(name.rpartition("/")[2] for name in missing)
    hint = " ".join(["kvariant matrix", *asked, "--write"])
    return Diagnostic(message=what, code="stale-lock", hint=hint)


def _print_written(project: Project, lock: Lock, found: Relocking, as_json: bool) -> None:
    for warning in found.warnings:
        say(warning, err=True)
    is_changed = Lock.update(project.lock, found.over, waiting_in("folder"))
    path = displayed(project.lock)
    if as_json:
        record = {"written": [path] * is_changed, "matrices": list(found.matrices)}
        say_json({"format": 1, **record})
        return
    for difference in filter(None, found.differences):
        say(difference.summary)
    for name, matrix in found.matrices.items():
        if name not in lock.matrices:
            say(f"{name}: {counted(len(matrix), 'variant')}, new in the lock")
    for name in found.gone:
        say(f"{name}: gone")
    say(f"{path} {'written' if is_changed else 'is up to date'}")
