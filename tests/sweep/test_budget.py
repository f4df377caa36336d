# SPDX-License-Identifier: MIT
"""A sweep with a budget: cut at any moment it says exactly what it has covered, and goes on."""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kconfiglib
import pytest

import programs
from errors.case import sound_project
from kvariant.cli import run
from kvariant.sweep.budget import Budget, budget_seconds, time_text

Capture = pytest.CaptureFixture[str]
Tuple = frozenset[tuple[str, bool]]
SEED = 20261130
KCONFIG = """\
mainmenu "Radio"

config NET
\tbool "Network"

config TLS
\tbool "Encryption"
\tdepends on NET

config LOG
\tbool "Log"

config TRACE
\tbool "Trace"
\tdepends on LOG || TLS

config SMALL
\tbool "Small"

config SLOW
\tbool "Slow"
\tdepends on !SMALL
"""
SYMBOLS = ("NET", "TLS", "LOG", "TRACE", "SMALL", "SLOW")
STEP = """
[[step]]
name = "boot"
run = "sleep 0.1; cp {config} %s/{name}.$$; ! grep -q CONFIG_TLS=y {config}"
%s
"""


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """Return the folder in which each command that came to its end has left its configuration."""
    folder = tmp_path / "ran"
    folder.mkdir()
    return folder


@pytest.fixture(params=["with a key", "without one"])
def project(tmp_path: Path, ran: Path, request: pytest.FixtureRequest) -> Path:
    """Return a project with one step, of which is known what it reads or not."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Kconfig").write_text(KCONFIG)
    reads = 'reads = ["Kconfig"]' if request.param == "with a key" else ""
    # The budget is over after so many commands, however long they take: see `spent_after`.
    (folder / "kvariant.toml").write_text(STEP.replace("sleep 0.1; ", "") % (ran, reads))
    return folder


def tuples_of(text: str, strength: int = 2) -> set[Tuple]:
    """Return the combinations of values of a .config, read line by line."""
    values = {name: f"CONFIG_{name}=y" in text.splitlines() for name in SYMBOLS}
    return {frozenset(found) for found in itertools.combinations(values.items(), strength)}


def possible_tuples(folder: Path, strength: int = 2) -> set[Tuple]:
    """Return those of any configuration: kconfiglib is asked for every assignment."""
    kconfig = kconfiglib.Kconfig(str(folder / "Kconfig"), warn=False)
    found: set[Tuple] = set()
    for texts in itertools.product("ny", repeat=len(SYMBOLS)):
        kconfig.unset_values()
        for name, text in zip(SYMBOLS, texts, strict=True):
            kconfig.syms[name].set_value(text)
        values = {name: kconfig.syms[name].str_value == "y" for name in SYMBOLS}
        found |= {frozenset(some) for some in itertools.combinations(values.items(), strength)}
    return found


def swept(project: Path, *, until: Callable[[], bool], how: signal.Signals | None) -> int:
    """Sweep with a budget of an hour; strike when it is time, and return the exit code."""
    command = ["sweep", "pairwise", "--strength", "3", "--budget", "1h", "-q", "-j", "2"]
    with programs.Popen(
        programs.kvariant(*command),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while how is not None and process.poll() is None:
            if until():
                process.send_signal(how)
                break
            time.sleep(0.01)
        return process.wait()


def reported(project: Path) -> dict[str, Any]:
    """Return what `kvariant report --json` says."""
    done = programs.run(
        programs.kvariant("report", "--json"),
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_more_variants_than_anybody_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Of very many variants a budget sweeps those that cover most; without one it asks."""
    monkeypatch.chdir(tmp_path)
    for module in ("choice_request", "variant_limit", "chooser", "distinct"):
        monkeypatch.setattr(f"kvariant.plan.{module}.MANY", 20)
    text = "".join(f'config A{i}\n\tbool "a"\n' for i in range(6))
    (tmp_path / "Kconfig").write_text(text)
    command = ["sweep", "distinct", "--symbols", "A*", "-q"]
    assert run([*command, "--", "true"]) == 2
    assert "[many]" in capsys.readouterr().err
    assert run([*command, "--budget", "0", "--", "true"]) == 0
    said = capsys.readouterr()
    assert "warning: there are more than 20 variants" in said.err
    assert "0.0 % of 20 variants" in said.out


