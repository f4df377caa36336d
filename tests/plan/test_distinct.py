# SPDX-License-Identifier: MIT
"""`distinct`: one variant for each different result, and what it stands for."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import strategies
from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Tree
from kvariant.matrix import StrategyRequest
from kvariant.plan import Plan, Selection
from kvariant.plan.distinct import distinct
from kvariant.project import Project
from kvariant.report import matrix_text
from kvariant.space import Space
from strategies import SmallTree, small_trees

ROOT = Path(__file__).parents[2]
KCONFIG = """
config NET
	bool "net"

config TLS
	bool "tls"
	depends on NET

config DEPTH
	int "depth"
	range 1 3
	default 2

config LEVEL
	int "level"
	range 1 2
	default 1

config UNREAD
	bool "read by no template"

config FULL
	def_bool TLS && UNREAD
"""
TEMPLATES = {
    "net.py.j2": "NET = {{ NET }}\n{% if TLS %}DEEP = {{ DEPTH > 2 }}\n{% endif %}",
    "tls.py.j2": "{% include '_shared.j2' %}TLS = 1\n",
    "_shared.j2": "{% if NET and TLS %}import ssl\n{% endif %}",
}

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return a function that plans `distinct` in a small project."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    for name, text in TEMPLATES.items():
        (tmp_path / "templates" / name).write_text(text, encoding="utf-8")

    def plan(table: str = "", **keys: Any) -> Plan:
        text = f'[generate]\ntemplates = "templates"\n{table}'
        (tmp_path / "kvariant.toml").write_text(text, encoding="utf-8")
        selection = Selection(matrix="distinct", keys=keys, folder=tmp_path)
        return Plan.of(Project.find(tmp_path), selection)

    return plan


def rendered(plan: Plan, configuration: Configuration) -> Mapping[str, str]:
    """Return the files of a configuration, without the records."""
    assert plan.templates is not None
    # Not `render`, which like `distinct` trusts what a file is said to read.
    return {output: plan.templates.text(output, configuration) for output in plan.templates.outputs}


def frozen(files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return files as a key."""
    return tuple(sorted(files.items()))


def test_each_variant_stands_for_what_renders_to_it(planned: Planned, tmp_path: Path) -> None:
    """Against every assignment, resolved and rendered one by one."""
    plan = planned()
    assert ("NET", "TLS", "DEPTH") == plan.matrix.symbols
    kconfig = strategies.plain(tmp_path / "Kconfig")
    reached = {
        tuple(configuration.items()): frozen(rendered(plan, configuration))
        for assignment in strategies.assignments(kconfig)
        for configuration in [plan.tree.resolve(assignment)]
    }
    found = {frozen(rendered(plan, v.configuration)): v.stands_for for v in plan.matrix}
    assert 4 == len(found) == len(plan.matrix)
    assert Counter(reached.values()) == found
    tuples = plan.matrix.tuples
    assert tuples is not None
    assert sum(v.stands_for or 0 for v in plan.matrix) == len(reached)
    assert (tuples.feasible, tuples.covered) == (9, 9)


def test_variants_are_as_close_to_the_defaults_as_their_values_allow(planned: Planned) -> None:
    """What a class leaves open is as it is by default."""
    asked = [dict(v.symbols) for v in planned().matrix]
    assert [{}, {"NET": "y"}, {"NET": "y", "TLS": "y"}] == asked[:3]
    assert {"DEPTH", "NET", "TLS"} == asked[3].keys()


def test_named_symbols_count_with_every_value(planned: Planned) -> None:
    """Where symbols are named, or some are ignored, nothing is merged."""
    assert 4 == len(planned(symbols=("NET", "UNREAD")).matrix)
    assert 3 == len(planned(ignore=("DEPTH",)).matrix)
    assert 4 == len(planned(symbols=("templates",)).matrix)


def test_where_and_a_limit_leave_out_what_is_counted(planned: Planned) -> None:
    """A limit keeps the classes of most combinations and lists the others."""
    matrix = planned('[matrix.distinct]\nstrategy = "distinct"\nwhere = "NET"\n').matrix
    assert {"y"} == {v.configuration["NET"] for v in matrix}
    assert 3 == len(matrix)
    matrix = planned(max_variants=2).matrix
    tuples = matrix.tuples
    assert tuples is not None
    assert 2 == len(matrix)
    assert (9, 6, 3) == (tuples.feasible, tuples.covered, len(tuples.uncovered))
    assert all(values["TLS"] == "y" for values in tuples.uncovered)


def test_what_has_values_without_end_is_said(planned: Planned, tmp_path: Path) -> None:
    """Of ints without a range and of strings some values are chosen, and it is said how many."""
    assert all(number.is_whole for number in planned().matrix.numbers)
    (tmp_path / "Kconfig").write_text(KCONFIG.replace("range 1 3", ""), encoding="utf-8")
    plan = planned()
    (number,) = plan.matrix.numbers
    assert ("DEPTH", ("1", "2", "3"), None) == (number.name, number.texts, number.count)
    assert matrix_text(plan.matrix).endswith("; of DEPTH 3 values are chosen")


def test_many_variants_need_a_limit(tmp_path: Path) -> None:
    """More than a thousand are counted, and somebody has to say how many."""
    text = "".join(f'config A{i}\n\tbool "a"\n' for i in range(11))
    (tmp_path / "Kconfig").write_text(text, encoding="utf-8")
    project = Project.find(tmp_path)

    def plan(**keys: Any) -> Plan:
        keys = {"symbols": ("A*",), **keys}
        return Plan.of(project, Selection(matrix="distinct", keys=keys, folder=tmp_path))

    with pytest.raises(InputError, match="2,048 variants are distinct, and nothing limits"):
        plan()
    assert 2_048 == len(plan(max_variants=3_000).matrix)
    assert 7 == len(plan(max_variants=7).matrix)


