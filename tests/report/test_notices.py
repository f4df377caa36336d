# SPDX-License-Identifier: MIT
"""Notices at lines: SARIF, Code Quality, annotations, each by its reader's rules."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from kvariant.blame import Observations
from kvariant.blame.compiler_messages import folded_messages
from kvariant.cli import run
from kvariant.kconfig.value import SymbolType
from kvariant.report import FORMATS, ReportDocument, SweepReport
from kvariant.report.annotations import MOST
from kvariant.report.notice import Notice, NoticeLevel, SourceLine
from kvariant.report.notices import notices
from kvariant.report.sarif import RESULTS, RUNS, TEXT
from kvariant.report.sweep_document import SweepRecord
from kvariant.results import Cell, Failure, Outcome

VALUES = {f"v{i}": {"A": "ny"[i % 2], "B": "ny"[i // 2]} for i in range(4)}
TYPES = dict.fromkeys("AB", SymbolType.BOOL)


NOTICE_FORMATS = ("sarif", "code-quality", "annotations")


class Lines:
    """A repository with some files."""

    def __init__(self, *files: str) -> None:
        self.files = files

    def of(self, path: str, variant: str) -> str | None:
        return next((f for f in self.files if f in (path, f"generated/{variant}/{path}")), None)

    def of_step(self, step: str) -> SourceLine:
        return SourceLine("kvariant.toml", {"build": 3, "test": 9}.get(step, 1))


def cell(variant: str, message: str = "", *, test: str = "", log: str = "") -> Cell:
    """Return a cell of the step build, failed if there is a message."""
    failures = (Failure(message=message, test=test, again=""),) if message else ()
    outcome = Outcome.FAILED if message else Outcome.OK
    return Cell(variant=variant, step="build", outcome=outcome, failures=failures, log=log)


def report_of(cells: Sequence[Cell]) -> SweepReport:
    """Return what is told of cells of the variants above."""
    observations = Observations(cells, VALUES, TYPES)
    return SweepReport(
        cells=cells,
        steps=["build"],
        findings=observations.findings(),
        messages=folded_messages(cells, observations),
    )


def told(message: str, *, test: str = "", files: Sequence[str] = ("a.c", "t.py")) -> Notice:
    """Return the notice of a failure where A."""
    cells = [cell(name, message if v["A"] == "y" else "", test=test) for name, v in VALUES.items()]
    (notice,) = notices(report_of(cells), Lines(*files))
    return notice


PLACES = [
    ("a.c:3:9: error: no", "", ("a.c", 3, 9), "no"),
    ("a.c:3: Fehler: no", "", ("a.c", 3, 0), "no"),
    ("a.c:(.text+0x1): undefined reference to `x'", "", ("a.c", 1, 0), "a.c:(.text+0x1): undefi"),
    ("b.c:3: error: no", "", ("kvariant.toml", 3, 0), "b.c:3: error: no"),
    ("assert 1 == 2", "t.py::test_x", ("t.py", 1, 0), "t.py::test_x: assert 1 == 2"),
    (
        "t.py:7: AssertionError",
        "t.py::test_x",
        ("t.py", 7, 0),
        "t.py::test_x: t.py:7: AssertionError",
    ),
    ("no link", "board.s.t", ("kvariant.toml", 3, 0), "board.s.t: no link"),
    ("exit code 1", "", ("kvariant.toml", 3, 0), "exit code 1"),
]


@pytest.mark.parametrize(("message", "test", "place", "said"), PLACES)
def test_a_notice_has_a_line(
    message: str, test: str, place: tuple[str, int, int], said: str
) -> None:
    """It is the one that the message points at if the repository has it, else test or step."""
    notice = told(message, test=test)
    assert place == (notice.at.path, notice.at.line, notice.at.column)
    assert notice.text.startswith(f"fails where A: 2 of 2 against 0 of 2: {said}")


def test_a_generated_file_is_that_of_the_first_variant() -> None:
    """A line of generated code is one of a file that is there."""
    notice = told("x.h:3: error: no", files=["generated/v1/x.h"])
    assert notice.at == SourceLine("generated/v1/x.h", 3)


HOSTILE = {
    "a megabyte": "a.c:3: error: " + "x" * 1_000_000,
    "halves of pairs": "a.c:3: error: \udcff\ud800 z",
    "control characters": "a.c:3: error: \0\a\x1b[31m\u2028\r\n::error::x",
    "outside": "/etc/passwd:3: error: no",
    "above": "../../a.c:3: error: no",
    "line 0": "a.c:0:0: error: no",
    "a line beyond numbers": f"a.c:{'9' * 5000}:{'9' * 5000}: error: no",
    "a line that no editor has": f"a.c:{'9' * 30}: error: no",
    "a name that is no text": "b\udcff.c:3: error: no",
    "nothing": " ",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_is_said_every_reader_takes_it(what: str) -> None:
    """Its text is whole UTF-8 without control characters, its line a line, and what comes behind
    it, as the names of variants, is not pushed out."""
    notice = told(HOSTILE[what], files=["a.c", "b\udcff.c"])
    known = {"a megabyte", "halves of pairs", "control characters", "line 0"}
    expected = SourceLine("a.c", 1 if what == "line 0" else 3)
    assert (expected if what in known else SourceLine("kvariant.toml", 3)) == notice.at
    for form in NOTICE_FORMATS:
        text = FORMATS[form].render(document(notice))
        assert len(text) < 4096
        assert "in v1, v3" in text
        if form == "annotations":
            assert ANNOTATION.fullmatch(text)
            assert text.encode().isascii() or "\N{REPLACEMENT CHARACTER}" in text
            continue
        record = json.loads(text)
        said = json.dumps(record, ensure_ascii=False).encode().decode()
        assert not re.search(r"[\0-\x08\x0b-\x1f\x7f]|\\\\u00[01]", said)
        if form == "sarif":
            check_sarif(record)


def test_many_messages() -> None:
    """They are told within each host's limit, in a time that grows as they do."""
    log = "".join(f"a.c:{i}: warning: w{i} [-Wx{i % 5}]\n" for i in range(1, 30_001))
    found = notices(report_of([cell("v0", log=log), cell("v1")]), Lines("a.c"))
    assert len(found) == 30_000
    assert len({notice.fingerprint for notice in found}) == 30_000
    (one,) = rendered("sarif", *found)["runs"]
    assert RESULTS == len(one["results"])
    assert "29991 more notices" in FORMATS["annotations"].render(document(*found)).replace(",", "")


