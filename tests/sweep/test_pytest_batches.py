# SPDX-License-Identifier: MIT
"""How many variants each pytest process takes."""

from __future__ import annotations

import pytest

from kvariant.sweep.pytest_batches import batch_sizes


@pytest.mark.parametrize(
    ("count", "jobs", "expected"),
    [
        (0, 2, []),
        (1, 8, [1]),
        (23, 2, [12, 11]),
        (23, 1, [23]),
        (1016, 1, [400, 400, 216]),
        (1016, 2, [381, 238, 148, 93, 58, 36, 23, 16, 16, 7]),
    ],
)
def test_sizes(count: int, jobs: int, expected: list[int]) -> None:
    """Few variants are shared out evenly; of many, the first batches are large."""
    assert expected == list(batch_sizes(count, jobs))


@pytest.mark.parametrize("jobs", [1, 2, 3, 16])
def test_nothing_is_left_out(jobs: int) -> None:
    """Every variant is in a batch, and those that come later are no larger."""
    for count in (1, 2, 15, 16, 17, 100, 1000, 5000):
        sizes = list(batch_sizes(count, jobs))
        assert sum(sizes) == count
        assert min(sizes) > 0
        assert sizes == sorted(sizes, reverse=True)
