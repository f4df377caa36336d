# SPDX-License-Identifier: MIT
"""`templates:branches`, against templates that are rendered with every configuration there is.

The oracle knows no condition: kconfiglib enumerates the configurations, plain Jinja2 renders
each, and a branch is there if its text is.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import kconfiglib
import pytest

from kvariant.errors import InputError
from kvariant.matrix.given import resolved
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from kvariant.plan import Plan, Plans, Selection, load_templates, load_tree
from kvariant.plan.coverage import Coverage
from kvariant.plan.fragments import Fragments
from kvariant.plan.lock import Lock
from kvariant.plan.relocking import relocked
from kvariant.plan.symbols import Spec, Specs
from kvariant.plan.tuple_text import tuple_values
from kvariant.plan.variant_table import VariantTable
from kvariant.project import Project
from kvariant.report import matrix_json, matrix_text
from kvariant.results.swept_coverage import CoverageGoal, SweptCoverage
from kvariant.space import Space
from kvariant.sweep.columns import columns_of

pytestmark = pytest.mark.usefixtures("little_effort")

KCONFIG = """
config MODULES
	bool "modules"
	option modules
config A
	bool "a"
config B
	bool "b"
	depends on A
config T
	tristate "t"
	default m if A
config PORT
	int "port" if A
	range 1 7
	default 3
"""
TEMPLATE = """\
{% if A and not B %}
@1
{% elif T == "m" and PORT > 3 %}
@2
{% if B or PORT == 5 %}
@3
{% endif %}
{% else %}
@4
{% endif %}
{% if B and not A %}
@5
{% endif %}
{{ "@6" if A or T else "@7" }}
{% if not (B and T) %}
@8
{% endif %}
{% if B and T %}
@9
{% endif %}
"""
LINES = {1: "@1", 3: "@2", 5: "@3", 8: "@4", 11: "@5", 14: "@6", 15: "@8", 18: "@9"}
"""The text of the first branch at each line."""

Row = Mapping[str, str]


def write(folder: Path, kconfig: str, template: str, toml: str = "") -> Project:
    """Write a project with one template."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Kconfig").write_text(kconfig, encoding="utf-8")
    (folder / "templates/a.txt.j2").write_text(template, encoding="utf-8")
    text = f'[generate]\ntemplates = "templates"\n{toml}'
    (folder / "kvariant.toml").write_text(text, encoding="utf-8")
    return Project.find(folder)


def planned(project: Project, matrix: str = "pairwise", **keys: Any) -> Plan:
    """Return the plan of a matrix by branches."""
    own = {"symbols": ("templates:branches",), **keys}
    return Plan.of(project, Selection(matrix=matrix, keys=own, folder=project.root))


def enumerated(folder: Path) -> list[Row]:
    """Return the values of every configuration that kconfiglib makes of user values."""
    tree = kconfiglib.Kconfig(str(folder / "Kconfig"), warn=False)
    choices = []
    for symbol in tree.unique_defined_syms:
        if symbol.orig_type is kconfiglib.INT:
            choices.append([str(n) for n in range(1, 8)])
        else:
            choices.append(
                ["n", "m", "y"] if symbol.orig_type is kconfiglib.TRISTATE else ["n", "y"]
            )
    found = {}
    for values in itertools.product(*choices):
        tree.unset_values()
        for symbol, text in zip(tree.unique_defined_syms, values, strict=True):
            symbol.set_value(text)
        row = {symbol.name: symbol.str_value for symbol in tree.unique_defined_syms}
        found[tuple(row.items())] = row
    return list(found.values())


def rendered(template: str, row: Row, kinds: Mapping[str, str]) -> frozenset[str]:
    """Return the texts that a template writes for a configuration."""
    python = {"bool": lambda t: t == "y", "tristate": lambda t: "" if t == "n" else t, "int": int}
    values = {name: python[kinds[name]](text or "0") for name, text in row.items()}
    environment = jinja2.Environment(autoescape=False)
    return frozenset(environment.from_string(template).render(values).split())