@pytest.mark.skipif(sys.platform != "linux", reason="the reaper looks for processes in /proc")
def test_cut_at_five_moments(tmp_path: Path, ran: Path) -> None:
    """Whatever cuts it: the share is that of an independent count, and nothing runs twice."""
    project, linted = tmp_path / "project", tmp_path / "linted"
    project.mkdir()
    linted.mkdir()
    (project / "Kconfig").write_text(KCONFIG)
    lint = STEP.replace("boot", "lint").replace("TLS", "NEVER") % (linted, 'reads = ["Kconfig"]')
    (project / "kvariant.toml").write_text(lint + STEP % (ran, ""))
    possible, random_ = possible_tuples(project, 3), random.Random(SEED)
    configurations: dict[str, str] = {}
    ended: set[str] = set()
    done: set[tuple[str, str]] = set()
    cells: list[Any] = []
    shares = []
    for how in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, None):
        before = names_of(ran), names_of(linted)
        goal = before[0].total() + random_.randint(2, 3)
        code = swept(project, until=lambda goal=goal: names_of(ran).total() >= goal, how=how)
        assert code in {None: (1,), signal.SIGKILL: (-9, 1)}.get(how, (130, 1))
        time.sleep(0.3)  # who was killed has its commands ended by another
        assert not ended & (names_of(ran) - before[0]).keys(), "what had ended ran once more"
        again = done & {(name, "lint") for name in names_of(linted) - before[1]}
        assert not again, [cell for cell in cells if (cell["variant"], cell["step"]) in again]
        configurations |= {p.name.partition(".")[0]: p.read_text() for p in ran.iterdir()}
        record = reported(project)
        cells = [cell for cell in record["cells"] if cell["outcome"] != "missing"]
        done = {(cell["variant"], cell["step"]) for cell in cells}
        ended = {name for name, step in done if step == "boot" and (name, "lint") in done}
        covered: set[Tuple] = set().union(*(tuples_of(configurations[n], 3) for n in ended))
        found = record["coverage"]
        assert (found["of"], found["total"]) == ("triples", len(possible))
        assert found["covered"] == len(covered)
        assert found["missing"] == len(possible) - len(covered)
        assert found["share"] == int(10**6 * len(covered) / len(possible)) / 10**6
        assert ended.isdisjoint(found["left"])
        missing = {frozenset((n, t == "y") for n, t in one.items()) for one in found["uncovered"]}
        assert missing == possible - covered
        shares.append(found["share"])
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len({*shares}) >= 3, "it was cut on its way"


def names_of(folder: Path) -> Counter[str]:
    """Return the variants whose command has left its configuration, as often as it did."""
    return Counter(path.name.partition(".")[0] for path in folder.iterdir())


def spent_after(monkeypatch: pytest.MonkeyPatch, folder: Path, commands: int) -> None:
    """Let the time be over when so many commands have come to their end."""
    left = property(lambda _: 60.0 if len([*folder.iterdir()]) < commands else 0.0)
    monkeypatch.setattr(Budget, "left", left)


