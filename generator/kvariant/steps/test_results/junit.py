# SPDX-License-Identifier: MIT
"""JUnit XML, as pytest, Meson, CTest, GoogleTest and Surefire write it.

There is no one schema. Read are `testcase` elements wherever they stand, and what a
suite says of itself:

    testsuites > testsuite*(name, errors, failures)
                   > testcase(classname, name, time, status, result)
                       > failure | error | skipped (message), text
                       > flakyFailure | flakyError | rerunFailure | rerunError
                   > failure | error

A test that failed and passed when its runner tried it again is flaky: Surefire notes
the tries that failed as flakyFailure; as rerunFailure beside a failure that stayed.
A suite may break before its first test, and may count failures that no test has; both
are told as a test of the suite's name. So is a `testcase` without a name: Surefire and
GoogleTest write one where what a suite does before or behind its tests fails. A test of
the same name in suites of different names is several tests, named after their suites.

Why a test failed is what `message` says; where that is empty or one word (`Failed`), the
text of the element; where there is none, a line of what the test printed that tells it.

A program of several groups, as Rust's and cmocka's are, writes a document for each, one
after the other; such a file is no XML, and is read.

A document type declaration is refused, and with it every entity that could
grow without bounds: no runner writes one. This is all that defusedxml would
add here, so the standard library's expat is enough.

[The schemas of Ant, of Jenkins' xunit plugin and of maven-surefire's report]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree
from xml.parsers import expat

from kvariant.results.cell import Outcome
from kvariant.steps.failure_line import telling_line
from kvariant.steps.test_results.outcome import RANK, TestOutcome, one_line

_OUTCOMES = {
    "error": Outcome.ERROR,
    "failure": Outcome.FAILED,
    "flakyError": Outcome.FLAKY,
    "flakyFailure": Outcome.FLAKY,
    "rerunError": Outcome.FLAKY,
    "rerunFailure": Outcome.FLAKY,
    "skipped": Outcome.SKIPPED,
}
"""What an element says; of several the first of these has the last word."""
_WORDS = {
    **dict.fromkeys(("notrun", "disabled", "skipped", "suppressed"), Outcome.SKIPPED),
    **dict.fromkeys(("fail", "failed", "failure"), Outcome.FAILED),
    **dict.fromkeys(("error", "errored"), Outcome.ERROR),
    **dict.fromkeys(("timeout", "timedout"), Outcome.TIMEOUT),
}
"""What GoogleTest, CTest and others say in `status` or `result`."""
_BAD = ("error", "failure")

# Runners copy what a test printed, colours included, though XML 1.0 has no such characters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")


def parse_junit(text: str) -> Iterator[TestOutcome]:
    """Yield every test case.

    Raises:
        ValueError: not XML, not a JUnit report, without a test, or with a document type.
    """
    try:
        roots = list(_trees(_legal(text.removeprefix("\ufeff"))))
    except expat.ExpatError as error:
        raise ValueError(f"not XML: {error}") from None
    for root in roots:
        if _name(root) not in ("testsuites", "testsuite"):
            raise ValueError(f"not a JUnit report: its root is <{_name(root)}>")
    suites = [suite for root in roots for suite in _suites(root)]
    yield from _told_apart(suites)
    troubles = [trouble for suite in suites for trouble in suite.troubles()]
    yield from troubles
    if not troubles and not any(suite.tests for suite in suites):
        raise ValueError("it has no test")


@dataclass
class _Suite:
    """A `testsuite`, and what stands in it directly."""

    name: str
    """Its own, "" where it has none."""
    path: str
    """With the names of the suites around it."""
    counted: int = 0
    """Failures and errors that it says it has."""
    is_told: bool = False
    """Whether anything within it is a failure or an error."""
    tests: list[TestOutcome] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """Those of failures and errors of its own."""

    def troubles(self) -> Iterator[TestOutcome]:
        """Yield what went wrong with it, and with no test."""
        messages = self.messages
        if self.counted and not self.is_told:
            messages = [f"{self.counted} failed, it says, but it does not say which"]
        if messages:
            yield TestOutcome(
                test=self.path or "suite",
                outcome=Outcome.ERROR,
                message=one_line(messages),
                is_always_told=False,
            )


def _suites(root: ElementTree.Element) -> list[_Suite]:
    """Return every suite, outer ones first; what is no suite but has cases is part of one."""
    found: list[_Suite] = []
    stack: list[tuple[_Suite, Iterator[ElementTree.Element]]] = []

    def enter(element: ElementTree.Element) -> None:
        around = stack[-1][0] if stack else None
        if around is not None and _name(element) != "testsuite":
            stack.append((around, iter(element)))
            return
        name = element.get("name", "") if _name(element) == "testsuite" else ""
        path = ".".join(filter(None, (around.path if around else "", name)))
        counted = sum(_count(element.get(word, "")) for word in ("failures", "errors"))
        found.append(_Suite(name, path, counted))
        stack.append((found[-1], iter(element)))

    enter(root)
    while stack:  # suites nest as deep as a file says, so no recursion
        suite, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack and suite.is_told:
                stack[-1][0].is_told = True
        elif _name(child) == "testcase":
            suite.tests.append(_case(child, suite))
            suite.is_told |= suite.tests[-1].outcome not in (Outcome.OK, Outcome.SKIPPED)
        elif _name(child) in _BAD:
            suite.messages.append(_message(child) or _name(child))
            suite.is_told = True
        elif _name(child) not in _TEXT:
            enter(child)
    return found


_TEXT = ("properties", "system-out", "system-err")
"""Elements in which no test stands, whatever they quote."""


def _told_apart(suites: Iterable[_Suite]) -> Iterator[TestOutcome]:
    """Yield the tests, those of one name in suites of several with the suite before it."""
    places: dict[str, str] = {}
    several = set()
    for suite in suites:
        for test in suite.tests:
            if places.setdefault(test.test, suite.path) != suite.path:
                several.add(test.test)
    for suite in suites:
        for test in suite.tests:
            if test.test in several and suite.path:
                name = test.test.removeprefix(f"{suite.name}.")
                yield replace(test, test=f"{suite.path}.{name}")
            else:
                yield test


def _case(element: ElementTree.Element, suite: _Suite) -> TestOutcome:
    group = element.get("classname", suite.name)
    own = element.get("name", "")
    name = own or group or suite.path
    outcome, message = Outcome.OK, ""
    for word in (element.get("status", ""), element.get("result", "")):
        outcome = _WORDS.get(word.lower(), outcome)
    said = [child for child in element if _name(child) in _OUTCOMES]
    if said:
        first = min(said, key=lambda child: list(_OUTCOMES).index(_name(child)))
        outcome = max(outcome, _OUTCOMES[_name(first)], key=RANK.index)
        message = _message(first)
    if element.get("status") == "notrun" and _LACKING.match(message):
        outcome = Outcome.ERROR
    if _WORD.fullmatch(message):
        message = (_printed(element) if outcome.is_bad else "") or _kind(said) or message
    return TestOutcome(
        test=f"{group}.{name}" if group and group != name else name,
        outcome=outcome,
        duration=_seconds(element.get("time", "")),
        message=message,
        is_always_told=bool(own),
    )


_WORD = re.compile(
    r"\s*(?:(?:test )?(?:fail(?:ed|ure)?|error(?:ed)?)|null|none|false)?[.!]?\s*", re.I
)
"""What says that a test failed, and not why."""
_LACKING = re.compile(r"Unable to find executable|Required Files Missing")
"""Why CTest did not run a test that it counts as failed, though it writes `skipped`."""
_TRACES = ("stackTrace", "description")
_GO = re.compile(r"\s*(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:FAIL|PASS|SKIP):)\s")
"""How Go's tests begin and end, with their times."""


