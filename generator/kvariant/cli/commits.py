# SPDX-License-Identifier: MIT
"""`kvariant sweep --commits A..B`: of each failure at B the commit that brought it."""

from __future__ import annotations

import fcntl
import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.cli.printer import say, waiting_in
from kvariant.cli.running import Running, RunOptions
from kvariant.cli.variant_options import VariantOptions
from kvariant.errors import InputError, os_error
from kvariant.plan import Plans, Selection, load_tree
from kvariant.project import Project, state_folder
from kvariant.project.glob_matches import paths_matching
from kvariant.project.state_folder import claimed
from kvariant.report.commits import ran_text
from kvariant.results import Cell, Outcome
from kvariant.review.changed_files import ChangedFile, changed_files
from kvariant.review.revision import git_text, ignored, top_of
from kvariant.steps.untrusted_files import clear
from kvariant.sweep.commits.commit_folder import CommitFolder, unknown_to_git
from kvariant.sweep.commits.commit_range import CommitLine, line_of, parsed_range
from kvariant.sweep.commits.commits_sweep import CommitsSweep
from kvariant.sweep.commits.folder_runs import FolderRuns
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since
from kvariant.words import counted, listed

if TYPE_CHECKING:
    from kvariant.cli.tree_options import TreeOptions
    from kvariant.steps import Steps
    from kvariant.sweep.commits.bisection import Ran
    from kvariant.sweep.cost import Stopwatch

FOLDER = "commits"
"""Below the state folder."""
SWEEPS = 2_000
"""Sweeps of commits that are remembered: each tells of one commit."""


@dataclass(frozen=True, kw_only=True)
class MovedSweeps:
    """Sweeps of the project of whatever commit is laid out. See `FolderSweeps`."""

    running: Running
    tree: TreeOptions
    """Those of the command, where they name files as they are laid out."""
    keep: Path
    stopwatch: Stopwatch

    @property
    def command(self) -> Sequence[str]:
        """What stands after --."""
        return self.running.options.step_command

    def project(self) -> Project:
        """Return the project; its results are where those of all commits are."""
        project = self.tree.read()
        project.state = self.keep
        return project

    def selection(self, project: Project, *, narrowed: bool) -> Selection | None:
        """Return the variants that the command means, or all that come from files."""
        variants = self.running.variants
        if narrowed:
            return variants.selection(project)
        there = [one for one in variants.configs if _is_there(one)]
        if variants.configs and not there:
            return None
        return VariantOptions(matrix=variants.matrix, configs=tuple(there)).selection(project)

    def steps(self, plans: Plans, names: Sequence[str]) -> Steps:
        """Return some steps, with what they need."""
        return self._of(names).options.wanted(plans)

    def cells(
        self, plans: Plans, selection: Selection, how: SweepOptions, names: Sequence[str]
    ) -> Sequence[Cell]:
        """Sweep plans; what is wrong is told of the newest commit alone."""
        return self._of(names).cells(plans, selection, how, self.stopwatch)

    def _of(self, names: Sequence[str]) -> Running:
        options = self.running.options
        if not names:
            return self.running
        return replace(self.running, options=replace(options, steps=tuple(names), quiet=True))


def swept_commits(
    named: str,
    tree: TreeOptions,
    variants: VariantOptions,
    options: RunOptions,
    stopwatch: Stopwatch,
    *,
    anew: bool,
) -> CommitsSweep:
    """Sweep the newest commit of a range, and find where each of its failures began.

    Args:
        anew: nothing that earlier commands have found out counts.

    Raises:
        InputError: there is no such range, or the newest commit cannot be read.
        MissingError: git, a tool or disk space is missing.
    """
    ends = parsed_range(named)
    project = tree.read()
    top = _top(project)
    line = line_of(top, *ends)

    def tell(text: str) -> None:
        if not options.quiet:
            say(text, err=True)

    edited = _edited(project, top, line)
    if edited:
        names = listed([one.path for one in edited])
        tell(f"{counted(len(edited), 'edited file')} not committed, in no commit: {names}")
    with _held(claimed(project.state) / FOLDER, anew=anew) as own:
        folder = _folder(project, tree, variants, top, own)
        kconfig = tree.kconfig if not tree.kconfig else _kconfig(folder, tree.kconfig)
        moved = replace(tree, project=_moved(folder, project.path), kconfig=kconfig)
        running = Running(
            tree=tree, variants=variants, options=options, remembered=SWEEPS, is_part=True
        )
        sweeps = MovedSweeps(running=running, tree=moved, keep=folder.keep, stopwatch=stopwatch)
        runs = FolderRuns(
            folder=folder,
            here=Path.cwd(),
            sweeps=sweeps,
            swept_before=partial(_swept_before, project, top, line, running),
        )
        try:
            tell(f"{line.last.said}: every variant")
            return CommitsSweep.of(named, line, runs, lambda ran: tell(_line(ran)))
        except KeyboardInterrupt:
            count = sum(runs.ran.values())
            kept = counted(count, "cell has run and is kept", "cells have run and are kept")
            say(f"{kept}; the same command goes on from there", err=True)
            raise


