# SPDX-License-Identifier: MIT
"""Pairwise matrices of real trees, proven complete by the independent verifier.

KVARIANT_TREES=1 runs U-Boot and Linux too, which take a minute each.
"""

from __future__ import annotations

import json
import os

import pytest
from foreign import foreign_tree

import debian
from kvariant import Space
from kvariant.matrix import StrategyRequest
from kvariant.matrix.promise import Promise
from kvariant.matrix.t_wise import t_wise
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from kvariant.plan.symbols import Spec, Specs

SLOW = pytest.mark.skipif("KVARIANT_TREES" not in os.environ, reason="KVARIANT_TREES=1 runs it")

MATRICES = [
    pytest.param("busybox", "*", id="busybox"),
    pytest.param("u-boot", "CMD_*", id="u-boot", marks=SLOW),
    pytest.param("linux", "declared:mm/Kconfig", id="linux", marks=SLOW),
]


@pytest.mark.parametrize(("name", "text"), MATRICES)
def test_every_pair_of_a_real_tree(name: str, text: str) -> None:
    """Rows resolve to themselves, have every feasible pair, and no pair is wrongly impossible."""
    try:
        tree = foreign_tree(name).tree
    except debian.Unavailable as reason:
        pytest.skip(f"no {name} here: {reason}")
    specs = Specs(tree, None, str)
    every = specs.symbols([Spec(text, tree.path.parent)])
    symbols = tuple(n for n in every if tree.types[n].is_logical)
    assert len(symbols) > 50
    chosen = t_wise(Space.of(tree), StrategyRequest(symbols=symbols))
    counts = chosen.tuples
    assert counts is not None
    record = {
        "format": 1,
        "strategy": "t-wise",
        "variants": [
            {"name": f"v{i}", "assignment": dict(c.assignment)}
            for i, c in enumerate(chosen.configurations)
        ],
        "tuples": {
            "feasible": counts.feasible,
            "infeasible": counts.infeasible,
            "covered": counts.covered,
        },
        "lower_bound": chosen.lower_bound,
    }
    written = Written.parse(json.dumps(record))
    verdict = verify(Space.of(tree), written, Promise(symbols=symbols, strength=2))
    assert () == verdict.faults
    assert (0, counts.infeasible) == (verdict.left_out, verdict.infeasible)
