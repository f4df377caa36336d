# SPDX-License-Identifier: MIT
"""What pytest says of a session's failures is what a sweep of the same tests says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy  # noqa: F401  # it loads once a process, and pytester forgets what a test imports
import pytest

from kvariant.cli import run
from render_project import lay_out

Capture = pytest.CaptureFixture[str]

CONFIGS = {
    "net": ["FAX"],
    "both": ["FAX", "PDF"],
    "driver": ["DRIVER"],
    "all": ["FAX", "PDF", "DRIVER"],
}
"""Beside `on` and `off` of the small project; one has the name of a word in a message."""
TESTS = """\
import pytest

def test_pdf(variant): assert not variant["PDF"], f"no net in {variant.name}"
def test_word(variant): assert variant["FAX"], "no net"

@pytest.mark.kconfig("!DRIVER")
def test_without(variant): assert variant["FAX"]

@pytest.fixture
def broken(variant): assert variant["DRIVER"] != "y"
def test_of_a_fixture(variant, broken): pass

def test_expected(variant):
    if not variant["PDF"]: pytest.xfail("known")
    assert variant["DRIVER"] != "y"
def test_ever(variant): assert 0
"""


def _of_pytest(pytester: pytest.Pytester) -> dict[str, str]:
    """Return what plain pytest says: test -> attribution."""
    told = pytester.runpytest().stdout.str().rpartition("= kvariant: ")[2]
    return {
        test: said
        for said, test in re.findall(r"^((?:fails|may fail|always).*?) {5}\S*::(\w+)", told, re.M)
    }


def _of_sweep(text: str) -> dict[str, str]:
    """Return what a sweep or a report says: test -> attribution."""
    found = {}
    for block in re.split(r"\n(?=  \S)", text):
        said = re.search(r"^    ((?:fails|may fail|always).*)$", block, re.M)
        test = re.match(r"  \S*::(\w+): ", block)
        if said and test:
            found[test[1]] = said[1]
    return found


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a pytester in an empty folder, which is the working folder."""
    monkeypatch.chdir(pytester.path)
    pytester.makeini("[pytest]\n")
    return pytester


def _same(project: pytest.Pytester, capsys: Capture) -> dict[str, str]:
    """Return what is said of each failure, the same by pytest, sweep and report."""
    by_pytest = _of_pytest(project)
    capsys.readouterr()
    assert run(["sweep", "-q", "-j", "1", "--step", "test"]) == 1
    by_sweep = _of_sweep(capsys.readouterr().out)
    assert run(["report"]) == 1
    by_report = _of_sweep(capsys.readouterr().out)
    assert by_sweep
    assert by_sweep == by_pytest
    assert by_sweep == by_report
    assert run(["report", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert len(by_sweep) == len(record["failures"])
    return by_sweep


def test_pytest_sweep_and_report_say_the_same(project: pytest.Pytester, capsys: Capture) -> None:
    """One failure has one explanation, with the same counts, whoever tells it."""
    fragments = {
        f"configs/{name}.config": "# One.\n" + "".join(f"CONFIG_{o}=y\n" for o in options)
        for name, options in CONFIGS.items()
    }
    lay_out(project.path, **fragments)
    other = project.path / "templates/python/small/other.py.j2"
    other.write_text("{{ DRIVER }}\n")
    project.makepyfile(test_x=TESTS)
    assert {
        "test_ever": "always fails: 6 of 6",
        "test_pdf": "fails where PDF: 3 of 3 against 0 of 3",
        "test_word": "fails where !FAX: 2 of 2 against 0 of 4",
        "test_of_a_fixture": "fails where DRIVER: 2 of 2 against 0 of 4",
    }.items() <= _same(project, capsys).items()


def test_the_tree_itself_is_named(
    project: pytest.Pytester, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several trees, what depends on the tree alone is told by its variable."""
    monkeypatch.delenv("ARCH", raising=False)
    folder: Path = project.path
    (folder / "Kconfig").write_text('config NET\n\tbool "Net"\n')
    (folder / "configs").mkdir()
    (folder / "configs/on.config").write_text("CONFIG_NET=y\n")
    (folder / "configs/off.config").write_text("")
    (folder / "templates").mkdir()
    (folder / "templates/net.py.j2").write_text("NET = {{ NET }}\n")
    (folder / "kvariant.toml").write_text(
        'env = { ARCH = ["x86", "arm64"] }\n[generate]\ntemplates = "templates"\n'
    )
    project.makepyfile(
        test_x="def test_x(variant): assert not variant.name.startswith('arm64'), 'no'\n"
        "def test_net(variant): assert not variant['NET']\n"
    )
    assert {
        "test_x": 'fails where $(ARCH) = "arm64": 2 of 2 against 0 of 2',
        "test_net": "fails where NET: 2 of 2 against 0 of 2",
    } == _same(project, capsys)
