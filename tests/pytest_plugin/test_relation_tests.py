# SPDX-License-Identifier: MIT
"""Relations run in every variant beside the project's tests, and say how one is broken."""

from __future__ import annotations

import numpy  # noqa: F401  # it loads once a process, and pytester forgets what a test imports
import pytest

from kvariant.cli import run
from render_project import FILES, lay_out

INPUTS = '[inputs]\nnumber = ["small"]\n'
C, PYTHON = "templates/include/fax.h.j2", "templates/python/small/fax.py.j2"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Lay out a project whose tests are one of its own."""
    monkeypatch.chdir(pytester.path)
    pytester.makeini("[pytest]\n")
    pytester.makepyfile("def test_x(variant): pass\n")
    return pytester


def outcome(project: pytest.Pytester, relations: str | None, **changed: str) -> pytest.RunResult:
    """Run the project's tests with a file of relations, and templates of the test's."""
    lay_out(project.path, **changed)
    path = project.path / "templates/relations.toml"
    path.unlink()
    if relations is not None:
        path.write_text(relations, encoding="utf-8")
    assert run(["generate", "-q"]) == 0
    return project.runpytest("-q", "-p", "no:randomly")


def test_the_generic_ones_need_no_file(project: pytest.Pytester) -> None:
    """Stubs and the equality of languages are tested in any project with an interface."""
    result = outcome(project, None)
    result.assert_outcomes(passed=2 + 4)
    result = project.runpytest("-q", "--co")
    result.stdout.fnmatch_lines(["relations::test_languages?off?", "relations::test_stubs?on?"])


def test_where_one_file_is_asked_for(project: pytest.Pytester) -> None:
    """Who asks for one file gets its tests alone."""
    outcome(project, None)
    file = next(project.path.glob("test_*.py"))
    project.runpytest("-q", file.name).assert_outcomes(passed=2)


DOUBLED = FILES[PYTHON].replace("return pages * 2", "return pages * 3")


def test_languages_that_differ(project: pytest.Pytester) -> None:
    """What one language answers otherwise is told with the call, in the variants that have it."""
    result = outcome(project, None, **{PYTHON: DOUBLED})
    result.assert_outcomes(passed=2 + 3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*error: languages is broken ?relation?",
            "*doubled(0x1) is 0x2 in c, 0x3 in python",
            "    the pair: on breaks it, off does not; they differ in FAX, PDF",
        ]
    )


# relations: (templates that break them, what is said)
BROKEN = {
    '[[round-trip]]\nthere = "doubled"\nback = "doubled"\n': (
        {}, "*doubled(doubled(0x1)) is 0x4, by way of 0x2"),
    '[[makes]]\nmaker = "doubled"\nfails = ["send"]\n': (
        {}, "*send(0x0) is *; it was made by doubled(0x0)"),
    '[[implies]]\ntest = "send"\nthen = ["!doubled"]\n': (
        {}, "*doubled(0x1) is 0x2 where send holds"),
    '[[exclusive]]\ntests = ["send", "doubled"]\n': ({}, "*send and doubled hold for *0x1*"),
    '[[same]]\nhelpers = ["doubled", "doubled"]\n': ({}, ""),
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_forms(project: pytest.Pytester, text: str) -> None:
    """Each form finds what breaks it, in the variants that have bodies, and says it with a call."""
    changed, said = BROKEN[text]
    # One argument, so that helpers are asked alike.
    one = {
        "templates/interface.toml": FILES["templates/interface.toml"].replace(
            ', "fast: bool = false"', ""
        ),
        **changed,
    }
    result = outcome(project, f"format = 1\n{text}", **one)
    if said:
        is_asked = "exclusive" in text  # of stubs as well
        result.assert_outcomes(passed=2 + 4 + is_asked, failed=1, skipped=1 - is_asked)
        result.stdout.fnmatch_lines(["*templates/relations.toml:2:1: error: * is broken*", said])
    else:
        assert result.ret == 0


MORE = FILES[PYTHON].replace("return pages * 2", "return pages * {{ 3 if DRIVER != 'n' else 2 }}")
MORE_C = FILES[C].replace("return pages * 2", "return pages * {{ 3 if DRIVER != 'n' else 2 }}")


def test_an_option_that_changes_what_it_must_not(project: pytest.Pytester) -> None:
    """A variant is compared with the same and one option more, and the pair is told."""
    text = 'format = 1\n[[unchanged]]\nadding = "DRIVER"\n'
    outcome(project, text).assert_outcomes(passed=2 + 4 + 2)
    result = outcome(project, text, **{PYTHON: MORE, C: MORE_C})
    result.assert_outcomes(passed=2 + 4 + 1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*python: doubled(0x1) is 0x2, and 0x3 with DRIVER=y",
            "*the pair: on and the same with DRIVER=y",
        ]
    )
