# SPDX-License-Identifier: MIT
"""What TAP and KTAP have in common: results in nested documents, each with a plan.

    1..2                the plan of the outermost document
        1..1            a document deeper than a result and before it has its subtests
        ok 1 - entry
    ok 1 - swap
    not ok 2 - huge {   one behind a result that ends in `{` has that one's, up to the `}`
        not ok 1 - page
        1..1
    }

Names are joined by dots. A test with subtests is one of its own only where it says
what they do not: it failed and none of them did. What a document promised and did not
keep is told as a test that is an error, `plan`, and one that was given up as `run`:

    a plan that says how many tests there are, neither more nor fewer than report
    numbers, where there are some, that rise by one
    at least one test, or a reason why there is none

[TAP 14 specification, testanything.org; Linux Documentation/dev-tools/ktap.rst; the
buffered subtests of Perl's Test2::Formatter::TAP and of node-tap]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kvariant.results.cell import Outcome
from kvariant.steps.failure_line import telling_line
from kvariant.steps.test_results.outcome import TestOutcome, one_line
from kvariant.words import counted

Depth = tuple[int, ...]
"""Where a line begins: its indentation; behind a comment's `#`, the indentation there as well."""
TOP: Depth = (0,)

_RESULT = re.compile(r"(?P<not>not )?ok(?:\s+(?P<number>\d{1,9})(?=\s|$))?(?:\s+(?P<rest>.*))?$")
_PLAN = re.compile(r"1\.\.(?P<count>\d{1,9})\s*(?:#\s*(?P<reason>.*))?$")
_SUBTEST = re.compile(r"#\s*Subtest:\s*(?P<name>.*\S)")
_BAIL = re.compile(r"Bail out!\s*(?P<reason>.*)$", re.IGNORECASE)
_HASH = re.compile(r"(?:^|(?<=\s))#(?=\s|$)")
"""A `#` with blanks around it, which no backslash can precede; the first one counts."""
_TIME = re.compile(r"(?:^|(?<=\s))#\s*time=(?P<time>[\d.]+)\s*ms\s*$")
_SKIP = re.compile(r"(?i)^skip\S*\s*")


_GOOD = (Outcome.OK, Outcome.SKIPPED)