def tuples_of(rows: Sequence[Row], names: Sequence[str], strength: int) -> set[frozenset[Any]]:
    """Return every combination of values of so many names that some row has."""
    return {
        frozenset((name, row[name]) for name in some)
        for row in rows
        for some in itertools.combinations(names, strength)
    }


KINDS = {"MODULES": "bool", "A": "bool", "B": "bool", "T": "tristate", "PORT": "int"}


class Oracle:
    """What brute force knows of the tree and the template."""

    def __init__(self, folder: Path, plan: Plan, template: str, lines: Mapping[int, str]) -> None:
        self.template = template
        self.symbols = plan.matrix.symbols
        # The first place of a condition is where it is written so.
        self.texts = {
            one.name: lines[int(one.places[0].partition(":")[2])] for one in plan.matrix.conditions
        }
        self.names = [*self.symbols, *self.texts]
        self.every = [self.told(row) for row in enumerated(folder)]

    def told(self, row: Row) -> Row:
        """Return the values of the factors in a configuration."""
        there = rendered(self.template, row, KINDS)
        own = {n: "true" if text in there else "false" for n, text in self.texts.items()}
        return {name: row[name] for name in self.symbols} | own

    def all_tuples(self, strength: int) -> int:
        """Return how many combinations of values there are, possible or not."""
        sizes = [3 if name == "T" else 2 for name in self.names]
        return sum(
            product
            for some in itertools.combinations(sizes, strength)
            for product in [math.prod(some)]
        )


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_what_is_counted_is_what_is_rendered(tmp_path: Path, strength: int) -> None:
    """Feasible, infeasible and covered tuples are those of configurations that are rendered."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    plan = planned(project, strength=strength)
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    assert len(oracle.texts) > 4
    feasible = tuples_of(oracle.every, oracle.names, strength)
    rows = [oracle.told(variant.configuration) for variant in plan.matrix]
    counts = plan.matrix.tuples
    assert counts is not None
    assert (len(feasible), oracle.all_tuples(strength) - len(feasible), len(feasible)) == (
        counts.feasible,
        counts.infeasible,
        counts.covered,
    )
    assert feasible == tuples_of(rows, oracle.names, strength)
    for variant in plan.matrix:
        assert set(variant.configuration) == set(plan.tree.symbols)


def test_each_branch_is_a_factor_or_follows_from_one(tmp_path: Path) -> None:
    """A branch is rendered exactly where one factor is true, or exactly where it is false."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    plan = planned(project)
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    raw = enumerated(tmp_path)
    for text in (f"@{n}" for n in range(1, 10)):
        there = [text in rendered(TEMPLATE, row, KINDS) for row in raw]
        told = [[row[name] == "true" for row in oracle.every] for name in oracle.texts]
        assert any(own in (there, [not bit for bit in there]) for own in told), text
    # Of a condition and its opposite (@8 and @9) one is there, and none of a single symbol.
    names = [one.name for one in plan.matrix.conditions]
    assert len(names) == len(set(names)) == 7