def test_spent(project: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """A spent budget is exit code 0, `--require-coverage` makes it 1; both say what is missing."""
    monkeypatch.chdir(project)
    toml = (project / "kvariant.toml").read_text()
    (project / "kvariant.toml").write_text(toml.replace("! grep -q CONFIG_TLS=y {config}", "true"))
    command = ["sweep", "pairwise", "-q", "-j", "1"]
    spent_after(monkeypatch, ran, 2)
    assert run([*command, "--budget", "10m"]) == 0
    out = capsys.readouterr().out
    covered = set().union(*(tuples_of(path.read_text()) for path in ran.iterdir()))
    total = len(possible_tuples(project))
    share = 1000 * len(covered) // total
    line = (
        f"budget: {share // 10}.{share % 10} % of {total} pairs, {len(covered)} covered, "
        f"{total - len(covered)} missing"
    )
    assert line in out.splitlines()
    assert run(["report"]) == 0
    assert line in capsys.readouterr().out.splitlines()
    assert run(["report", "--markdown"]) == 0
    assert line[1:] in capsys.readouterr().out
    spent_after(monkeypatch, ran, 3)
    assert run([*command, "--budget", "10m", "--require-coverage", "99.9"]) == 1
    assert "[coverage]" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(project)
    assert run([*command, "--budget", "10m", "--require-coverage", "100"]) == 0
    assert (
        f"budget: 100.0 % of {total} pairs, {total} covered, 0 missing" in capsys.readouterr().out
    )


def test_a_report_between(
    project: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The JUnit file that a sweep writes over its last one is no edit: nothing runs twice."""
    monkeypatch.chdir(project)
    Path("out.xml").write_text("")
    command = ["sweep", "pairwise", "-q", "-j", "1", "--budget", "10m", "--junit", "out.xml"]
    for commands in (1, 2, 3):
        spent_after(monkeypatch, ran, commands)
        run(command)
    monkeypatch.undo()
    monkeypatch.chdir(project)
    assert run(command) == 1
    assert set(names_of(ran).values()) == {1}
    capsys.readouterr()
    run(command)  # the one before has come to its end: this is a new one
    has_key = "reads" in Path("kvariant.toml").read_text()
    again = {name for name, count in names_of(ran).items() if count > 1}
    failed = {p.name.partition(".")[0] for p in ran.iterdir() if "_TLS=y" in p.read_text()}
    assert again == (failed if has_key else names_of(ran).keys())


def test_an_edit_between(
    project: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A file that was edited in between lets what failed, and what has no key, run once more."""
    monkeypatch.chdir(project)
    (project / "main.c").write_text("int main(void) { return 0; }\n")
    command = ["sweep", "pairwise", "-q", "-j", "1", "--budget", "10m"]
    spent_after(monkeypatch, ran, 3)
    run(command)
    first = {path.name.partition(".")[0] for path in ran.iterdir()}
    assert run(["report", "--json"]) in (0, 1)
    capsys.readouterr()
    failed = {cell["variant"] for cell in reported(project)["cells"] if cell["outcome"] == "failed"}
    time.sleep(0.05)
    (project / "main.c").write_text("int main(void) { return 1; }\n")
    for path in ran.iterdir():
        path.unlink()
    monkeypatch.undo()
    monkeypatch.chdir(project)
    run(command)
    again = {path.name.partition(".")[0] for path in ran.iterdir()}
    has_key = "reads" in (project / "kvariant.toml").read_text()
    assert first & again == (failed if has_key else first)


@pytest.mark.parametrize(("now", "left"), [(102.0, 8.0), (105.0, 5.0), (109.0, 5.0), (500.0, 5.0)])
def test_what_comes_before_the_cells(now: float, left: float) -> None:
    """Choosing takes half of the time at most: the cells have the rest."""
    budget = Budget(10.0, 100.0, lambda: now)
    assert budget.for_cells().left == left
    assert Budget(0.0, 100.0, lambda: now).for_cells().is_spent


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("0s", 0.0), ("90", 90.0), ("1.5", 1.5), ("1h30m", 5400.0), (" 10m ", 600.0),
     ("250ms", 0.25)],
)  # fmt: skip
def test_times(text: str, seconds: float) -> None:
    """Times as people write them; a number alone is seconds."""
    assert budget_seconds(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (90, "90 s"), (120, "2 min"), (5400, "1 h 30 min"), (7200, "2 h"), (6.5, "6.5 s")],
)
def test_times_told(seconds: float, text: str) -> None:
    """The same in reports."""
    assert time_text(seconds) == text


