# SPDX-License-Identifier: MIT
"""The page: in a real browser, with failures, a thousand variants and hostile names."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

import browser
from kvariant.blame import Observations
from kvariant.blame.compiler_messages import folded_messages
from kvariant.cli import run
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.value import SymbolType
from kvariant.plan.variant_table import VariantTable
from kvariant.report import FORMATS, SweepReport
from kvariant.report.sweep_document import sweep_document
from kvariant.results import Cell, Failure, Outcome

WIDE = bool(os.environ.get("KVARIANT_WIDE"))
EVIL = (
    "</script><script>window.hurt=1</script>",
    "<img src=x onerror=window.hurt=1>",
    '"><svg/onload=window.hurt=1>',
    "${window.hurt=1}{{ 7*7 }}",
    "<!--<script>",
    "]]>\u2028\u2029\ud800\x1b[31m",
)


def page_of(
    cells: Sequence[Cell], values: dict[str, dict[str, str]], types: dict[str, SymbolType]
) -> str:
    """Return the page of cells."""
    observations = Observations(cells, values, types)
    report = SweepReport(
        cells=cells,
        steps=list(dict.fromkeys(cell.step for cell in cells)),
        findings=observations.findings(),
        messages=folded_messages(cells, observations),
        table=VariantTable.of(values, types, settable=types),
    )
    return FORMATS["html"].render(sweep_document(report))


def failed(variant: str, step: str, message: str, test: str = "", log: str = "") -> Cell:
    """Return a cell that failed."""
    failure = Failure(message=message, again=f"kvariant sweep -k {variant}", test=test)
    return Cell(
        variant=variant, step=step, outcome=Outcome.FAILED, failures=(failure,), log=log or message
    )


def small() -> str:
    """Return the page of eight variants, where A && !B fails."""
    values = {
        f"v{i}": {"A": "ny"[i & 1], "B": "ny"[i >> 1 & 1], "NET": "ny"[i >> 2], "DEPTH": str(i)}
        for i in range(8)
    }
    types = {**dict.fromkeys(("A", "B", "NET"), SymbolType.BOOL), "DEPTH": SymbolType.INT}
    cells = []
    for name, one in values.items():
        ok = Cell(variant=name, step="build", outcome=Outcome.OK, duration=0.5)
        is_bad = one["A"] == "y" and one["B"] == "n"
        cells.append(failed(name, "build", "a.c:3: error: no") if is_bad else ok)
        outcome = Outcome.SKIPPED if is_bad else Outcome.OK
        cells.append(Cell(variant=name, step="test", outcome=outcome, reason="build failed"))
    return page_of(cells, values, types)


def large(variants: int, tests: int, steps: int = 3) -> str:
    """Return the page of many."""
    values = {f"v{i}": {f"S{b}": "ny"[i >> b & 1] for b in range(11)} for i in range(variants)}
    types = {f"S{b}": SymbolType.BOOL for b in range(11)}
    cells: list[Cell] = []
    for i, name in enumerate(values):
        for s in range(steps):
            step = f"step{s}"
            if i % 97 == 3 and s == steps - 1:
                cells.append(failed(name, step, f"x.c:{i}: error: e{i % 5}", log="line\n" * 2000))
            else:
                cells.append(Cell(variant=name, step=step, outcome=Outcome.OK, duration=i / 1000))
        cells += [
            Cell(
                variant=name,
                step="step2",
                test=f"tests/test_x.py::test_{t}",
                outcome=Outcome.SKIPPED if (i + t) % 11 == 0 else Outcome.OK,
                reason="S3 is n" if (i + t) % 11 == 0 else "",
                duration=(i * t % 37) / 1000,
            )
            for t in range(tests)
        ]
    return page_of(cells, values, types)


class Structure(HTMLParser):
    """The elements of a page, and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_a_page_refers_to_nothing() -> None:
    """One file: no network, no handler in its markup, two blocks of script."""
    page = Structure(small())
    assert [] == page.links == page.handlers
    assert page.tags.count("script") == 2
    assert not {"iframe", "link", "object", "img", "form"} & set(page.tags)


def test_names_cannot_leave_their_place() -> None:
    """Whatever variants, steps, tests, symbols, logs are called, the page has the same elements."""

    def structure(words: Sequence[str]) -> Structure:
        values = {w: {f"S{w}": "ny"[i % 2]} for i, w in enumerate(words)}
        types = {f"S{w}": SymbolType.STRING for w in words}
        cells = [failed(words[1], w, w, test=w, log=w) for w in words[:3]]
        cells += [Cell(variant=words[0], step=w, outcome=Outcome.OK, reason=w) for w in words[:3]]
        return Structure(page_of(cells, values, types))

    plain, evil = structure([f"word{i}" for i in range(len(EVIL))]), structure(EVIL)
    assert plain.tags == evil.tags
    assert [] == evil.links == evil.handlers


def test_a_thousand_variants_are_a_few_megabytes() -> None:
    """1,000 variants with 3 steps and 100 tests stay below 5 MB."""
    assert len(large(1000, 100).encode()) < 5_000_000


