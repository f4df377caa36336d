# SPDX-License-Identifier: MIT
"""`kvariant report`: the last sweep once more, shards put together, changes between sweeps."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.cli import run
from kvariant.kconfig.value import SymbolType
from kvariant.report import Told, sweep_junit, sweep_mail
from kvariant.sweep import Cell, Failure, Outcome
from kvariant.sweep.columns import Columns, merged

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config NET
\tbool "Net"
\tdefault y

config TLS
\tbool "TLS"
\tdepends on NET

config LOG
\tbool "Log"
"""
ERROR = "x.c:3: error: no \u2018tls\u2019"
FAILS_WITHOUT_TLS = f"grep -q CONFIG_TLS=y {{config}} || {{ echo '{ERROR}'; exit 1; }}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of six configurations, nothing else."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sweep(*arguments: str, command: str = FAILS_WITHOUT_TLS) -> int:
    """Sweep all pairs with one command."""
    return run(["sweep", "pairwise", "-q", "-j", "1", *arguments, "--", command])


def report(capsys: Capture, *arguments: str) -> tuple[int, Any]:
    """Return the exit code and the JSON of a report."""
    capsys.readouterr()
    code = run(["report", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_says_what_the_sweep_said(project: Path, capsys: Capture) -> None:
    """But for what only the sweep knows: how long it took, where its fragments are."""
    assert sweep() == 1
    said = capsys.readouterr().out.splitlines()
    assert run(["report"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line for line in said if not line.startswith(("    file:", "5 variants", "4 var"))] == [
        line for line in told if not line.startswith(("5 variants", "4 var"))
    ]
    assert any("fails iff !TLS" in line for line in told)


def test_shards_are_one_sweep(project: Path, capsys: Capture) -> None:
    """Two halves put together say the same as the whole, and what is lost has a name."""
    for shard in ("1/2", "2/2"):
        sweep("--shard", shard)
        shutil.move(".kvariant/results.sqlite", f"{shard[0]}.sqlite")
    sweep()
    code, whole = report(capsys)
    both_code, both = report(capsys, "1.sqlite", "2.sqlite", "--require", "pairwise")
    assert code == both_code == 1
    assert _ends(both["cells"]) == _ends(whole["cells"])
    assert [f["fails_iff"] for f in both["failures"]] == [f["fails_iff"] for f in whole["failures"]]
    assert both["unreported"] == []
    names = {cell["variant"] for cell in whole["cells"]}
    there = {cell["variant"] for cell in report(capsys, "2.sqlite")[1]["cells"]}
    assert run(["report", "2.sqlite", "--require", "pairwise"]) == 1
    error = capsys.readouterr().err
    assert "[incomplete]" in error
    assert f"{len(names - there)} of {len(names)} variants did not report" in error
    assert all(name in error for name in names - there)


def _ends(cells: Any) -> set[tuple[str, str, str]]:
    return {(c["variant"], c["step"], c.get("ended", c["outcome"])) for c in cells}


def test_compare(project: Path, capsys: Capture) -> None:
    """What is fixed, what fails now, against what fails in both."""
    sweep()
    shutil.copy(".kvariant/results.sqlite", "before.sqlite")
    sweep(command="grep -q CONFIG_LOG=y {config}")
    result = report(capsys, "--compare", "before.sqlite")[1]
    configs = {c["variant"] for c in result["cells"]}
    compared = {k: {c["variant"] for c in v} for k, v in result["compared"].items()}
    run(["matrix", "pairwise", "--json"])
    values = {v["name"]: v["assignment"] for v in json.loads(capsys.readouterr().out)["variants"]}
    tls = {name for name in configs if values[name].get("TLS") == "y"}
    log = {name for name in configs if values[name].get("LOG") == "y"}
    assert compared["newly_failing"] == tls - log
    assert compared["fixed"] == log - tls
    assert compared["still_failing"] == configs - log - tls
    assert compared["only_now"] == compared["only_before"] == set()


def test_mail_is_plain(project: Path, capsys: Capture) -> None:
    """72 columns of ASCII, the same on every machine."""
    sweep()
    capsys.readouterr()
    assert run(["report", "--text"]) == 1
    text = capsys.readouterr().out
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 72
    assert "no 'tls'" in text
    assert str(project) not in text


def test_markdown(project: Path, capsys: Capture) -> None:
    """A table that renders, and each failure with its expression."""
    sweep()
    capsys.readouterr()
    assert run(["report", "--markdown"]) == 1
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert "fails iff !TLS" in text


def test_junit(project: Path, capsys: Capture) -> None:
    """A case per cell, counted as the outcomes are; from sweep and report alike."""
    sweep("--junit", "sweep.xml")
    assert run(["report", "--junit", "report.xml"]) == 1
    _, result = report(capsys)
    ends = Counter(cell["outcome"] for cell in result["cells"])
    for name in ("sweep.xml", "report.xml"):
        root = ET.parse(project / name).getroot()  # we wrote it
        cases = list(root.iter("testcase"))
        assert len(cases) == len(result["cells"])
        assert len(list(root.iter("failure"))) == ends["failed"] > 0
        assert root.get("failures") == str(ends["failed"])
    capsys.readouterr()
    assert run(["report", "--junit", "nowhere/report.xml"]) == 2
    assert "[no-folder]" in capsys.readouterr().err


def test_no_results(project: Path, capsys: Capture) -> None:
    """Nothing has run: said so, and nothing is made."""
    assert run(["report"]) == 2
    assert "[no-results]" in capsys.readouterr().err
    assert not (project / ".kvariant").exists()


TEXT = st.text(max_size=40)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, st.sampled_from(Outcome)), max_size=4))
def test_any_text_is_xml_and_mail(parts: list[tuple[str, str, str, Outcome]]) -> None:
    """Whatever a compiler prints: the XML is well formed, the mail is ASCII."""
    cells = [
        Cell(variant=f"v{i}", step="s", test=test, outcome=outcome, log=log,
             failures=(Failure(message=message, again="", test=test),))
        for i, (test, message, log, outcome) in enumerate(parts)
    ]  # fmt: skip
    root = ET.fromstring(sweep_junit(cells))  # we wrote it
    assert len(list(root.iter("testcase"))) == len(cells)
    assert sweep_mail(Told(cells=cells, steps=["s"])).isascii()


VALUES = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["n", "y", ""]))


@given(
    st.dictionaries(st.sampled_from("uvw"), VALUES), st.dictionaries(st.sampled_from("wxy"), VALUES)
)
def test_columns(first: dict[str, dict[str, str]], second: dict[str, dict[str, str]]) -> None:
    """Columns are what they were made of, also from JSON, and put together."""
    types = dict.fromkeys("ABC", SymbolType.BOOL)
    parts = [Columns.of(c, types, ["A"], ["B"]) for c in (first, second)]
    parts = [Columns.from_json(json.loads(json.dumps(part.to_json()))) for part in parts]
    expected = {
        variant: {name: values.get(name, "") for name in types}
        for variant, values in (first | second).items()
    }
    whole = merged(parts)
    assert whole.configurations() == expected
    assert (whole.types, whole.read, whole.settable) == (types, {"A"}, {"B"})
