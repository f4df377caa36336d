# SPDX-License-Identifier: MIT
"""The search for the commit at which one finding began: which commits it asks for, and its end.

    base         is it there before the first commit?           then it is older: no more
    halving      between the last commit without it and the     one failing cell alone, until
                 first with it                                  they are next to each other
    others       just before, is it there in another of its     then that cell is halved
                 failing cells?
    merge        a merge brought it: is it there at the tip     then that line is searched
                 that was merged?

Pure: what is known comes in, what is to be known goes out. A commit of which nothing is told
(it cannot be read, or fails otherwise) is left out; if such commits are all that is left, the
end is a range. What is found is where the finding began for the last time, as far as that is
known: before, it may have come and gone.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kvariant.steps.job import CellId
from kvariant.sweep.commits.evidence import Evidence, Sight

if TYPE_CHECKING:
    from kvariant.sweep.commits.commit_range import Commit, CommitLine

EvidenceOf = Callable[[CellId, str], Evidence | None]
"""What is known of the finding in a cell at a commit; None: it was not looked at."""
Reads = Callable[[CellId, str], str]
"""Digest of what a cell reads at a commit: where it is equal the cell ends alike. "": not
known."""

NEAR = 32
"""Commits of a range that are few enough for each to be asked what a cell reads there."""
UNTOLD = 16
"""Commits of a range of which nothing is told, after which no more of it are tried."""


class SearchEnd(enum.Enum):
    """How a search ends."""

    FOUND = "found"
    RANGE = "range"
    OLDER = "older"
    FLAKY = "flaky"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a search has found."""

    ending: SearchEnd
    good: Commit | None = None
    """The last commit that is known to be without it; None: none is known."""
    bad: Commit | None = None
    """The first behind that which is known to have it."""
    between: tuple[tuple[Commit, str], ...] = ()
    """Commits between these of which nothing is told, and why."""
    merged: Commit | None = None
    """The merge that brought the line on which it was found."""
    why: str = ""
    """In words, of what is flaky."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a search wants to know next."""

    commits: tuple[str, ...]
    """Any one of these, the best first."""
    places: tuple[CellId, ...]
    looked_at: tuple[str, ...]
    """Commits at which is to be asked first what the cells read: that may tell enough."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Between which positions of a line the finding began."""

    lower: int
    """It is absent there; -1 is the base, -2: nowhere as far as is known."""
    upper: int
    """It is there, and at no position between is it known to be."""
    place: CellId
    """A cell that has it there."""


