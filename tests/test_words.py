# SPDX-License-Identifier: MIT
"""How messages say numbers."""

from __future__ import annotations

import pytest

from kvariant.words import agreeing, counted, rounded, shortened, tuple_noun


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


@pytest.mark.parametrize("length", [0, 1, 400, 443, 444, 500, 100_000])
def test_long_texts_say_where_the_rest_is(length: int) -> None:
    """A text is whole, or its beginning, how much is not told and what has that."""
    text = "x" * length
    told = shortened(text, "LOG")
    if told != text:
        assert told == f"{'x' * 400}... ({length - 400:,} characters more: LOG)"
        assert len(told) <= length
    assert (told == text) == (length <= 443)


def test_one_has_no_s() -> None:
    """A number and its noun agree."""
    assert ["1 other", "2 others", "0 others"] == [counted(n, "other") for n in (1, 2, 0)]
    assert ["1 branch", "2 branches"] == [counted(n, "branch", "branches") for n in (1, 2)]
    assert ["is", "are", "are"] == [agreeing(n, "is", "are") for n in (1, 2, 0)]
    assert ["1 pair", "3 triples", "2 4-tuples"] == [
        counted(n, tuple_noun(strength)) for n, strength in ((1, 2), (3, 3), (2, 4))
    ]