def test_a_log_is_cut_and_says_so() -> None:
    """Of a long log the end is there."""
    page = small_log()
    assert "characters before this are left out" in page
    assert "the end" in page
    assert "the beginning" not in page


def small_log() -> str:
    """Return the page of a long log."""
    log = "the beginning\n" + "x" * 100_000 + "\nthe end"
    cells = [failed("a", "s", "no", log=log), Cell(variant="b", step="s", outcome=Outcome.OK)]
    values = {"a": {"A": "y"}, "b": {"A": "n"}}
    return page_of(cells, values, {"A": SymbolType.BOOL})


# In a browser


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    """A browser with one page."""
    try:
        with browser.opened() as found:
            yield found
    except browser.NoBrowserError as reason:
        pytest.skip(str(reason))


def show(page: browser.Page, text: str, folder: Path, fragment: str = "") -> None:
    """Open a page's text."""
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    page.complaints.clear()
    page.open("about:blank")
    page.open(f"{path.as_uri()}{fragment}")


def text_of(page: browser.Page, id_: str) -> str:
    """Return what an element shows."""
    found: str = page.run(f"document.getElementById('{id_}').innerText")
    return found


def test_a_reader_finds_the_cause(page: browser.Page, tmp_path: Path) -> None:
    """Keys choose a finding, open its first variant with log and difference, and go back."""
    show(page, small(), tmp_path)
    assert page.run("document.querySelector('article .expression').innerText") == "A && !B"
    page.press("j")
    assert page.run("document.querySelector('article').getAttribute('aria-current')") == "true"
    page.press("Enter")
    panel = text_of(page, "panel")
    assert panel.startswith("×\nv1 build") or "v1  build" in panel or "v1 build" in panel  # noqa: RUF001
    assert "a.c:3: error: no" in panel
    assert "nearest that passes: v0" in panel
    assert re.search(r"A\s+y\s+n", panel)
    page.press("Escape")
    assert page.run("document.getElementById('panel').hidden") is True
    page.press("Escape")
    assert page.run("location.hash") == ""
    assert [] == page.complaints


def test_the_filter_is_kconfigs(page: browser.Page, tmp_path: Path) -> None:
    """An expression leaves the variants that satisfy it; names are completed; faults are told."""
    show(page, small(), tmp_path)
    page.press("/")
    page.type("N")
    assert text_of(page, "offers") == "NET"
    page.press("Tab")
    assert page.run("document.getElementById('filter').value") == "NET"
    assert text_of(page, "count") == "4 of 8 variants"
    page.type(" && DEPTH > 5")
    assert text_of(page, "count") == "2 of 8 variants"
    page.type(" &&")
    assert text_of(page, "trouble") == "expected a symbol, found the end"
    page.type(" NOWHERE")
    assert text_of(page, "trouble") == "no symbol is called NOWHERE"
    assert text_of(page, "count") == "0 of 8 variants"
    assert [] == page.complaints


def test_a_link_leads_to_the_same_view(page: browser.Page, tmp_path: Path) -> None:
    """What is chosen stands in the address, and the address chooses it."""
    link = f"#finding=1&where={quote('A && NET')}&variant=v5&column=build"
    show(page, small(), tmp_path, link)
    assert text_of(page, "count") == "2 of 8 variants"
    assert "v5" in text_of(page, "panel-title")
    assert page.run("document.querySelector('article').getAttribute('aria-current')") == "true"
    once = page.run("location.hash")
    show(page, small(), tmp_path, once)
    assert once == page.run("location.hash")
    show(page, small(), tmp_path, "#finding=99&where=((&variant=nobody&column=x")
    assert text_of(page, "count") == "8 of 8 variants"
    assert [] == page.complaints


def test_arrows_walk_and_a_click_opens(page: browser.Page, tmp_path: Path) -> None:
    """The cell under the cursor is told; a click opens it."""
    show(page, small(), tmp_path)
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.press(key)
    assert text_of(page, "tip").split() == ["v1", "test", "skipped", "build", "failed"]
    page.press("Enter")
    assert "v1" in text_of(page, "panel-title")
    page.press("Escape")
    box = page.run(
        "(({x, y}) => ({x, y}))(document.getElementById('picture').getBoundingClientRect())"
    )
    page.click(box["x"] + 8, box["y"] + 16 * 5 + 8)
    assert "v5" in text_of(page, "panel-title")


def test_nothing_of_the_data_runs(page: browser.Page, tmp_path: Path) -> None:
    """Hostile names are shown as they are: no script, no request, no error."""
    values = {w: {"A": "ny"[i % 2], "TEXT": w} for i, w in enumerate(EVIL)}
    types = {"A": SymbolType.BOOL, "TEXT": SymbolType.STRING}
    cells = [
        failed(w, "step", w, test=w, log=w)
        if i % 2
        else Cell(variant=w, step="step", outcome=Outcome.OK, reason=w)
        for i, w in enumerate(EVIL)
    ]
    show(page, page_of(cells, values, types), tmp_path)
    page.press("j")
    page.press("Enter")
    assert EVIL[1] in text_of(page, "panel-title")
    page.press("Escape")
    page.press("/")
    page.type(f'TEXT = "{EVIL[0]}"')
    assert text_of(page, "count") == f"1 of {len(EVIL)} variants"
    assert page.run("typeof window.hurt") == "undefined"
    assert [] == page.complaints