def _message(element: ElementTree.Element) -> str:
    """Return why a test ended as an element says, in its words."""
    message = element.get("message", "")
    if not _WORD.fullmatch(message):
        return one_line(message.splitlines())
    texts = (element.text, *(child.text for child in element if _name(child) in _TRACES))
    found = next((text for text in texts if text and not _WORD.fullmatch(text)), "")
    lines = [line for line in found.splitlines() if not _GO.match(line)]
    return one_line(lines) or message.strip()


def _printed(case: ElementTree.Element) -> str:
    """Return the line of what a test printed that tells why it failed, "" if none does."""
    outputs = (child.text or "" for child in case if _name(child) in ("system-err", "system-out"))
    return one_line([next(filter(None, map(telling_line, outputs)), "")])


def _kind(said: Iterable[ElementTree.Element]) -> str:
    """Return the type of what is said of a test, "" where that says nothing."""
    kinds = (one_line(element.get("type", "").splitlines()[:1]) for element in said)
    return next((kind for kind in kinds if not _WORD.fullmatch(kind)), "")


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _seconds(text: str) -> float:
    """Return a duration; Surefire separates thousands by commas."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition(" ")[2]  # expat writes "namespace name"


def _trees(text: str) -> Iterator[ElementTree.Element]:
    """Yield the root of each document that a text is made of, one after the other.

    Raises:
        ExpatError: one of them is not XML, or what follows it is no document.
    """
    data = memoryview(text.encode())
    begin = 0
    while begin < max(1, len(data)):
        root, size = _tree(data[begin:])
        yield root
        begin += size


def _tree(data: memoryview) -> tuple[ElementTree.Element, int]:
    """Return the root of the document that begins here, and how many bytes it has."""
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for begin in range(0, len(data), _PIECE):
            parser.Parse(data[begin : begin + _PIECE], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        size = parser.ErrorByteIndex
        if error.code not in _BEHIND or bytes(data[size : size + 1]) != b"<":
            raise
        try:
            return _tree(data[:size])[0], size  # is all of it there?
        except expat.ExpatError:
            raise error from None
    return builder.close(), len(data)


_PIECE = 64 * 1024
"""Bytes that are parsed at once: all of them are looked at again for the document behind."""
_BEHIND = tuple(
    expat.errors.codes[word]
    for word in (
        expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
        expat.errors.XML_ERROR_MISPLACED_XML_PI,
    )
)
"""Errors of what stands behind the root; or, of a declaration, of what stands before it."""


def _refuse(*_: object) -> None:
    raise ValueError("a document type declaration is not accepted in results")


def _legal(text: str) -> str:
    def reference(match: re.Match[str]) -> str:
        digits = (match[1] or match[2]).lstrip("0")[:9]  # of more it is none in any case
        code = int(digits or "0", 16 if match[1] else 10)
        legal = code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
        return match[0] if legal else "\N{REPLACEMENT CHARACTER}"

    return _REFERENCE.sub(reference, _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text))
