# SPDX-License-Identifier: MIT
"""The verifier proves that nothing is missing among what is distinct, against brute force."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant import Expression, Space, Tree
from kvariant.kconfig import Configuration
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.matrix.promise import Promise
from kvariant.matrix.verifier import Verdict, verify
from kvariant.matrix.written import Written
from kvariant.plan import Plan, Selection
from kvariant.project import Project
from kvariant.report import matrix_json
from kvariant.report.verification import verification_json, verification_text
from kvariant.space.encoding import Encoding
from matrix.oracle import Known, exactly, known
from strategies import SmallTree, small_trees

Record = dict[str, Any]
Values = tuple[str, ...]


def record_of(assignments: Sequence[Mapping[str, str]], feasible: int, infeasible: int) -> Record:
    """Return a matrix of everything distinct as JSON has it."""
    return {
        "format": 1,
        "strategy": "distinct",
        "variants": [{"name": f"v{i}", "assignment": dict(a)} for i, a in enumerate(assignments)],
        "tuples": {"feasible": feasible, "infeasible": infeasible, "covered": feasible},
    }


def verdict_on(record: Record, tree: Tree, promise: Promise, **options: Any) -> Verdict:
    """Write a record and verify it against a fresh space."""
    return verify(Space.of(tree), Written.parse(json.dumps(record)), promise, **options)


def codes(verdict: Verdict) -> set[str]:
    """Return the codes of what is wrong."""
    return {fault.code.removeprefix("verify-") for fault in verdict.faults}


def each_once(
    it: Known, names: Sequence[str], key: Callable[[Values], object]
) -> tuple[Record, dict[Values, object]]:
    """Return a matrix with one row for each class, and the class of each combination."""
    found: dict[Values, object] = {}
    rows: dict[object, Mapping[str, str]] = {}
    for configuration, assignment in zip(it.configurations, it.assignments, strict=True):
        values = tuple(configuration[name] for name in names)
        found[values] = key(values)
        rows.setdefault(key(values), assignment)
    sizes = [3 if it.kinds[name] == "tristate" else 2 for name in names]
    return record_of([*rows.values()], len(found), math.prod(sizes) - len(found)), found


@given(small_trees(), st.data())
@exactly(25)
def test_what_is_complete_holds_and_what_is_not_is_named(
    small: SmallTree, data: st.DataObject
) -> None:
    """Of a complete matrix, any rows taken away leave exactly brute force's combinations."""
    with known(small) as it:
        names = it.logical[: data.draw(st.integers(1, 5))]
        is_merged = data.draw(st.booleans())

        def key(values: Values) -> object:
            return values.count("y") if is_merged else values

        def same(configuration: Configuration) -> object:
            return key(tuple(configuration[name] for name in names))

        record, found = each_once(it, names, key)  # type: ignore[arg-type]
        promise = Promise(symbols=names, is_distinct=True, same=same if is_merged else None)  # type: ignore[arg-type]
        verdict = verdict_on(record, it.tree, promise)
        assert () == verdict.faults
        assert (len(found), 0) == (verdict.covered, verdict.left_out)
        assert record["tuples"]["infeasible"] == verdict.infeasible
        classes = [*dict.fromkeys(found.values())]
        gone = data.draw(st.sets(st.sampled_from(range(len(classes))), min_size=1))
        record["variants"] = [v for i, v in enumerate(record["variants"]) if i not in gone]
        missing = {values for values in found if classes.index(found[values]) in gone}
        verdict = verdict_on(record, it.tree, promise)
        assert missing == {tuple(one.values()) for one in verdict.uncovered}
        assert {"uncovered", "count"} == codes(verdict)
        # Said as it is, it is no fault.
        record["tuples"]["covered"] -= len(missing)
        assert () == verdict_on(record, it.tree, promise).faults


TREE = """\
config NET
  bool "net"
config TLS
  bool "tls"
  depends on NET
config N
  int "n"
  depends on NET
  range 1 4
config S
  string "s"
config HELLO
  def_bool S = "hello"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a tree with a number and a text."""
    path = tmp_path / "Kconfig"
    path.write_text(TREE)
    return Tree.load(path)


NUMBERS = [{}, *({"NET": "y", "N": str(n)} for n in range(1, 5))]
PROMISE = Promise(symbols=("NET", "N"), is_distinct=True)


@pytest.mark.parametrize("gone", range(5))
def test_a_number_may_not_be_left_out(tree: Tree, gone: int) -> None:
    """Values of numbers are values: each is looked for."""
    record = record_of(NUMBERS, 5, 5)
    assert () == verdict_on(record, tree, PROMISE).faults
    del record["variants"][gone]
    verdict = verdict_on(record, tree, PROMISE)
    expected = {"NET": "n", "N": ""} | NUMBERS[gone]
    assert [expected] == [*verdict.uncovered]
    assert {"uncovered", "count"} == codes(verdict)


