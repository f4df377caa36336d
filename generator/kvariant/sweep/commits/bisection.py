# SPDX-License-Identifier: MIT
"""The first bad commit of every finding at once, each found with as few runs as can be.

Each finding has a search of its own (`search`). What they want to know is put together: the
commit that most of them want is next, and only the cells that they want of it are run. Before
anything runs, what the cells read there is asked for: a cell that reads the same as at a commit
at which it ended, ended there as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kvariant.errors import InputError
from kvariant.results.cell import Cell, Outcome
from kvariant.sweep.commits.evidence import Evidence, Sight, Symptom, untold
from kvariant.sweep.commits.search import Answer, CommitSearch, Demand, SearchEnd, next_commit

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding
    from kvariant.steps.job import CellId
    from kvariant.sweep.commits.commit_range import Commit, CommitLine

_LASTING = (Outcome.OK, Outcome.FAILED)
"""How cells end that would end so again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCell:
    """A cell at a commit."""

    cells: tuple[Cell, ...] | None = ()
    """Its own, then its tests; none: variant or step are not there. None: it would have to run."""
    needs: tuple[Cell, ...] = ()
    """Those of the steps before it."""
    reads: str = ""
    """Digest of all that it reads; "": that is not known before it has run."""
    why: str = ""
    """Why nothing is told of it, if nothing can be."""


class CommitRuns(Protocol):
    """Looks at cells at commits, and runs them."""

    @property
    def count(self) -> int:
        """How many cells ran so far."""

    def look(
        self, commit: Commit, places: Sequence[CellId], ends: Sequence[str]
    ) -> Mapping[CellId, CommitCell]:
        """Return what is known of cells at a commit; nothing runs.

        Args:
            ends: commits that are near, of which there may be results.

        Raises:
            InputError: the commit cannot be read.
        """

    def run(
        self, commit: Commit, places: Sequence[CellId], ends: Sequence[str]
    ) -> Mapping[CellId, CommitCell]:
        """Run cells at a commit, as far as their outcomes are not known; the same."""

    def again(self, commit: Commit, places: Sequence[CellId]) -> Mapping[CellId, CommitCell]:
        """Run cells once more that have failed."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What was done at a commit, told as it ends."""

    commit: Commit
    ran: int
    """Cells that ran."""
    open: int
    """Findings that are still searched for."""
    why: str = ""
    """Why the commit cannot be read."""
    is_again: bool = False


