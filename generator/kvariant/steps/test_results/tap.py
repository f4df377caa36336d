# SPDX-License-Identifier: MIT
"""TAP (versions 12 to 14) and the kernel's KTAP, nested tests included.

    TAP version 14              KTAP version 1
    1..2                        1..1
    # Subtest: swap               KTAP version 1
        ok 1 - entry              1..2
        not ok 2 - offset         # offset: EXPECTATION FAILED at swap.c:29
        # got 3                   not ok 1 offset
        1..2                      ok 2 entry # SKIP no swap
    not ok 1 - swap             not ok 1 swap
    ok 2 - migration # SKIP

Results deeper than a result line, and before it, are its subtests. Names are
joined by dots. A test with subtests is one of its own only where it says what
they do not: it failed and none of them did. Lines that are neither are text of
the test: what follows a result in TAP, what precedes it in KTAP.

[TAP 14 specification, testanything.org; Linux Documentation/dev-tools/ktap.rst]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kvariant.results.cell import Outcome
from kvariant.steps.test_results.outcome import TestOutcome, one_line

_VERSION = re.compile(r"(?:KTAP version 1|TAP version \d+)\s*$")
_RESULT = re.compile(r"(?P<not>not )?ok\b(?:\s+(?P<number>\d+))?\s*(?:-\s+)?(?P<rest>.*)$")
_PLAN = re.compile(r"1\.\.(?P<count>\d+)\s*(?:#\s*(?P<directive>.*))?$")
_SUBTEST = re.compile(r"#\s*Subtest:\s*(?P<name>.*\S)")
_BAIL = re.compile(r"Bail out!\s*(?P<reason>.*)$", re.IGNORECASE)
_DIRECTIVE = re.compile(
    r"(?P<name>.*?)\s*(?<!\\)#\s*"
    r"(?P<word>SKIP|TODO|XFAIL|TIMEOUT|ERROR)\S*\s*(?P<reason>.*)$",
    re.IGNORECASE,
)
_TIME = re.compile(r"\s*(?<!\\)#\s*time=(?P<time>[\d.]+)\s*ms\s*$")
_YAML = re.compile(r"(?P<key>duration_ms|message|error):\s*(?P<value>.*\S)")
_SUMMARY = re.compile(r"#\s*(?:\S+: )?(?:pass:\d|Totals:)|#\s*\S+\.(?:speed|module):|#\s*module:")
"""What KUnit and kselftest print about results that stand there anyway."""

_OUTCOMES = {
    "SKIP": Outcome.SKIPPED,
    "TODO": Outcome.SKIPPED,
    "XFAIL": Outcome.SKIPPED,
    "TIMEOUT": Outcome.TIMEOUT,
    "ERROR": Outcome.ERROR,
}


@dataclass
class _Test:
    """A result line with what belongs to it."""

    name: str
    outcome: Outcome
    reason: str
    text: list[str] = field(default_factory=list)
    duration: float = 0.0
    subtests: list[TestOutcome] = field(default_factory=list)
    is_cut: bool = False
    """Whether it stands for subtests whose parent never reported."""

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield the test, or its subtests under its name."""
        for test in self.subtests:
            yield replace(test, test=f"{self.name}.{test.test}")
        good = (Outcome.OK, Outcome.SKIPPED)
        told = any(test.outcome not in good for test in self.subtests)
        if not self.subtests or (self.outcome not in good and not told):
            bad = self.outcome is not Outcome.OK
            yield TestOutcome(
                test=self.name,
                outcome=self.outcome,
                duration=self.duration,
                message=(self.reason or one_line(self.text)) if bad else "",
                is_always_told=not (self.subtests or self.is_cut),
            )


