# SPDX-License-Identifier: MIT
"""Searches that are cut and go on: what is said of them by sets, their end by brute force.

A cut is Ctrl-C at some question to the solver; no code that counts here is kvariant's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant import Space
from kvariant.matrix import StrategyRequest
from kvariant.matrix import unfinished as module
from kvariant.matrix.covering.levels import Levels
from kvariant.matrix.covering.propagation import state_of
from kvariant.matrix.covering.units import Vocabulary
from kvariant.matrix.covering.watch import SearchWatch
from kvariant.matrix.t_wise import t_wise
from kvariant.matrix.unfinished import Unfinished
from kvariant.space.solver import Solver
from matrix.oracle import exactly, known, tuples
from strategies import SmallTree, small_trees

SAID = re.compile(
    r"(?P<rows>[\d,]+) rows? so far, (?P<covered>[\d,]+) \S+ covered, "
    r"(?P<infeasible>[\d,]+) proven infeasible, (?P<left>[\d,]+) left"
)


class Kept:
    """A store in memory."""

    def __init__(self) -> None:
        self.found: dict[bytes, Unfinished] = {}
        self.times = 0

    def read(self, problem: bytes) -> Unfinished | None:
        """Return what was kept."""
        return self.found.get(problem)

    def write(self, problem: bytes, unfinished: Unfinished) -> bool:
        """Keep it."""
        self.found[problem] = unfinished
        self.times += 1
        return True


@contextmanager
def cut_at(question: int) -> Iterator[None]:
    """Press Ctrl-C at a question to the solver."""
    asked, whole = 0, Solver.solve

    def solve(self: Solver, assumptions: Iterable[int] = ()) -> bool:
        nonlocal asked
        asked += 1
        if asked == question:
            raise KeyboardInterrupt
        return whole(self, assumptions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Solver, "solve", solve)
        patch.setattr(module, "CUT", 0.0)
        patch.setattr(module, "EVERY", 0.0)
        yield


def said(text: str) -> dict[str, int]:
    """Return the numbers in words on how far a search is."""
    found = SAID.search(text)
    assert found, text
    return {name: int(number.replace(",", "")) for name, number in found.groupdict().items()}


def rows_of(
    space: Space, names: tuple[str, ...], kept: Kept, strength: int
) -> list[dict[str, str]]:
    """Return kept rows as values of symbols."""
    [unfinished] = kept.found.values()
    factors = space.factors(names)
    levels = Levels(factors)
    if strength != 2:
        return [levels.values(np.flatnonzero(row)) for row in unfinished.rows]
    state = state_of(factors)
    assert state is not None
    units = Vocabulary(levels, state)
    return [levels.values(units.row(row)) for row in unfinished.rows]


@given(small_trees(), st.data())
@exactly(60)
def test_a_cut_search_says_what_it_has_and_goes_on(small: SmallTree, data: st.DataObject) -> None:
    """Cut again and again, each time the numbers are those of its rows, and its end is complete."""
    with known(small) as it:
        names = tuple(it.logical[:7])
        if not names:
            return
        strength = data.draw(st.integers(1, min(3, len(names))))
        space, kept = Space.of(it.tree), Kept()
        feasible = tuples(it.configurations, names, strength)
        request = StrategyRequest(symbols=names, strength=strength, unfinished=kept)
        total = Levels(space.factors(names)).combinations(strength)
        told: list[str] = []
        for _ in range(5):
            try:
                with cut_at(data.draw(st.integers(2, 12))):
                    t_wise(space, request, watch=SearchWatch(told=told.append))
            except KeyboardInterrupt as error:
                if not getattr(error, "__notes__", ()):  # before it began
                    continue
                [note] = error.__notes__
                now = said(note)
                rows = rows_of(space, names, kept, strength)
                had = tuples(rows, names, strength)
                assert now["rows"] == len(rows)
                assert now["covered"] == len(had)
                assert now["covered"] + now["infeasible"] + now["left"] == total
                assert had <= feasible
                assert now["infeasible"] <= total - len(feasible)
                assert now["left"] >= len(feasible - had)
                told.clear()
                again = cut_at(2)
                with again, pytest.raises(KeyboardInterrupt):
                    t_wise(space, request, watch=SearchWatch(told=told.append))
                assert said(told[0]) == now
        chosen = t_wise(space, request)
        assert chosen.tuples is not None
        assert (chosen.tuples.feasible, chosen.tuples.unproven) == (len(feasible), 0)
        assert chosen.tuples.infeasible == total - len(feasible)
        assert tuples(chosen.configurations, names, strength) == feasible


@given(small_trees(), st.data())
@exactly(60)
def test_a_search_that_ends_early_counts_what_is_left(
    small: SmallTree, data: st.DataObject
) -> None:
    """Out of time or at a limit, what is covered, infeasible and left is all there is, exactly."""
    with known(small) as it:
        names = tuple(it.logical[:7])
        if not names:
            return
        strength = data.draw(st.integers(1, min(3, len(names))))
        space = Space.of(it.tree)
        total = Levels(space.factors(names)).combinations(strength)
        feasible = tuples(it.configurations, names, strength)
        left = data.draw(st.integers(0, 4))

        def cut() -> bool:
            nonlocal left
            left -= 1
            return left < 0

        limit = data.draw(st.integers(0, 3))
        chosen = t_wise(
            space,
            StrategyRequest(symbols=names, strength=strength, limit=limit),
            watch=SearchWatch(cut=cut),
        )
        counts = chosen.tuples
        assert counts is not None
        had = tuples(chosen.configurations, names, strength)
        assert counts.covered == len(had)
        assert had <= feasible
        assert not limit or len(chosen.configurations) <= limit
        assert counts.feasible + counts.infeasible + counts.unproven == total
        assert counts.covered <= counts.feasible <= len(feasible)
        assert counts.infeasible <= total - len(feasible)
        listed = {frozenset(one.items()) for one in counts.uncovered}
        assert listed <= feasible - had
        assert len(listed) == counts.feasible - counts.covered


def test_what_cannot_be_of_the_search_is_not_used() -> None:
    """Rows of another width, tuples of another strength or with numbers that are none."""
    whole = Unfinished(rows=np.zeros((2, 8), np.bool_), excluded=np.zeros((0, 2), np.int32))
    assert whole.fits(8, 2)
    assert not whole.fits(9, 2)
    assert not whole.fits(8, 3)
    for pair in itertools.product((-1, 8), (0, 7)):
        wrong = Unfinished(rows=whole.rows, excluded=np.array([pair], dtype=np.int32))
        assert not wrong.fits(8, 2)
