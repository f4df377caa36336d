# SPDX-License-Identifier: MIT
"""Rows for all pairs from within: what is lost, what excludes what, and who is told."""

from __future__ import annotations

import itertools
import math
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kvariant import Space, Tree
from kvariant.matrix import StrategyRequest
from kvariant.matrix.covering import greedy, uncovered, walk
from kvariant.matrix.covering.exclusive import exclusive
from kvariant.matrix.covering.greedy import Greedy
from kvariant.matrix.covering.improve import QUICK, WIDE, Improvement, Pace, luby
from kvariant.matrix.covering.levels import Levels
from kvariant.matrix.covering.lower_bound import LowerBound
from kvariant.matrix.covering.propagation import code_of, state_of
from kvariant.matrix.covering.rebuild import Rebuild
from kvariant.matrix.covering.removal import Removal
from kvariant.matrix.covering.stock import Stock, bits_set
from kvariant.matrix.covering.units import Square, Vocabulary
from kvariant.matrix.covering.watch import SearchWatch
from kvariant.matrix.t_wise import t_wise
from kvariant.space.solver import Solver
from matrix.oracle import exactly, tuples

VARIABLES = 9
CLAUSES = st.lists(
    st.lists(
        st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v])),
        min_size=2,
        max_size=3,
        unique_by=abs,
    ),
    min_size=4,
    max_size=16,
)
Pair = tuple[int, int]