@dataclass
class Point:
    """A result line, and what belongs to it."""

    name: str
    outcome: Outcome
    reason: str = ""
    data: str = ""
    """What stands behind its name where nothing else says why it failed."""
    text: list[str] = field(default_factory=list)
    duration: float = 0.0
    subtests: list[TestOutcome] = field(default_factory=list)
    is_cut: bool = False
    """Whether it stands for subtests whose parent never reported."""
    is_excused: bool = False
    """Whether it was expected to fail, and so with all within it."""
    is_open: bool = False
    """Whether its line ends in a brace: a deeper document behind it has its subtests."""

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield the test, or its subtests under its name."""
        is_good = self.outcome in _GOOD
        subtests, text = self.subtests, self.text
        if self.is_excused:
            subtests = [_excused(test, self.reason) for test in subtests]
        if not is_good and not self.is_cut:  # why a plan was not kept is known then
            subtests = [test for test in subtests if not _is_plan(test)]
            text = [*text, *(test.message for test in self.subtests if _is_plan(test))]
        for test in subtests:
            yield replace(test, test=f"{self.name}.{test.test}")
        told = any(test.outcome not in _GOOD for test in subtests)
        if not self.subtests or (not is_good and not told):
            is_ok = self.outcome is Outcome.OK
            yield TestOutcome(
                test=self.name,
                outcome=self.outcome,
                duration=self.duration,
                message="" if is_ok else self.reason or one_line(text) or self.data,
                is_always_told=not (self.subtests or self.is_cut),
            )


@dataclass
class _Level:
    """A document: the results of one depth."""

    depth: Depth
    name: str = ""
    """What `# Subtest:` called it; the parent's result line has the last word."""
    owner: Point | None = None
    """The test that it has the subtests of, where that stands before it."""
    needs_plan: bool = False
    is_text_first: bool = False
    """Whether a test's text stands before its result."""
    planned: int | None = None
    planned_after: int = 0
    """Tests that stood before the plan."""
    reason: str = ""
    """Why a plan of none says that nothing runs."""
    number: int = 0
    """That of the last test."""
    points: list[Point] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    """Lines since the last result."""
    broken: list[str] = field(default_factory=list)
    """What the document said and did not keep, each once."""
    bail: str | None = None
    """Why it was given up."""
    is_over: bool = False
    """Whether it, or one around it, was given up: what is missing then is no fault of its own."""
    earlier: list[TestOutcome] = field(default_factory=list)
    """Those of documents before it at the same place."""

    def plan(self, count: int, reason: str) -> None:
        if self.planned is not None:
            self._broke(f"1..{count} is a second plan")
            return
        self.planned, self.reason, self.planned_after = count, reason, len(self.points)

    def add(self, point: Point, number: int | None) -> None:
        """Take a result, with the number that its line has."""
        if self.planned is not None and 0 < self.planned_after == len(self.points):
            self._broke("the plan stands between tests")
        due = self.number + 1
        if number not in (None, due):
            self._broke(f"test {number} stands where {due} was due")
        self.number = due if number is None else number
        self.points.append(point)

    def restart(self) -> None:
        """Begin another document in the place of this one, if it is one by now."""
        if self.points or self.planned is not None:
            self.earlier = [*self.outcomes()]
            self.points, self.broken, self.planned = [], [], None
            self.number, self.text = 0, []
            self.bail, self.is_over = None, False

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield what was reported, and what was promised beside it."""
        yield from self.earlier
        for point in self.points:
            yield from point.outcomes()
        if self.planned == 0 and not self.points and self.reason:
            yield TestOutcome(test="plan", outcome=Outcome.SKIPPED, message=self.reason)
        elif trouble := "; ".join([*self.broken, *self._not_kept()]):
            yield _trouble("plan", trouble)
        if self.bail is not None:
            yield _trouble("run", f"bailed out: {self.bail}".removesuffix(": "))

    def _not_kept(self) -> Iterator[str]:
        found, planned = len(self.points), self.planned
        if planned is None:
            is_whole = found and not self.is_over and not any(p.is_cut for p in self.points)
            if self.needs_plan and is_whole:
                yield "there is no plan (1..N): nobody knows how many tests did not report"
        elif found > planned:
            yield f"{counted(found, 'test')} reported, {planned or 'none'} planned"
        elif found < planned and not self.is_over:
            last = self.points[-1].text if self.points and not self.is_text_first else []
            why = telling_line("\n".join([*last, *self.text]))
            lost = f"{planned - found} of {planned} planned tests did not report"
            yield f"{lost}: {' '.join(why.split())}" if why else lost
        elif planned == 0 and not self.is_over:
            yield "1..0: no test is planned, and no reason is given"

    def _broke(self, message: str) -> None:
        if not self.broken:  # what follows from it is no other fault
            self.broken.append(message)


class TapDocument:
    """Takes the lines of a stream one by one; `levels` are the open depths, outermost first."""

    def __init__(self, *, text_first: bool, needs_plan: bool) -> None:
        """Begin with nothing.

        Args:
            text_first: whether a test's text stands before its result (KTAP) or behind it (TAP).
            needs_plan: whether the outermost document has to have a plan.
        """
        self._text_first = text_first
        self._levels = [_Level(TOP, needs_plan=needs_plan, is_text_first=text_first)]
        self._subtest = ""

    @property
    def last(self) -> Point | None:
        """The last result of the deepest open document."""
        points = self._levels[-1].points
        return points[-1] if points else None

    def read(self, line: str, depth: Depth, directives: re.Pattern[str]) -> bool:
        """Take a plan, a result, a subtest's name or the end; return whether it was one."""
        if match := _RESULT.match(line):
            self._result(match, depth, directives)
        elif match := _PLAN.match(line):
            said = (match["reason"] or "").strip()
            self._level(depth).plan(int(match["count"]), _SKIP.sub("", said) or said)
        elif match := _SUBTEST.match(line):
            self._named(match["name"], depth)
        elif line == "}" and self._is_braced(depth):
            self._closed(self._level(depth))
        elif match := _BAIL.match(line):
            level = self._levels[0] if len(depth) == 1 else self._level(depth)
            level.bail = match["reason"]
            for open_level in self._levels[self._levels.index(level) :]:
                open_level.is_over = True
        else:
            return False
        return True

    def version(self, depth: Depth) -> None:
        """Take a version line: a document begins."""
        level = self._level(depth)
        if level.depth == depth:
            self._cut(level)
            level.restart()

    def text(self, line: str) -> None:
        """Take a line that says something about a test."""
        level = self._levels[-1]
        if self._text_first or not level.points:
            level.text.append(line)
        else:
            level.points[-1].text.append(line)

    def outcomes(self) -> Iterator[TestOutcome]:
        """Yield everything; documents whose parent never reported are errors."""
        self._cut(self._levels[0])
        yield from self._levels[0].outcomes()

    def _is_braced(self, depth: Depth) -> bool:
        """Return whether a document is open that a brace of some depth ends."""
        level = self._level(depth)
        below = self._levels[self._levels.index(level) + 1 :]
        return bool(below) and below[0].owner is not None

    def _closed(self, level: _Level) -> tuple[list[TestOutcome], list[str]]:
        """Close the documents below a level, of which the next result has the subtests.

        Returns these, and the text of the documents. Those that stand behind their test are
        no part of it.
        """
        below: list[TestOutcome] = []
        text: list[str] = []
        while self._levels[-1] is not level:
            closed = self._levels.pop()
            below = [*closed.outcomes(), *below]
            if closed.owner is not None:
                closed.owner.subtests, below = below, []
            else:
                text += closed.text
        return below, text

    def _cut(self, level: _Level) -> None:
        """Close the documents below a level, none of which has a parent's result."""
        while self._levels[-1] is not level:
            closed = self._levels.pop()
            if closed.owner is not None:  # its test has reported
                closed.owner.subtests = list(closed.outcomes())
                continue
            text = "; ".join(closed.text[:1])
            reason = f"it never ended{': ' if text else ''}{text}"
            outcome = Outcome.OK if closed.is_over else Outcome.ERROR
            point = Point(closed.name or "subtests", outcome, reason, is_cut=True)
            point.subtests = list(closed.outcomes())
            if point.subtests or not closed.is_over:
                self._levels[-1].points.append(point)

    def _level(self, depth: Depth) -> _Level:
        """Return the level of a depth; only a result closes deeper ones."""
        if depth > self._levels[-1].depth:
            last = self.last
            owner = last if last is not None and last.is_open and not last.subtests else None
            level = _Level(depth, self._subtest, owner, is_text_first=self._text_first)
            self._levels.append(level)
            self._subtest = ""
        return next((x for x in reversed(self._levels) if x.depth <= depth), self._levels[0])

    def _named(self, name: str, depth: Depth) -> None:
        """Take a subtest's name: KTAP writes it inside the subtest, TAP 14 before or inside."""
        top = self._levels[-1]
        if depth == top.depth and depth != TOP and not top.points and not top.name:
            top.name = name
        else:
            self._subtest = name

    def _result(self, match: re.Match[str], depth: Depth, directives: re.Pattern[str]) -> None:
        level = self._level(depth)
        below, said = self._closed(level)
        text = [*level.text, *said]
        number = int(match["number"]) if match["number"] else None
        point = _point(match["rest"] or "", bool(match["not"]), directives)
        point.name = point.name or f"test {number or level.number + 1}"
        if point.outcome is Outcome.SKIPPED and len(below) == 1 and below[0].test == "plan":
            below = []  # it says itself that nothing ran
        point.subtests = below
        if self._text_first:
            point.text = text
        level.text = []
        level.add(point, number)


