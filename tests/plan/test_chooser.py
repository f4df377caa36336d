# SPDX-License-Identifier: MIT
"""From a table of the project file to variants: what each key does."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import strategies
from kvariant.kconfig import Expression
from kvariant.plan import Plan, Selection
from kvariant.project import Project

KCONFIG = """
config MODULES
	bool "modules"
	default y
	option modules

menu "Network"

config NET
	bool "net"

config TLS
	tristate "tls"
	depends on NET

config DEPTH
	int "depth"
	range 1 9
	default 3

endmenu

config FAST
	bool "fast"

config HAVE_FAST
	def_bool FAST && TLS
"""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return a function that plans a matrix of a project file over the tree."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/net.config").write_text("CONFIG_NET=y\n", encoding="utf-8")
    (tmp_path / "configs/fast.config").write_text("CONFIG_FAST=y\n", encoding="utf-8")

    def plan(text: str, matrix: str = "", **selection: Any) -> Plan:
        (tmp_path / "kvariant.toml").write_text(text, encoding="utf-8")
        project = Project.find(tmp_path)
        return Plan.of(project, Selection(matrix=matrix, folder=tmp_path, **selection))

    return plan


def values(plan: Plan, *names: str) -> list[tuple[str, ...]]:
    """Return the values of some symbols in each variant."""
    return [tuple(v.configuration[name] for name in names) for v in plan.matrix]


def test_every_pair_of_values_that_can_be_is_in_a_variant(planned: Planned, tmp_path: Path) -> None:
    """Pairwise over all bools and tristates covers what brute force reaches."""
    plan = planned("", "pairwise")
    names = strategies.logical(strategies.plain(tmp_path / "Kconfig"))
    assert list(plan.matrix.symbols) == names
    reached = strategies.brute_force(tmp_path / "Kconfig")
    pairs = list(itertools.combinations(names, 2))
    expected = {(a, r.values[a], b, r.values[b]) for r in reached for a, b in pairs}
    found = {(a, v.configuration[a], b, v.configuration[b]) for v in plan.matrix for a, b in pairs}
    assert expected == found
    tuples = plan.matrix.tuples
    assert tuples is not None
    assert (2, len(expected), len(expected)) == (tuples.strength, tuples.feasible, tuples.covered)


def test_names_are_unique_and_valid(planned: Planned) -> None:
    """Chosen variants get names that fragments could have."""
    names = planned("", "pairwise").names
    assert len(names) == len(set(names)) > 3
    assert all(NAME.fullmatch(name) for name in names)


def test_user_values_resolve_to_the_variant(planned: Planned) -> None:
    """What a chosen variant asks for gives it."""
    plan = planned("", "pairwise")
    for variant in plan.matrix:
        assert dict(plan.tree.resolve(variant.symbols)) == dict(variant.configuration)


def test_where_holds_in_every_variant(planned: Planned) -> None:
    """The table's and the command's expression both hold."""
    text = '[matrix.some]\nstrategy = "t-wise"\nwhere = "NET"\n'
    plan = planned(text, "some", where=Expression.parse("!FAST"))
    assert {("n", "n"), ("m", "n"), ("y", "n")} == set(values(plan, "TLS", "FAST"))
    assert {("y",)} == set(values(plan, "NET"))
    assert ["net"] == list(planned('[matrix.some]\nwhere = "NET"\n', "some").names)


def test_symbols_and_ignore_say_what_is_combined(planned: Planned) -> None:
    """Specs of a table are relative to it; ints are in where they are named, not by a pattern."""
    text = (
        '[matrix.net]\nstrategy = "t-wise"\nsymbols = ["menu:Network", "FAST"]\nignore = ["F*"]\n'
    )
    assert ("NET", "TLS") == planned(text, "net").matrix.symbols
    named = planned('[matrix.net]\nstrategy = "t-wise"\nsymbols = ["NET", "DEPTH"]\n', "net")
    assert ("NET", "DEPTH") == named.matrix.symbols


def test_keys_of_the_command_replace_those_of_the_table(planned: Planned) -> None:
    """An option stands for the key of its name."""
    text = '[matrix.some]\nstrategy = "uniform"\nsize = 2\nrandom-seed = 3\n'
    assert 2 == len(planned(text, "some").matrix)
    plan = planned(text, "some", keys={"size": 5, "random_seed": 4})
    assert (5, 4) == (len(plan.matrix), plan.matrix.random_seed)


def test_the_standard_input_is_read_once(planned: Planned) -> None:
    """Two specs may mean the same text."""
    calls = []

    def text() -> str:
        calls.append(1)
        return "CONFIG_FAST CONFIG_NET CONFIG_GONE"

    specs = ("reads:-",)
    plan = planned(
        "", "uniform", keys={"size": 9, "symbols": specs, "ignore": specs[:0]}, standard_input=text
    )
    assert ("NET", "FAST") == plan.matrix.symbols
    assert [1] == calls
    assert ["the text reads what is no symbol of the tree: GONE"] == [
        w.message for w in plan.warnings
    ]


def test_a_limit_counts_what_stays_uncovered(planned: Planned) -> None:
    """Of fewer variants than needed, what they leave out is counted and listed."""
    text = '[matrix.few]\nextends = "pairwise"\nmax-variants = 2\n'
    plan = planned(text, "few")
    assert 2 == len(plan.matrix)
    tuples = plan.matrix.tuples
    assert tuples is not None
    assert tuples.feasible - tuples.covered == len(tuples.uncovered) > 0


def test_the_same_bytes_whatever_the_hash_seed(planned: Planned, tmp_path: Path) -> None:
    """Each strategy prints the same under every PYTHONHASHSEED, and with its own seed."""
    planned('[matrix.some]\nstrategy = "uniform"\nsize = 4\nrandom-seed = 9\n')
    for arguments, seed in (
        (["pairwise"], "0"),
        (["some"], "9"),
        (["pairwise", "-k", "*fast*"], "0"),
    ):
        outputs = set()
        for hash_seed, again in (("1", []), ("2", ["--random-seed", seed])):
            done = subprocess.run(
                [sys.executable, "-m", "kvariant", "matrix", *arguments, *again, "--json"],
                cwd=tmp_path, capture_output=True, text=True, check=True,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
            )  # fmt: skip
            outputs.add(done.stdout)
            assert f"random seed {seed}\n" == done.stderr
        assert 1 == len(outputs)
