"""The verifier agrees with brute force, and notices whatever is wrong with a matrix."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant import Expression, Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig import read_fragment
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.matrix.promise import Promise
from kvariant.matrix.verifier import LISTED, Verdict, verify
from kvariant.matrix.written import Written
from kvariant.report.verification import verification_json, verification_text
from kvariant.space.encoding import Encoding
from matrix.oracle import Known, exactly, known, tuples
from strategies import SmallTree, small_trees

Record = dict[str, Any]
"""A matrix in its JSON form."""

TREE = """\
config MODULES
  def_bool y
  option modules
config A
  bool "a"
config B
  tristate "b"
  depends on A
config C
  bool "c"
  select D
config D
  bool
choice
  prompt "one"
config E
  bool "e"
config F
  bool "f"
endchoice
config N
  int "n"
  default 3
config S
  string "s"
"""
SYMBOLS = ("A", "B", "C", "D", "E", "F")


def record_of(
    assignments: Sequence[dict[str, str]], feasible: int, infeasible: int, covered: int
) -> Record:
    """Return a matrix as JSON has it."""
    return {
        "format": 1,
        "matrix": "m",
        "strategy": "t-wise",
        "random_seed": 0,
        "variants": [{"name": f"v{i}", "assignment": a} for i, a in enumerate(assignments)],
        "tuples": {"feasible": feasible, "infeasible": infeasible, "covered": covered},
        "lower_bound": 1,
    }


def verdict_on(record: Record, tree: Tree, promise: Promise, **options: Any) -> Verdict:
    """Write a record and verify it against a fresh space."""
    written = Written.parse(json.dumps(record))
    return verify(Space.of(tree), written, promise, **options)


def codes(verdict: Verdict) -> set[str]:
    """Return the codes of what is wrong."""
    return {fault.code.removeprefix("verify-") for fault in verdict.faults}


def complete(it: Known, names: Sequence[str], strength: int) -> tuple[Record, set[Any]]:
    """Return a matrix that covers all tuples, each row for something new, and the tuples."""
    feasible = tuples(it.configurations, names, strength)
    rows: list[dict[str, str]] = []
    covered: set[Any] = set()
    for configuration, assignment in zip(it.configurations, it.assignments, strict=True):
        new = tuples([configuration], names, strength) - covered
        if new:
            covered |= new
            rows.append(dict(assignment))
    infeasible = len(it.combinations(names, strength)) - len(feasible)
    record = record_of(rows, len(feasible), infeasible, len(feasible))
    record["lower_bound"] = min(1, len(rows))
    return record, feasible


# Against brute force


@given(small_trees(), st.data())
@exactly(25)
def test_what_is_right_holds(small: SmallTree, data: st.DataObject) -> None:
    """A complete matrix with brute force's numbers has no fault, for any strength."""
    with known(small) as it:
        names = it.logical[:6]
        strength = data.draw(st.integers(1, 3))
        record, feasible = complete(it, names, strength)
        verdict = verdict_on(record, it.tree, Promise(symbols=names, strength=strength))
        combinations = it.combinations(names, strength)
        assert () == verdict.faults
        assert len(combinations) == verdict.combinations
        assert len(feasible) == verdict.covered
        assert len(combinations) - len(feasible) == verdict.infeasible == verdict.absent


@given(small_trees(), st.data())
@exactly(25)
def test_what_rows_leave_out_is_found(small: SmallTree, data: st.DataObject) -> None:
    """Of some rows, the verifier lists exactly the feasible tuples that brute force misses."""
    with known(small) as it:
        names = it.logical[:6]
        strength = data.draw(st.integers(1, 3))
        record, feasible = complete(it, names, strength)
        kept = data.draw(st.integers(0, len(record["variants"])))
        record["variants"] = record["variants"][:kept]
        record["lower_bound"] = 0
        resolved = [it.tree.resolve(v["assignment"]) for v in record["variants"]]
        covered = tuples(resolved, names, strength)
        missed = feasible - covered
        verdict = verdict_on(record, it.tree, Promise(symbols=names, strength=strength))
        assert missed == {frozenset(found.items()) for found in verdict.uncovered}
        assert len(missed) == verdict.left_out
        assert len(covered) == verdict.covered
        assert ({"uncovered", "count"} if missed else set()) == codes(verdict)
        # Said as it is, it is no fault.
        record["tuples"]["covered"] = len(covered)
        honest = verdict_on(record, it.tree, Promise(symbols=names, strength=strength))
        assert () == honest.faults
        assert verdict.uncovered == honest.uncovered