def test_a_budget_takes_a_thousand_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a budget too many variants are no error: the ones that cover most are taken, and said.

    However it is known that they are too many: counted, met on the way, or of any strategy.
    """
    text = "".join(f'config A{i}\n\tbool "a"\n' for i in range(11))
    (tmp_path / "Kconfig").write_text(text, encoding="utf-8")
    project = Project.find(tmp_path)

    def plan(*, matrix: str = "distinct", is_budgeted: bool, **keys: Any) -> Plan:
        keys = {"symbols": ("A*",), **keys}
        return Plan.of(
            project,
            Selection(matrix=matrix, keys=keys, folder=tmp_path, is_budgeted=is_budgeted),
        )

    cut = plan(is_budgeted=True)
    assert 1_000 == len(cut.matrix)
    assert 1_000 == len({tuple(variant.configuration.values()) for variant in cut.matrix})
    assert cut.matrix.tuples is not None
    assert (2_048, 1_000) == (cut.matrix.tuples.feasible, cut.matrix.tuples.covered)
    assert ["many"] == [warning.code for warning in cut.warnings]
    whole = plan(is_budgeted=True, max_variants=1_200)
    assert (1_200, ()) == (len(whole.matrix), tuple(whole.warnings))
    # Few are as they are without a budget.
    few = ("A0", "A1", "A2")
    same = [plan(is_budgeted=each, symbols=few).matrix.variants for each in (False, True)]
    assert same[0] == same[1]
    assert 8 == len(same[0])
    monkeypatch.setattr("kvariant.plan.distinct.FEW", 1_500)
    met = plan(is_budgeted=True)
    assert 1_000 == len(met.matrix)
    assert ["many"] == [warning.code for warning in met.warnings]
    with pytest.raises(InputError, match="nothing limits"):
        plan(is_budgeted=False)
    for module in ("choice_request", "variant_limit", "chooser"):
        monkeypatch.setattr(f"kvariant.plan.{module}.MANY", 4)
    for matrix in ("pairwise", "triples"):
        strategy = {"strategy": "t-wise", "strength": 3} if matrix == "triples" else {}
        with pytest.raises(InputError, match=r"there are \d+ variants"):
            plan(matrix="pairwise", is_budgeted=False, **strategy)
        found = plan(matrix="pairwise", is_budgeted=True, **strategy)
        tuples = found.matrix.tuples
        assert tuples is not None
        assert 4 == len(found.matrix)
        assert ["many"] == [warning.code for warning in found.warnings]
        rows = [variant.configuration.values() for variant in found.matrix]
        pairs = {
            some
            for row in rows
            for some in itertools.combinations(sorted(enumerate(row)), tuples.strength)
        }
        assert tuples.covered == len(pairs) < tuples.feasible


@given(small_trees())
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_combinations_and_shares_are_those_of_brute_force(small: SmallTree) -> None:
    """Every combination of bools and tristates, with the number of configurations that have it."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > 600 or strategies.numbers(kconfig):
            return
        names = strategies.logical(kconfig)[::2]
        if not names:
            return
        tree = Tree.load(path)
        every = {
            tuple(sorted(strategies.resolve(kconfig, assignment).items()))
            for assignment in strategies.assignments(kconfig)
        }
        expected = Counter(tuple(dict(values)[name] for name in names) for values in every)
        found = distinct(
            Space.of(tree), StrategyRequest(symbols=tuple(names)), tree.resolve({}), None
        )
        assert expected == {
            tuple(c.values[name] for name in names): c.stands_for for c in found.classes
        }
        levels = [3 if strategies.types(kconfig)[name] == "tristate" else 2 for name in names]
        combinations = len(list(itertools.product(*map(range, levels))))
        assert found.tuples.infeasible == combinations - len(expected)


@pytest.fixture(scope="module")
def flagship() -> Plan:
    """Return the plan of `kvariant matrix distinct` on our own tree."""
    return Plan.of(Project.find(ROOT), Selection(matrix="distinct"))


def test_the_variants_of_our_tree_stand_for_every_configuration(flagship: Plan) -> None:
    """They add up to the exact number, as a counter that shares no code counts it."""
    pytest.importorskip("pyganak", reason="the extra kvariant[exact] is not installed")
    stand_for = [variant.stands_for for variant in flagship.matrix]
    assert None not in stand_for
    assert Space.of(flagship.tree).count() == sum(number or 0 for number in stand_for)


def test_a_thousand_random_configurations_are_among_the_variants_of_our_tree(
    flagship: Plan,
) -> None:
    """Each renders to one of the variants, byte for byte; no two of these are the same."""
    variants = [frozen(rendered(flagship, v.configuration)) for v in flagship.matrix]
    known = set(variants)
    assert len(variants) == len(known) > 1_000
    rng, types = random.Random(5), flagship.tree.types
    assert all(kind.is_logical for kind in types.values())
    seen = set()
    for _ in range(1_000):
        density = rng.random()
        asked = {name: "y" if rng.random() < density else "n" for name in types}
        files = frozen(rendered(flagship, flagship.tree.resolve(asked)))
        assert files in known
        seen.add(files)
    assert len(seen) > 100
