# SPDX-License-Identifier: MIT
"""Sweeps as Markdown and as mail: all that is known, in a length that people read."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from kvariant.blame import Observations
from kvariant.blame.compiler_messages import folded_messages
from kvariant.cli import run
from kvariant.kconfig.value import SymbolType
from kvariant.report import (
    FORMATS,
    Part,
    Renderer,
    ReportDocument,
    SweepReport,
    cell_line,
)
from kvariant.report.formats import LoadedOnUse
from kvariant.report.summary import ROWS, not_run
from kvariant.report.sweep_document import FAILURES, MESSAGES, sweep_document
from kvariant.results import Cell, Failure, Outcome, compared

STEPS = ("generate", "build", "test")
NAMES = [f"v{i}" for i in range(1000)]
VALUES = {name: {"A": "ny"[i % 2], "B": "ny"[i // 2 % 2]} for i, name in enumerate(NAMES)}
TYPES = dict.fromkeys("AB", SymbolType.BOOL)


def told_of(cells: Sequence[Cell], **more: object) -> SweepReport:
    """Return what is told of cells of the variants above."""
    names = {cell.variant for cell in cells}
    configurations = {name: values for name, values in VALUES.items() if name in names}
    observations = Observations(cells, configurations, TYPES)
    return SweepReport(
        cells=cells,
        steps=STEPS,
        findings=observations.findings(),
        messages=folded_messages(cells, observations),
        **more,  # type: ignore[arg-type]
    )


NOTICES = ("sarif", "code-quality", "annotations")
"""The formats that show notices alone: see test_notices.py."""
FORMS = ("terminal", "text", "markdown")
"""The formats that people read."""


def text_of(form: str, report: SweepReport) -> str:
    """Return a report in one of the formats."""
    return FORMATS[form].render(sweep_document(report))


def cell(variant: str, step: str, outcome: Outcome, reason: str = "", **more: object) -> Cell:
    """Return a cell with a key."""
    return Cell(
        variant=variant,
        step=step,
        outcome=outcome,
        reason=reason,
        **{"key": "k", **more},  # type: ignore[arg-type]
    )


def failed(variant: str, step: str, message: str, again: str = "", known: str = "") -> Cell:
    """Return a cell that failed."""
    failure = Failure(message=message, again=again, known=known)
    return cell(variant, step, Outcome.FAILED, "exit code 1", failures=(failure,), known=known)


def tokens(text: str) -> list[Token]:
    """Return what a Markdown renderer that shares nothing with us reads."""
    return MarkdownIt("commonmark").enable("table").parse(text)


def read_text(text: str) -> list[str]:
    """Return the texts of a document: one for each heading, paragraph, cell and code block."""
    found = []
    for token in tokens(text):
        if token.type == "inline":
            found.append("".join(child.content for child in token.children or ()))
        elif token.type == "fence":
            found.append(token.content.rstrip("\n"))
    return found


ENDED = [
    *(cell("v0", step, Outcome.OK) for step in STEPS),
    cell("v1", "generate", Outcome.MERGED, "as v0", ended=Outcome.OK),
    cell("v1", "build", Outcome.REUSED, "6 files", ended=Outcome.OK),
    cell("v1", "test", Outcome.SKIPPED, "B is n"),
    cell("v2", "generate", Outcome.MERGED, "as v0", ended=Outcome.OK),
    cell("v2", "build", Outcome.FLAKY, "failed first", key=""),
    cell("v2", "test", Outcome.SKIPPED, "B is n"),
    cell("v3", "generate", Outcome.OK),
    failed("v3", "build", "x.c: error: no |pipe| in <b>", "sweep -k v3"),
    cell("v3", "test", Outcome.SKIPPED, "build failed"),
]
"""A bit of everything."""


def test_what_did_not_run_is_counted_with_its_reasons() -> None:
    """Reused, merged and skipped cells: how many, and why."""
    assert not_run(told_of(ENDED)) == [
        "1 reused: what they read is as it was when they last ran",
        "2 merged: as v0",
        "3 skipped: B is n (2), build failed (1)",
        "never reused, for want of reads or depfiles: build",
    ]
    many = [cell(f"v{i}", "build", Outcome.SKIPPED, f"reason {i // 2}") for i in range(14)]
    assert not_run(told_of(many)) == [
        "14 skipped: reason 0 (2), reason 1 (2), reason 2 (2), reason 3 (2) and 6 in 3 other ways"
    ]


def test_errors_that_follow_a_failure_are_counted() -> None:
    """What compilers add in the variants of a failure is behind -v; elsewhere it is told."""
    log = "x.c:3:1: error: first\nx.c:4:1: error: second\nx.c:5:1: warning: third\n"
    first = "x.c:3:1: error: first"
    cells = [
        replace(failed("v0", "build", first), log=log),
        replace(failed("v1", "build", first), log=f"{log}y.c:9:1: error: one variant's\n"),
        cell("v2", "build", Outcome.OK),
    ]
    text = text_of("terminal", told_of(cells))
    assert "1 more compiler error in the same variants (-v tells them)" in text
    assert "second" not in text
    for said in ["2 distinct compiler messages", "x.c:5: warning: third", "one variant's"]:
        assert said in text
    every = text_of("terminal", told_of(cells, every=True))
    assert "x.c:4: error: second" in every
    assert "more compiler error" not in every


def test_progress_says_what_went_wrong() -> None:
    """The line of a failing cell has its first message, unless that is the reason again."""
    assert "v0  build  FAILED exit code 1  x.c: error: no" == cell_line(
        failed("v0", "build", "x.c: error: no")
    )
    assert "v0  build  FAILED exit code 1" == cell_line(
        failed("v0", "build", "build ended with exit code 1")
    )


@pytest.mark.parametrize("form", FORMS)
def test_what_always_fails_where_it_ran_may_pass_elsewhere(form: str) -> None:
    """Where some variants did not run what fails, blame is named; where all did, it is not."""
    bad = failed("v0", "test", "t: no")
    for other, is_named in [
        (cell("v1", "test", Outcome.SKIPPED, "A is n"), True),
        (failed("v1", "test", "t: no"), False),
    ]:
        text = " ".join(text_of(form, told_of([bad, other])).split())
        assert "always fails" in text
        assert ("(kvariant blame looks for one)" in text) == is_named


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_the_same(form: str) -> None:
    """Failure, expression, neighbour, command, what compilers said: in each form."""
    log = "src/y.c:3:1: warning: unused 'z' [-Wunused]\n"
    cells = [*ENDED[:-3], cell("v4", "build", Outcome.OK, log=log), *ENDED[-3:]]
    cells += [failed("v4", "test", "t: old one", known="#12")]
    told = told_of(cells, unreported=("v7",))
    text = text_of(form, told)
    plain = " ".join(read_text(text)) if form == "markdown" else " ".join(text.split())
    for said in [
        "x.c: error: no |pipe| in <b>",
        "fails where A && B: 1 of 1 against 0 of 4",
        "sweep -k v3",
        "1 distinct failure in 1 cell",
        "1 known failure in 1 cell",
        "#12",
        "1 distinct compiler message",
        "src/y.c:3: warning: unused 'z' [-Wunused]",
        "never reused, for want of reads or depfiles: build",
    ]:
        assert said in plain, text
    assert re.search("passes nearest: +v[12] differs in [AB] only", plain), text
    if form != "terminal":  # there the error says so
        assert "5 variants" not in plain
        assert "6 variants: 1 distinct failure in 1 of them, 1 known failure, 1 flaky" in plain
        assert "1 did not report" in plain
        assert "v7" in plain
        assert "3 skipped: B is n (2), build failed (1)" in plain


def test_a_failure_is_told_where_the_sweep_ended_first() -> None:
    """A variant that failed and did not come to its other steps did both."""
    cells = [
        failed("v0", "build", "x.c: error: no"),
        cell("v0", "test", Outcome.MISSING),
        cell("v1", "build", Outcome.MISSING),
    ]
    mail = text_of("text", told_of(cells))
    assert mail.startswith("2 variants: 1 distinct failure in 1 of them, 2 did not report\n")


def thousand() -> list[Cell]:
    """Return a thousand variants: three hundred distinct failures and as many warnings."""
    cells = []
    for i, name in enumerate(NAMES):
        log = f"f{i % 300}.c:1: warning: w{i % 300}\n"
        cells.append(cell(name, "generate", Outcome.OK, f"{i} files"))
        if i % 3:
            cells.append(cell(name, "build", Outcome.OK, log=log))
            cells.append(cell(name, "test", Outcome.SKIPPED, f"reason {i % 77}"))
        else:
            cells.append(failed(name, "build", f"f{i % 300}.c: error: e{i % 300}"))
            cells.append(cell(name, "test", Outcome.SKIPPED, "build failed"))
    return cells


def test_a_thousand_variants_are_a_page() -> None:
    """Nothing grows with the matrix, and what is not told is counted."""
    cells = thousand()
    told = told_of(cells)
    assert len(told.findings) == len(told.messages) / 2 == 100
    markdown, mail = text_of("markdown", told), text_of("text", told)
    assert len(markdown) < 20_000
    assert len(mail.splitlines()) < 250
    assert markdown.startswith("### 1,000 variants: 100 distinct failures in 334 of them")
    texts = read_text(markdown)
    errors = {text for text in texts if re.fullmatch(r"f\d+\.c: error: e\d+", text)}
    assert len(errors) == FAILURES
    ways = Counter(len(finding.failing) for finding in told.findings[FAILURES:])
    left = sum(size * count for size, count in ways.items())
    assert f"and {100 - FAILURES} distinct failures in {left} cells more" in texts
    assert f"and {200 - MESSAGES} more" in texts
    # The matrix: one row for each way to end, and they add up.
    table = markdown[markdown.index("<summary>") :]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert 1 < len(rows) <= ROWS
    numbers = [re.findall(r"(\d+) more", row)[0] for row in rows]
    assert sum(map(int, numbers)) + 2 * (len(rows) - 1) == 1000


def test_every_tells_all() -> None:
    """With -v nothing is only counted."""
    told = told_of(thousand(), every=True)
    for text in (text_of(form, told) for form in FORMS):
        for finding in told.findings:
            assert finding.message in text
        for message in told.messages:
            assert message.message.text in text
    assert "more, each otherwise" not in text_of("terminal", told)
    rows = [line for line in text_of("terminal", told).splitlines() if re.match(r"v\d+ ", line)]
    assert len(rows) == 1000


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(Outcome), st.booleans()), max_size=4), TEXTS
)
@settings(derandomize=True, deadline=None, max_examples=80)
def test_any_text_reads_as_it_is(parts: list[tuple[str, str, Outcome, bool]], known: str) -> None:
    """Whatever programs say: a renderer of Markdown shows that, in the same places."""
    cells = []
    for i, (reason, message, outcome, is_known) in enumerate(parts):
        if outcome is Outcome.FAILED:
            cells.append(failed(f"v{i}", "build", message, message, known if is_known else ""))
        else:
            cells.append(cell(f"v{i}", "build", outcome, reason))
    told = told_of(cells)
    markdown = text_of("markdown", told)
    texts = read_text(markdown)
    for finding in told.findings:
        assert finding.message in texts
        assert not finding.again or f"again: {finding.again}" in texts
        assert not finding.known or f"known: {known}" in texts
    for line in not_run(told):
        assert line in texts
    kinds = Counter(token.type for token in tokens(markdown))
    assert kinds["table_open"] == 2
    assert kinds["tr_open"] == 2 + len(STEPS) + len(parts)
    assert kinds["th_open"] + kinds["td_open"] == 2 * (1 + len(STEPS)) + 4 * (1 + len(parts))
    titles = {bool(finding.known) for finding in told.findings}
    assert kinds["heading_open"] == 1 + len(titles)
    assert kinds["html_block"] == 2
    mail = text_of("text", told)
    assert mail.isascii()
    assert max(map(len, mail.splitlines())) <= 72


class Outline:
    """A format of a few lines, as somebody may add one: all that a document says, in order."""

    name = "outline"
    help = "Everything"
    is_file = False

    def render(self, document: ReportDocument) -> str:
        return "\n".join(repr(block) for block in document.blocks(*Part))


@functools.cache  # frozen values: no renderer may change one
def _documents() -> Mapping[str, ReportDocument]:
    before = [cell("v0", "build", Outcome.OK), failed("v3", "build", "x.c: error: old")]
    changes = compared(before, ENDED)
    return {
        "sweep": sweep_document(told_of(ENDED, unreported=("v7",), changes=changes)),
        "many": sweep_document(told_of(thousand())),
        "nothing": sweep_document(SweepReport(cells=(), steps=())),
    }


@pytest.mark.parametrize("name", [*FORMATS, "outline"])
def test_every_format_takes_every_document(name: str) -> None:
    """A renderer needs nothing but the document: it is the same value after as before."""
    before = repr(_documents())
    renderer: Renderer = Outline() if name == "outline" else FORMATS[name]
    assert name == renderer.name
    for kind, document in _documents().items():
        text = renderer.render(document)
        assert text == renderer.render(document)
        if kind != "nothing" and name not in NOTICES:
            assert "v3" in text
            assert ("x.c: error: no |pipe| in <b>" if kind == "sweep" else "f0.c: error: e0") in (
                text.replace("&lt;", "<").replace("&gt;", ">")
            )
    assert repr(_documents()) == before


def test_a_new_format_has_all_that_is_said() -> None:
    """What any format for people shows is in the blocks, so that another needs no new content."""
    outline = Outline().render(_documents()["sweep"])
    for said in ["where A && B", "sweep -k v3", "still failing", "v7", "3 skipped: B is n (2)"]:
        assert said in outline


def test_options_are_of_the_formats(capsys: pytest.CaptureFixture[str]) -> None:
    """`kvariant report` has an option for each format that says what it is for."""
    assert run(["report", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    named = [renderer for renderer in FORMATS.values() if renderer.help]
    assert {"markdown", "text", "junit"} <= {renderer.name for renderer in named}
    for renderer in named:
        assert re.search(rf"--{renderer.name}( FILE)? +{re.escape(renderer.help)}", told)
    assert run(["--help"]) == 0
    group = capsys.readouterr().out.partition("report    --markdown")[2].partition("\n\n")[0]
    assert all(f"--{renderer.name}" in f"--markdown{group}" for renderer in named)


def test_what_is_loaded_on_use() -> None:
    """A renderer that is loaded where it is used is listed as it says of itself."""
    lazy = [one for one in FORMATS.values() if isinstance(one, LoadedOnUse)]
    assert lazy
    for one in lazy:
        renderer = one.loaded()
        said = (renderer.name, renderer.help, renderer.is_file)
        assert said == (one.name, one.help, one.is_file)


def test_a_message_that_nobody_reads_to_its_end_is_cut_where_people_read() -> None:
    """Its beginning is told, and what has the rest; programs get all of it."""
    text = f"a.c:1:1: error: {'x' * 100_000}"
    failure = Failure(message=text, again="kvariant sweep")
    cell = Cell(
        variant="v1",
        step="build",
        outcome=Outcome.FAILED,
        reason="exit code 1",
        failures=(failure,),
    )
    document = sweep_document(told_of([cell]))
    for name in ("terminal", "markdown", "text"):
        said = FORMATS[name].render(document)
        assert len(said) < 5_000, name
        assert "characters more" in " ".join(said.split())
        assert "kvariant report --json" in " ".join(said.split())
    assert text in FORMATS["json"].render(document)
    assert len(cell_line(cell)) < 600
    assert cell_line(cell).endswith(" characters more: kvariant report --json)")