@dataclass
class _Level:
    """The results of one indentation."""

    indent: int
    name: str = ""
    """What `# Subtest:` called it; the parent's result line has the last word."""
    planned: int | None = None
    reason: str = ""
    """Why a plan of none says that nothing runs."""
    tests: list[_Test] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    """Lines since the last result."""

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield what was reported, and what the plan promised beside it."""
        for test in self.tests:
            yield from test.outcomes()
        if self.planned == 0 and not self.tests:
            yield TestOutcome(test="plan", outcome=Outcome.SKIPPED, message=self.reason)
        elif self.planned is not None and len(self.tests) < self.planned:
            lost = f"{self.planned - len(self.tests)} of {self.planned} planned tests"
            yield _trouble("plan", f"{lost} did not report")


class _Parser:
    """Reads line by line; `levels` are the open indentations, outermost first."""

    def __init__(self, *, text_first: bool) -> None:
        self._text_first = text_first
        """Whether a test's text stands before its result (KTAP) or behind it (TAP)."""
        self._levels = [_Level(0)]
        self._subtest = ""
        self._yaml: int | None = None
        """Indentation of the open YAML block."""
        self._bail: str | None = None

    def read(self, line: str) -> None:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if self._yaml is not None:
            self._in_yaml(text)
        elif match := _RESULT.match(text):
            self._result(match, indent)
        elif match := _PLAN.match(text):
            level = self._level(indent)
            level.planned = int(match["count"])
            level.reason = re.sub(r"(?i)^skip\S*\s*", "", match["directive"] or "")
        elif match := _SUBTEST.match(text):
            self._named(match["name"], indent)
        elif _VERSION.match(text):
            self._level(indent)
        elif match := _BAIL.match(text):
            self._bail = match["reason"]
        elif text == "---":
            self._yaml = indent
        elif text and not _SUMMARY.match(text) and not text.startswith("pragma "):
            self._texts().append(text.lstrip("# "))

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield everything; levels whose parent never reported are errors."""
        while len(self._levels) > 1:
            level = self._levels.pop()
            text = "; ".join(level.text[:1])
            name = level.name or "subtests"
            reason = f"it never ended{': ' if text else ''}{text}"
            test = _Test(name, Outcome.ERROR, reason, is_cut=True)
            test.subtests = list(level.outcomes())
            self._levels[-1].tests.append(test)
        yield from self._levels[0].outcomes()
        if self._bail is not None:
            yield _trouble("run", f"bailed out: {self._bail}".removesuffix(": "))

    def _level(self, indent: int) -> _Level:
        """Return the level of an indentation; only a result closes deeper ones."""
        top = self._levels[-1]
        if indent > top.indent:
            self._levels.append(_Level(indent, self._subtest))
            self._subtest = ""
        return next((x for x in reversed(self._levels) if x.indent <= indent), self._levels[0])

    def _named(self, name: str, indent: int) -> None:
        """Take a subtest's name: KTAP writes it inside the subtest, TAP 14 before or inside."""
        top = self._levels[-1]
        if indent == top.indent and indent and not top.tests and not top.name:
            top.name = name
        else:
            self._subtest = name

    def _result(self, match: re.Match[str], indent: int) -> None:
        level = self._level(indent)
        below: list[TestOutcome] = []
        text = level.text
        while self._levels[-1] is not level:
            closed = self._levels.pop()
            text += closed.text
            below = [*closed.outcomes(), *below]
        test = _test(match, level)
        test.subtests = below
        if self._text_first:
            test.text = text
        level.text = []
        level.tests.append(test)

    def _texts(self) -> list[str]:
        """Return the list that a line of text goes to."""
        level = self._levels[-1]
        if self._text_first or not level.tests:
            return level.text
        return level.tests[-1].text

    def _in_yaml(self, text: str) -> None:
        if text == "...":
            self._yaml = None
        elif (match := _YAML.match(text)) and (tests := self._levels[-1].tests):
            if match["key"] == "duration_ms":
                tests[-1].duration = _milliseconds(match["value"])
            else:
                tests[-1].text.insert(0, match["value"].strip("\"'|>-"))


def _trouble(name: str, message: str) -> TestOutcome:
    """Return what no test is, but is reported as one."""
    return TestOutcome(test=name, outcome=Outcome.ERROR, message=message, is_always_told=False)


def _test(match: re.Match[str], level: _Level) -> _Test:
    rest, reason, duration = match["rest"], "", 0.0
    outcome = Outcome.FAILED if match["not"] else Outcome.OK
    if time := _TIME.search(rest):
        duration, rest = _milliseconds(time["time"]), rest[: time.start()]
    if directive := _DIRECTIVE.match(rest):
        rest, word = directive["name"], directive["word"].upper()
        expected = "expected failure: " if word in ("TODO", "XFAIL") else ""
        reason = f"{expected}{directive['reason']}".removesuffix(": ")
        if not (word == "TODO" and outcome is Outcome.OK):  # done by now, and as it should be
            outcome = _OUTCOMES[word]
    name = re.sub(r"\\([\\#])", r"\1", rest.removesuffix("{").strip())
    number = match["number"] or len(level.tests) + 1
    return _Test(name or f"test {number}", outcome, reason, duration=duration)


def _milliseconds(text: str) -> float:
    try:
        return float(text) / 1000
    except ValueError:
        return 0.0


def parse_tap(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a TAP stream; other lines are ignored, as the format says.

    Raises:
        ValueError: there is nothing but other lines.
    """
    parser = _Parser(text_first=False)
    for line in text.split("\n"):
        parser.read(line)
    found = list(parser.outcomes())
    if not found:
        raise ValueError("it has neither a plan nor a test")
    yield from found


def parse_ktap(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a KTAP stream in a kernel's log.

    What precedes the first version line is not read, and what stands left of it
    on its line (a time stamp) is cut off every line.

    Raises:
        ValueError: there is no version line.
    """
    parser, prefix = _Parser(text_first=True), None
    for line in text.split("\n"):
        if prefix is None:
            if match := _VERSION.search(line):
                prefix = len(line[: match.start()].rstrip(" ")) and match.start()
            continue
        parser.read(line[prefix:])
    if prefix is None:
        raise ValueError("no line says 'KTAP version 1'")
    yield from parser.outcomes()