@given(small_trees(), st.data())
@exactly(20)
def test_a_tuple_is_feasible_if_a_candidate_has_it(small: SmallTree, data: st.DataObject) -> None:
    """Where there is a list to choose from, only what it exercises counts as feasible."""
    with known(small) as it:
        names = it.logical[:6]
        some = data.draw(st.sets(st.integers(0, len(it.assignments) - 1), min_size=1))
        candidates = [it.tree.resolve(it.assignments[i]) for i in sorted(some)]
        feasible = tuples(candidates, names, 2)
        assignments = [dict(c.assignment) for c in candidates]
        infeasible = len(it.combinations(names, 2)) - len(feasible)
        record = record_of(assignments, len(feasible), infeasible, len(feasible))
        promise = Promise(symbols=names, strength=2, candidates=candidates)
        assert () == verdict_on(record, it.tree, promise).faults
        record["variants"] = [{"name": "one", "assignment": assignments[0]}]
        missed = feasible - tuples(candidates[:1], names, 2)
        verdict = verdict_on(record, it.tree, promise)
        assert missed == {frozenset(found.items()) for found in verdict.uncovered}


# Mutations of a right matrix


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a tree with tristates, a choice, a select, an int and a string."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(TREE)
    return Tree.load(path)


ROWS = [
    {"A": "y", "B": b, "C": c, one: "y"}
    for b, c, one in itertools.product("nmy", "ny", "EF")
] + [{"C": c, one: "y"} for c, one in itertools.product("ny", "EF")]  # fmt: skip
PROMISE = Promise(symbols=SYMBOLS, strength=2)


@pytest.fixture
def right(tree: Tree) -> Record:
    """Return a complete pairwise matrix of the tree."""
    covered = len(tuples(map(tree.resolve, ROWS), SYMBOLS, 2))
    sizes = [2, 3, 2, 2, 2, 2]
    total = sum(a * b for a, b in itertools.combinations(sizes, 2))
    return record_of(ROWS, covered, total - covered, covered)


def test_the_right_matrix_holds(tree: Tree, right: Record) -> None:
    """Nothing is wrong with it; every tuple that no row has is re-proven."""
    verdict = verdict_on(right, tree, PROMISE)
    assert verdict.holds
    assert verdict.absent == verdict.decided == verdict.infeasible == right["tuples"]["infeasible"]
    said = "verified: 64 of 64 pairs covered, 6 proven infeasible, each again"
    assert said == verification_text(verdict)


def _drop_rows(record: Record) -> None:
    record["variants"] = [v for v in record["variants"] if v["assignment"].get("B") != "m"]


def _claim_feasible(record: Record) -> None:
    record["tuples"]["feasible"] += 1
    record["tuples"]["infeasible"] -= 1


def _claim_infeasible(record: Record) -> None:
    _drop_rows(record)
    record["tuples"]["feasible"] -= 9
    record["tuples"]["covered"] -= 9
    record["tuples"]["infeasible"] += 9


def _add(key: str, by: int) -> Callable[[Record], None]:
    def mutate(record: Record) -> None:
        record["tuples"][key] += by

    return mutate


def _set(row: int, symbol: str, text: str) -> Callable[[Record], None]:
    def mutate(record: Record) -> None:
        variants = [dict(v) for v in record["variants"]]
        variants[row]["assignment"] = {**variants[row]["assignment"], symbol: text}
        record["variants"] = variants

    return mutate


def _same_name(record: Record) -> None:
    record["variants"][1] = {**record["variants"][1], "name": record["variants"][0]["name"]}


def _bound(record: Record) -> None:
    record["lower_bound"] = len(record["variants"]) + 1


