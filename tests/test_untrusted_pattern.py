# SPDX-License-Identifier: MIT
"""Regular expressions of others: what they match, and that none takes for ever."""

from __future__ import annotations

import re
import resource
from pathlib import Path

import pytest

from kvariant import untrusted_pattern
from kvariant.cli import run
from kvariant.untrusted_pattern import PatternMatch, first_match, require_valid

Capture = pytest.CaptureFixture[str]

ENDLESS = [
    ("(a+)+$", "a" * 60 + "b"),
    ("(a|a)*c", "a" * 60 + "b"),
    ("^(([a-z])+.)+[A-Z]$", "a" * 60),
    ("(x+x+)+y", "x" * 60),
    (r"(\w+\s?)+:", "word " * 20),
    ("a?" * 40 + "b" * 2, "a" * 60),
    ("(a|a)" * 60 + "b", "a" * 60),
    (r"(a*)*\1c", "a" * 60),
    ("(.*)(.*)(.*)(.*)x", "y" * 4000),
]
"""Patterns, and a line on which Python's engine would not end while anybody waits."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tenth of a second stand for five, and nothing be known of earlier tests."""
    monkeypatch.setattr(untrusted_pattern, "SECONDS", 0.1)
    monkeypatch.setattr(untrusted_pattern, "_slow", set())


@pytest.mark.parametrize(
    "patterns",
    [
        ("No space left",),
        ("nothing", "^make: "),
        ("(reset|refused) by peer$",),
        (r"\d+ errors?", "[Ss]pace"),
        ("nothing.*", "(not)(hing)", "x{3}"),
        (r"(\w)\1{3}",),
        ("(?i)NO SPACE",),
        ("grün (?=ist)",),
        (".$",),
    ],
)
def test_what_python_matches_is_matched(patterns: tuple[str, ...]) -> None:
    """The first pattern that Python finds in a line, and the first such line."""
    lines = ["", "cc -c a.c", "make: *** Error 2", "No space left", "refused by peer",
             "aaaa \udcff", "12 errors \x00", "alles grün ist", "two\x0bhalves"]  # fmt: skip
    found = ((p, line) for p in patterns for line in lines if re.search(p, line))
    pattern, line = next(found, ("", ""))
    assert PatternMatch(pattern, line) == first_match(patterns, lines)


@pytest.mark.parametrize(("pattern", "line"), ENDLESS[:2])
def test_what_takes_for_ever_is_undecided(pattern: str, line: str) -> None:
    """It is told as such; the patterns behind it still count, and it is not tried twice."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for _ in range(3):
        found = first_match([pattern, "b"], ["nothing", line])
        assert (found.pattern, found.undecided) == ("b" if "b" in line else "", (pattern,))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.8


@pytest.mark.parametrize(("pattern", "line"), ENDLESS)
def test_what_may_take_for_ever_is_left_to_another_process(
    pattern: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pattern of a kind that backtracks is tried in the process that would hang."""
    asked: list[str] = []

    def told(pattern: str, _: str) -> int | None:
        asked.append(pattern)
        return None

    monkeypatch.setattr(untrusted_pattern, "_by_process", told)
    first_match([pattern], [line])
    assert [pattern] == asked


def test_no_process_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none can be started the pattern is undecided, and is tried again the next time."""
    monkeypatch.setattr(untrusted_pattern, "_MATCHER", Path("/nowhere/matcher.py"))
    monkeypatch.setattr(untrusted_pattern.sys, "executable", "/nowhere/python")
    require_valid("(a)")
    assert PatternMatch("b", "ab", ("(a)",)) == first_match(["(a)", "b"], ["ab"])
    monkeypatch.undo()
    assert PatternMatch("(a)", "ab") == first_match(["(a)", "b"], ["ab"])


@pytest.mark.parametrize("pattern", ["x*", "(x|)", "^$", "(a)?", "(?=)", "", "(|){40}", "a|"])
def test_what_an_empty_line_matches_is_refused(pattern: str) -> None:
    """Every output has an empty line: each failure would be the machine's."""
    with pytest.raises(ValueError, match="matches an empty line"):
        require_valid(pattern)


@pytest.mark.parametrize("pattern", ["(", "[b-a]", "a{2,1}", "(?P<a", "\\", "(" * 200 + ")" * 199])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """In Python's words, with the pattern."""
    with pytest.raises(ValueError, match="is no regular expression"):
        require_valid(pattern)
    with pytest.raises(ValueError, match="1,000 may be"):
        require_valid(pattern * 1001)


def test_a_pattern_that_no_empty_line_decides_is_refused() -> None:
    """Even before anything runs."""
    with pytest.raises(ValueError, match="not decided on an empty line within"):
        require_valid("(|)" * 60 + "(?=x)")


def test_a_sweep_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Each variant fails as it would without the pattern, and one warning names it."""
    (tmp_path / "Kconfig").write_text('config NET\n\tbool "Net"\n', encoding="utf-8")
    (tmp_path / "configs").mkdir()
    for name, line in (("a", "CONFIG_NET=y"), ("b", "# CONFIG_NET is not set")):
        (tmp_path / f"configs/{name}.config").write_text(f"{line}\n", encoding="utf-8")
    (tmp_path / "kvariant.toml").write_text(
        f'[[step]]\nname = "build"\nrun = "echo {"a" * 60}b; exit 1"\n'
        'infrastructure = ["(a+)+$", 75]\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "-j", "1"]) == 1
    shown = capsys.readouterr()
    assert "1 distinct failure in 2 cells" in shown.out
    assert (
        shown.err.count("kvariant.toml:3:1: warning: infrastructure: '(a+)+$' was not decided") == 1
    )
