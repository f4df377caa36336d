# SPDX-License-Identifier: MIT
"""The key `numbers`: what a newcomer's ports and sizes cost, and what is said of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.errors import InputError
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from kvariant.plan import Plan, Selection
from kvariant.plan.lock import Lock
from kvariant.plan.relocking import relocked
from kvariant.project import Project
from kvariant.report import matrix_json, matrix_text
from kvariant.space import Space

pytestmark = pytest.mark.usefixtures("little_effort")

BOOLS = [f"B{index}" for index in range(13)]
NUMBERS = """
config PORT
	int "port"
	range 1 65535
	default 8080
config POOL_SIZE
	int "pool"
	range 1 64
	default 8
config RATE
	int "rate"
	range 1 1000
	default 100
config NAME
	string "name"
	default "server"
"""
KCONFIG = "".join(f'config {name}\n\tbool "{name}"\n' for name in BOOLS) + NUMBERS
ALL_READ = "".join(f"{{% if {name} %}}{name} {{% endif %}}" for name in BOOLS)
VALUES = "{{ PORT }} {{ POOL_SIZE }} {{ RATE }} {{ NAME }}\n"

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return a function that plans a matrix of a newcomer's project."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")

    def make(template: str = VALUES, matrix: str = "distinct", toml: str = "", **keys: Any) -> Plan:
        (tmp_path / "templates/conf.h.j2").write_text(template, encoding="utf-8")
        text = f'[generate]\ntemplates = "templates"\n{toml}'
        (tmp_path / "kvariant.toml").write_text(text, encoding="utf-8")
        selection = Selection(matrix=matrix, keys=keys, folder=tmp_path)
        return Plan.of(Project.find(tmp_path), selection)

    return make


def test_a_newcomers_numbers_are_few(planned: Planned) -> None:
    """Three ints have three values each, and how many there are is said."""
    plan = planned("{% if B0 and B3 %}x{% endif %}" + VALUES)
    rows = [variant.configuration for variant in plan.matrix]
    assert 54 == len(rows)
    edges = itertools.product(("1", "8080", "65535"), ("1", "8", "64"), ("1", "100", "1000"))
    assert set(edges) == {(r["PORT"], r["POOL_SIZE"], r["RATE"]) for r in rows}
    assert matrix_text(plan.matrix).splitlines()[-1] == (
        "54 variants stand for all combinations of 2 options, the edges of 3 numbers and the named"
        " values of 1 string; PORT has 65,535 values, 3 of them chosen; POOL_SIZE has 64 values,"
        " 3 of them chosen; RATE has 1,000 values, 3 of them chosen; of NAME 1 value is chosen"
    )
    record = matrix_json(plan.matrix)
    assert isinstance(record["numbers"], dict)
    assert {"values": ["1", "8", "64"], "of": 64} == record["numbers"]["POOL_SIZE"]
    assert (108, 108) == (record["combinations"], _feasible(plan))


def test_what_templates_compare_with_is_an_edge(planned: Planned) -> None:
    """Both sides of a comparison in a template are rendered."""
    plan = planned("{% if PORT > 1024 %}high{% endif %}{% if NAME == 'x' %}x{% endif %}")
    assert 4 == len(plan.matrix)
    (number, name) = plan.matrix.numbers
    assert ("1", "1023", "1024", "1025", "8080", "65535") == number.texts
    assert {"server", "x"} == set(name.texts)


def test_too_many_are_counted_and_a_limit_is_asked_for(planned: Planned) -> None:
    """221,184 combinations of 13 options and 3 numbers are not listed, but counted."""
    with pytest.raises(InputError, match="221,184 combinations of 13 options, the edges of 3 numb"):
        planned(ALL_READ + VALUES)


def test_a_limit_takes_what_covers_most_pairs(planned: Planned) -> None:
    """Fifty of 221,184 have every pair of values, which an independent count confirms."""
    plan = planned(ALL_READ + VALUES, max_variants=50)
    rows = [variant.configuration for variant in plan.matrix]
    names, tuples = plan.matrix.symbols, plan.matrix.tuples
    assert tuples is not None
    assert 50 == len(rows) == len({tuple(row[n] for n in names) for row in rows})
    had = {((a, row[a]), (b, row[b])) for row in rows for a, b in itertools.combinations(names, 2)}
    sizes = {name: 2 if name in BOOLS else 1 if name == "NAME" else 3 for name in names}
    every = sum(sizes[a] * sizes[b] for a, b in itertools.combinations(names, 2))
    assert (2, every, len(had)) == (tuples.strength, tuples.feasible, tuples.covered)
    assert 221_184 == plan.matrix.combinations
    assert "there are 221,184 combinations" in matrix_text(plan.matrix)
    few = planned(ALL_READ + VALUES, max_variants=3).matrix.tuples
    assert few is not None
    assert few.covered < every
    assert few.feasible - few.covered == len(few.uncovered)
    _verified(planned(ALL_READ + VALUES, max_variants=3))


def test_of_equal_classes_those_come_first_that_add_most_pairs(planned: Planned) -> None:
    """A limit of nine takes rows that have all pairs of three numbers' three values."""
    plan = planned(VALUES, max_variants=9)
    rows = [variant.configuration for variant in plan.matrix]
    numbers = ("PORT", "POOL_SIZE", "RATE")
    pairs = {(a, b, r[a], r[b]) for r in rows for a, b in itertools.combinations(numbers, 2)}
    assert (9, 27) == (len(rows), len(pairs))


