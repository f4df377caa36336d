# SPDX-License-Identifier: MIT
"""The searches for first bad commits against histories in which all is known: no commit is built.

The oracle is the history itself: what is there at each commit, written down beforehand. What a
search may ask is told from it; what it answers has to be so there.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from kvariant.steps.job import CellId
from kvariant.sweep.commits.commit_range import Commit, CommitLine
from kvariant.sweep.commits.evidence import ABSENT, THERE, Evidence, Sight, untold
from kvariant.sweep.commits.search import (
    UNTOLD,
    Answer,
    CommitSearch,
    SearchEnd,
    next_commit,
)

CELL: CellId = ("a", "build")


def line(count: int, name: str = "c", base: str = "c0") -> CommitLine:
    """Return a base and so many commits after it."""
    names = [base, *(f"{name}{i}" for i in range(1, count + 1))]
    commits = [Commit(name=own, parents=(before,)) for before, own in itertools.pairwise(names)]
    return CommitLine(base=Commit(name=base), commits=tuple(commits))


@dataclass
class History:
    """What is there at each commit, by cell; and what was asked for."""

    truth: Mapping[CellId, Mapping[str, Evidence]]
    reads: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[CellId, str]] = field(default_factory=list)
    told: dict[tuple[CellId, str], Evidence] = field(default_factory=dict)

    def known(self, place: CellId, commit: str) -> Evidence | None:
        """Return what was asked for already, or is the same as what was."""
        if (place, commit) in self.told:
            return self.told[place, commit]
        read = self.reads.get(commit)
        same = [o for o, r in self.reads.items() if read and r == read and (place, o) in self.told]
        return self.told[place, same[0]] if same else None

    def ask(self, place: CellId, commit: str) -> None:
        """Ask for a cell at a commit."""
        assert self.known(place, commit) is None, "nothing is asked for twice"
        self.asked.append((place, commit))
        self.told[place, commit] = self.truth[place][commit]


def searched(history: History, on: CommitLine, places: Sequence[CellId] = (CELL,)) -> Answer:
    """Return what a search answers that may ask a history."""
    for place in places:
        history.told[place, on.last.name] = history.truth[place][on.last.name]
    reads = history.reads
    search = CommitSearch(
        places=places, line=on, known=history.known, reads=lambda _, c: reads.get(c, "")
    )
    while (demand := search.demand()) is not None:
        for place in demand.places:
            history.ask(place, demand.commits[0])
    assert search.answer is not None
    return search.answer


def signs(text: str) -> dict[str, Evidence]:
    """Return a history of one cell: `.` absent, `x` there, `?` untold; the base comes first."""
    words = {".": ABSENT, "x": THERE, "?": untold("fails otherwise")}
    return {f"c{i}": words[one] for i, one in enumerate(text)}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 100])
def test_each_first_bad_commit_is_found_in_as_few_steps_as_can_be(count: int) -> None:
    """Wherever it began: exactly there, with the base and ceil(log2 n) commits asked for."""
    on = line(count)
    for first in range(1, count + 1):
        history = History({CELL: signs("." * first + "x" * (count - first + 1))})
        answer = searched(history, on)
        assert (answer.ending, answer.bad) == (SearchEnd.FOUND, on.commits[first - 1])
        assert len(history.asked) <= 1 + math.ceil(math.log2(count))


def test_what_is_there_at_the_base_is_older() -> None:
    """One question says so, however long the range."""
    history = History({CELL: signs("x" * 100)})
    answer = searched(history, line(99))
    assert (answer.ending, history.asked) == (SearchEnd.OLDER, [(CELL, "c0")])


@pytest.mark.parametrize("seed", range(200))
def test_any_history_is_answered_truly(seed: int) -> None:
    """It comes and goes, is hidden, is in several cells: what is answered is so in the history."""
    chance = random.Random(seed)
    count = chance.randint(1, 40)
    places = [("a", "build"), ("b", "build"), ("c", "build")][: chance.randint(1, 3)]
    share = chance.choice([0, 0, 0.2, 0.6])
    truth = {}
    for place in places:
        text, now = "", False
        for _ in range(count):
            now = now != (chance.random() < chance.choice([0.05, 0.3]))
            text += "?" if chance.random() < share else ".x"[now]
        truth[place] = signs(text + "x")
    history, on = History(truth), line(count)
    answer = searched(history, on, places)

    def there(name: str) -> bool:
        return any(truth[place][name].sight is Sight.THERE for place in places)

    if answer.ending is SearchEnd.OLDER:
        assert there("c0")
        return
    assert answer.bad is not None
    assert there(answer.bad.name)
    names = ["c0", *(commit.name for commit in on.commits)]
    upper = names.index(answer.bad.name)
    if answer.good is not None:
        lower = names.index(answer.good.name)
        assert not there(answer.good.name)
        assert any(truth[p][answer.good.name].sight is Sight.ABSENT for p in places)
    else:
        lower = -1
    between = [commit.name for commit, _ in answer.between]
    assert between == names[lower + 1 : upper]
    assert (answer.ending is SearchEnd.FOUND) == (not between)
    tried = [c for c, why in answer.between if why != "not tried"]
    assert all(any(truth[p][c.name].sight is Sight.UNTOLD for p in places) for c in tried), (
        "only what nobody knows is left between"
    )
    assert len(tried) == len(between) or len(tried) >= UNTOLD


@pytest.mark.parametrize("seed", range(60))
def test_equal_commits_are_asked_once(seed: int) -> None:
    """Where all commits say what the cell reads, only so many count as differ."""
    chance = random.Random(seed)
    count, different = chance.randint(4, 30), chance.randint(1, 6)
    edits = sorted(chance.sample(range(1, count + 1), min(different, count)))
    first = chance.choice(edits)
    reads = {f"c{i}": f"r{sum(e <= i for e in edits)}" for i in range(count + 1)}
    history = History({CELL: signs("." * first + "x" * (count - first + 1))}, reads=reads)
    on = line(count)
    answer = searched(history, on)
    assert (answer.ending, answer.bad) == (SearchEnd.FOUND, on.commits[first - 1])
    assert len(history.asked) <= 1 + math.ceil(math.log2(len(edits)))


def test_a_merged_line_is_searched_when_the_merge_brought_it() -> None:
    """The commit of the branch is named, and the merge; without it on the branch the merge is."""
    trunk, branch = line(4), line(5, "b", base="c1")
    merge = Commit(name="c3", parents=("c2", "b5"))
    commits = (*trunk.commits[:2], merge, trunk.commits[3])
    trunk = CommitLine(base=trunk.base, commits=commits)
    for first, expected in ((2, "b2"), (5, "b5"), (6, "c3")):
        truth = {"c0": ABSENT, "c1": ABSENT, "c2": ABSENT, "c3": THERE, "c4": THERE}
        truth |= {f"b{i}": THERE if i >= first else ABSENT for i in range(1, 6)}
        history = History({CELL: truth})
        history.told[CELL, "c4"] = THERE
        search = CommitSearch(
            places=(CELL,), line=trunk, known=history.known,
            merged_lines=lambda bad: [branch] if bad == merge else [],
        )  # fmt: skip
        while (demand := search.demand()) is not None:
            history.ask(CELL, demand.commits[0])
        answer = search.answer
        assert answer is not None
        assert answer.bad is not None
        assert (answer.ending, answer.bad.name) == (SearchEnd.FOUND, expected)
        assert answer.merged == (merge if expected != "c3" else None)


def test_many_searches_share_commits() -> None:
    """Ten findings of one range: each ends as alone, at fewer commits than all alone together."""
    on = line(64)
    chance = random.Random(3)
    firsts = [chance.randint(1, 64) for _ in range(10)]
    histories = [History({CELL: signs("." * f + "x" * (65 - f))}) for f in firsts]
    for history in histories:
        history.told[CELL, "c64"] = THERE
    searches = [CommitSearch(places=(CELL,), line=on, known=h.known) for h in histories]
    order = {name: i for i, name in enumerate(["c0", *(c.name for c in on.commits)])}
    visited = set()
    while demands := {n: d for n, s in enumerate(searches) if (d := s.demand())}:
        name, places = next_commit(list(demands.values()), order)
        visited.add(name)
        for number, demand in demands.items():
            if name in demand.commits:
                histories[number].ask(places[0], name)
    found = [search.answer.bad.name for search in searches if search.answer and search.answer.bad]
    assert found == [f"c{first}" for first in firsts]
    asked = [len(history.asked) for history in histories]
    assert max(asked) <= 1 + 6
    assert len(visited) < sum(asked) / 2