def test_only_what_satisfies_where_is_to_be_there(tree: Tree) -> None:
    """Combinations that `where` excludes need no row, and none may have them."""
    where = Expression.parse("N > 2 || HELLO")
    promise = Promise(symbols=("NET", "HELLO"), is_distinct=True, where=where)
    rows = [{"S": "hello"}, {"NET": "y", "S": "hello"}, {"NET": "y", "N": "3"}]
    space = Space.of(tree).restricted(where)
    record = record_of(rows, 3, 1)
    assert () == verify(space, Written.parse(json.dumps(record)), promise).faults
    record["variants"][2]["assignment"] = {"NET": "y", "N": "1"}
    verdict = verify(space, Written.parse(json.dumps(record)), promise)
    assert {"row"} == codes(verdict)


def test_rows_that_are_the_same_variant(tree: Tree) -> None:
    """Two rows of one class are a fault, unless both were to be included."""
    rows = [*NUMBERS, {"NET": "y", "N": "2", "TLS": "y"}]
    verdict = verdict_on(record_of(rows, 5, 5), tree, PROMISE)
    assert ["v5: is the same variant as v2"] == [fault.message for fault in verdict.faults]
    both = [tree.resolve(rows[2]), tree.resolve(rows[5])]
    promise = Promise(symbols=("NET", "N"), is_distinct=True, included=both)
    assert () == verdict_on(record_of(rows, 5, 5), tree, promise).faults
    promise = Promise(symbols=("NET", "N"), is_distinct=True, included=both[1:])
    assert ["v2: is the same variant as v5"] == [
        fault.message for fault in verdict_on(record_of(rows, 5, 5), tree, promise).faults
    ]


@pytest.mark.parametrize(("key", "by"), [("feasible", 1), ("infeasible", -1), ("covered", -1)])
def test_numbers_are_counted_anew(tree: Tree, key: str, by: int) -> None:
    """A number that is wrong by one is a fault."""
    record = record_of(NUMBERS, 5, 5)
    record["tuples"][key] += by
    assert {"count"} <= codes(verdict_on(record, tree, PROMISE))


def test_what_it_says(tree: Tree) -> None:
    """Text and JSON say how many combinations were found, and how many have a row."""
    told: list[tuple[int, int]] = []
    verdict = verdict_on(
        record_of(NUMBERS, 5, 5), tree, PROMISE, progress=lambda *at: told.append(at)
    )
    assert [(n, 5) for n in range(1, 6)] == told
    said = "verified: 5 variants stand for 5 of 5 combinations of values, each found again; "
    assert f"{said}5 others proven infeasible" == verification_text(verdict)
    numbers = {"feasible": 5, "infeasible": 5, "covered": 5}
    record = {"holds": True, "rows": 5, **numbers, "diagnostics": []}
    assert record == verification_json(verdict)


def test_a_space_is_not_taken_at_its_word(tree: Tree) -> None:
    """A configuration that the space gives and the tree does not confirm is a fault."""

    class Lying(Space):
        def solve(self, values: Any = None) -> Any:
            return tree.resolve({})

    space = Lying(Encoding(tree.model, KCONFIGLIB, tree.symbols), tree)
    verdict = verify(space, Written.parse(json.dumps(record_of(NUMBERS, 5, 5))), PROMISE)
    assert {"space", "count"} <= codes(verdict)


def test_templates_tell_what_is_the_same(tmp_path: Path) -> None:
    """Of a project's own matrix each variant is needed: without it, its renderings are missed."""
    (tmp_path / "Kconfig").write_text(TREE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/x.py.j2").write_text(
        "{% if NET %}{{ N > 2 }}{% endif %}{% if HELLO %}hello{% endif %}\n"
    )
    (tmp_path / "kvariant.toml").write_text('[generate]\ntemplates = "templates"\n')
    plan = Plan.of(Project.find(tmp_path), Selection(matrix="distinct"))
    assert 6 == len(plan.matrix)  # NET off, NET with N up to 2 and above; each with HELLO
    record = json.loads(json.dumps(matrix_json(plan.matrix)))
    verdict = verdict_on(record, plan.tree, plan.promise)
    assert () == verdict.faults
    assert 10 == verdict.covered
    for index, variant in enumerate(plan.matrix):
        some = record | {"variants": [v for i, v in enumerate(record["variants"]) if i != index]}
        verdict = verdict_on(some, plan.tree, plan.promise)
        own = variant.configuration
        missing = {
            (net, n, hello)
            for net, numbers in (("n", [""]), ("y", ["1", "2", "3", "4"]))
            for n in numbers
            for hello in "ny"
            if (net, hello) == (own["NET"], own["HELLO"])
            and (net == "n" or (int(n) > 2) == (int(own["N"]) > 2))
        }
        found = {(one["NET"], one["N"], one["HELLO"]) for one in verdict.uncovered}
        assert missing == found
        assert {"uncovered", "count"} == codes(verdict)
