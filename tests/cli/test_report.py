# SPDX-License-Identifier: MIT
"""`kvariant report`: the last sweep once more, shards put together, changes between sweeps."""

from __future__ import annotations

import json
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.cli import run
from kvariant.kconfig.value import SymbolType
from kvariant.plan.shards import grouped
from kvariant.plan.variant_table import VariantTable, merged
from kvariant.report import FORMATS, SweepReport
from kvariant.report.sweep_document import sweep_document
from kvariant.results import Cell, Failure, Outcome

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
    assert any("fails where !TLS" in line for line in told)


def test_explanations_that_are_one_are_one_in_the_report(project: Path, capsys: Capture) -> None:
    """The tree tells them, where it is at hand; without it there is a choice left."""
    kconfig = project / "Kconfig"
    kconfig.write_text("config A\n\tbool 'A'\n\nconfig B\n\tbool 'B'\n\nconfig A2\n\tdef_bool A\n")
    sweep("--json", command="! grep -q CONFIG_A=y {config}")
    said = json.loads(capsys.readouterr().out)
    assert [f["candidates"] for f in said["failures"]] == [["A"]]
    assert report(capsys)[1]["failures"] == said["failures"]
    kconfig.unlink()
    (far,) = report(capsys)[1]["failures"]
    assert far["candidates"] == ["A", "A2"]


def test_shards_are_one_sweep(project: Path, capsys: Capture) -> None:
    """Two halves put together say the same as the whole, and what is lost has a name."""
    for shard in ("1/2", "2/2"):
        sweep("--shard", shard)
        shutil.move(".kvariant/results.sqlite", f"{shard[0]}.sqlite")
    sweep()
    code, whole = report(capsys)
    for order in (["1.sqlite", "2.sqlite"], ["2.sqlite", "1.sqlite"], ["?.sqlite", "2.sqlite"]):
        both_code, both = report(capsys, *order, "--require", "pairwise")
        assert code == both_code == 1
        assert _ends(both["cells"]) == _ends(whole["cells"])
        assert both["failures"] == whole["failures"]
        assert both["messages"] == whole["messages"]
        assert both["unreported"] == []
    names = {cell["variant"] for cell in whole["cells"]}
    there = {cell["variant"] for cell in report(capsys, "2.sqlite")[1]["cells"]}
    assert run(["report", "2.sqlite", "--require", "pairwise"]) == 1
    error = capsys.readouterr().err
    assert "[incomplete]" in error
    assert f"{len(names - there)} of {len(names)} variants did not report" in error
    assert all(name in error for name in names - there)
    assert error.splitlines()[0].endswith(" (job 1) [incomplete]"), "the job that is lost"
    lost = report(capsys, "2.sqlite", "--require", "pairwise")[1]
    assert lost["unreported_jobs"] == dict.fromkeys(names - there, 1)


def test_lost_jobs_are_named(project: Path, capsys: Capture) -> None:
    """Of each variant that did not report its job is told, as far as that is known."""
    for shard in ("1/4", "3/4", "1/2"):
        sweep("--shard", shard)
        shutil.move(".kvariant/results.sqlite", f"{shard.replace('/', '-')}.sqlite")
    capsys.readouterr()
    run(["matrix", "pairwise", "--json"])
    names = [v["name"] for v in json.loads(capsys.readouterr().out)["variants"]]

    def told(*databases: str) -> str:
        assert run(["report", *databases, "--require", "pairwise"]) == 1
        lines = capsys.readouterr().err.splitlines()
        return next(line for line in lines if line.startswith("error"))

    groups = grouped(names, 4)
    of_job = {name: job for job, group in enumerate(groups, 1) for name in group}
    said = told("1-4.sqlite", "3-4.sqlite")
    for job in (2, 4):
        assert f"{', '.join(groups[job - 1])} (job {job})" in said
    assert "(job 1)" not in said
    alone = report(capsys, "1-4.sqlite", "--require", "pairwise")[1]["unreported_jobs"]
    assert alone == {name: job for name, job in of_job.items() if job != 1}
    mixed = told("1-4.sqlite", "1-2.sqlite")
    assert "(job" not in mixed, "they are not of one number of jobs"
    sweep("-k", names[0])  # no shard
    assert "(job" not in told(".kvariant/results.sqlite")


