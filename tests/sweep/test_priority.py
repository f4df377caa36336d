# SPDX-License-Identifier: MIT
"""The order in which variants run when time is short, against plain loops over sets."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest

from kvariant.kconfig import Configuration, SymbolType
from kvariant.matrix.coverage import ExercisedValues, SharedTuples
from kvariant.sweep.priority import Urgency, Waiting, prioritized

Rows = Sequence[Sequence[str]]


def shared(rows: Rows, strength: int) -> SharedTuples:
    """Return the tuples of rows of values."""
    configurations = [
        Configuration(
            values_={f"S{i}": text for i, text in enumerate(row)},
            types={f"S{i}": SymbolType.TRISTATE for i in range(len(row))},
            assignment={},
        )
        for row in rows
    ]
    return SharedTuples.of(ExercisedValues.of(configurations, list(configurations[0])), strength)


def tuples(row: Sequence[str], strength: int) -> set[object]:
    """Return the combinations of values of a row."""
    return set(itertools.combinations(enumerate(row), strength))


def by_hand(
    waiting: Sequence[Waiting], rows: Rows, strength: int, ended: Sequence[int]
) -> list[int]:
    """Return the order by the definition: each time, all that is left is looked at."""
    covered: set[object] = set()
    for lane in ended:
        covered |= tuples(rows[lane], strength)
    order = []
    for urgency in Urgency:
        group = [one for one in waiting if one.urgency is urgency]
        known = [one.seconds for one in group if one.seconds is not None]
        usual = sum(known) / len(known) if known else 1.0

        def seconds(one: Waiting, usual: float = usual) -> float:
            return max(usual if one.seconds is None else one.seconds, 1e-3)

        while group:
            best = min(
                group,
                key=lambda one: (
                    -len(tuples(rows[one.lane], strength) - covered) / seconds(one),
                    seconds(one),
                    one.lane,
                ),
            )
            group.remove(best)
            covered |= tuples(rows[best.lane], strength)
            order.append(best.lane)
    return order


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_as_it_is_defined(strength: int) -> None:
    """Failures, then what never ran, then the rest; in each most new tuples a second first."""
    random_ = random.Random(strength)
    for _ in range(150):
        width = random_.randint(strength, 5)
        rows = [[random_.choice("ny") for _ in range(width)] for _ in range(random_.randint(1, 9))]
        lanes = random_.sample(range(len(rows)), random_.randint(0, len(rows)))
        ended = [lane for lane in range(len(rows)) if lane not in lanes and random_.random() < 0.5]
        times = [None, 0.0, 0.5, 1.0, 2.0, 8.0]
        waiting = [
            Waiting(lane, random_.choice(list(Urgency)), random_.choice(times)) for lane in lanes
        ]
        found = prioritized(waiting, shared(rows, strength), ended)
        assert found == by_hand(waiting, rows, strength, ended)


def test_each_its_own() -> None:
    """Where each variant is one thing to cover the shortest go first, equals as they stand."""
    waiting = [
        Waiting(lane, Urgency.NEVER_RAN, s) for lane, s in enumerate([3.0, 1.0, None, 1.0, 2.0])
    ]
    # The third takes as long as the mean of the others: 1.75 s.
    assert prioritized(waiting, None) == [1, 3, 2, 4, 0]


def test_never_far_behind() -> None:
    """With equal times its first k have 1 - 1/e of what the best have at least [Nemhauser 1978]."""
    random_ = random.Random(11)
    worst = 1.0
    for _ in range(60):
        rows = [[random_.choice("ny") for _ in range(4)] for _ in range(7)]
        waiting = [Waiting(lane, Urgency.NEVER_RAN, 1.0) for lane in range(7)]
        order = prioritized(waiting, shared(rows, 2))
        for size in range(1, 7):
            best = max(
                len(set().union(*(tuples(rows[lane], 2) for lane in some)))
                for some in itertools.combinations(range(7), size)
            )
            own = len(set().union(*(tuples(rows[lane], 2) for lane in order[:size])))
            worst = min(worst, own / best)
    assert 1 - 1 / 2.718281828 < worst < 1
