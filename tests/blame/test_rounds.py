# SPDX-License-Identifier: MIT
"""Rounds of extra variants: which are run."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kvariant.blame import Observations
from kvariant.blame.hypotheses import ByTree
from kvariant.blame.rounds import Blame, Blamed
from kvariant.blame.second_runs import TIMES, FlakyRuns
from kvariant.blame.tree_search import TreeSearch
from kvariant.kconfig import Configuration, Tree
from kvariant.results import Cell, Failure, Outcome
from kvariant.space import Space

Ended = Callable[[Mapping[str, str]], Cell]
"""What becomes of a configuration; of which variant it is does not matter."""


LEVEL = 'config LEVEL\n\tint "level"\n\trange 0 40\n\tdefault 0\n'


@pytest.fixture
def blamed(tmp_path: Path) -> Callable[..., tuple[Blamed, list[Configuration]]]:
    """A tree of some bools and a LEVEL is blamed; also returns everything that was run for it.

    Known variants are written as the bools' values, and LEVEL's behind a colon: `yn:40`.
    """

    def blame(symbols: str, known: str, ended: Ended) -> tuple[Blamed, list[Configuration]]:
        path = tmp_path / "Kconfig"
        bools = "".join(f'config {s}\n\tbool "{s}"\n\n' for s in symbols)
        path.write_text(bools + LEVEL, encoding="utf-8")
        tree = Tree.load(path)
        ran: list[Configuration] = []

        class Runs:
            """Runs variants in memory."""

            def run(self, variants: ByTree, *, anew: bool = False) -> Sequence[Cell]:
                """Say what becomes of each."""
                ran.extend(variants[""].values())
                return [ended({**values, "NAME": name}) for name, values in variants[""].items()]

        runs = Runs()

        def of_tree(cells: Sequence[Cell], known: Mapping[str, Configuration]) -> Observations:
            return Observations(cells, known, tree.types)

        def observed(cells: Sequence[Cell], known: ByTree) -> Observations:
            return of_tree(cells, known[""])

        start = {}
        for word in known.split():
            texts, _, level = word.partition(":")
            values = dict(zip(symbols, texts, strict=True))
            start[word] = tree.resolve(values | ({"LEVEL": level} if level else {}))
        cells = runs.run({"": start})
        ground = TreeSearch(lambda: Space.of(tree), of_tree, {})
        return Blame({"": ground}, observed, runs).blame(cells, {"": start}), ran

    return blame


def cell(values: Mapping[str, str], *failing: str, **more: object) -> Cell:
    """A cell of the test step in which some tests fail."""
    failures = tuple(Failure(message="wrong", again="", test=test) for test in failing)
    outcome = Outcome.FAILED if failures else Outcome.OK
    told = {"variant": values["NAME"], "step": "test", "outcome": outcome, "failures": failures}
    return Cell(**{**told, **more})


def test_what_told_nothing_is_not_run_again(
    blamed: Callable[..., tuple[Blamed, list[Configuration]]],
) -> None:
    """Where the variants that would tell A from B broke off, running them again tells no more."""

    def ended(values: Mapping[str, str]) -> Cell:
        if values["A"] != values["B"]:
            return cell(values, outcome=Outcome.TIMEOUT, reason="60 s")
        return cell(values, *(["t"] if values["A"] == "y" else []))

    result, ran = blamed("AB", "nn ny yn yy", ended)
    assert not result.extra
    assert len(ran) == 4 + TIMES * result.again
    (found,) = [f for f in result.findings if f.message == "t: wrong"]
    assert [str(e) for e in found.attribution.candidates] == ["A", "B"]


def test_what_passes_when_it_is_run_again_is_flaky(
    blamed: Callable[..., tuple[Blamed, list[Configuration]]],
) -> None:
    """No cause is looked for; beside it another failure is explained as ever."""
    seen: list[str] = []

    def ended(values: Mapping[str, str]) -> Cell:
        is_first = values["NAME"] == "yny" and "yny" not in seen
        seen.append(values["NAME"])
        return cell(values, *(["u"] if is_first else []), *(["t"] if values["B"] == "y" else []))

    result, ran = blamed("ABC", "nnn yyy yny nyn", ended)
    (flaky,) = result.flaky
    assert result.flaky == {flaky: FlakyRuns("yny", 1, 2)}
    assert result.findings[flaky].message == "u: wrong"
    assert flaky not in result.settled
    assert not result.findings[flaky].attribution.is_proven
    (other,) = (f for f in result.findings if f.message == "t: wrong")
    assert str(other.attribution).startswith("fails iff B: ")
    assert result.again == 2
    assert len(ran) == 4 + 1 + TIMES + len(result.extra)


def test_one_second_run_may_do_for_many(
    blamed: Callable[..., tuple[Blamed, list[Configuration]]],
) -> None:
    """Failures that a variant shares cost one second run; no evidence comes from it."""

    def ended(values: Mapping[str, str]) -> Cell:
        return cell(values, *(f"t{s}" for s in "AB" if values[s] == "y"))

    result, _ = blamed("AB", "yy ny yn nn", ended)
    assert result.again == 1
    assert {str(f.attribution) for f in result.findings} == {
        "fails iff A: 2 of 2 against 0 of 2",
        "fails iff B: 2 of 2 against 0 of 2",
    }


START = "nnnnnnn yyyyyyy ynynyny nynynyn yyynnnn nnyyyyn yynnyyn"


def test_failures_within_another_cost_nothing(
    blamed: Callable[..., tuple[Blamed, list[Configuration]]],
) -> None:
    """Tests that fail only where a wider one does are told, and nothing is run for them."""

    def ended(values: Mapping[str, str]) -> Cell:
        if not (values["A"] == "y" == values["B"]):
            return cell(values)
        narrow = [f"t{s}" for s in "CDEFG" if values[s] == "y"]
        return cell(values, "t", *narrow, *(["u"] if values["C"] == "n" else []))

    result, _ = blamed("ABCDEFG", START, ended)
    first = result.findings[0]
    assert str(first.attribution.expression) == "A && B"
    assert 0 in result.settled
    assert len(result.findings) > 3
    assert set(result.within) == set(range(1, len(result.findings)))
    assert set(result.within.values()) == {0}
    assert 0 < len(result.extra) < 10


def test_what_is_within_another_by_accident_is_told_apart(
    blamed: Callable[..., tuple[Blamed, list[Configuration]]],
) -> None:
    """A second cause that the matrix has only beside the first one is found, too."""

    def ended(values: Mapping[str, str]) -> Cell:
        failing = ["t"] if values["A"] == "y" == values["B"] else []
        return cell(values, *failing, *(["u"] if values["C"] == "y" == values["D"] else []))

    start = "nnnnnnn yyyyyyy ynynyny nynynyn yyynnnn yynnyyn"
    result, _ = blamed("ABCDEFG", start, ended)
    assert {str(f.attribution.expression) for f in result.findings} == {"A && B", "C && D"}
    assert not result.within
    assert len(result.extra) < 20


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(17, "A && LEVEL >= 17"), (40, "A && LEVEL = 40"), (32, "A && LEVEL >= 32")],
)
def test_limits_of_numbers_are_halved(
    limit: int, expected: str, blamed: Callable[..., tuple[Blamed, list[Configuration]]]
) -> None:
    """A range of forty numbers is not gone through one by one."""

    def ended(values: Mapping[str, str]) -> Cell:
        return cell(
            values, *(["t"] if values["A"] == "y" and int(values["LEVEL"]) >= limit else [])
        )

    result, _ = blamed("ABC", "yyy:40 nnn:0 ynn:3 nyy:20 yyn:5", ended)
    assert [str(f.attribution.expression) for f in result.findings] == [expected]
    assert 0 in result.settled
    assert not result.gaps
    assert len(result.extra) < 10


@pytest.mark.parametrize("seed", range(12))
def test_a_fault_that_breaks_several_tests(
    seed: int, blamed: Callable[..., tuple[Blamed, list[Configuration]]]
) -> None:
    """Some of them run in some variants only, or fail only with something else: nine are enough."""
    dice = random.Random(seed)
    symbols = "ABCDEFGH"
    fault = dict(zip(dice.sample(symbols, dice.choice((2, 3))), "ynyn", strict=False))
    runs = {f"run{i}": dice.choice(symbols) for i in range(3)}
    fails = {f"fail{i}": dice.choice(symbols) for i in range(3)}

    def ended(values: Mapping[str, str]) -> Cell:
        skipped = {test: "off" for test, symbol in runs.items() if values[symbol] == "n"}
        if any(values[symbol] != text for symbol, text in fault.items()):
            return cell(values, skipped=skipped)
        failing = [test for test in runs if test not in skipped]
        failing += [test for test, symbol in fails.items() if values[symbol] == "n"]
        return cell(values, "all", *failing, skipped=skipped)

    rows = ["".join(dice.choice("ny") for _ in symbols) for _ in range(7)]
    rows.append("".join(fault.get(symbol, dice.choice("ny")) for symbol in symbols))
    result, _ = blamed(symbols, " ".join(dict.fromkeys(rows)), ended)
    expected = {s if text == "y" else f"!{s}" for s, text in fault.items()}
    assert set(str(result.findings[0].attribution.expression).split(" && ")) == expected
    assert len(result.extra) < 10