def test_the_page_is_read_without_its_script(tmp_path: Path) -> None:
    """Findings and tables are there; what needs the script is not."""
    try:
        with browser.opened() as plain:
            plain.without_scripts()
            path = tmp_path / "r.html"
            path.write_text(small(), encoding="utf-8")
            plain._call("Page.navigate", url=path.as_uri())
            time.sleep(0.5)
            shown = plain.run("document.body.innerText")
            assert "A && !B" in shown
            assert "6 ok, 2 failed" in shown
            assert "arrows cells" not in shown
            assert "copy the command" not in shown
    except browser.NoBrowserError as reason:
        pytest.skip(str(reason))


def test_expressions_mean_what_they_mean_elsewhere(page: browser.Page, tmp_path: Path) -> None:
    """A thousand random expressions have the value that kvariant's own evaluation gives."""
    show(page, small(), tmp_path)
    chance = random.Random(7)
    types = {
        "B": SymbolType.BOOL,
        "T": SymbolType.TRISTATE,
        "I": SymbolType.INT,
        "H": SymbolType.HEX,
        "S": SymbolType.STRING,
    }
    texts = {
        "B": ("n", "y"),
        "T": ("n", "m", "y"),
        "I": ("0", "7", "-3", "007", ""),
        "H": ("0x10", "1f", "0X2", ""),
        "S": ("", "x", "10", "y", "é", "\U0001f600", "\uffff"),
    }

    def operand() -> str:
        return chance.choice(
            ["B", "T", "I", "H", "S", "NONE", "n", "m", "y", '"7"', "0x10", "16", "'x'", '"007"']
        )

    def expression(depth: int) -> str:
        kind = chance.randrange(5) if depth else 4
        if kind == 0:
            return f"!({expression(depth - 1)})"
        if kind in (1, 2):
            between = " && " if kind == 1 else " || "
            return between.join(f"({expression(depth - 1)})" for _ in range(2))
        relation = chance.choice(["", " = ", " != ", " < ", " <= ", " > ", " >= "])
        return operand() + (relation + operand() if relation else "")

    cases = []
    for _ in range(1000):
        values = {name: chance.choice(every) for name, every in texts.items()}
        text = expression(3)
        cases.append((text, values, int(Expression.parse(text).evaluate(values, types))))
    kinds = {name: kind.value for name, kind in types.items()}
    found = page.run(
        f"""((cases, kinds) => cases.map(([text, values]) =>
            expression.parse(text)({{text: (n) => values[n], type: (n) => kinds[n]}})))(
            {json.dumps([case[:2] for case in cases])}, {json.dumps(kinds)})"""
    )
    assert [] == [(c, v) for c, v in zip(cases, found, strict=True) if c[2] != v]


def test_panning_a_large_picture_is_smooth(page: browser.Page, tmp_path: Path) -> None:
    """Half of the frames take less than 33 ms while it is moved.

    KVARIANT_WIDE=1: with 2,000 x 500 cells.
    """
    show(page, large(2000, 497) if WIDE else large(600, 120), tmp_path)
    frames = page.run(
        """new Promise((done) => {
            const canvas = document.getElementById('picture'), times = [];
            let last = performance.now();
            const step = (now) => {
                times.push(now - last);
                last = now;
                canvas.dispatchEvent(new WheelEvent('wheel', {deltaX: 9, deltaY: 40}));
                times.length < 90 ? requestAnimationFrame(step) : done(times.slice(5));
            };
            requestAnimationFrame(step);
        })"""
    )
    median = sorted(frames)[len(frames) // 2]
    print(f"median frame {median:.1f} ms")
    assert median < 33, median
    assert [] == page.complaints


def test_the_page_of_a_sweep(
    page: browser.Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kvariant report --html` writes the page of what a sweep really did."""
    monkeypatch.chdir(tmp_path)
    Path("Kconfig").write_text('config ALPHA\n\tbool "alpha"\nconfig BETA\n\tbool "beta"\n')
    Path("kvariant.toml").write_text(
        '[matrix.all]\nstrategy = "distinct"\nsymbols = ["*"]\n[[step]]\nname = "check"\n'
        'run = "if grep -q ALPHA=y {config}; then echo m.c:3: error: bad; exit 1; fi"\n'
    )
    assert run(["sweep", "all", "-q"]) == 1
    assert run(["report", "--html", "report.html"]) == 1
    show(page, Path("report.html").read_text(encoding="utf-8"), tmp_path)
    assert page.run("document.title") == "4 variants: 1 distinct failure in 2 of them"
    assert "all (distinct)" in page.run("document.body.innerText")
    assert page.run("document.querySelector('article .expression').innerText") == "ALPHA"