@dataclass
class CommitSearch:
    """The search for one finding."""

    places: Sequence[CellId]
    """The cells that fail so; the first one is looked at first."""
    line: CommitLine
    """It is there at the last commit, in each of the cells."""
    known: EvidenceOf
    reads: Reads = lambda _place, _commit: ""
    merged_lines: Callable[[Commit], Sequence[CommitLine]] = lambda _: ()
    answer: Answer | None = None
    _merge: Answer | None = None
    """What is answered if none of the lines that a merge brought has it."""
    _merged: Commit | None = None
    _tips: list[CommitLine] = field(default_factory=list)
    """Lines of a merge that are still to be asked for."""

    def demand(self) -> Demand | None:
        """Return what is to be known next; None: the search has ended, see `answer`."""
        while self.answer is None:
            found = self._tip() if self._tips else self._on_line()
            if found is not None:
                return found
        return None

    def _on_line(self) -> Demand | None:
        at = self._bracket()
        if at.upper == -1:
            older = Answer(ending=SearchEnd.OLDER, bad=self.line.base)
            self.answer = older if self._merge is None else self._merge
            return None
        base = self.line.base
        if at.lower == -2 and base is not None and self.known(at.place, base.name) is None:
            return _one(base.name, at.place)
        if (found := self._halving(at)) is not None:
            return found
        before = self._commit(at.lower) if at.lower >= -1 else None
        if before is not None:
            due = [one for one in self.places if self.known(one, before.name) is None]
            if due:
                return _one(before.name, *due)
        self._end(at)
        return None

    def _bracket(self) -> Bracket:
        upper = len(self.line.commits) - 1
        place = self._place_at(upper) or self.places[0]
        for position in range(upper - 1, -2, -1):
            if (there := self._place_at(position)) is not None:
                upper, place = position, there
                continue
            seen = self._seen(place, position)
            if seen is not None and seen.sight is Sight.ABSENT:
                return Bracket(position, upper, place)
        return Bracket(-2, upper, place)

    def _halving(self, at: Bracket) -> Demand | None:
        between = range(max(at.lower + 1, 0), at.upper)
        left = [p for p in between if self._seen(at.place, p) is None]
        untold = len(between) - len(left)
        if not left or untold >= UNTOLD:
            return None
        if untold:
            gaps = _gaps(left)
            gap = max(gaps, key=len)
            chosen = [gap[(len(gap) - 1) // 2]]
        else:
            runs = self._runs(at.place, left)
            chosen = [runs[half] for half in _halves(len(runs))]
        names = tuple(self.line.commits[p].name for p in chosen)
        near = tuple(self.line.commits[p].name for p in left) if len(left) <= NEAR else names[:1]
        return Demand(commits=names, places=(at.place,), looked_at=near)

    def _runs(self, place: CellId, left: Sequence[int]) -> list[int]:
        """Return the first of each run of commits at which a cell reads the same."""
        runs: list[int] = []
        last = ""
        for position in left:
            read = self.reads(place, self.line.commits[position].name)
            if not read or read != last:
                runs.append(position)
            last = read
        return runs

    def _tip(self) -> Demand | None:
        """Ask whether the finding is there at the tip of a line that was merged."""
        line = self._tips[0]
        seen = [self.known(place, line.last.name) for place in self.places]
        if any(one is not None and one.sight is Sight.THERE for one in seen):
            assert self._merge is not None
            self._merged = self._merge.bad
            self.line, self._tips = line, []
        elif seen[0] is None:
            return _one(line.last.name, self.places[0])
        else:
            self._tips.pop(0)
            if not self._tips:
                self.answer = self._merge
        return None

    def _end(self, at: Bracket) -> None:
        bad = self.line.commits[at.upper]
        between = [
            (self.line.commits[p], seen.why if seen else "not tried")
            for p in range(max(at.lower + 1, 0), at.upper)
            for seen in (self._seen(at.place, p),)
        ]
        base = self.line.base
        if at.lower == -2 and base is not None:
            seen = self._seen(at.place, -1)
            between.insert(0, (base, seen.why if seen else "not tried"))
        answer = Answer(
            ending=SearchEnd.RANGE if between else SearchEnd.FOUND,
            good=self._commit(at.lower) if at.lower >= -1 else None,
            bad=bad,
            between=tuple(between),
            merged=self._merged,
        )
        lines = self.merged_lines(bad) if len(bad.parents) > 1 and not between else ()
        if lines:
            self._merge, self._tips = answer, list(lines)
        else:
            self.answer = answer

    def _commit(self, position: int) -> Commit | None:
        return self.line.base if position == -1 else self.line.commits[position]

    def _seen(self, place: CellId, position: int) -> Evidence | None:
        commit = self._commit(position)
        return self.known(place, commit.name) if commit else None

    def _place_at(self, position: int) -> CellId | None:
        """Return a cell that is known to have it at a position, None if none is."""
        for place in self.places:
            seen = self._seen(place, position)
            if seen is not None and seen.sight is Sight.THERE:
                return place
        return None


def _one(commit: str, *places: CellId) -> Demand:
    return Demand(commits=(commit,), places=places, looked_at=(commit,))


def _halves(count: int) -> list[int]:
    """Return which of some runs leave, whatever is found, as few steps as can be.

    With n runs there are n + 1 answers, so ceil(log2(n + 1)) steps; the middle comes first.
    """
    half = 1 << (count.bit_length() - 1)
    found = [run for run in range(count) if max(run + 1, count - run) <= half]
    return sorted(found, key=lambda run: (abs(2 * run - count + 1), run))


def _gaps(positions: Sequence[int]) -> list[list[int]]:
    """Return ascending positions, those together that follow each other."""
    gaps: list[list[int]] = []
    for position in positions:
        if gaps and gaps[-1][-1] == position - 1:
            gaps[-1].append(position)
        else:
            gaps.append([position])
    return gaps


def next_commit(
    demands: Sequence[Demand], order: Mapping[str, int]
) -> tuple[str, tuple[CellId, ...]]:
    """Return the commit that most searches want next, and the cells that they want of it.

    Of equals that which is nearest to the middles of their ranges, then the oldest.

    Args:
        order: of commits, the oldest first.
    """
    counts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for demand in demands:
        for rank, name in enumerate(demand.commits):
            counts[name] = counts.get(name, 0) + 1
            ranks[name] = ranks.get(name, 0) + rank
    best = min(counts, key=lambda n: (-counts[n], ranks[n], order.get(n, -1), n))
    wanted = (place for d in demands if best in d.commits for place in d.places)
    return best, tuple(dict.fromkeys(wanted))
