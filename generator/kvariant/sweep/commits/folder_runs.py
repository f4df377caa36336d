# SPDX-License-Identifier: MIT
"""Cells looked at and run where commits are laid out: sweeps like any other, in that folder.

Each of them is kept as one of its revision. What is known of a cell at a commit is what a sweep
since another commit's results would take over (`continuation`), asked without running anything.

A variant of a file is at each commit what its file says there; one that a strategy or the
command line chose is asked for by its values, as far as its symbols are there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kvariant.errors import InputError
from kvariant.plan import Plans, Selection, Variant
from kvariant.project.state_folder import database_in
from kvariant.results.cell import GENERATE, Cell, Outcome
from kvariant.results.store import Store
from kvariant.steps import untrusted_files
from kvariant.sweep.commits.asked_values import of_known_symbols
from kvariant.sweep.commits.bisection import CommitCell
from kvariant.sweep.request import SweepOptions
from kvariant.sweep.since import Since

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.project import Project
    from kvariant.steps.job import CellId
    from kvariant.steps.step import Step, Steps
    from kvariant.sweep.commits.commit_folder import CommitFolder
    from kvariant.sweep.commits.commit_range import Commit

_NOTHING_RAN = (Outcome.REUSED, Outcome.MERGED, Outcome.SKIPPED, Outcome.MISSING)
_ASKED = "asked"
"""Below the state folder: fragments of variants that no file of the checkout is."""
_AGAIN = "again"
"""What a sweep is called that ran failing cells once more: the commit, and the command."""
_NO_VARIANTS = {"no-variant", "no-fragment"}


class FolderSweeps(Protocol):
    """Reads the project of the folder that is the current one, and sweeps it."""

    def project(self) -> Project:
        """Return the project.

        Raises:
            InputError: it cannot be read.
        """

    def selection(self, project: Project, *, narrowed: bool) -> Selection | None:
        """Return the variants that the command means.

        Args:
            narrowed: as few of them as it says; False: of those that are there, by files alone.
                None: none is there.
        """

    def steps(self, plans: Plans, names: Sequence[str]) -> Steps:
        """Return the steps of some names, with what they need."""

    def cells(
        self, plans: Plans, selection: Selection, how: SweepOptions, names: Sequence[str]
    ) -> Sequence[Cell]:
        """Sweep plans, some steps of them; return the cells."""

    @property
    def command(self) -> Sequence[str]:
        """The command that runs instead of the project's steps; none: these."""