def test_cells_of_variants_that_no_sweep_lists(project: Path, capsys: Capture) -> None:
    """A database that was given may have cells of others; nothing of theirs is lacking."""
    sweep()
    with closing(sqlite3.connect(".kvariant/results.sqlite")) as store, store:
        about = json.loads(store.execute("SELECT about FROM sweep").fetchone()[0])
        about["variants"], about["places"] = about["variants"][1:], about["places"][1:]
        store.execute("UPDATE sweep SET about = ?", (json.dumps(about),))
    code, told = report(capsys, ".kvariant/results.sqlite")
    assert code in (0, 1)
    assert told["unreported"] == []


def test_a_sweep_that_was_cut(project: Path, capsys: Capture) -> None:
    """What it did not come to is named; what it was not to run is not."""
    sweep()
    sweep("--last-failed")
    code, part = report(capsys)
    assert (code, part["unreported"]) == (1, [])
    sweep("--fail-fast", "--no-reuse", command="exit 1")
    code, cut = report(capsys)
    done = {cell["variant"] for cell in cut["cells"] if cell["outcome"] == "failed"}
    every = {cell["variant"] for cell in cut["cells"]}
    assert code == 1
    assert set(cut["unreported"]) == every - done != set()
    # Killed, it leaves no cells of what it did not come to.
    with closing(sqlite3.connect(".kvariant/results.sqlite")) as store, store:
        store.execute("DELETE FROM cell WHERE outcome = 'missing'")
        store.execute("UPDATE sweep SET ended = 0")
    assert set(report(capsys)[1]["unreported"]) == every - done
    assert run(["report"]) == 1
    printed = capsys.readouterr().err
    assert f"{len(every - done)} of {len(every)} variants did not report" in printed


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


def test_compare_tells_known_from_fixed_and_new_failures(project: Path, capsys: Capture) -> None:
    """What is known from now on is not fixed; what was not there before and fails has a name."""
    sweep("--fail-fast", command="exit 1")
    shutil.copy(".kvariant/results.sqlite", "cut.sqlite")
    sweep(command="exit 1")
    shutil.copy(".kvariant/results.sqlite", "before.sqlite")
    assert run(["report", "--compare", "cut.sqlite"]) == 1
    printed = capsys.readouterr().out
    names = {cell["variant"] for cell in report(capsys)[1]["cells"]}
    assert f"{len(names) - 1} only now, {len(names) - 1} of them failing\n" in printed
    assert all(f"  {name}  build  FAILED" in printed for name in sorted(names)[1:])
    (project / "kvariant.toml").write_text('[[known-failure]]\nreason = "bug 7"\n')
    assert sweep(command="exit 1") == 0
    assert report(capsys, "--compare", "before.sqlite")[1]["compared"]["fixed"] == []
    shutil.copy(".kvariant/results.sqlite", "before.sqlite")
    sweep(command="true")
    fixed = report(capsys, "--compare", "before.sqlite")[1]["compared"]["fixed"]
    assert {cell["variant"] for cell in fixed} == names


TWO_TREES = """\
config X86
\tdef_bool "$(ARCH)" = "x86"

config WP
\tbool "Write-protect"
\tdepends on X86

config TLS
\tbool "TLS"

config LOG
\tbool "Log"
"""


@pytest.fixture
def two_trees(project: Path, capsys: Capture) -> dict[str, dict[str, str]]:
    """A tree for each of two architectures; return what the variants of both ask for."""
    (project / "Kconfig").write_text(TWO_TREES, encoding="utf-8")
    (project / "kvariant.toml").write_text('env = { ARCH = ["x86", "arm64"] }\n')
    run(["matrix", "pairwise", "--json"])
    trees = json.loads(capsys.readouterr().out)["trees"]
    return {v["name"]: v["assignment"] for tree in trees for v in tree["variants"]}


