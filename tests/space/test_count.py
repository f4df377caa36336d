"""Counts: exact, or a reason."""

from __future__ import annotations

import importlib.util

import pytest

from kvariant import Space
from kvariant.errors import MissingError
from kvariant.space import count

from .conftest import MakeTree

FREE = "".join(f'config S{i}\n\tbool "s"\n' for i in range(40))
needs_counter = pytest.mark.skipif(
    importlib.util.find_spec("pyganak") is None, reason="pyganak is not installed"
)


@needs_counter
def test_free_options_double_the_number(make_tree: MakeTree) -> None:
    """Variables in no clause count as well."""
    space = Space.of(make_tree(FREE))
    assert space.count() == 2**40
    assert space.count(["S1", "S2"]) == 4


BOUND = 'config S0\n\tbool "0"\n' + "".join(
    f'config S{i}\n\tbool "{i}"\n\tdepends on !S{i - 1}\n' for i in range(1, 40)
)
"""No two neighbours are on: as many configurations as Fibonacci's numbers say."""
FIBONACCI = [1, 2]
for _ in range(40):
    FIBONACCI.append(sum(FIBONACCI[-2:]))


@needs_counter
def test_neighbours_that_exclude_each_other(make_tree: MakeTree) -> None:
    """The number of forty is the closed form's."""
    assert Space.of(make_tree(BOUND)).count() == FIBONACCI[40]


@needs_counter
def test_running_out_of_time_says_so(make_tree: MakeTree) -> None:
    """The message has what is known, the exit code is that of missing time."""
    with pytest.raises(MissingError, match=r"not counted in 0\.0001 s; there are at least 1"):
        Space.of(make_tree(BOUND)).count(time_limit=0.0001)


def test_without_the_counter_small_spaces_are_listed(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that share no clause are multiplied; a large one names the extra."""
    monkeypatch.setattr(count, "has_counter", lambda: False)
    space = Space.of(make_tree(FREE))
    assert space.count([f"S{i}" for i in range(5)]) == 32
    assert space.count() == 2 ** len(space.symbols)
    space = Space.of(make_tree(BOUND))
    assert space.count([f"S{i}" for i in range(10)]) == FIBONACCI[10]
    with pytest.raises(MissingError, match=r"kvariant\[exact\]"):
        space.count()