@dataclass
class FolderRuns:
    """Cells of the commits of a folder. See `CommitRuns`."""

    folder: CommitFolder
    here: Path
    """The folder in the checkout in which the command was given."""
    sweeps: FolderSweeps
    swept_before: Callable[[], Sequence[Cell] | None] = lambda: None
    """Returns how all cells of the newest commit ended in the checkout; None: nobody knows."""
    ran: dict[str, int] = field(default_factory=dict)
    """By commit, how many cells ran; those of our own generating do not count."""
    _last: Plans | None = None
    """Those of the newest commit."""
    _at: tuple[str, tuple[str, ...], Plans, Selection] | None = None
    """What was read last."""

    @property
    def count(self) -> int:
        """How many cells ran."""
        return sum(self.ran.values())

    # The newest commit

    def whole(self, commit: Commit) -> tuple[Plans, Sequence[Cell]]:
        """Sweep all variants at the newest commit; return its plans and how its cells ended.

        If the checkout was swept as this commit, that is how they ended.

        Raises:
            InputError: it cannot be read.
        """
        before = self.swept_before()
        with self._laid(commit.name):
            project = self.sweeps.project()
            selection = self.sweeps.selection(project, narrowed=True)
            assert selection is not None
            plans = Plans.of(project, selection)
            self._last = plans
            if before is not None:
                return plans, [self._moved(cell) for cell in before]
            how = SweepOptions(since=Since(named=commit.name))
            cells = self.sweeps.cells(plans, selection, how, ())
            self._count(commit.name, cells)
            return plans, cells

    def _moved(self, cell: Cell) -> Cell:
        """Return a cell of the checkout as it would end where commits are laid out."""
        top, tree = str(self.folder.top), str(self.folder.tree)
        failures = (replace(f, message=f.message.replace(top, tree)) for f in cell.failures)
        return replace(cell, failures=tuple(failures))

    # `CommitRuns`

    def look(
        self, commit: Commit, places: Sequence[CellId], ends: Sequence[str]
    ) -> Mapping[CellId, CommitCell]:
        """See `CommitRuns.look`."""
        found: dict[CellId, CommitCell] = {}
        for since in (*dict.fromkeys((commit.name, *ends)), ""):
            due = [p for p in places if p not in found or found[p].cells is None]
            if not due or (not since and all(p in found for p in due)):
                break
            asked = self._swept(commit, due, since, dry=True)
            found |= {p: _kept(found.get(p), cell) for p, cell in asked.items()}
        return found

    def run(
        self, commit: Commit, places: Sequence[CellId], ends: Sequence[str]
    ) -> Mapping[CellId, CommitCell]:
        """See `CommitRuns.run`."""
        return self._swept(commit, places, ends[0] if ends else commit.name, dry=False)

    def again(self, commit: Commit, places: Sequence[CellId]) -> Mapping[CellId, CommitCell]:
        """See `CommitRuns.again`."""
        found = self._ran_again(commit, places)
        due = [place for place in places if place not in found]
        if due:
            found |= self._swept(commit, due, "", dry=False, again=True)
        return found

    # Sweeps

    def _swept(
        self,
        commit: Commit,
        places: Sequence[CellId],
        since: str,
        *,
        dry: bool,
        again: bool = False,
    ) -> dict[CellId, CommitCell]:
        found: dict[CellId, CommitCell] = {}
        with self._laid(commit.name):
            for step in dict.fromkeys(step for _, step in places):
                names = tuple(name for name, own in places if own == step)
                planned = self._plans(commit.name, names)
                if planned is None:
                    found |= {(name, step): CommitCell() for name in names}
                    continue
                plans, selection = planned
                there = [v.name for v in plans.variants if v.name in names]
                found |= {(n, step): CommitCell() for n in names if n not in there}
                if not there:
                    continue
                every = self.sweeps.steps(plans, ())
                if step not in every.names:
                    found |= {(name, step): CommitCell() for name in there}
                    continue
                mine = plans.only(there)
                how = SweepOptions(
                    dry=dry,
                    is_part=True,
                    is_extra=again,
                    since=Since(named=since) if since else None,
                )
                cells = self.sweeps.cells(mine, selection, how, (step,))
                if not dry:
                    self._count(commit.name, cells)
                if again:
                    self._note_again(mine.project, commit)
                steps = self.sweeps.steps(mine, (step,))
                found |= {(n, step): _cell(n, steps[step], cells) for n in there}
        return found

    @contextlib.contextmanager
    def _laid(self, commit: str) -> Iterator[None]:
        self.folder.lay(commit)
        here = self.folder.moved(self.here)
        here.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(here):
            yield

    def _plans(self, commit: str, names: tuple[str, ...]) -> tuple[Plans, Selection] | None:
        """Return the plans of some variants at the commit that is laid out, None without any."""
        if self._at is not None and self._at[:2] == (commit, names):
            return self._at[2], self._at[3]
        assert self._last is not None
        wanted = [v for v in self._last.variants if v.name in names]
        own = [v for v in wanted if self._is_of_file(v)]
        project = self.sweeps.project()
        if len(own) == len(wanted):
            selection = self.sweeps.selection(project, narrowed=False)
            if selection is None:
                return None
            try:
                plans = Plans.of(project, selection)
            except InputError as error:
                if {one.code for one in error.diagnostics} <= _NO_VARIANTS:
                    return None
                raise
        else:
            plans, selection = self._by_values(project, wanted)
        self._at = commit, names, plans, selection
        return plans, selection

    def _is_of_file(self, variant: Variant) -> bool:
        path, keep = variant.fragment, self.folder.keep
        return path is not None and not path.absolute().is_relative_to(keep)

    def _by_values(self, project: Project, variants: Sequence[Variant]) -> tuple[Plans, Selection]:
        """Return plans of variants that are asked for by the values that they have at the end."""
        assert self._last is not None
        asked = project.state / _ASKED
        empty = asked / "nothing.config"
        _write(empty, "")
        plans = Plans.of(project, Selection(configs=(empty,)))
        chosen: dict[str, list[Path]] = {}
        for variant in variants:
            plan = next(
                (p for p in plans if p.environment.name == variant.environment), None
            )  # fmt: skip
            if plan is None:
                continue
            name = variant.name.removeprefix(f"{variant.environment}/")
            text = self._last[variant].tree.minimal_text(variant.configuration)
            path = asked / (variant.environment or "-") / f"{name}.config"
            _write(path, of_known_symbols(text, plan.tree.prefix, _symbols(plan.tree)))
            chosen.setdefault(variant.environment, []).append(path)
        every = tuple(path for paths in chosen.values() for path in paths)
        return plans.choosing(chosen), Selection(configs=every)

    # What ran

    def _count(self, commit: str, cells: Sequence[Cell]) -> None:
        ran = sum(
            cell.outcome not in _NOTHING_RAN and not cell.test and cell.step != GENERATE
            for cell in cells
        )
        self.ran[commit] = self.ran.get(commit, 0) + ran

    def _mark(self, commit: Commit) -> Mapping[str, object]:
        return {"commit": commit.name, "command": list(self.sweeps.command)}

    def _note_again(self, project: Project, commit: Commit) -> None:
        with Store.opened(project.database) as store:
            if numbers := store.sweeps():
                store.annotate(numbers[-1], {_AGAIN: self._mark(commit)})

    def _ran_again(self, commit: Commit, places: Sequence[CellId]) -> dict[CellId, CommitCell]:
        """Return how cells ended that an earlier command has run once more."""
        found: dict[CellId, CommitCell] = {}
        path = database_in(self.folder.keep)
        if not path.is_file():
            return found
        with Store.read(path) as store:
            for number in store.sweeps():
                past = store.past(number)
                if past.about.get(_AGAIN) != self._mark(commit) or not past.ended:
                    continue
                for place in places:
                    cells = tuple(c for c in past.cells if (c.variant, c.step) == place)
                    if cells:
                        found[place] = CommitCell(cells=cells)
        return found


def _write(path: Path, text: str) -> None:
    untrusted_files.make_folder(path.parent)
    untrusted_files.write_text(path, text)


def _symbols(tree: Tree) -> frozenset[str]:
    return frozenset(tree.types)


def _cell(name: str, step: Step, cells: Sequence[Cell]) -> CommitCell:
    """Return what a sweep says of a cell."""
    mine = tuple(cell for cell in cells if (cell.variant, cell.step) == (name, step.name))
    needs = tuple(
        cell for cell in cells if cell.variant == name and not cell.test and cell.step in step.needs
    )
    if not mine:
        return CommitCell(cells=None)
    head = mine[0]
    is_known = head.verdict is not Outcome.MISSING and (
        head.outcome is not Outcome.MERGED or head.ended is not None
    )
    is_read = step.is_built_in or bool(step.reads and not step.depfiles)
    reads = head.key if is_read else ""
    return CommitCell(cells=mine if is_known else None, needs=needs, reads=reads)


def _kept(before: CommitCell | None, now: CommitCell) -> CommitCell:
    if now.cells is None and before is not None and before.reads and not now.reads:
        return before
    return now
