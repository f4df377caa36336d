# SPDX-License-Identifier: MIT
"""Cells folded into distinct failures."""

from __future__ import annotations

from dataclasses import replace

from kvariant.blame import Finding, Observations
from kvariant.kconfig.value import SymbolType
from kvariant.results import Cell, Failure, Outcome

TYPES = dict.fromkeys("ABC", SymbolType.BOOL)
ALL = {f"{a}{b}{c}": {"A": a, "B": b, "C": c} for a in "ny" for b in "ny" for c in "ny"}


def cell(variant: str, *failures: tuple[str, str], step: str = "test", **more: object) -> Cell:
    """A cell with some (test, message) failures."""
    outcome = Outcome.FAILED if failures else Outcome.OK
    told = tuple(Failure(message=m, again=f"again {variant}", test=t) for t, m in failures)
    return Cell(**{"variant": variant, "step": step, "outcome": outcome, "failures": told, **more})


def findings(*cells: Cell, read: str = "") -> tuple[Finding, ...]:
    """The findings of some cells."""
    return Observations(cells, ALL, TYPES, read).findings()


def test_one_cause_in_several_tests() -> None:
    """Tests that fail in the same variants are one failure, told by what separates them."""
    (found,) = findings(
        *(
            cell(name, *([("t", "wrong"), ("u", "bad")] if v["A"] > v["B"] else []))
            for name, v in ALL.items()
        )
    )
    assert found.messages == ("t: wrong", "u: bad")
    assert found.failing == ("ynn", "yny")
    assert str(found.attribution) == "fails where A && !B: 2 of 2 against 0 of 6"
    assert (found.nearest_to, found.nearest, found.differing) == ("ynn", "nnn", ("A",))
    assert found.again == "again ynn"


def test_values_in_messages_are_no_difference() -> None:
    """Messages of one test that show a variant's values are one failure if it is one cause."""
    (found,) = findings(
        *(
            cell(name, *([("t", f"assert {name} == 1")] if v["A"] == "y" else []))
            for name, v in ALL.items()
        )
    )
    assert len(found.messages) == 4
    assert str(found.attribution.expression) == "A"


def test_two_causes_with_different_messages() -> None:
    """Two failures of one test stay apart where no short conjunction explains both."""
    found = findings(
        *(
            cell(name, *([("t", "one")] if v["A"] == v["B"] == "y" else []))
            if v["C"] == "y"
            else cell(name, *([("t", "two")] if v["A"] == v["B"] == "n" else []))
            for name, v in ALL.items()
        )
    )
    assert [str(f.attribution.expression) for f in found] == ["!A && !B && !C", "A && B && C"]


def test_places_and_addresses_are_no_difference() -> None:
    """A compiler's line in a generated file differs with the options before it."""
    (found,) = findings(
        *(
            cell(
                name,
                *([("", f"a.h:{i}:9: error: no x at 0x7ffe{i:08x}")] if v["B"] == "y" else []),
                step="build",
            )
            for i, (name, v) in enumerate(ALL.items())
        )
    )
    assert str(found.attribution.expression) == "B"


def test_a_word_that_is_a_variants_name() -> None:
    """A message with a word that is one variant's name is one failure all the same."""
    (found,) = findings(
        *(
            cell(
                name,
                *([("", f"no {'VARIANT' if name == 'yyn' else 'yyn'}")] if v["B"] == "y" else []),
            )
            for name, v in ALL.items()
        )
    )
    assert found.messages == ("no yyn",)
    assert str(found.attribution) == "fails where B: 4 of 4 against 0 of 4"


def test_a_message_with_the_variants_name() -> None:
    """What names the variant it is of is one failure, told without a name."""
    (found,) = findings(
        *(
            cell(name, *([("", "VARIANT is broken")] if v["A"] == "y" else []))
            for name, v in ALL.items()
        )
    )
    assert found.messages == ("VARIANT is broken",)


def test_what_did_not_run_says_nothing() -> None:
    """A skipped test step, or a build that broke with something else, is no pass."""
    found = findings(
        cell("nnn"),
        cell("ynn", ("t", "wrong")),
        cell("nyn", outcome=Outcome.SKIPPED),
        cell("yyn", outcome=Outcome.TIMEOUT, reason="60 s"),
    )
    assert [f.message for f in found] == ["t: wrong", "test: timeout, 60 s"]
    assert found[0].passing == ("nnn",)


