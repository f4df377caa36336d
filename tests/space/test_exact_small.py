# SPDX-License-Identifier: MIT
"""The space of small random trees equals brute force through kconfiglib.

KVARIANT_EXAMPLES=N draws N trees for each property, other ones each time; without it a
fixed number of always the same trees.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import kconfiglib
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

import strategies
from kvariant import Assignments, Space, Tree
from kvariant.errors import InputError
from strategies import Resolution, SmallTree, small_trees

EXAMPLES = int(os.environ.get("KVARIANT_EXAMPLES", "0"))
exactly = settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LARGEST = 1500
"""Assignments a drawn tree may have; of about one tree in a hundred there are more."""


@dataclass(frozen=True, slots=True)
class Known:
    """A tree, its space, and what brute force says about it."""

    tree: Tree
    space: Space
    kconfig: kconfiglib.Kconfig
    resolutions: Sequence[Resolution]
    logical: Sequence[str]

    def reached(self, names: Sequence[str]) -> set[tuple[str, ...]]:
        """Return the values that some symbols take together, over all assignments."""
        return strategies.configurations(self.resolutions, names)

    def domain(self, name: str) -> str:
        """Return the values of a bool's or tristate's type."""
        return "nmy" if strategies.types(self.kconfig)[name] == "tristate" else "ny"

    def values(self, name: str) -> set[str]:
        """Return the values that a symbol takes."""
        return {value for (value,) in self.reached([name])}


@contextmanager
def known(small: SmallTree, largest: int = LARGEST) -> Iterator[Known]:
    """Load a tree and resolve all its assignments; a drawn tree with more is not tried."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > largest:
            reject()
        tree = Tree.load(path)
        resolutions = strategies.brute_force(path)
        yield Known(tree, Space.of(tree), kconfig, resolutions, strategies.logical(kconfig))