@dataclass
class Bisection:
    """Findings at the newest commit of a line, and the searches for where they began."""

    findings: Sequence[Finding]
    line: CommitLine
    runs: CommitRuns
    merged_lines: Callable[[Commit], Sequence[CommitLine]] = lambda _: ()
    report: Callable[[Ran], None] = lambda _: None
    _symptoms: list[Symptom] = field(default_factory=list)
    _seen: dict[tuple[CellId, str], CommitCell] = field(default_factory=dict)
    """What ended, or would, by cell and commit."""
    _reads: dict[tuple[CellId, str], str] = field(default_factory=dict)
    _by_reads: dict[tuple[str, str], CommitCell] = field(default_factory=dict)
    """What ended, by step and what it read."""
    _unread: dict[str, str] = field(default_factory=dict)
    """Commits that cannot be read, and why."""
    _looked: set[tuple[str, CellId, tuple[str, ...]]] = field(default_factory=set)
    _commits: dict[str, Commit] = field(default_factory=dict)
    """All that were met, the oldest of each line first."""

    def answers(self) -> tuple[Answer, ...]:
        """Return where each finding began, in their order."""
        self._symptoms = [Symptom.of(finding) for finding in self.findings]
        self._meet(self.line)
        last = self.line.last
        searches = [
            CommitSearch(
                places=places, line=self.line, known=self._known(number),
                reads=self._class, merged_lines=self._lines_of,
            )
            for number, places in enumerate(_places(self.findings))
        ]  # fmt: skip
        for search in searches:
            for place in search.places:
                # in all of them it is there: that is what they were found by
                self._there.add((searches.index(search), place, last.name))
        self._confirm(searches)
        while demands := self._demands(searches):
            if not self._look_ahead(demands):
                name, places = next_commit(demands, self._order)
                if not self._look(name, places, self._ends(name, places)):
                    self._run(self._commits[name], places, len(demands))
        return tuple(search.answer for search in searches if search.answer is not None)

    _there: set[tuple[int, CellId, str]] = field(default_factory=set)

    # What is known

    def _known(self, number: int) -> Callable[[CellId, str], Evidence | None]:
        def known(place: CellId, commit: str) -> Evidence | None:
            if (number, place, commit) in self._there:
                return Evidence(Sight.THERE)
            if (why := self._unread.get(commit)) is not None:
                return untold(f"cannot be read: {why}")
            found = self._seen.get((place, commit))
            if found is None and (reads := self._reads.get((place, commit), "")):
                found = self._by_reads.get((place[1], reads))
            if found is None or found.cells is None:
                return untold(found.why) if found is not None and found.why else None
            return self._symptoms[number].seen(found.cells, found.needs)

        return known

    def _class(self, place: CellId, commit: str) -> str:
        return self._reads.get((place, commit), "")

    def _demands(self, searches: Iterable[CommitSearch]) -> list[Demand]:
        return [found for search in searches if (found := search.demand()) is not None]

    def _ends(self, name: str, places: Sequence[CellId]) -> tuple[str, ...]:
        """Return the commits on either side at which the cells ended, the nearest ones."""
        order = self._order
        at = order[name]
        known = {c for p, c in self._seen if p in places and c in order}
        older = [c for c in known if order[c] < at]
        newer = [c for c in known if order[c] > at]
        older.sort(key=order.__getitem__)
        newer.sort(key=order.__getitem__)
        return (*older[-1:], *newer[:1])

    @property
    def _order(self) -> Mapping[str, int]:
        return {name: position for position, name in enumerate(self._commits)}

    def _lines_of(self, merge: Commit) -> Sequence[CommitLine]:
        lines = self.merged_lines(merge)
        for line in lines:
            self._meet(line)
        return lines

    def _meet(self, line: CommitLine) -> None:
        for commit in (line.base, *line.commits):
            if commit is not None:
                self._commits.setdefault(commit.name, commit)

    # What is asked

    def _confirm(self, searches: Sequence[CommitSearch]) -> None:
        """Run a cell of each finding once more: what passes then says nothing of any commit."""
        last = self.line.last
        places = tuple(dict.fromkeys(search.places[0] for search in searches))
        before = self.runs.count
        found = self.runs.again(last, places)
        for number, search in enumerate(searches):
            place = search.places[0]
            cell = found.get(place)
            if cell is None or cell.cells is None:
                continue
            seen = self._symptoms[number].seen(cell.cells, cell.needs)
            if seen.sight is not Sight.THERE:
                how = seen.why or "passes"
                why = f"{place[0]} {how} when it is run again at {last.short}"
                search.answer = Answer(ending=SearchEnd.FLAKY, bad=last, why=why)
        left = sum(search.answer is None for search in searches)
        self.report(Ran(commit=last, ran=self.runs.count - before, open=left, is_again=True))

    def _look_ahead(self, demands: Sequence[Demand]) -> bool:
        """Look once at each commit that is near; return whether anything was looked at."""
        wanted: dict[str, dict[CellId, None]] = {}
        for demand in demands:
            for name in demand.looked_at:
                for place in demand.places:
                    if (name, place, ()) not in self._looked:
                        wanted.setdefault(name, {})[place] = None
        for name, places in wanted.items():
            self._looked |= {(name, place, ()) for place in places}
            self._look(name, tuple(places), self._ends(name, tuple(places)))
        return bool(wanted)

    def _look(self, name: str, places: Sequence[CellId], ends: tuple[str, ...]) -> bool:
        """Look at cells as their nearest results are now; return whether anything is new."""
        due = tuple(p for p in places if (name, p, ends) not in self._looked)
        if not due:
            return False
        self._looked |= {(name, place, ends) for place in due}
        try:
            found = self.runs.look(self._commits[name], due, ends)
        except InputError as error:
            self._cannot_be_read(self._commits[name], error)
            return True
        return self._take(name, found)

    def _run(self, commit: Commit, places: Sequence[CellId], left: int) -> None:
        ends = self._ends(commit.name, places)
        before = self.runs.count
        try:
            found = self.runs.run(commit, places, ends)
        except InputError as error:
            self._cannot_be_read(commit, error)
            return
        lacking = {p: CommitCell(why="it was not run", cells=None) for p in places}
        self._take(commit.name, {**lacking, **found})
        self.report(Ran(commit=commit, ran=self.runs.count - before, open=left))

    def _take(self, name: str, found: Mapping[CellId, CommitCell]) -> bool:
        is_new = False
        for place, cell in found.items():
            if cell.reads:
                self._reads[place, name] = cell.reads
            if cell.cells is None and not cell.why:
                continue
            is_new = True
            self._seen[place, name] = cell
            if cell.reads and cell.cells and cell.cells[0].verdict in _LASTING:
                self._by_reads[place[1], cell.reads] = cell
        return is_new

    def _cannot_be_read(self, commit: Commit, error: InputError) -> None:
        self._unread[commit.name] = why = error.diagnostics[0].message
        self.report(Ran(commit=commit, ran=0, open=0, why=why))


def _places(findings: Sequence[Finding]) -> list[list[CellId]]:
    """Return the cells of each finding, that first which most findings share."""
    shared = Counter((name, f.step) for f in findings for name in f.failing)
    return [
        sorted(((name, f.step) for name in f.failing), key=lambda place: -shared[place])
        for f in findings
    ]