@contextmanager
def _held(own: Path, *, anew: bool) -> Iterator[Path]:
    """Hold the folder of commits: one command at a time.

    Raises:
        InputError: it cannot be made.
        MissingError: the disk is full or read-only.
    """
    try:
        own.mkdir(exist_ok=True)
        handle = os.open(own, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise os_error(error, "cannot make the folder of commits") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting_in("folder of commits")()
            fcntl.flock(handle, fcntl.LOCK_EX)
        if anew:
            _forget(own)
        yield own
    finally:
        os.close(handle)


def _forget(own: Path) -> None:
    """Remove what earlier commands have found out.

    Raises:
        InputError: something is mounted in it.
        MissingError: it cannot be removed.
    """
    try:
        for path in own.iterdir():
            clear(path)
    except OSError as error:
        raise os_error(error, "cannot remove what is known of commits") from None


def _top(project: Project) -> Path:
    """Return the checkout's top folder.

    Raises:
        InputError: the project is in no checkout; said of commits.
    """
    try:
        return top_of(project.root)
    except InputError as error:
        message = "there are no commits here: the project is in no git checkout"
        hint = "kvariant sweep tells what fails in the files as they are"
        raise InputError(
            *(replace(d, message=message, hint=hint) for d in error.diagnostics)
        ) from None


def _folder(
    project: Project, tree: TreeOptions, variants: VariantOptions, top: Path, own: Path
) -> CommitFolder:
    """Return the folder in which commits are laid out."""
    layout = own / "tree"
    real, state = top.resolve(), project.state.resolve()
    inner = state.relative_to(real) if state.is_relative_to(real) else Path(state_folder.NAME)
    named = [Path(one) for one in (tree.kconfig, *variants.configs, variants.base, *variants.from_)
             if one and not glob.has_magic(one)]  # fmt: skip
    named += [
        Path(path)
        for one in (*variants.configs, *variants.from_)
        if glob.has_magic(one)
        for path in paths_matching(one)
    ]
    if project.path is not None:
        named.append(project.path)
    beside = [*unknown_to_git(top, named), *_built(project, top)]
    return CommitFolder(
        top=top, folder=own, keep=layout / inner, beside=tuple(dict.fromkeys(beside))
    )


def _built(project: Project, top: Path) -> Sequence[str]:
    """Return the files that the trees read and git is told to ignore: a build has written them."""
    try:
        trees = [load_tree(project, environment) for environment in project.environments]
    except InputError:
        return ()  # the commits may be read all the same
    real = top.resolve()
    paths = {path.resolve() for tree in trees for path in tree.files}
    inner = [str(path.relative_to(real)) for path in paths if path.is_relative_to(real)]
    return sorted(ignored(top, inner))


def _edited(project: Project, top: Path, line: CommitLine) -> Sequence[ChangedFile] | None:
    """Return what differs from the newest commit; None: that is not what is checked out."""
    if git_text(top, "rev-parse", "HEAD") != line.last.name:
        return None
    made = [path for path in (project.state, project.output) if path]
    return changed_files(top, line.last.name, made)


def _swept_before(
    project: Project, top: Path, line: CommitLine, running: Running
) -> Sequence[Cell] | None:
    """Return how the cells of the checkout ended, if all of the newest commit are known.

    What its database has counts as it does for a sweep since that revision: nothing that a cell
    reads may differ.
    """
    is_inside = project.state.resolve().is_relative_to(top.resolve())
    if not is_inside or not project.database.is_file():
        return None
    if _edited(project, top, line) != []:
        return None
    quiet = replace(running, options=replace(running.options, quiet=True))
    selection = running.variants.selection(project)
    plans = Plans.of(project, selection)
    how = SweepOptions(dry=True, since=Since(named=line.last.name))
    cells = quiet.cells(plans, selection, how)
    return None if any(cell.outcome is Outcome.MISSING for cell in cells) else cells


def _moved(folder: CommitFolder, path: Path | None) -> str | None:
    return str(folder.moved(path)) if path else None


def _kconfig(folder: CommitFolder, named: str) -> str:
    """Return where the entry file is: what is relative is so to the folder that is current."""
    return str(folder.moved(Path(named))) if Path(named).is_absolute() else named


def _is_there(pattern: str) -> bool:
    if glob.has_magic(pattern):
        return bool(paths_matching(pattern))
    return Path(pattern).is_file()


def _line(ran: Ran) -> str:
    return ran_text(ran.commit, ran.ran, ran.open, ran.why, again=ran.is_again)
