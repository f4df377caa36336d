# SPDX-License-Identifier: MIT
"""How reports say numbers."""

from __future__ import annotations

import pytest

from kvariant.report.words import counted, rounded


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0"),
        (4_688, "4,688"),
        (10**15 - 1, "999,999,999,999,999"),
        (10**15, "1.0000e15"),
        (66_860 * 10**283, "6.6860e287"),
        (2**4000, "1.3182e1204"),
    ],
)
def test_many_digits_are_cut(number: int, said: str) -> None:
    """A count is said in full up to 15 digits; of a longer one the first five are."""
    assert said == rounded(number)


def test_one_has_no_s() -> None:
    """A number and its noun agree."""
    assert ["1 other", "2 others", "0 others"] == [counted(n, "other") for n in (1, 2, 0)]