def test_pairs_of_options_and_numbers_that_are_named(planned: Planned) -> None:
    """T-wise and toggles take the numbers that `symbols` names, and prove what they cover."""
    plan = planned(matrix="pairwise", symbols=("B0", "B1", "PORT", "RATE"))
    tuples = plan.matrix.tuples
    assert tuples is not None
    assert (4 + 4 * 6 + 9,) * 2 == (tuples.feasible, tuples.covered)
    assert 9 == len(plan.matrix) == plan.matrix.lower_bound
    _verified(plan)
    plan = planned(matrix="toggles", symbols=("B0", "PORT", "NAME"))
    assert (3, 6) == (len(plan.matrix), _feasible(plan))
    _verified(plan)
    plan = planned(matrix="pairwise")
    assert () == plan.matrix.numbers
    assert 4 * 13 * 12 // 2 == _feasible(plan)


def test_edges_never_narrow_the_space(planned: Planned) -> None:
    """What is in always, or comes from a base, has whatever values it has."""
    plan = planned(VALUES)
    assert "9" in Space.of(plan.tree).possible("POOL_SIZE")
    (plan.project.root / "configs").mkdir()
    own = plan.project.root / "configs/own.config"
    own.write_text("CONFIG_POOL_SIZE=33\n", encoding="utf-8")
    plan = planned("{{ PORT }}", include=("own",))
    assert ["33", "8", "8"] == [variant.configuration["POOL_SIZE"] for variant in plan.matrix]
    plan = planned(matrix="pairwise", symbols=("B0", "POOL_SIZE"), include=("own",))
    assert {"1", "8", "33", "64"} == {v.configuration["POOL_SIZE"] for v in plan.matrix}
    plan = planned("{{ PORT }}", base="configs/own.config")
    assert {"33"} == {variant.configuration["POOL_SIZE"] for variant in plan.matrix}


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("edges", {"PORT": 3, "POOL_SIZE": 3, "RATE": 3}),
        ({"PORT": ("80", "443")}, {"PORT": 2, "POOL_SIZE": 3, "RATE": 3}),
        ({"PORT": ("80",), "*": "edges", "POOL_SIZE": "all"}, {"PORT": 1, "POOL_SIZE": 64}),
        ({"*": ("5", "7"), "NAME": "edges", "RATE": "edges"}, {"PORT": 2, "RATE": 3}),
        ({"P*": ("5",), "POOL_SIZE": ("6", "7")}, {"PORT": 1, "POOL_SIZE": 2, "RATE": 3}),
        ({"RATE": "all", "PORT": ("80",), "POOL_SIZE": ("8",)}, {"RATE": 1_000}),
    ],
)
def test_values_can_be_listed(planned: Planned, numbers: Any, expected: Mapping[str, int]) -> None:
    """By name, by glob, all of them, or where something changes."""
    plan = planned(numbers=numbers)
    sizes = {n: len({v.configuration[n] for v in plan.matrix}) for n in expected}
    assert expected == sizes


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("numbers = 5", 'must be "edges", "all" or a table'),
        ('numbers = "edge"', 'must be "edges", "all" or a table'),
        ("numbers = { PORT = 80 }", 'of PORT there must be "edges" or "all", or a list of values'),
        ("numbers = { PORT = [] }", "of PORT there must be"),
        ("numbers = { PORT = [true] }", "of PORT there must be"),
        ("numbers = { PROT = [80] }", r"(?s)named PROT.*did you mean PORT \(.*Kconfig:\d+\)\?"),
        ("numbers = { B0 = [1] }", "B0 is a bool: it has no values to choose but its own"),
        ("numbers = { PORT = [0] }", "(?s)no configuration has PORT=0.*1 to 65,535"),
        ('numbers = { PORT = ["x"] }', "PORT is an int; 'x' is none of its values"),
        ('numbers = "all"', "PORT has 65,535 values: at most 4,096 can be chosen"),
        ('numbers = { NAME = "all" }', "NAME is a string: there is no end of its values"),
    ],
)
def test_what_cannot_be_chosen_is_refused(planned: Planned, toml: str, message: str) -> None:
    """The offending value, what is allowed, the nearest name, at its line."""
    table = f'[matrix.distinct]\nstrategy = "distinct"\n{toml}\n'
    with pytest.raises(InputError, match=message) as caught:
        planned(toml=table)
    assert re.match(r"\S*kvariant\.toml:5:", str(caught.value)), str(caught.value)


def test_a_lock_is_the_same_bytes_where_nothing_changed(planned: Planned) -> None:
    """Writing again, and again, changes no byte; a row that somebody edited is chosen anew."""
    names = [*BOOLS[:7], "PORT", "RATE"]
    spelled = ", ".join(f'"{name}"' for name in names)
    table = f'[matrix.pairs]\nstrategy = "t-wise"\nsymbols = [{spelled}]\n'
    plan = planned(toml=table, matrix="pairs")
    project, tree = plan.project, plan.tree

    def written(lock: Lock) -> Lock:
        names = ["pairs", "toggles", "distinct"]
        return relocked(project, tree, plan.templates, lock, names, anew=True).over(lock)

    first = written(Lock({}))
    assert first.text() == written(first).text() == written(written(first)).text()
    assert {"1", "8080", "65535"} == set(first.matrices["pairs"].symbols["PORT"])


def _feasible(plan: Plan) -> int:
    assert plan.matrix.tuples is not None
    return plan.matrix.tuples.feasible


def _verified(plan: Plan) -> None:
    """Have the independent verifier look at what was chosen."""
    import json

    written = Written.parse(json.dumps(matrix_json(plan.matrix)))
    space = Space.of(plan.tree).narrowed(plan.promise.chosen)
    verdict = verify(space, written, plan.promise)
    assert () == verdict.faults
    assert verdict.covered == _covered(plan)


def _covered(plan: Plan) -> int:
    assert plan.matrix.tuples is not None
    return plan.matrix.tuples.covered
