# SPDX-License-Identifier: MIT
"""`kvariant matrix --budget`: what is predicted to be swept in time, held against recounts."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kconfiglib
import pytest

from kvariant.cli import run
from kvariant.matrix import unfinished
from kvariant.results import Cell, Outcome, Store
from kvariant.sweep.budget import Budget

Capture = pytest.CaptureFixture[str]
SEED = 15
NAMES = [f"A{i}" for i in range(7)]
KCONFIG = "".join(
    f'config {name}\n\tbool "{name}"\n{"	depends on A0" if name in "A3 A5" else ""}\n'
    for name in NAMES
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of some options, swept with two steps, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return tmp_path


def took(project: Path, seconds: Mapping[str, float]) -> None:
    """Let a sweep of the matrix have taken so long, by variant; a third of it in `build`."""
    with Store.opened(project / ".kvariant/results.sqlite") as store:
        store.begin({"matrix": "pairwise", "steps": ["build", "test"], "variants": [*seconds]})
        store.record(
            Cell(variant=name, step=step, outcome=Outcome.OK, duration=share * time)
            for name, time in seconds.items()
            for step, share in (("build", 1 / 3), ("test", 2 / 3))
        )


def matrix(capsys: Capture, *options: str, code: int = 0) -> dict[str, Any]:
    """Return what `kvariant matrix --json` says of the pairs."""
    assert run(["matrix", "pairwise", "--json", *options]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def pairs(project: Path, found: Mapping[str, Any]) -> set[frozenset[tuple[str, str]]]:
    """Return the pairs that the variants of a matrix have: kconfiglib resolves them."""
    kconfig = kconfiglib.Kconfig(str(project / "Kconfig"), warn=False)
    every = set()
    for variant in found["variants"]:
        kconfig.unset_values()
        for name, text in variant["assignment"].items():
            kconfig.syms[name].set_value(text)
        values = [(name, kconfig.syms[name].str_value) for name in NAMES]
        every |= {frozenset(pair) for pair in itertools.combinations(values, 2)}
    return every


def possible(project: Path) -> set[frozenset[tuple[str, str]]]:
    """Return the pairs that any configuration has: kconfiglib resolves every assignment."""
    every = [dict(zip(NAMES, texts, strict=True)) for texts in itertools.product("ny", repeat=7)]
    return pairs(project, {"variants": [{"assignment": one} for one in every]})


def test_as_many_as_fit(project: Path, capsys: Capture) -> None:
    """Whatever fits: the time is kept, what is covered is true, and no subset of these has more."""
    whole = matrix(capsys)
    names = [variant["name"] for variant in whole["variants"]]
    took(project, dict.fromkeys(names, 6.0))
    covered = []
    for number in range(1, len(names)):
        seconds = 6.0 * number / 2 + 0.1  # two at a time
        found = matrix(capsys, "--budget", f"{seconds:g}", "--verify")
        assert len(found["variants"]) == number
        assert found["budget"]["predicted"] <= seconds
        assert (found["budget"]["variants"], found["budget"]["of"]) == (number, len(names))
        assert found["tuples"]["covered"] == len(pairs(project, found))
        assert found["tuples"]["feasible"] == whole["tuples"]["feasible"]
        left = found["tuples"]["feasible"] - found["tuples"]["covered"]
        assert len(found["tuples"]["uncovered"]) == left
        rows = [pairs(project, {"variants": [variant]}) for variant in whole["variants"]]
        best = max(len(set().union(*some)) for some in itertools.combinations(rows, number))
        assert found["tuples"]["covered"] >= (1 - 1 / 2.718281828) * best
        covered.append(found["tuples"]["covered"])
    assert covered == sorted(covered)
    found = matrix(capsys, "--budget", "1h")
    assert [variant["name"] for variant in found["variants"]] == names
    assert found["budget"]["predicted"] == pytest.approx(6.0 * len(names) / 2)


def test_the_long_ones_are_left(project: Path, capsys: Capture) -> None:
    """Of variants that take unequally long the quick ones are chosen."""
    names = [variant["name"] for variant in matrix(capsys)["variants"]]
    took(project, {name: 100.0 if i % 2 else 1.0 for i, name in enumerate(names)})
    found = matrix(capsys, "--budget", f"{len(names)}s")
    chosen = {variant["name"] for variant in found["variants"]}
    assert chosen == {name for i, name in enumerate(names) if i % 2 == 0}


def test_nothing_is_known(project: Path, capsys: Capture) -> None:
    """Without a sweep all are chosen, and it is said why."""
    assert run(["matrix", "pairwise", "--budget", "1s"]) == 0
    said = capsys.readouterr()
    assert "[no-durations]" in said.err
    assert "unknown" in said.err
    whole = matrix(capsys)
    took(project, {whole["variants"][0]["name"]: 2.0})
    assert len(matrix(capsys, "--budget", "1h")["variants"]) == len(whole["variants"])


def test_nothing_fits(project: Path, capsys: Capture) -> None:
    """Then it is an error that says what the shortest takes."""
    took(project, {variant["name"]: 8.0 for variant in matrix(capsys)["variants"]})
    assert run(["matrix", "pairwise", "--budget", "3s"]) == 2
    error = capsys.readouterr().err
    assert "no variant fits into 3 s: the shortest is predicted to take 8 s [budget]" in error


def test_what_is_always_in(project: Path, capsys: Capture) -> None:
    """Included variants are in whatever they take and cover."""
    (project / "dull.config").write_text("# CONFIG_A0 is not set\n")
    found = matrix(capsys, "--include", "dull.config")
    took(project, {variant["name"]: 4.0 for variant in found["variants"]} | {"dull": 9.0})
    small = matrix(capsys, "--include", "dull.config", "--budget", "7s", "--verify")
    assert "dull" in {variant["name"] for variant in small["variants"]}
    assert len(small["variants"]) < len(found["variants"])


def test_cut_at_random_moments(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice that its time ends anywhere counts its pairs exactly, and the next one goes on."""
    took(project, {"unknown": 1.0})
    draw, whole = random.Random(SEED), possible(project)
    every = len(list(itertools.combinations(NAMES, 2))) * 4
    monkeypatch.setattr(unfinished, "EVERY", 0.0)
    monkeypatch.setattr(unfinished, "CUT", 0.0)
    shares, known = [], 0
    for _ in range(5):
        asked, most = itertools.count(1), draw.randint(2, 6)
        monkeypatch.setattr(Budget, "choice_is_over", lambda _, a=asked, m=most: next(a) > m)
        assert run(["matrix", "pairwise", "--json", "--budget", "1h"]) == 0
        said = capsys.readouterr()
        found = json.loads(said.out)
        counts, had = found["tuples"], pairs(project, found)
        assert ("going on from" in said.err) == (0 < known)
        assert counts["covered"] == len(had)
        assert counts["infeasible"] <= every - len(whole)
        left = every - counts["covered"] - counts["infeasible"]
        assert counts.get("unproven", 0) == left
        known = len(list((project / ".kvariant").rglob("*.search")))
        shares.append(len(had))
    assert shares == sorted(shares)
    assert 0 < shares[0] < len(whole)
    monkeypatch.undo()
    monkeypatch.chdir(project)
    assert pairs(project, matrix(capsys)) == whole