def test_a_failure_of_many_variants_is_one() -> None:
    """However many fail alike there is one notice, with some of their names and a count."""
    names = [f"v{i}" for i in range(34)]
    observed = {name: {"A": "y", "B": "n"} for name in names}
    cells = [cell(name, "a.c:3: error: no") for name in names]
    observations = Observations(cells, observed, TYPES)
    report = SweepReport(cells=cells, steps=["build"], findings=observations.findings())
    (notice,) = notices(report, Lines("a.c"))
    assert "in v0, v1, v2 and 31 more" == notice.details[0]


def test_fingerprints_stay() -> None:
    """A line that moved, other variants that fail: it is the same problem; another text is not."""
    first = told("a.c:3:9: error: no").fingerprint
    assert first == told("a.c:44:2: error: no").fingerprint
    wider = [cell(name, "a.c:3:9: error: no") for name in VALUES]
    (notice,) = notices(report_of(wider), Lines("a.c"))
    assert first == notice.fingerprint
    assert first != told("a.c:3:9: error: yes").fingerprint


def test_warnings_are_told_and_what_follows_from_failures_is_not() -> None:
    """A warning has its flag as rule; an error beside a failure has no notice of its own."""
    log = "a.c:1: warning: odd [-Wodd]\na.c:3: error: no\na.c:4: error: follows\n"
    cells = [cell("v0"), cell("v1", "a.c:3: error: no", log=log), cell("v2")]
    found = notices(report_of(cells), Lines("a.c"))
    assert [("build failed", NoticeLevel.ERROR, 3), ("-Wodd", NoticeLevel.WARNING, 1)] == [
        (notice.rule, notice.level, notice.at.line) for notice in found
    ]


