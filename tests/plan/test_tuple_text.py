# SPDX-License-Identifier: MIT
"""Tuples as lines of a lock, read back as they were."""

from __future__ import annotations

import pytest

from kvariant.plan.tuple_text import tuple_text, tuple_values


@pytest.mark.parametrize(
    "values",
    [
        {"A": "y", "B": "n"},
        {"A": "", "PORT": "0x10"},
        {"GREETING": "two words", "B": "n"},
        {"GREETING": 'say "x=y"', "PATH": "C:\\a b"},
        {"GREETING": "a=b"},
        {"[A && !B]": "true", "NET": "y"},
        {'[S = "a]b" && N > 3]': "false", '[S != "x = \\" y"]': "true"},
        {"S": "line\nbreak", "T": "\t"},
        {"S": "ü", "T": "[A]=true"},
    ],
)
def test_it_is_read_as_it_was_written(values: dict[str, str]) -> None:
    """Whatever the values are, the line says them, in their order."""
    text = tuple_text(values)
    assert "\n" not in text
    found = tuple_values(text)
    assert found is not None
    assert list(values.items()) == list(found.items())


def test_what_is_no_tuple() -> None:
    """A line that somebody has damaged says nothing, instead of something else."""
    for text in ("A", "A=y B", '"', 'A="x', "[A=true", "=y"):
        assert tuple_values(text) is None, text


def test_plain_tuples_are_as_they_always_were() -> None:
    """Locks that are there are not written otherwise."""
    assert tuple_text({"SWAP": "n", "ZSWAP": "y", "EMPTY": ""}) == "SWAP=n ZSWAP=y EMPTY="
