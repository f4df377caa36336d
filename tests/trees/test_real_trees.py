# SPDX-License-Identifier: MIT
"""The space of real trees by kconfiglib's rules, both ways against kconfiglib.

KVARIANT_SAMPLES=N takes N samples and N random assignments of each tree, and proves the
dead symbols of the large trees too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from foreign import Foreign

from kvariant import Assignments

LARGE = "KVARIANT_SAMPLES" in os.environ
SAMPLES = int(os.environ.get("KVARIANT_SAMPLES", "3"))


def differing(
    expected: Mapping[str, str], actual: Mapping[str, str]
) -> dict[str, tuple[str, str | None]]:
    """Return the symbols whose values differ: expected and actual."""
    return {n: (v, actual.get(n)) for n, v in expected.items() if v != actual.get(n)}


def test_the_symbols_are_those_of_kconfiglib(foreign: Foreign) -> None:
    """Every symbol that kconfiglib knows is there, in its order and with its type."""
    assert dict(foreign.reference.types) == {
        n: s.type.value for n, s in foreign.tree.symbols.items()
    }


def test_samples_resolve_to_themselves(foreign: Foreign) -> None:
    """A sample's user values, written as a fragment, give the same value for every symbol."""
    samples = list(foreign.space.sample(SAMPLES, seed=1))
    assert len(samples) == SAMPLES
    for sample in samples:
        assert differing(foreign.reference.resolve(sample.assignment), sample) == {}


def test_resolutions_are_accepted(foreign: Foreign) -> None:
    """What kconfiglib makes of a random assignment is a configuration of the space."""
    for seed in range(SAMPLES):
        values = foreign.reference.resolve(foreign.reference.random_assignment(seed))
        wanted = {name: values[name] for name in foreign.logical}
        solution = foreign.space.solve(wanted)
        assert solution is not None, seed
        assert differing(wanted, solution) == {}


def test_solutions_resolve_to_themselves(foreign: Foreign) -> None:
    """Turning on one symbol that a random assignment left off gives a true configuration."""
    off = foreign.reference.resolve(foreign.reference.random_assignment(1))
    names = [name for name in foreign.logical if off[name] == "n"]
    found = 0
    for name in names[:: len(names) // SAMPLES + 1]:
        solution = foreign.space.solve({name: "y"})
        if solution is None:
            continue
        found += 1
        assert solution[name] == "y"
        assert differing(foreign.reference.resolve(solution.assignment), solution) == {}
    assert found


def test_evaluate_is_kconfiglib_for_many_assignments_at_once(foreign: Foreign) -> None:
    """Columns of random user values give kconfiglib's configurations."""
    assignments = [
        foreign.reference.random_assignment(seed) for seed in range(100, 100 + 2 * SAMPLES)
    ]
    evaluated = foreign.space.evaluate(Assignments.of(assignments))
    assert len(evaluated) == len(assignments)
    for assignment, configuration in zip(assignments, evaluated, strict=True):
        assert differing(foreign.reference.resolve(assignment), configuration) == {}


def test_dead_and_always_on_symbols_are_so_in_random_configurations(foreign: Foreign) -> None:
    """No random assignment turns a dead symbol on, or an always-on symbol off."""
    if foreign.name != "busybox" and not LARGE:
        pytest.skip(f"half a minute on {foreign.name}: set KVARIANT_SAMPLES")
    dead, always = set(foreign.space.dead()), set(foreign.space.always_on())
    assert always
    for seed in range(200, 200 + SAMPLES):
        values = foreign.reference.resolve(foreign.reference.random_assignment(seed))
        assert {name for name in dead if values[name] != "n"} == set()
        assert {name for name in always if values[name] == "n"} == set()