def test_a_skipped_test_says_nothing() -> None:
    """A variant in which the failing test was skipped is no pass, in our own step and others'."""
    own = [
        cell(name, *([("t", "wrong")] if v["A"] == v["B"] == "y" else []))
        if v["B"] == "y"
        else cell(name, skipped={"t": "B is n"})
        for name, v in ALL.items()
    ]
    foreign = [
        one
        for c in own
        for one in (
            replace(c, skipped={}),
            Cell(variant=c.variant, step="test", test="u", outcome=Outcome.OK),
            *[
                Cell(variant=c.variant, step="test", test="t", outcome=outcome, ended=ended)
                for outcome, ended in [
                    (Outcome.SKIPPED, None) if c.skipped else (c.outcome, None),
                    (Outcome.REUSED, Outcome.OK),
                ][: 2 if c.variant == "nyn" else 1]
            ],
        )
    ]
    silent = [c for c in foreign if c.test != "t" or c.outcome is not Outcome.SKIPPED]
    for cells in (own, foreign, silent):
        (found,) = findings(*cells)
        assert str(found.attribution) == "fails where A: 2 of 2 against 0 of 2; 4 did not run it"
        assert found.unrun == ("nnn", "nny", "ynn", "yny")
        assert found.passing == ("nyn", "nyy")


def test_one_of_the_tests_that_fail_is_enough() -> None:
    """Tests that fail together are one failure: where one of them passes it did not happen."""
    (found,) = findings(
        *(
            cell(
                name,
                *([("t", "no"), ("u", "no")] if v["A"] == v["B"] == "y" else []),
                skipped={} if v["B"] == "y" else {"t": "B is n"},
            )
            for name, v in ALL.items()
        )
    )
    assert str(found.attribution) == "fails where A && B: 2 of 2 against 0 of 6"


def test_a_test_that_runs_in_some_of_the_variants() -> None:
    """What fails wherever it runs in another's variants is that: one fault, one failure."""
    cells = {
        name: cell(
            name,
            *([("t", "no")] if v["A"] == "y" else []),
            *([("u", "no")] if v["A"] == v["B"] == "y" else []),
            skipped={} if v["B"] == "y" else {"u": "B is n"},
        )
        for name, v in ALL.items()
    }
    (found,) = findings(*cells.values())
    assert found.messages == ("t: no", "u: no")
    assert str(found.attribution) == "fails where A: 4 of 4 against 0 of 4"
    cells["yny"] = replace(cells["yny"], skipped={})  # there u passes, where t fails
    assert [f.messages for f in findings(*cells.values())] == [("t: no",), ("u: no",)]


def test_what_failed_before_it_is_counted() -> None:
    """Variants that neither fail so nor pass are counted: the figures add up to all."""
    found, _ = findings(
        *(
            cell(name, ("", "broken" if v["C"] == "y" else "wrong"), step="build")
            if v["A"] == "y"
            else cell(name, step="build", outcome=Outcome.OK if v["B"] == "y" else Outcome.SKIPPED)
            for name, v in ALL.items()
        )
    )
    assert found.message == "wrong"
    told = "fails where A: 2 of 2 against 0 of 2; 2 did not run it; 2 failed otherwise"
    assert str(found.attribution) == told


def test_what_is_read_comes_first() -> None:
    """Of symbols that explain equally, those that are read are named."""
    values = {"a": {"A": "y", "B": "y", "C": "n"}, "b": {"A": "n", "B": "n", "C": "n"}}
    cells = [cell("a", ("t", "wrong")), cell("b")]
    for read in "AB":
        (found,) = Observations(cells, values, TYPES, read).findings()
        assert str(found.attribution.expression) == read
        assert found.symbols == (read,)


def test_what_is_not_read_where_it_must() -> None:
    """Where what is read does not explain it, all symbols do."""
    cells = [cell(name, *([("t", "wrong")] if v["A"] == "y" else [])) for name, v in ALL.items()]
    (found,) = Observations(cells, ALL, TYPES, "B").findings()
    assert str(found.attribution) == "fails where A: 4 of 4 against 0 of 4"


def test_a_linkers_offset_is_no_difference() -> None:
    """Code before a missing symbol moves it: that is the same failure."""
    (found,) = findings(
        *(
            cell(name, *([("", f"a.c:(.text+{at}): undefined reference to `b'")] if at else []))
            for name, v in ALL.items()
            for at in [{"y": "0x11" if v["B"] == "y" else "0x2b", "n": ""}[v["A"]]]
        )
    )
    assert str(found.attribution) == "fails where A: 4 of 4 against 0 of 4"


def test_what_only_failures_report_passes_where_it_is_not_told() -> None:
    """A run that bailed out is told by a test that others do not have: there, it did not."""
    bail = Failure(message="run: bailed out", again="", test="run", is_always_told=False)
    cells = []
    for name, v in ALL.items():
        bad = v["A"] == "y"
        outcome = Outcome.FAILED if bad else Outcome.OK
        step = cell(name, outcome=outcome, failures=(bail,) if bad else ())
        cells += [step, cell(name, test="t", outcome=Outcome.OK)]
    (found,) = findings(*cells)
    assert str(found.attribution) == "fails where A: 4 of 4 against 0 of 4"