MUTATIONS: list[tuple[str, Callable[[Record], None], set[str]]] = [
    ("rows dropped", _drop_rows, {"uncovered", "count"}),
    ("rows dropped, their tuples called infeasible", _claim_infeasible, {"uncovered", "count"}),
    ("an infeasible tuple called feasible", _claim_feasible, {"count"}),
    ("one covered too many", _add("covered", 1), {"count"}),
    ("one covered too few", _add("covered", -1), {"count"}),
    ("one feasible too many", _add("feasible", 1), {"count"}),
    ("one feasible too few", _add("feasible", -1), {"count"}),
    ("one infeasible too many", _add("infeasible", 1), {"count"}),
    ("one infeasible too few", _add("infeasible", -1), {"count"}),
    ("a value that does not take", _set(12, "B", "y"), {"row"}),
    ("a value that select overrides", _set(2, "D", "n"), {"row"}),
    ("a value out of a choice", _set(0, "F", "y"), {"row"}),
    ("an unknown symbol", _set(0, "GONE", "y"), {"row"}),
    ("no value of its type", _set(0, "N", "three"), {"row"}),
    ("two equal names", _same_name, {"row"}),
    ("a bound above the rows", _bound, {"lower-bound"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mutate", "expected"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS]
)
def test_a_mutation_is_noticed(
    tree: Tree, right: Record, mutate: Callable[[Record], None], expected: set[str]
) -> None:
    """Whatever is changed in a right matrix is a fault of its kind."""
    mutate(right)
    assert expected <= codes(verdict_on(right, tree, PROMISE))


@given(st.permutations(range(16)), st.integers(0, 5), st.sampled_from("ABCEF"))
@exactly(40)
def test_a_flipped_value_is_noticed_or_harmless(
    tree: Tree, order: list[int], row: int, symbol: str
) -> None:
    """After a flip, the faults are those that brute force says the flip makes."""
    rows = [dict(ROWS[i]) for i in order[:6]]
    feasible = tuples(map(tree.resolve, ROWS), SYMBOLS, 2)
    said = tuples(map(tree.resolve, rows), SYMBOLS, 2)
    rows[row][symbol] = "n" if rows[row].get(symbol) == "y" else "y"
    covered = tuples(map(tree.resolve, rows), SYMBOLS, 2)
    got = tree.resolve(rows[row])
    verdict = verdict_on(
        record_of(rows, len(feasible), 70 - len(feasible), len(said)), tree, PROMISE
    )
    assert len(feasible - covered) == verdict.left_out
    assert (len(covered) != len(said)) == ("count" in codes(verdict))
    assert (len(covered) < len(said)) == ("uncovered" in codes(verdict))
    assert any(got[n] != text for n, text in rows[row].items()) == ("row" in codes(verdict))


# What else a matrix promises


def test_a_bound_is_for_all_tuples(tree: Tree, right: Record) -> None:
    """Rows that leave something out, and say so, may be fewer than all of it needs."""
    right["lower_bound"] = len(right["variants"])
    assert () == verdict_on(right, tree, PROMISE).faults
    _drop_rows(right)
    right["tuples"]["covered"] -= 9
    assert () == verdict_on(right, tree, PROMISE).faults


def test_rows_satisfy_where(tree: Tree, right: Record) -> None:
    """A row that does not satisfy `where` is a fault, which says why."""
    right["tuples"] = None
    verdict = verdict_on(right, tree, Promise(where=Expression.parse("A || C")))
    assert [
        "v12: does not satisfy A || C: A || C is n",
        "v13: does not satisfy A || C: A || C is n",
    ] == [fault.message for fault in verdict.faults]


def test_included_configurations_are_rows(tree: Tree, right: Record) -> None:
    """A configuration that was to be included is missed by its user values."""
    there, gone = tree.resolve(ROWS[3]), tree.resolve({"A": "y", "N": "4"})
    promise = Promise(symbols=SYMBOLS, strength=2, included=[there, gone])
    verdict = verdict_on(right, tree, promise)
    assert ["no row has the included configuration A=y N=4"] == [
        fault.message for fault in verdict.faults
    ]


def test_a_fragment_may_permit_what_its_row_drops(tree: Tree, tmp_path: Path) -> None:
    """What an included fragment permits to be dropped is no fault of its row; the rest is."""
    path = tmp_path / "x.config"
    path.write_text(
        "# kvariant: allow-dropped CONFIG_B because old\nCONFIG_B=m\n# CONFIG_A is not set\n"
    )
    kept = tree.resolve(read_fragment(path))
    rows = [dict(kept.assignment)]
    assert {"A": "n", "B": "m"} == rows[0]
    record = record_of(rows, 0, 0, 0)
    assert () == verdict_on(record, tree, Promise(included=[kept])).faults
    assert {"row"} == codes(verdict_on(record, tree, Promise()))


def test_rows_are_among_the_candidates(tree: Tree, right: Record) -> None:
    """Where there is a list to choose from, a row from elsewhere is a fault."""
    promise = Promise(candidates=[tree.resolve(row) for row in ROWS[1:]])
    assert ["v0: is none of the configurations to choose from"] == [
        fault.message for fault in verdict_on(right, tree, promise).faults
    ]


def test_a_sample_says_that_it_is_one(tree: Tree, right: Record) -> None:
    """A sample decides as many as asked for, the same ones each time, and says of how many."""
    told: list[tuple[int, int]] = []
    verdict = verdict_on(right, tree, PROMISE, sample=5, progress=lambda *at: told.append(at))
    assert verdict == verdict_on(right, tree, PROMISE, sample=5)
    assert verdict.holds
    assert [(n, 5) for n in range(1, 6)] == told
    assert (5, 6) == (verdict.decided, verdict.absent)
    said = "verified in part: 64 pairs covered, 5 of 6 others proven infeasible again"
    assert said == verification_text(verdict)
    right["tuples"]["infeasible"] += 1
    assert {"count"} == codes(verdict_on(right, tree, PROMISE, sample=5))


def test_a_space_is_not_taken_at_its_word(tree: Tree, right: Record) -> None:
    """A configuration that the space gives and the tree does not confirm is a fault."""

    class Lying(Space):
        def solve(self, values: Any = None) -> Any:
            return tree.resolve({})

    space = Lying(Encoding(tree.model, KCONFIGLIB, tree.symbols), tree)
    verdict = verify(space, Written.parse(json.dumps(right)), PROMISE)
    assert {"space", "uncovered", "count"} == codes(verdict)


def test_more_than_are_listed_are_counted(tmp_path: Path) -> None:
    """Of thousands of uncovered tuples the first are listed, and all are counted."""
    names = [f"S{i}" for i in range(40)]
    path = tmp_path / "Kconfig"
    path.write_text("".join(f'config {name}\n  bool "{name}"\n' for name in names))
    tree = Tree.load(path)
    total = 4 * 40 * 39 // 2
    record = record_of([{}], total, 0, 40 * 39 // 2)
    verdict = verdict_on(record, tree, Promise(symbols=names, strength=2))
    assert () == verdict.faults
    assert LISTED == len(verdict.uncovered)
    assert (total - 40 * 39 // 2, 0) == (verdict.left_out, verdict.infeasible)
    assert {"S0": "n", "S1": "y"} == verdict.uncovered[0]


def test_without_tuples_rows_are_all_there_is(tree: Tree, right: Record) -> None:
    """A strategy that counts no tuples has its rows verified."""
    del right["tuples"]
    right["random_seed"] = None
    verdict = verdict_on(right, tree, Promise())
    said = "verified: 16 variants, each resolved anew to what it asks for"
    assert said == verification_text(verdict)
    assert {"holds": True, "rows": 16, "diagnostics": []} == verification_json(verdict)
    _set(0, "F", "y")(right)
    verdict = verdict_on(right, tree, Promise())
    assert [
        "error: v0: E=y resolves to n [verify-row]",
        "not verified: 1 thing wrong with 16 variants",
    ] == verification_text(verdict).splitlines()


def test_an_array_says_what_it_covers(tree: Tree, right: Record) -> None:
    """Rows that leave tuples out and do not count them leave them out in silence."""
    del right["tuples"]
    assert () == verdict_on(right, tree, PROMISE).faults
    right["variants"] = right["variants"][:3]
    verdict = verdict_on(right, tree, PROMISE)
    assert {"uncovered"} == codes(verdict)
    said = verification_text(verdict).splitlines()
    assert ["error", "and", "not"] == [said[i].split(":")[0].split()[0] for i in (0, 20, 21)]


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (["GONE"], "no symbol is named GONE"),
        (["S"], "S is string; tuples are of bools and tristates, each once"),
        (["N"], "N is int; tuples are of bools and tristates, each once"),
        (["A", "A"], "A is named twice; tuples are of bools and tristates, each once"),
    ],
)
def test_symbols_without_tuples_are_refused(
    tree: Tree, right: Record, symbols: list[str], message: str
) -> None:
    """Tuples are of bools and tristates that exist, each once."""
    with pytest.raises(InputError) as caught:
        verdict_on(right, tree, Promise(symbols=symbols, strength=1))
    assert message == caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "not a matrix: no JSON object"),
        ("{}", "not a matrix: strategy: field required"),
        ('{"format": 2}', "format 2 is newer than 1, the newest known here"),
        (
            '{"strategy": "x", "variants": [{"name": "a", "assignment": {"A": 1}}]}',
            "not a matrix: variants.0.assignment.A: input should be a valid string",
        ),
    ],
)
def test_what_is_no_matrix_is_refused(text: str, message: str) -> None:
    """A text that is not the JSON of a matrix, or of a newer format, is refused in words."""
    with pytest.raises(InputError) as caught:
        Written.parse(text)
    assert message == caught.value.diagnostics[0].message
