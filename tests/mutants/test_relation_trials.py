# SPDX-License-Identifier: MIT
"""The relations alone notice breaks of one body: nothing else says what is right."""

from __future__ import annotations

import os

import pytest

from .__main__ import EXPLAINED, ROOT
from .bench import Bench, copied
from .relation_trials import Trials, of_bodies
from .verdict import explanations

WHOLE = "KVARIANT_RELATIONS_WHOLE"
"""Environment variable; "1" breaks fifty bodies instead of a few."""
SEED = 2022
COUNT = 50


def test_breaks_of_one_body_are_found(tmp_path: pytest.TempPathFactory) -> None:
    """Every break of a helper's body, in one language, breaks a relation somewhere."""
    bench = Bench(copied(ROOT, tmp_path))
    drawn = of_bodies(bench.mutants(), bench.interface, 4 * COUNT, SEED)
    known = explanations(EXPLAINED)
    trials = Trials(bench)
    noticed = 0
    for mutant in drawn:
        if any(explanation.covers(mutant) for explanation in known):
            continue
        said = trials.said(mutant)
        assert said, f"nobody notices {mutant.place}: {mutant.was} -> {mutant.now}"
        noticed += said != "same"
        if noticed == (COUNT if os.environ.get(WHOLE) == "1" else 10):
            return
    pytest.fail(f"{noticed} breaks are not enough")