def test_shards_of_several_trees(
    two_trees: dict[str, dict[str, str]], project: Path, capsys: Capture
) -> None:
    """Shards cut across trees; who did not report is named with its tree."""
    for shard in ("1/3", "2/3", "3/3"):
        sweep("--shard", shard)
        shutil.move(".kvariant/results.sqlite", f"{shard[0]}.sqlite")
    capsys.readouterr()
    files = [f"{n}.sqlite" for n in (1, 2, 3)]
    code, whole = report(capsys, *files, "--require", "pairwise")
    assert code == 1
    ends = {cell["variant"]: cell["outcome"] for cell in whole["cells"]}
    without = {name for name, values in two_trees.items() if values.get("TLS") != "y"}
    assert ends == {n: "failed" if n in without else "ok" for n in two_trees}
    assert {name.partition("/")[0] for name in without} == {"x86", "arm64"}
    assert [f["fails_iff"] for f in whole["failures"]] == ["!TLS"]
    assert set(whole["failures"][0]["variants"]) == without
    # One of them is lost.
    shards = [{c["variant"] for c in report(capsys, file)[1]["cells"]} for file in files]
    assert sum(map(len, shards)) == len(two_trees)
    code, rest = report(capsys, files[0], files[2], "--require", "pairwise")
    assert code == 1
    assert set(rest["unreported"]) == shards[1]
    for form in ("--text", "--markdown"):
        assert run(["report", files[0], files[2], "--require", "pairwise", form]) == 1
        printed = capsys.readouterr()
        assert f"{len(shards[1])} of {len(two_trees)} variants did not report: " in printed.err
        assert f"{len(shards[1])} did not report" in printed.out
        for name in shards[1]:
            assert name in printed.err
            assert name in printed.out


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, "error: no results are here [no-results]"),
        (b"", "error: no results are here: the database is empty [no-results]"),
        (b"no database" * 100, "error: not a results database [damaged-store]"),
    ],
    ids=["missing", "empty", "damaged"],
)
def test_a_shard_that_cannot_be_read(
    two_trees: dict[str, dict[str, str]], capsys: Capture, data: bytes | None, error: str
) -> None:
    """Who requires a matrix is told which database it is, and each variant that is lost with it."""
    sweep("--env", "ARCH=x86", command="true")
    lost = Path("lost.sqlite")
    if data is not None:
        lost.write_bytes(data)
    capsys.readouterr()
    both = (".kvariant/results.sqlite", "lost.sqlite")
    assert run(["report", *both, "--require", "pairwise", "--json"]) == 1
    printed = capsys.readouterr()
    names = [name for name in two_trees if name.startswith("arm64/")]
    assert json.loads(printed.out)["unreported"] == names
    assert f"lost.sqlite: {error}" in printed.err
    assert f"did not report: {', '.join(names)}" in printed.err
    assert run(["report", *both, "--require", "pairwise", "--env", "ARCH=x86"]) == 1
    assert run(["report", *both]) == 2


def test_a_tree_that_did_not_report(two_trees: dict[str, dict[str, str]], capsys: Capture) -> None:
    """A sweep of one tree alone does not stand for both, unless that one is asked for."""
    sweep("--env", "ARCH=x86", command="true")
    capsys.readouterr()
    assert run(["report", "--require", "pairwise"]) == 1
    error = capsys.readouterr().err
    lost = [name for name in two_trees if name.startswith("arm64/")]
    assert f"{len(lost)} of {len(two_trees)} variants did not report: {', '.join(lost)}" in error
    assert run(["report", "--require", "pairwise", "--env", "ARCH=x86"]) == 0


def test_compare_several_trees(
    two_trees: dict[str, dict[str, str]], project: Path, capsys: Capture
) -> None:
    """A change in one tree is told of its variants, in every form."""
    sweep(command="true")
    shutil.copy(".kvariant/results.sqlite", "before.sqlite")
    fails_on_x86 = "grep -q CONFIG_X86=y {config} && { echo 'x.c:1: error: x86'; exit 1; }; true"
    sweep(command=fails_on_x86)
    result = report(capsys, "--compare", "before.sqlite")[1]
    x86 = {name for name in two_trees if name.startswith("x86/")}
    compared = {k: {c["variant"] for c in v} for k, v in result["compared"].items()}
    assert compared["newly_failing"] == x86
    assert not any(compared[kind] for kind in compared if kind != "newly_failing")
    for form in ([], ["--text"], ["--markdown"]):
        assert run(["report", "--compare", "before.sqlite", *form]) == 1
        text = capsys.readouterr().out
        tail = text[text.index("newly failing") :]
        assert f"{len(x86)} newly failing" in text
        assert all(name in tail for name in x86)
        assert "arm64/" not in tail.partition("<details>")[0]
    # The other way round they are fixed; and one tree alone is a part of both.
    shutil.copy(".kvariant/results.sqlite", "after.sqlite")
    back = report(capsys, "before.sqlite", "--compare", "after.sqlite")[1]["compared"]
    assert {cell["variant"] for cell in back["fixed"]} == x86
    sweep("--env", "ARCH=arm64", command="true")
    part = report(capsys, "--compare", "before.sqlite")[1]["compared"]
    assert {cell["variant"] for cell in part["only_before"]} == x86
    assert not part["newly_failing"]


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
    assert "fails where !TLS" in text