def projected(space: Space, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a space's projections as tuples, in the order of the names."""
    return [tuple(p[name] for name in names) for p in space.projections(names)]


def harm(before: Resolution, after: Resolution, wanted: str) -> int:
    """Return how many user values differ, that of the wanted symbol left out, and are lost.

    A value set or taken away is one; lost is one that took before and, though it is asked
    for as before, does not take now.
    """
    old, new = before.assignment, after.assignment
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    took = {name for name, value in old.items() if before.values[name] == value}
    lost = {name for name in took - changed if after.values[name] != old[name]}
    return len((changed | lost) - {wanted})


def only(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return some of the values."""
    return {name: values[name] for name in names}


@given(small_trees())
@exactly
def test_projections_onto_all_bools_and_tristates_are_those_of_brute_force(
    small: SmallTree,
) -> None:
    """Each configuration that some assignment gives is listed once, and no other is."""
    with known(small) as it:
        assert sorted(it.reached(it.logical)) == sorted(projected(it.space, it.logical))


@given(small_trees(), st.data())
@exactly
def test_projections_onto_some_symbols_are_exact(small: SmallTree, data: st.DataObject) -> None:
    """Projections onto a few symbols are exact, also in a space of those symbols alone."""
    with known(small) as it:
        names = data.draw(
            st.lists(st.sampled_from(it.logical), min_size=1, max_size=3, unique=True)
        )
        assert sorted(it.reached(names)) == sorted(projected(it.space, names))
        assert sorted(it.reached(names)) == sorted(
            projected(Space.of(it.tree, symbols=names), names)
        )


@given(small_trees(), st.data())
@exactly
def test_count_is_the_number_of_projections(small: SmallTree, data: st.DataObject) -> None:
    """A count of bools and tristates counts their distinct values over all assignments."""
    with known(small) as it:
        assert len(it.reached(it.logical)) == it.space.count(it.logical)
        names = data.draw(
            st.lists(st.sampled_from(it.logical), min_size=1, max_size=3, unique=True)
        )
        assert len(it.reached(names)) == it.space.count(names)


@given(small_trees(numbers=False))
@exactly
def test_count_of_everything_is_the_number_of_configurations(small: SmallTree) -> None:
    """In a tree without ints, hexes and strings the whole count is brute force's."""
    with known(small) as it:
        assert len(it.reached(it.logical)) == it.space.count()


@given(small_trees())
@exactly
def test_resolve_forgets_what_was_resolved_before(small: SmallTree) -> None:
    """One tree resolves all assignments in turn as kconfiglib does each afresh."""
    with known(small) as it:
        for resolution in it.resolutions:
            assert dict(resolution.values) == dict(it.tree.resolve(resolution.assignment))


@given(small_trees())
@exactly
def test_every_resolution_is_accepted(small: SmallTree) -> None:
    """Asking for the values that an assignment resolves to is always possible."""
    with known(small) as it:
        for values in it.reached(it.logical):
            wanted = dict(zip(it.logical, values, strict=True))
            solution = it.space.solve(wanted)
            assert solution is not None, wanted
            assert wanted == only(solution, it.logical)


@given(small_trees())
@exactly
def test_pairs_of_values_are_possible_exactly_if_brute_force_reaches_them(small: SmallTree) -> None:
    """Asking for two values has an answer if and only if some assignment gives both."""
    with known(small) as it:
        for left, right in itertools.combinations(it.logical[:6], 2):
            reached = it.reached([left, right])
            for values in itertools.product("nmy", repeat=2):
                solution = it.space.solve(dict(zip((left, right), values, strict=True)))
                assert (values in reached) == (solution is not None), (left, right, values)


@given(small_trees())
@exactly
def test_samples_resolve_to_themselves(small: SmallTree) -> None:
    """A sample's user values give the sample back, in kconfiglib and in Tree.resolve."""
    with known(small) as it:
        samples = list(it.space.sample(10, seed=1))
        assert len(samples) == 10
        for sample in samples:
            assert dict(sample) == strategies.resolve(it.kconfig, sample.assignment)
            assert dict(sample) == dict(it.tree.resolve(sample.assignment))


@given(small_trees())
@exactly
def test_solutions_resolve_to_themselves(small: SmallTree) -> None:
    """A solution's user values give the solution back, whatever values were asked for."""
    with known(small) as it:
        for name in it.logical:
            for value in sorted(it.values(name)):
                solution = it.space.solve({name: value})
                assert solution is not None, (name, value)
                assert value == solution[name]
                assert dict(solution) == strategies.resolve(it.kconfig, solution.assignment)


@given(small_trees())
@exactly
def test_a_random_seed_repeats_its_samples(small: SmallTree) -> None:
    """The same seed gives the same samples."""
    with known(small) as it:
        first, second = ([dict(s) for s in it.space.sample(5, seed=7)] for _ in range(2))
        assert first == second


@given(small_trees(numbers=False))
@exactly
def test_samples_reach_every_configuration(small: SmallTree) -> None:
    """Of a handful of configurations, hundreds of samples leave none out."""
    with known(small) as it:
        reached = it.reached(it.logical)
        assume(len(reached) <= 6)
        samples = it.space.sample(300, seed=3)
        assert reached == {tuple(s[name] for name in it.logical) for s in samples}


@given(small_trees())
@exactly
def test_evaluate_is_resolve_for_many_assignments_at_once(small: SmallTree) -> None:
    """Columns of user values give the configurations that Tree.resolve gives one by one."""
    with known(small) as it:
        kinds = strategies.types(it.kconfig)
        chosen = [
            r for r in it.resolutions
            if all(kinds[n] in strategies.LOGICAL for n in r.assignment)
        ]  # fmt: skip
        chosen = chosen[:: len(chosen) // 150 + 1]
        evaluated = it.space.evaluate(Assignments.of([r.assignment for r in chosen]))
        assert len(chosen) == len(evaluated)
        for resolution, configuration in zip(chosen, evaluated, strict=True):
            assert dict(resolution.values) == dict(configuration), resolution.assignment


@given(small_trees())
@exactly
def test_evaluate_of_numbers_and_texts_agrees_or_refuses_by_name(small: SmallTree) -> None:
    """A user value of an int, hex or string counts as in Tree.resolve, or is refused."""
    with known(small) as it:
        kinds = strategies.types(it.kconfig)
        chosen = [
            r
            for r in it.resolutions
            if any(kinds[n] not in strategies.LOGICAL for n in r.assignment)
        ]
        for resolution in chosen[:: len(chosen) // 20 + 1]:
            assignment = resolution.assignment
            try:
                configurations = list(it.space.evaluate(Assignments.of([assignment])))
            except InputError as error:
                refused = str(error)
                assert any(name in refused for name in assignment), refused
                continue
            assert [dict(resolution.values)] == [dict(c) for c in configurations], assignment


@given(small_trees(budget=10**15, most=20), st.randoms(use_true_random=False))
@exactly
def test_trees_beyond_brute_force_are_exact_both_ways(small: SmallTree, rng: random.Random) -> None:
    """Random resolutions are accepted and evaluated; samples resolve to themselves."""
    with small.written() as path:
        kconfig, tree = strategies.plain(path), Tree.load(path)
        space, names = Space.of(tree), strategies.logical(kconfig)
        parts = strategies.states(kconfig)
        states = [
            [s for s in part if all(value in ("n", "m", "y") for _, value in s)] for part in parts
        ]
        assignments = [dict(p for part in states for p in rng.choice(part)) for _ in range(20)]
        resolved = [strategies.resolve(kconfig, assignment) for assignment in assignments]
        assert resolved == [dict(c) for c in space.evaluate(Assignments.of(assignments))]
        for values in resolved:
            solution = space.solve(only(values, names))
            assert solution is not None, values
            assert dict(solution) == strategies.resolve(kconfig, solution.assignment)
        for sample in space.sample(10, seed=1):
            assert dict(sample) == strategies.resolve(kconfig, sample.assignment)


@given(small_trees())
@exactly
def test_dead_symbols_are_those_that_no_assignment_turns_on(small: SmallTree) -> None:
    """dead() and always_on() name what is n, and what is not n, in every configuration."""
    with known(small) as it:
        assert {n for n in it.logical if it.values(n) == {"n"}} == set(it.space.dead())
        always = set(it.space.always_on())
        assert {n for n in it.logical if "n" not in it.values(n)} == always


@given(small_trees(), st.data())
@exactly
def test_explain_has_reasons_for_what_cannot_be(small: SmallTree, data: st.DataObject) -> None:
    """A value has a configuration if some assignment gives it, and reasons if none does."""
    with known(small) as it:
        name = data.draw(st.sampled_from(it.logical))
        for value in it.domain(name):
            explanation = it.space.explain(name, value)
            possible = value in it.values(name)
            assert possible == explanation.is_possible
            assert possible == (explanation.configuration is not None)
            if explanation.configuration is None:
                assert explanation.notes, (name, value)
            else:
                assert value == explanation.configuration[name]


@given(small_trees(), st.data())
@exactly
def test_fixes_make_the_wanted_value_take(small: SmallTree, data: st.DataObject) -> None:
    """A fix resolves to the wanted value and to what it says; none is offered where none can."""
    with known(small) as it:
        start = data.draw(st.sampled_from(it.resolutions))
        name = data.draw(st.sampled_from(it.logical))
        for value in it.domain(name):
            fixes = it.space.fixes(start.assignment, {name: value})
            assert (value in it.values(name)) == bool(fixes), (name, value)
            for fix in fixes:
                got = strategies.resolve(it.kconfig, fix.assignment)
                assert value == got[name]
                said = {n: text for n, text in fix.changes.items() if text is not None}
                assert said == only(got, list(said))


@given(small_trees(numbers=False, choices=False), st.data())
@exactly
def test_fixes_are_the_smallest_changes(small: SmallTree, data: st.DataObject) -> None:
    """No assignment that gives the wanted value changes or loses fewer values than a fix."""
    with known(small) as it:
        start = data.draw(st.sampled_from(it.resolutions))
        name = data.draw(st.sampled_from(it.logical))
        for value in sorted(it.values(name)):
            giving = [r for r in it.resolutions if r.values[name] == value]
            nearest = min(harm(start, resolution, name) for resolution in giving)
            for fix in it.space.fixes(start.assignment, {name: value}):
                values = strategies.resolve(it.kconfig, fix.assignment)
                made = Resolution(fix.assignment, values)
                assert (nearest, nearest) == (harm(start, made, name), fix.size)
                kept = {n for n in start.assignment if n not in fix.changes}
                lost = {
                    n: start.assignment[n]
                    for n in kept - {name}
                    if start.values[n] == start.assignment[n] != values[n]
                }
                assert lost == dict(fix.lost)