@pytest.mark.parametrize("text", ["-5", "abc", "", "5 m x", "1e3", "9999999h", "10 apples", "-1h"])
def test_no_time(
    text: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What is no time is an error in words, before anything runs."""
    monkeypatch.chdir(project)
    assert run(["sweep", "pairwise", "--budget", text]) == 2
    error = capsys.readouterr().err
    assert repr(text) in error
    assert "[budget]" in error
    assert not Path(".kvariant").exists()


@pytest.mark.parametrize("text", ["-5", "abc", "101", "", "95%%", "nan"])
def test_no_percentage(
    text: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """So is what is no percentage."""
    monkeypatch.chdir(project)
    assert run(["sweep", "pairwise", "--require-coverage", text]) == 2
    assert "[percent]" in capsys.readouterr().err


def test_nothing_to_spend(
    project: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """`--budget 0` runs nothing, and says what is covered already."""
    monkeypatch.chdir(project)
    assert run(["sweep", "pairwise", "-q", "--budget", "0"]) == 0
    assert "budget: 0.0 % of" in capsys.readouterr().out
    assert not [*ran.iterdir()]


def test_shards(project: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Each shard says what it has of its own variants' pairs, and the report of both the whole."""
    monkeypatch.chdir(project)
    possible = len(possible_tuples(project))
    for shard, budget in (("1/2", "1h"), ("2/2", "0")):
        command = ["sweep", "pairwise", "-q", "--shard", shard, "--budget", budget, "--json"]
        assert run(command) in (0, 1)
        found = json.loads(capsys.readouterr().out)["coverage"]
        own = set().union(*(tuples_of(path.read_text()) for path in ran.iterdir()))
        if shard == "1/2":
            assert (found["covered"], found["total"]) == (len(own), len(own))
        else:
            assert found["covered"] == 0
            assert 0 < found["total"] < possible
        assert found["shard"] == shard
        Path(".kvariant/results.sqlite").rename(f"{shard[0]}.sqlite")
    run(["report", "1.sqlite", "2.sqlite", "--json", "--require-coverage", "100"])
    found = json.loads(capsys.readouterr().out)["coverage"]
    assert (found["covered"], found["total"]) == (len(own), possible)
    assert found["shard"] == ""


TESTED = """
tests = ["tests"]
[generate]
templates = "templates"
[matrix.pairs]
strategy = "t-wise"
"""


def test_our_own_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Variants are taken through build and test together: one that was built was tested."""
    project = sound_project(tmp_path / "project")
    monkeypatch.chdir(project)
    (project / "kvariant.toml").write_text(TESTED)
    more = "".join(f'config M{i}\n\tbool "more {i}"\n' for i in range(6))
    (project / "Kconfig").write_text((project / "Kconfig").read_text() + more)
    (project / "tests").mkdir()
    (project / "tests/test_net.py").write_text(
        "import pathlib\n"
        "def test_net(variant):\n"
        f"    with open('{tmp_path}/tested', 'a') as stream:\n"
        "        print(variant.name, file=stream)\n"
    )
    tested = tmp_path / "tested"
    left = property(lambda _: 0.0 if tested.exists() else 60.0)
    monkeypatch.setattr(Budget, "left", left)
    assert run(["sweep", "pairs", "-q", "-j", "1", "--budget", "1m", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    ended = {(c["variant"], c["step"]) for c in record["cells"] if c["outcome"] != "missing"}
    built = {name for name, step in ended if step in ("build", "test")}
    names = {cell["variant"] for cell in record["cells"]}
    assert 0 < len(built) < len(names) / 2, "few were begun while nobody knew how long it takes"
    monkeypatch.undo()
    monkeypatch.chdir(project)
    assert run(["sweep", "pairs", "-q", "--budget", "1h", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["coverage"]["missing"] == 0
    assert record["coverage"]["left"] == []
    again = [cell for cell in record["cells"] if (cell["variant"], cell["step"]) in ended]
    assert {cell["outcome"] for cell in again} <= {"reused", "merged", "skipped"}
    assert sorted(tested.read_text().split()) == sorted({*tested.read_text().split()})