def test_what_compilers_said_is_in_every_form(project: Path, capsys: Capture) -> None:
    """A warning of some variants is one row, with the options under which it appears."""
    warns = "! grep -q CONFIG_LOG=y {config} || echo 'x.c:7:1: warning: slow [-Wslow]'"
    assert sweep(command=warns) == 0
    said = capsys.readouterr().out
    assert "x.c:7: warning: slow [-Wslow]\n    build: iff LOG: " in said
    for form in ([], ["--text"], ["--markdown"]):
        assert run(["report", *form]) == 0
        text = " ".join(capsys.readouterr().out.replace("\\", "").split())
        assert "1 distinct compiler message" in text
        assert "x.c:7: warning: slow [-Wslow]" in text
        assert "build: iff LOG: " in text


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
    document = sweep_document(SweepReport(cells=cells, steps=["s"]))
    root = ET.fromstring(FORMATS["junit"].render(document))  # we wrote it
    assert len(list(root.iter("testcase"))) == len(cells)
    assert FORMATS["text"].render(document).isascii()


VALUES = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["n", "y", ""]))


@given(
    st.dictionaries(st.sampled_from("uvw"), VALUES), st.dictionaries(st.sampled_from("wxy"), VALUES)
)
def test_columns(first: dict[str, dict[str, str]], second: dict[str, dict[str, str]]) -> None:
    """Tables of variants are what they were made of, also from JSON, and put together."""
    types = dict.fromkeys("ABC", SymbolType.BOOL)
    parts = [VariantTable.of(c, types, ["A"], ["B"]) for c in (first, second)]
    parts = [VariantTable.from_json(json.loads(json.dumps(part.to_json()))) for part in parts]
    expected = {
        variant: {name: values.get(name, "") for name in types}
        for variant, values in (first | second).items()
    }
    whole = merged(parts)
    assert whole.configurations() == expected
    assert (whole.types, whole.read, whole.settable) == (types, {"A"}, {"B"})


TWO_STEPS = """\
[[step]]
name = "first"
run = "test -s {config}"

[[step]]
name = "second"
run = "test -s {config}"
"""


def test_shards_of_other_steps(project: Path, capsys: Capture) -> None:
    """Shards that ran other steps are told as such, and which; not as variants that are lost."""
    (project / "kvariant.toml").write_text(TWO_STEPS)
    files = []
    for number, steps in ((1, ["--step", "first"]), (2, [])):
        assert run(["sweep", "pairwise", "-q", "--shard", f"{number}/2", *steps]) == 0
        files.append(f"{number}.sqlite")
        (project / ".kvariant/results.sqlite").rename(files[-1])
    capsys.readouterr()
    for arguments in (files, [*files, "--require", "pairwise"]):
        assert run(["report", *arguments]) == 1
        err = capsys.readouterr().err
        assert "error: the sweeps are not of the same steps: 1.sqlite has no second" in err
        assert "did not report" not in err


def test_a_later_sweep_may_have_more_steps(project: Path, capsys: Capture) -> None:
    """Of the same variants swept twice, nothing is missing."""
    (project / "kvariant.toml").write_text(TWO_STEPS)
    for name, only in (("1.sqlite", ["--step", "first"]), ("2.sqlite", [])):
        assert run(["sweep", "pairwise", "-q", *only]) == 0
        (project / ".kvariant/results.sqlite").rename(name)
    assert run(["report", "1.sqlite", "2.sqlite"]) == 0
    assert run(["report", "2.sqlite", "1.sqlite"]) == 0
    assert "" == capsys.readouterr().err.replace("random seed 0\n", "")
