# SPDX-License-Identifier: MIT
"""What a sweep took against its commands: figures that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from kvariant.cli import run
from kvariant.results import Cell, Outcome
from kvariant.sweep.cost import Cost, Stopwatch

Capture = pytest.CaptureFixture[str]


def cell(variant: str, step: str, duration: float) -> Cell:
    """Return a cell that took so long."""
    return Cell(variant=variant, step=step, outcome=Outcome.OK, duration=duration)


CELLS = [
    cell("a", "generate", 50.0),  # ours
    cell("a", "build", 3.0),
    cell("a", "test", 4.0),
    cell("b", "build", 2.0),
    cell("b", "test", 1.0),
]


@pytest.mark.parametrize(
    ("seconds", "jobs", "least", "over"),
    [(11.0, 1, 10.0, 0.1), (10.5, 2, 7.0, 0.5), (7.0, 4, 7.0, 0.0), (9.9, 1, 10.0, 0.0)],
    ids=["one after the other", "two", "as long as the longest variant", "clocks differ"],
)
def test_over(seconds: float, jobs: int, least: float, over: float) -> None:
    """Commands take their sum over the jobs, or as long as those of one variant."""
    cost = Cost.of(CELLS, seconds=seconds, jobs=jobs, commands=10.0)
    assert cost.least == pytest.approx(least)
    assert cost.over == pytest.approx(over)


def test_nothing_ran() -> None:
    """Of hardly anything there is no share."""
    cost = Cost.of([], seconds=1.0, jobs=2, commands=0.5)
    assert cost.over is None


def test_commands_elsewhere() -> None:
    """What other machines ran is not known here: null, never 0."""
    cost = Cost.of(CELLS, seconds=1.0, jobs=2, commands=None)
    assert (cost.commands, cost.least, cost.over, cost.commands_cpu) == (None,) * 4
    assert cost.own_cpu > 0


def test_commands_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts in full, however they overlap."""
    times = iter([1.0, 2.0, 5.0, 9.0])
    # The clock of that module alone: whoever else measures this test has one that goes on.
    clock = SimpleNamespace(perf_counter=lambda: next(times))
    monkeypatch.setattr("kvariant.sweep.cost.time", clock)
    watch = Stopwatch()
    watch.began(7)
    watch.began(8)
    watch.ended(7)
    watch.ended(8)
    assert watch.seconds == (5.0 - 1.0) + (9.0 - 2.0)


def test_a_sweep_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Two variants of 0.51 s, one after the other: more than 1 s of commands; again: none."""
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "distinct", "--symbols", "A", "-j1", "-q"]
    assert run([*words, "--json", "--", "sleep", "0.51"]) == 0
    told = json.loads(capsys.readouterr().out)
    cost = told["cost"]
    assert cost["jobs"] == 1
    assert 1.02 <= cost["least"] == cost["commands"] <= told["duration"]
    assert cost["over"] == pytest.approx(told["duration"] / cost["least"] - 1, abs=0.001)
    assert run([*words, "--", "true"]) == 0
    assert "over the commands" not in capsys.readouterr().out
    assert run([*words, "--", "sleep", "0.51"]) == 0
    assert " % over the commands\n" in capsys.readouterr().out


def test_an_error_before_the_first_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It says that nothing was built, once and last; one that comes later, or dry, does not."""
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "distinct", "--symbols", "A", "-j1", "-q"]
    assert run([*words, "--json", "--", "no-such-program"]) == 3
    out, err = capsys.readouterr()
    assert err.endswith("\nexit code 3, nothing was built\n")
    assert err.count("nothing was built") == 1
    assert {"format", "errors"} == {*json.loads(out)}
    assert run([*words, "--dry-run", "--", "no-such-program"]) == 3
    assert "nothing was built" not in capsys.readouterr().err
    assert run([*words, "--junit", "made", "--", "sh", "-c", "mkdir -p {tree}/made {out}"]) == 2
    assert "nothing was built" not in capsys.readouterr().err