def test_known_failures_are_notes() -> None:
    """What is known to fail is shown, and is no error."""
    failure = Failure(message="no", known="since 1.2", again="")
    cells = [
        Cell(variant="v0", step="build", outcome=Outcome.FAILED, failures=(failure,)),
        cell("v1"),
    ]
    (notice,) = notices(report_of(cells), Lines())
    assert notice.level is NoticeLevel.NOTE
    assert "known: since 1.2" in notice.details


NOTICE = Notice(
    level=NoticeLevel.ERROR,
    rule="build failed",
    step="build",
    tree="",
    at=SourceLine("dir with blank/a:b%,c.c", 3, 7),
    text="fails iff A: 2 of 2 against 0 of 2: 100 % no, ::error:: é",
    details=["in v1, v3", "again: kvariant sweep"],
    fingerprint="0123456789abcdef",
)


def document(*told: Notice) -> ReportDocument:
    """Return a document with notices and nothing else."""
    return ReportDocument({}, SweepRecord(SweepReport(cells=(), steps=())), notices=told)


def rendered(form: str, *told: Notice) -> Any:
    """Return notices in a format that is JSON."""
    return json.loads(FORMATS[form].render(document(*told)))


TEXTS = {"type": "object", "required": ["text"], "properties": {"text": {"maxLength": 1024}}}
SARIF: dict[str, Any] = {
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "maxItems": 20, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "required": ["tool", "results"],
            "properties": {
                "results": {
                    "type": "array",
                    "maxItems": 25_000,
                    "items": {"$ref": "#/$defs/result"},
                },
                "tool": {
                    "properties": {
                        "driver": {
                            "required": ["name", "rules"],
                            "properties": {
                                "rules": {"uniqueItems": True, "items": {"$ref": "#/$defs/rule"}}
                            },
                        }
                    }
                },
                "automationDetails": {"properties": {"id": {"pattern": "/$"}}},
            },
        },
        "rule": {
            "required": ["id", "shortDescription", "fullDescription", "help"],
            "properties": {"shortDescription": TEXTS, "fullDescription": TEXTS, "help": TEXTS},
        },
        "result": {
            "required": ["ruleId", "message", "locations", "partialFingerprints"],
            "properties": {
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": TEXTS,
                "locations": {"minItems": 1, "maxItems": 1000},
                "partialFingerprints": {"required": ["primaryLocationLineHash"]},
            },
        },
    },
}
"""What GitHub wants of SARIF, in short."""


def check_sarif(log: Any) -> None:
    """Hold a log against GitHub's wishes, and against the standard's schema where it is given."""
    jsonschema.validate(log, SARIF)
    if path := os.environ.get("KVARIANT_SARIF_SCHEMA"):
        jsonschema.validate(log, json.loads(Path(path).read_text(encoding="utf-8")))


def test_sarif_is_what_github_reads() -> None:
    """A result has its rule, its line and column, the condition first, and a fingerprint."""
    log = rendered("sarif", NOTICE, replace(NOTICE, level=NoticeLevel.WARNING, rule="-Wodd"))
    check_sarif(log)
    (run_,) = log["runs"]
    first, second = run_["results"]
    assert first["message"]["text"].startswith(NOTICE.text)
    place = first["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == NOTICE.at.path
    assert " " not in place["artifactLocation"]["uri"]
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert first["partialFingerprints"]["primaryLocationLineHash"].startswith("0123456789abcdef")
    rules = run_["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in (first, second)] == ["build failed", "-Wodd"]


def test_sarif_of_nothing_closes_what_was_there() -> None:
    """A green sweep is a run without results: GitHub closes its alerts by it."""
    log = rendered("sarif")
    check_sarif(log)
    assert [[]] == [one["results"] for one in log["runs"]]


def test_sarif_keeps_the_limits_and_says_so() -> None:
    """Of too many results, trees or characters the first are told; the rest is counted."""
    many = [replace(NOTICE, fingerprint=str(i)) for i in range(RESULTS + 3)]
    (one,) = rendered("sarif", *many)["runs"]
    assert len(one["results"]) == RESULTS
    (invocation,) = one["invocations"]
    assert "3 results" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    trees = [replace(NOTICE, tree=f"arch{i}") for i in range(RUNS + 2)]
    log = rendered("sarif", *trees, replace(NOTICE, text="x" * 5000))
    check_sarif(log)
    assert len({one["automationDetails"]["id"] for one in log["runs"]}) == RUNS
    assert "3 results of 3 other trees" in json.dumps(log)
    long = rendered("sarif", replace(NOTICE, text="x" * 5000))
    assert len(long["runs"][0]["results"][0]["message"]["text"]) == TEXT


def test_code_quality_is_what_gitlab_reads() -> None:
    """A plain array, each issue with the six keys, and no fingerprint twice."""
    cells = [cell(n, f"a.c:{i}: error: no") for i, n in enumerate(VALUES)]
    found = notices(report_of(cells), Lines("a.c"))
    text = FORMATS["code-quality"].render(document(*found, NOTICE))
    assert not text.startswith("\ufeff")
    issues = json.loads(text)
    schema = {
        "type": "array",
        "items": {
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"pattern": r"^[^./]"},
                        "lines": {"properties": {"begin": {"type": "integer", "minimum": 1}}},
                    },
                },
            },
        },
    }
    jsonschema.validate(issues, schema)
    assert len(issues) == len({issue["fingerprint"] for issue in issues})