def _excused(test: TestOutcome, reason: str) -> TestOutcome:
    """Return a subtest of what was expected to fail."""
    if not test.outcome.is_bad:
        return test
    return replace(test, outcome=Outcome.SKIPPED, message=reason)


def _is_plan(test: TestOutcome) -> bool:
    return test.test == "plan" and not test.is_always_told


def _point(rest: str, is_not_ok: bool, directives: re.Pattern[str]) -> Point:
    """Return what a result line says behind its number.

    Args:
        rest: the name, and a directive or data behind it.
        is_not_ok: whether the line begins with `not`.
        directives: matches what follows the `#` of one, as `word` and `reason`; or `data`,
            which is neither a directive nor part of the name.
    """
    outcome = Outcome.FAILED if is_not_ok else Outcome.OK
    point = Point("", outcome)
    rest = re.sub(r"^-(?:\s+|$)", "", rest)
    if is_open := f" {rest}".endswith(" {"):
        rest = rest[:-1].rstrip()
    if time := _TIME.search(rest):
        point.duration, rest = milliseconds(time["time"]), rest[: time.start()]
    hash_ = _HASH.search(rest)
    if hash_ and (match := directives.match(rest[hash_.end() :].strip())):
        rest = rest[: hash_.start()]
        _direct(point, match)
    if f" {rest.rstrip()}".endswith(" {"):  # before a directive, as well
        is_open, rest = True, rest.rstrip()[:-1]
    point.name, point.is_open = re.sub(r"\\([\\#])", r"\1", rest.strip()), is_open
    return point


def _direct(point: Point, match: re.Match[str]) -> None:
    """Do to a result what stands behind its name."""
    if match["word"] is None:
        point.data = match["data"]
        return
    word = match["word"].upper()
    expected = "expected failure: " if word in ("TODO", "XFAIL") else ""
    point.reason = f"{expected}{match['reason'] or ''}".removesuffix(": ")
    point.is_excused = bool(expected)
    is_done = word == "TODO" and point.outcome is Outcome.OK  # and as it should be
    if not is_done:
        point.outcome = _OUTCOMES.get(word, Outcome.SKIPPED)


_OUTCOMES = {"TIMEOUT": Outcome.TIMEOUT, "ERROR": Outcome.ERROR}
"""What directives say; all others that a test is skipped."""


def milliseconds(text: str) -> float:
    """Return the seconds that a number of milliseconds is; 0 where it is no number."""
    try:
        return float(text) / 1000
    except ValueError:
        return 0.0


def _trouble(name: str, message: str) -> TestOutcome:
    """Return what no test is, but is reported as one."""
    return TestOutcome(test=name, outcome=Outcome.ERROR, message=message, is_always_told=False)