def test_a_limit_leaves_out_what_is_told(tmp_path: Path) -> None:
    """Of two variants, the uncovered tuples are exactly those that neither has."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    plan = planned(project, max_variants=2)
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    counts = plan.matrix.tuples
    assert counts is not None
    assert len(plan.matrix) == 2
    missing = tuples_of(oracle.every, oracle.names, 2) - tuples_of(
        [oracle.told(v.configuration) for v in plan.matrix], oracle.names, 2
    )
    assert missing == {frozenset(one.items()) for one in counts.uncovered}
    assert len(missing) == counts.feasible - counts.covered


def drawn_test(random_: random.Random, depth: int = 0) -> str:
    """Return a test over the options, as a template writes it."""
    if depth == 2 or random_.random() < 0.4:
        return random_.choice(["A", "B", "T", 'T == "m"', "PORT > 2", "PORT == 5", "PORT != 6"])
    first, second = drawn_test(random_, depth + 1), drawn_test(random_, depth + 1)
    return random_.choice([f"({first} and {second})", f"({first} or {second})", f"not {first}"])


def drawn_template(random_: random.Random) -> tuple[str, dict[int, str]]:
    """Return a template of nested branches, and the text of the branch that begins at each line."""
    lines: list[str] = []
    texts: dict[int, str] = {}

    def branch(depth: int) -> None:
        for word in ["if", *["elif"] * random_.randrange(2)]:
            body(f"{{% {word} {drawn_test(random_)} %}}", depth)
        if random_.random() < 0.5:
            body("{% else %}", depth)
        lines.append("{% endif %}")

    def body(head: str, depth: int) -> None:
        lines.append(head)
        texts[len(lines)] = f"@{len(lines)}"
        lines.append(f"@{len(lines)}")
        if depth < 1 and random_.random() < 0.5:
            branch(depth + 1)

    for _ in range(3):
        branch(0)
    return "\n".join(lines) + "\n", texts


@pytest.mark.parametrize("seed", range(12))
def test_drawn_templates(tmp_path: Path, seed: int) -> None:
    """Whatever templates test: tuples are counted as they are rendered, and verified so."""
    template, lines = drawn_template(random.Random(seed))
    project = write(tmp_path, KCONFIG, template)
    plan = planned(project)
    oracle = Oracle(tmp_path, plan, template, lines)
    feasible = tuples_of(oracle.every, oracle.names, 2)
    counts = plan.matrix.tuples
    assert counts is not None
    assert (len(feasible), oracle.all_tuples(2) - len(feasible)) == (
        counts.feasible,
        counts.infeasible,
    )
    rows = [oracle.told(variant.configuration) for variant in plan.matrix]
    assert feasible == tuples_of(rows, oracle.names, 2)
    record = Written.parse(json.dumps(matrix_json(plan.matrix)))
    verdict = verify(Space.of(plan.tree), record, plan.promise)
    assert verdict.holds, verdict.faults
    assert (verdict.covered, verdict.infeasible) == (counts.covered, counts.infeasible)


def test_the_verifier_misses_a_row(tmp_path: Path) -> None:
    """A row that is taken out of a matrix leaves tuples of conditions that the verifier names."""
    plan = planned(write(tmp_path, KCONFIG, TEMPLATE))
    record = matrix_json(plan.matrix)
    variants = record["variants"]
    assert isinstance(variants, list)
    variants.pop()
    written = Written.parse(json.dumps(record))
    verdict = verify(Space.of(plan.tree), written, plan.promise)
    assert any("[" in fault.message for fault in verdict.faults)
    assert not verdict.holds


def test_conditions_alone(tmp_path: Path) -> None:
    """Without the symbols there are the conditions alone, those of one symbol among them."""
    template = "{% if A %}\n@1\n{% endif %}\n{% if B and T %}\n@2\n{% endif %}\n"
    project = write(tmp_path, KCONFIG, template)
    plan = planned(project, "toggles", ignore=("templates",))
    assert plan.matrix.symbols == ()
    assert [one.name for one in plan.matrix.conditions] == ["[A]", "[B && T]"]
    texts = {text for v in plan.matrix for text in rendered(template, v.configuration, KINDS)}
    assert texts == {"@1", "@2"}
    assert "over 2 branch conditions" in matrix_text(plan.matrix)
    assert len(plan.matrix) == 2


def test_what_options_cannot_say_is_told(tmp_path: Path) -> None:
    """A test of a loop's variable counts as far as its options do, and the line is named."""
    template = "{% for i in range(2) %}{% if i and A %}{{ i }}{% endif %}{% endfor %}\n"
    plan = planned(write(tmp_path, KCONFIG, template), "toggles")
    (warning,) = (one for one in plan.warnings if one.code == "branch-test")
    assert warning.message.startswith("1 template test hangs on more than options can say")
    assert warning.message.endswith(".j2:1")


