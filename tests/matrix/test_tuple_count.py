# SPDX-License-Identifier: MIT
"""How many tuples some configurations have, against sets of tuples."""

from __future__ import annotations

import itertools
import random

import pytest

from kvariant.kconfig import Configuration, SymbolType
from kvariant.matrix.coverage import ExercisedValues, SharedTuples
from kvariant.matrix.tuple_count import tuple_count


def drawn(random_: random.Random) -> list[Configuration]:
    """Return configurations of a few symbols; some columns, and some rows, are equal."""
    width = random_.randint(1, 7)
    columns = [random_.randint(0, width - 1) for _ in range(width)]
    rows = []
    for _ in range(random_.randint(0, 90 if random_.random() < 0.2 else 6)):
        texts = [random_.choice("nmy" if i % 2 else "ny") for i in range(width)]
        rows.append([texts[columns[i]] for i in range(width)])
    return [
        Configuration(
            values_={f"S{i}": text for i, text in enumerate(row)},
            types={f"S{i}": SymbolType.TRISTATE for i in range(width)},
            assignment={},
        )
        for row in rows
    ]


@pytest.mark.parametrize("strength", [1, 2, 3, 4])
def test_counted(strength: int) -> None:
    """The number is that of the different sets of values, of all lanes and of some."""
    random_ = random.Random(strength)
    counts = set()
    for _ in range(150):
        rows = drawn(random_)
        names = list(rows[0]) if rows else []
        values = ExercisedValues.of(rows, names)
        lanes = [lane for lane in range(len(rows)) if random_.random() < 0.5]
        for some in (lanes, list(range(len(rows)))):
            expected = {
                found
                for lane in some
                for found in itertools.combinations(sorted(rows[lane].items()), strength)
            }
            assert tuple_count(values, strength, some) == len(expected)
            counts.add(len(expected))
        assert tuple_count(values, strength) == len(expected)
    assert len(counts) > 10, "there was something to count"


def test_parts_joined() -> None:
    """Tuples of two trees over the lanes of both: those of each stand beside those of the other."""
    random_ = random.Random(5)
    for _ in range(50):
        first, second = drawn(random_), drawn(random_)
        if not first or not second:
            continue
        places = random_.sample(range(len(first) + len(second)), len(first))
        others = [i for i in range(len(first) + len(second)) if i not in places]
        parts = []
        for rows, lanes in ((first, places), (second, others)):
            found = SharedTuples.of(ExercisedValues.of(rows, list(rows[0])), 2)
            parts.append(found.among(lanes, len(first) + len(second)))
        whole = SharedTuples.joined(parts)
        rows_at = dict(zip([*places, *others], [*first, *second], strict=True))
        for lane, row in rows_at.items():
            assert whole.gains[lane] == len(list(itertools.combinations(row, 2)))
        kept = [lane for lane in rows_at if random_.random() < 0.5]
        expected = {
            (lane in places, found)
            for lane in kept
            for found in itertools.combinations(sorted(rows_at[lane].items()), 2)
        }
        assert whole.covered(kept) == len(expected)