def test_equal_notices_have_fingerprints_of_their_own() -> None:
    """Two that are told apart by nothing else are both shown."""
    warning = "a.c:1: warning: odd\na.c:2: warning: odd\n"
    found = notices(report_of([cell("v0", log=warning)]), Lines("a.c"))
    assert len(found) == 2
    assert found[0].fingerprint != found[1].fingerprint


ANNOTATION = re.compile(r"::(error|warning|notice) (\w+=[^:,]*(?:,\w+=[^:,]*)*)::(.*)")
"""A workflow command as the runner takes it apart."""


def test_annotations_are_what_the_runner_reads() -> None:
    """Every mark of a text comes back as it was, and a command is one line."""
    text = FORMATS["annotations"].render(document(NOTICE))
    (command,) = text.splitlines()
    match = ANNOTATION.fullmatch(command)
    assert match
    properties = dict(pair.split("=", 1) for pair in match[2].split(","))
    decoded = {
        k: _decoded(v.replace("%3A", ":").replace("%2C", ",")) for k, v in properties.items()
    }
    at = NOTICE.at
    assert decoded == {"file": at.path, "line": "3", "col": "7", "title": "build failed"}
    assert _decoded(match[3]) == "\n".join([NOTICE.text, *NOTICE.details])


def _decoded(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_annotations_are_ten_at_most() -> None:
    """Ten are shown a step; the last one counts those that are not told."""
    told = [replace(NOTICE, fingerprint=str(i)) for i in range(30)]
    lines = FORMATS["annotations"].render(document(*told)).splitlines()
    assert len(lines) == MOST == 10
    assert lines[-1].endswith("::21 more notices: kvariant report has all")
    assert len(FORMATS["annotations"].render(document(*told[:10])).splitlines()) == 10


PROJECT = """\
[matrix.all]
strategy = "distinct"
symbols = ["*"]
[[step]]
name = "check"
run = "if grep -q ALPHA=y {config}; then echo 'src/m.c:3:2: error: bad'; exit 1; fi"
"""


def test_a_sweep_is_written_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Paths are those of the repository, whose top may be above the project."""
    project = tmp_path / "firmware"
    (project / "src").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (project / "src" / "m.c").write_text("int x;\n")
    (project / "Kconfig").write_text('config ALPHA\n\tbool "alpha"\n')
    (project / "kvariant.toml").write_text(PROJECT)
    monkeypatch.chdir(project)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["sweep", "all", "-q"]) == 1
    capfd.readouterr()
    assert run(["report", "--sarif", "o.sarif", "--code-quality", "q.json", "--markdown"]) == 1
    printed, told = capfd.readouterr()
    assert "::error file=firmware/src/m.c,line=3,col=2,title=check failed::fails" in told
    assert "::" not in printed
    (issue,) = json.loads(Path("q.json").read_text())
    assert issue["location"] == {"path": "firmware/src/m.c", "lines": {"begin": 3}}
    log = json.loads(Path("o.sarif").read_text())
    check_sarif(log)
    assert "firmware/src/m.c" in json.dumps(log)
    assert run(["report", "--sarif", "nowhere/o.sarif"]) == 2