def test_among_given_configurations(tmp_path: Path) -> None:
    """Of given configurations those are chosen that have every tuple which one of them has."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    (tmp_path / "configs").mkdir()
    random_ = random.Random(3)
    for index in range(12):
        lines = [f"CONFIG_{n}={random_.choice('ny')}" for n in ("MODULES", "A", "B")]
        lines += [f"CONFIG_T={random_.choice('nmy')}", f"CONFIG_PORT={random_.randint(1, 7)}"]
        text = "\n".join(lines) + "\n"
        (tmp_path / f"configs/v{index}.config").write_text(text, encoding="utf-8")
    plan = planned(project, from_=("configs/*.config",))
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    tree = kconfiglib.Kconfig(str(tmp_path / "Kconfig"), warn=False)
    given = []
    for path in sorted((tmp_path / "configs").iterdir()):
        tree.load_config(str(path))
        given.append(oracle.told({s.name: s.str_value for s in tree.unique_defined_syms}))
    there = tuples_of(given, oracle.names, 2)
    chosen = [oracle.told(v.configuration) for v in plan.matrix]
    assert there == tuples_of(chosen, oracle.names, 2)
    counts = plan.matrix.tuples
    assert counts is not None
    assert (counts.feasible, counts.covered) == (len(there), len(there))
    assert len(plan.matrix) < 12
    assert all(v.fragment is not None for v in plan.matrix)


def test_the_lock_keeps_them(tmp_path: Path) -> None:
    """The lock names conditions and tuples of them, is the same twice, and is read as it was."""
    toml = '[matrix.b]\nstrategy = "t-wise"\nsymbols = ["templates:branches"]\n'
    project = write(tmp_path, KCONFIG, TEMPLATE, toml)
    plan = Plan.of(project, Selection(matrix="b"))
    found = relocked(project, plan.tree, plan.templates, Lock({}), ["b"], anew=True)
    locked = found.matrices["b"]
    lock = found.over(Lock({}))
    assert {one.name for one in plan.matrix.conditions} <= set(lock.matrices["b"].symbols)
    assert ("false", "true") == lock.matrices["b"].symbols["[A && !B]"]
    impossible = lock.matrices["b"].impossible
    assert impossible is not None
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    feasible = tuples_of(oracle.every, oracle.names, 2)
    values = {pair for one in feasible for pair in one}
    for text in impossible:
        told = tuple_values(text)
        assert told, text
        own = frozenset(told.items())
        assert own not in feasible if len(own) == 2 else not own & values
    project.lock.write_text(lock.text(), encoding="utf-8")
    again = Plan.of(project, Selection(matrix="b"))
    assert [v.name for v in again.matrix] == [v.name for v in locked]
    assert again.matrix.symbols == plan.matrix.symbols
    assert again.matrix.conditions == plan.matrix.conditions
    twice = relocked(project, plan.tree, plan.templates, lock, ["b"], anew=True)
    assert twice.over(lock).text() == lock.text()
    # A condition more: rows stay, what it needs is added.
    write(tmp_path, KCONFIG, TEMPLATE + "{% if A and PORT < 3 %}\n@10\n{% endif %}\n", toml)
    later = Plan.of(Project.find(tmp_path), Selection(matrix="b"))
    counts = later.matrix.tuples
    assert counts is not None
    assert counts.covered == counts.feasible
    oracle = Oracle(
        tmp_path,
        replace(later),
        TEMPLATE + "{% if A and PORT < 3 %}\n@10\n{% endif %}\n",
        {**LINES, 21: "@10"},
    )
    assert counts.feasible == len(tuples_of(oracle.every, oracle.names, 2))


def test_a_base_is_changed_as_little_as_conditions_allow(tmp_path: Path) -> None:
    """Over a base every row keeps what its conditions say."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    (tmp_path / "base.config").write_text("CONFIG_A=y\nCONFIG_PORT=6\n", encoding="utf-8")
    for ignored in ((), ("templates",)):
        plan = planned(project, base="base.config", ignore=ignored)
        oracle = Oracle(tmp_path, plan, TEMPLATE, LINES | {})
        rows = [oracle.told(variant.configuration) for variant in plan.matrix]
        assert tuples_of(oracle.every, oracle.names, 2) == tuples_of(rows, oracle.names, 2)