def space_of(clauses: list[list[int]], variables: int = VARIABLES) -> Space:
    """Return a space that has just these clauses."""
    lines = [f"p cnf {variables} {len(clauses)}", *(" ".join(map(str, [*c, 0])) for c in clauses)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "formula.cnf"
        path.write_text("\n".join(lines), encoding="utf-8")
        return Space.from_dimacs(path)


def solutions(clauses: list[list[int]]) -> list[set[int]]:
    """Return the literals of every solution, by trying all values."""
    return [
        chosen
        for bits in itertools.product([1, -1], repeat=VARIABLES)
        if (chosen := {bit * v for v, bit in enumerate(bits, 1)})
        and all(chosen & set(clause) for clause in clauses)
    ]


def complete(clauses: list[list[int]]) -> tuple[Vocabulary, Square, Stock]:
    """Return units, feasible pairs and complete rows."""
    space = space_of(clauses)
    factors = space.factors(space.symbols)
    levels, state, solver = Levels(factors), state_of(factors), factors.solver()
    assert state is not None
    units = Vocabulary(levels, state)
    assume(len(units))
    search = Greedy(units, state, solver)
    rows = list(search.rows())
    solver.close()
    return units, search.possible, Stock(units, search.possible, rows, 0)


class _Names:
    """Literals of the formula for units."""

    def __init__(self, clauses: list[list[int]], units: Vocabulary) -> None:
        space = space_of(clauses)
        factors = space.factors(space.symbols)
        named = {each["y"]: int(n) for n, each in zip(factors.names, factors.literals, strict=True)}
        self._named, self._units = named, units
        self._of = [self._name(x) for x in units.literals]

    def _name(self, literal: int) -> int:
        return self._named.get(literal) or -self._named[-literal]

    def pairs(self, found: npt.NDArray[np.int64]) -> set[Pair]:
        """Return pairs of literals."""
        return {(self._of[one], self._of[other]) for one, other in found.tolist()}

    def rows(self, rows: npt.NDArray[np.bool_]) -> list[set[int]]:
        """Return the literals of rows: all of them, whatever units stand for."""
        literals, units = self._units.levels.literals, self._units
        return [{self._name(int(x)) for x in literals[units.row(row)]} for row in rows]


@given(CLAUSES)
@exactly(60)
def test_what_shares_a_unit(clauses: list[list[int]]) -> None:
    """Literals that share a unit are in the same solutions; one of each is propagated."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    units, _, _ = complete(clauses)
    space = space_of(clauses)
    factors = space.factors(space.symbols)
    shared: dict[int, list[int]] = {}
    for name, literals in zip(factors.names, factors.literals, strict=True):
        for text, literal in literals.items():
            if (unit := int(units.of_code[code_of(literal)])) >= 0:
                shared.setdefault(unit, []).append(int(name) * (1 if text == "y" else -1))
    assert shared.keys() == {*range(len(units))}
    for literals in shared.values():
        assert all(len(each & set(literals)) in (0, len(literals)) for each in all_solutions)
    assert np.flatnonzero(units.by_code >= 0).tolist() == sorted(units.codes.tolist())


@given(CLAUSES, st.randoms(use_true_random=False))
@exactly(60)
def test_what_is_lost(clauses: list[list[int]], dice: random.Random) -> None:
    """Rows that have what is listed as lost have all pairs that only the lost rows had."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    units, _, stock = complete(clauses)
    names = _Names(clauses, units)
    chosen = sorted(dice.sample(range(len(stock)), dice.randint(1, len(stock))))
    rows = names.rows(stock.rows)
    listed = names.pairs(stock.lost(np.array(chosen)))
    others = [row for index, row in enumerate(rows) if index not in chosen]
    lost = {
        pair
        for row in (rows[index] for index in chosen)
        for pair in itertools.combinations(sorted(row), 2)
        if not any(set(pair) <= other for other in others)
    }
    assert {tuple(sorted(pair)) for pair in listed if pair[0] != pair[1]} <= lost
    for pair in lost:
        assert any(
            all(set(pair) <= each for each in all_solutions if set(strong) <= each)
            for strong in listed
        )
    ones = [
        sum(
            all(not set(pair) <= other for other in rows if other is not row)
            for pair in names.pairs(stock.rare(10**6)[0])
            if set(pair) <= row
        )
        for row in rows
    ]
    assert ones == stock.alone().tolist()


@given(CLAUSES, st.integers(0, 9))
@exactly(40)
def test_a_row_is_removed(clauses: list[list[int]], seed: int) -> None:
    """However it ends, rows are solutions and are one fewer; what they lack is what is said."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    units, feasible, stock = complete(clauses)
    assume(len(stock) > 2)
    stock.kept = 1
    space = space_of(clauses)
    factors, names = space.factors(space.symbols), _Names(clauses, units)
    state, solver, dice = state_of(factors), factors.solver(), random.Random(seed)
    assert state is not None
    rebuild = Rebuild(units, factors.formula.clauses, feasible, dice)
    removal = Removal(stock, units, feasible, state, solver, rebuild, dice)
    wanted = {pair for each in all_solutions for pair in itertools.combinations(sorted(each), 2)}
    before = stock.rows.copy()
    for _ in range(3):
        is_complete = removal.run(200_000)
        assert (stock.rows == before).all()
        rows = names.rows(removal.stock.rows)
        assert len(rows) == len(before) - 1
        assert rows[0] == names.rows(before)[0]
        assert all(any(row <= each for each in all_solutions) for row in rows)
        had = {pair for row in rows for pair in itertools.combinations(sorted(row), 2)}
        left = names.pairs(removal.stock.units_of(removal.left))
        assert is_complete == (had == wanted) == (not left)
        assert all(not set(pair) <= row for pair in left for row in rows)
        for pair in wanted - had:
            assert any(
                all(set(pair) <= each for each in all_solutions if set(strong) <= each)
                for strong in left
            )
    solver.close()


@given(CLAUSES, st.integers(0, 3))
@exactly(60)
def test_exclusive_pairs(clauses: list[list[int]], seed: int) -> None:
    """The pairs of a bound are feasible, and no solution has two of them."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    units, feasible, stock = complete(clauses)
    bound = LowerBound(units, feasible, random.Random(seed))
    bound.raise_by(stock, thorough=True)
    found = _Names(clauses, units).pairs(bound.exclusive)
    assert len(found) == len(bound.exclusive) <= len(stock)
    assert all(any(set(pair) <= each for each in all_solutions) for pair in found)
    for each in all_solutions:
        assert sum(set(pair) <= each for pair in found) <= 1


@given(CLAUSES, st.booleans())
@exactly(40)
def test_steps_are_the_same_in_a_loop_and_one_by_one(
    clauses: list[list[int]], has_lists: bool
) -> None:
    """Rows are the same with the loop that numba compiles, and without it."""
    assume(solutions(clauses))

    def rows(is_compiled: bool) -> list[list[bool]]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(walk, "IS_COMPILED", is_compiled)
            patched.setattr(uncovered, "_FEW", 40 if has_lists else 0)
            return complete(clauses)[2].rows.tolist()

    assert rows(is_compiled=True) == rows(is_compiled=False)


@given(CLAUSES, st.floats(0, 40), st.floats(0, 40))
@exactly(60)
def test_what_is_found_possible(clauses: list[list[int]], first: float, second: float) -> None:
    """Whenever pairs are sifted, those that are left are had by a solution, and no others."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(greedy, "_PROPAGATED", first)
        patched.setattr(greedy, "_SOLVED", second)
        units, feasible, _ = complete(clauses)
    names = _Names(clauses, units)
    found = names.pairs(np.argwhere(feasible))
    everything = names.pairs(np.argwhere(np.ones_like(feasible)))
    assert found == {p for p in everything if any(set(p) <= each for each in all_solutions)}


def test_a_literal_of_no_solution_is_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no solution by itself costs a question, not one for each pair that it has."""
    # Not 1: that 2 is true and false at once follows from it, though not by propagation.
    dead = [[-1, 2, 3], [-1, 2, -3], [-1, -2, 4], [-1, -2, -4]]
    refused = []
    solve = Solver.solve

    def counted(self: Solver, assumptions: Iterable[int] = ()) -> bool:
        found = solve(self, wanted := list(assumptions))
        if not found:
            refused.append(wanted)
        return found

    monkeypatch.setattr(Solver, "solve", counted)
    space = space_of(dead, variables=60)
    chosen = t_wise(space, StrategyRequest(symbols=space.symbols))
    assert chosen.tuples is not None
    # Of 60 free options all but one are: four pairs of values each, two with the one.
    assert chosen.tuples.feasible == 4 * math.comb(59, 2) + 2 * 59
    assert len(refused) == 1


@given(st.lists(st.integers(0, 2**64 - 1), max_size=8))
@exactly(30)
def test_bits_are_counted_with_any_numpy(numbers: list[int]) -> None:
    """Bits of words are counted by NumPy 2 and without it, each word by itself."""
    words = np.array(numbers, dtype=np.uint64)
    expected = [number.bit_count() for number in numbers]
    assert bits_set(words).tolist() == expected
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(np, "bitwise_count", raising=False)
        assert bits_set(words).tolist() == expected


@given(CLAUSES, st.integers(0, 3))
@exactly(40)
def test_exclusive_pairs_beyond_known_ones(clauses: list[list[int]], seed: int) -> None:
    """A set that is begun with known pairs is as large, or larger, and no solution has two."""
    all_solutions = solutions(clauses)
    assume(all_solutions)
    units, feasible, stock = complete(clauses)
    pairs = stock.units_of(np.arange(stock.pairs))
    assume(len(pairs))
    dice = random.Random(seed)
    known = exclusive(pairs, ~feasible, dice, tries=1, enough=len(pairs))[: 1 + seed]
    found = exclusive(pairs, ~feasible, dice, tries=0, enough=len(pairs), known=known)
    assert known == found[: len(known)]
    assert len(set(found)) == len(found)
    named = _Names(clauses, units).pairs(pairs[found])
    for each in all_solutions:
        assert sum(set(pair) <= each for pair in named) <= 1


def test_patience_grows_as_it_is_published() -> None:
    """Attempts are as long as the sequence of Luby, Sinclair and Zuckerman says."""
    expected = [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8, 1, 1, 2, 1, 1, 2, 4]
    assert expected == list(itertools.islice(luby(), len(expected)))


TRISTATE = """\
config MODULES
  bool "modules"
config T
  tristate "t"
"""


def test_a_value_that_implies_all_it_goes_with(tmp_path: Path) -> None:
    """T=m goes with MODULES=y alone, which it implies; a row has it all the same."""
    (tmp_path / "Kconfig").write_text(TRISTATE, encoding="utf-8")
    chosen = t_wise(
        Space.of(Tree.load(tmp_path / "Kconfig")), StrategyRequest(symbols=("MODULES", "T"))
    )
    rows = {(each["MODULES"], each["T"]) for each in chosen.configurations}
    assert {("n", "n"), ("n", "y"), ("y", "n"), ("y", "m"), ("y", "y")} == rows


def _choices(*sizes: int) -> Space:
    """Return choices, each of so many options of which one is y."""
    clauses: list[list[int]] = []
    last = 0
    for size in sizes:
        options = range(last + 1, last + size + 1)
        clauses += [[*options], *([-a, -b] for a, b in itertools.combinations(options, 2))]
        last += size
    return space_of(clauses, last)


@pytest.mark.parametrize("strength", [2, 3])
def test_too_many_rows_are_not_looked_for(strength: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more rows are needed than anybody asked for, that is known before any is saved.

    Where that takes long it ends as soon as there is one more; for a budget it has so many.
    """
    sizes = (5, 4) if strength == 2 else (4, 3, 2)
    space = _choices(*sizes)
    names = list(space.symbols)
    every = t_wise(space, StrategyRequest(symbols=space.symbols, strength=strength), effort=0)
    assert every.tuples is not None
    assert len(every.configurations) == math.prod(sizes)
    request = StrategyRequest(symbols=space.symbols, strength=strength, most=10)
    with monkeypatch.context() as patched:
        patched.setattr("kvariant.matrix.covering.pairs.Improvement", None)
        known = t_wise(space, request)
    assert known.tuples is not None
    assert (math.prod(sizes), 0) == (len(known.configurations), known.tuples.unproven)
    cut = t_wise(space, replace(request, is_cut=True))
    assert cut.tuples is not None
    assert 10 == len(cut.configurations)
    had = tuples(cut.configurations, names, strength)
    assert (len(had), every.tuples.feasible) == (cut.tuples.covered, cut.tuples.feasible)
    for module in ("pairs", "listed"):
        monkeypatch.setattr(f"kvariant.matrix.covering.{module}._COUNTED", 0)
    for is_cut, rows in ((False, 11), (True, 10)):
        ended = t_wise(space, replace(request, is_cut=is_cut))
        assert ended.tuples is not None
        assert rows == len(ended.configurations)
        assert len(tuples(ended.configurations, names, strength)) == ended.tuples.covered
        assert ended.tuples.unproven


def _wide() -> Space:
    """Return forty options, of which each third needs one of its neighbours."""
    return space_of([[-v, v + 1, v + 2] for v in range(1, 38, 3)], 40)


@pytest.mark.parametrize("pace", [QUICK, WIDE])
def test_a_search_that_has_stalled_is_over(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search ends where nothing came for long, though it may go on and nothing is proven."""
    monkeypatch.setattr("kvariant.matrix.covering.improve.CONFLICTS", 20)
    monkeypatch.setattr("kvariant.matrix.covering.improve._PATIENCE", 20)
    space = _wide()
    factors = space.factors(space.symbols)
    levels, state, solver = Levels(factors), state_of(factors), factors.solver()
    assert state is not None
    units = Vocabulary(levels, state)
    greedy = Greedy(units, state, solver)
    stock = Stock(units, greedy.possible, [*greedy.rows()], 0)
    none = np.zeros((0, 2), dtype=np.int64)
    last = 0

    def heard(_rows: int, _bound: int) -> None:
        nonlocal last
        last = search.attempts

    search = Improvement(
        stock,
        units,
        factors.formula.clauses,
        greedy.possible,
        none,
        state,
        solver,
        enough=0,
        least=1,
        patience=0,
        dice=random.Random(0),
        pace=pace,
        watch=SearchWatch(stop=lambda: search.attempts > 300, rows=heard),
    )
    search.run(1 << 60)
    solver.close()
    assert search.is_over
    assert not search.is_ended
    assert 1 == search.least < len(search.rows)
    assert 12 <= search.attempts - last


def _forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the processes which are forked from now on."""
    begun: list[int] = []
    fork = os.fork

    def forked() -> int:
        begun.append(process := fork())
        return process

    monkeypatch.setattr(os, "fork", forked)
    return begun


@pytest.mark.parametrize("how", ["without a process", "killed"])
def test_two_searches_are_the_same_everywhere(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of two searches side by side are the same if the second one is made here, or killed."""
    space = _wide()
    monkeypatch.setattr("kvariant.matrix.covering.pairs.STEPS", 100_000)
    request = StrategyRequest(symbols=space.symbols)

    def rows() -> list[dict[str, str]]:
        chosen = t_wise(space, request, effort=12)
        assert chosen.tuples is not None
        had = tuples(chosen.configurations, list(space.symbols), 2)
        assert chosen.tuples.feasible == chosen.tuples.covered == len(had)
        return [dict(each) for each in chosen.configurations]

    begun = _forks(monkeypatch)
    expected = rows()
    assert 1 == len(begun)

    forked = os.fork

    def refused() -> int:
        raise OSError("no process more")

    def killed() -> int:
        if process := forked():
            os.kill(process, signal.SIGKILL)
        return process

    monkeypatch.setattr(os, "fork", refused if how == "without a process" else killed)
    assert expected == rows()
    assert (2 if how == "killed" else 1) == len(begun)
    for process in begun:
        with pytest.raises(ChildProcessError):  # nobody is left behind
            os.waitpid(process, os.WNOHANG)


def test_a_watch_ends_both_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ended while two searches go on is a complete array, and no process is left."""
    space = _wide()
    begun = _forks(monkeypatch)
    asked = itertools.count()
    request = StrategyRequest(symbols=space.symbols)
    watch = SearchWatch(stop=lambda: next(asked) > 3)
    ended = t_wise(space, request, effort=50, watch=watch)
    assert ended.tuples is not None
    had = tuples(ended.configurations, list(space.symbols), 2)
    assert ended.tuples.feasible == ended.tuples.covered == len(had)
    assert 1 == len(begun)
    with pytest.raises(ChildProcessError):
        os.waitpid(begun[0], os.WNOHANG)


def test_a_second_search_that_waits_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that is ended does not wait for one that waits for it: that one ends as well."""
    space = _wide()
    monkeypatch.setattr("kvariant.matrix.covering.pairs.STEPS", 1)
    monkeypatch.setattr("kvariant.matrix.covering.pairs._SQUARE", 1)
    begun = _forks(monkeypatch)
    asked = itertools.count()

    def stop() -> bool:
        if begun and next(asked) == 0:
            time.sleep(0.5)  # by then the other one is a round ahead
        return bool(begun)

    request = StrategyRequest(symbols=space.symbols)
    ended = t_wise(space, request, effort=5_000, watch=SearchWatch(stop=stop))
    assert ended.tuples is not None
    had = tuples(ended.configurations, list(space.symbols), 2)
    assert ended.tuples.feasible == ended.tuples.covered == len(had)
    with pytest.raises(ChildProcessError):
        os.waitpid(begun[0], os.WNOHANG)


def test_a_watch_hears_and_ends() -> None:
    """Rows are told as they come and go; an ended search hands back a complete array."""
    space = _wide()
    request = StrategyRequest(symbols=space.symbols)
    heard: list[tuple[int, int]] = []
    best = t_wise(
        space, request, watch=SearchWatch(rows=lambda rows, bound: heard.append((rows, bound)))
    )
    assert (1, 0) == heard[0]
    assert len(best.configurations) == heard[-1][0]
    assert all(bound <= len(best.configurations) for _, bound in heard)
    ended = t_wise(space, request, watch=SearchWatch(stop=lambda: True))
    first = next(rows for rows, bound in heard if bound)
    assert first == len(ended.configurations) > len(best.configurations)
    for chosen in (best, ended):
        assert chosen.tuples is not None
        had = tuples(chosen.configurations, list(space.symbols), 2)
        assert chosen.tuples.feasible == chosen.tuples.covered == len(had)