@pytest.mark.parametrize(
    ("matrix", "keys", "words"),
    [
        ("distinct", {}, "templates:branches is for combinations"),
        ("uniform", {"size": 3}, "templates:branches is for combinations"),
        ("pairwise", {"symbols": ("templates:branch",)}, "no form of spec is called"),
        ("pairwise", {"ignore": ("templates:branches",)}, "no symbol is left"),
    ],
)
def test_refusals(tmp_path: Path, matrix: str, keys: dict[str, Any], words: str) -> None:
    """What has no combinations, or leaves none, says so."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    with pytest.raises(InputError, match=words):
        planned(project, matrix, **keys)


def test_a_project_without_templates(tmp_path: Path) -> None:
    """Where nothing is generated there are no branches, and that is said."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "kvariant.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="the project has no templates"):
        planned(Project.find(tmp_path))


def test_what_a_sweep_has_covered_is_counted_with_conditions(tmp_path: Path) -> None:
    """The stored values of some variants say which tuples of conditions these have."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    selection = Selection(
        matrix="pairwise", keys={"symbols": ("templates:branches",)}, folder=tmp_path
    )
    plans = Plans.of(project, selection)
    plan = plans.plans[0]
    oracle = Oracle(tmp_path, plan, TEMPLATE, LINES)
    goal = CoverageGoal.of(plans)
    stored = VariantTable.from_json(json.loads(json.dumps(columns_of(plans, goal).to_json())))
    read = CoverageGoal.from_json(json.loads(json.dumps(goal.to_json())), stored)
    assert read is not None
    ended = [variant.name for variant in plan.matrix][:4]
    found = SweptCoverage(read, stored, frozenset(ended))
    rows = [oracle.told(v.configuration) for v in plan.matrix if v.name in ended]
    there = tuples_of(rows, oracle.names, 2)
    every = tuples_of(oracle.every, oracle.names, 2)
    assert (len(there), len(every)) == (found.covered, found.total)
    assert every - there == {frozenset(one.items()) for one in found.uncovered}


def test_coverage_of_given_configurations(tmp_path: Path) -> None:
    """What configurations exercise, and what completes it, has the conditions in it."""
    project = write(tmp_path, KCONFIG, TEMPLATE)
    tree = load_tree(project)
    templates = load_templates(project, tree)
    fragment = tmp_path / "v.config"
    fragment.write_text("CONFIG_A=y\nCONFIG_B=y\n", encoding="utf-8")
    specs = Specs(tree, templates, lambda: "")
    asked = [Spec("templates:branches", tmp_path)]
    symbols = [n for n in specs.symbols(asked, takes_branches=True) if tree.types[n].is_logical]
    conditions = specs.conditions(asked, symbols)
    given = resolved(tree, Fragments(project, tree).read([fragment]))
    coverage = Coverage(tree, given, symbols, templates, conditions)
    oracle = Oracle(tmp_path, planned(project), TEMPLATE, LINES)
    every = tuples_of(oracle.every, oracle.names, 2)
    first = oracle.told(given.configurations[0])
    assert coverage.completed().missing == len(every - tuples_of([first], oracle.names, 2))
    rows = [first, *map(oracle.told, coverage.completed().configurations)]
    assert every == tuples_of(rows, oracle.names, 2)
