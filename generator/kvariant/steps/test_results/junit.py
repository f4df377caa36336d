# SPDX-License-Identifier: MIT
"""JUnit XML, as pytest, Meson, CTest, GoogleTest and Surefire write it.

There is no one schema. Read are `testcase` elements wherever they stand:

    testsuites > testsuite* > testcase(classname, name, time, status, result)
                                  > failure | error | skipped (message), text

A document type declaration is refused, and with it every entity that could
grow without bounds: no runner writes one. This is all that defusedxml would
add here, so the standard library's expat is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from kvariant.results.cell import Outcome
from kvariant.steps.test_results.outcome import TestOutcome, one_line

_OUTCOMES = {"error": Outcome.ERROR, "failure": Outcome.FAILED, "skipped": Outcome.SKIPPED}
_NOT_RUN = {"notrun", "disabled", "skipped", "suppressed"}
"""What GoogleTest and CTest say in `status` or `result`."""

# Runners copy what a test printed, colours included, though XML 1.0 has no such characters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")


def parse_junit(text: str) -> Iterator[TestOutcome]:
    """Yield every test case.

    Raises:
        ValueError: not XML, not a JUnit report, or with a document type.
    """
    try:
        root = _tree(_legal(text))
    except expat.ExpatError as error:
        raise ValueError(f"not XML: {error}") from None
    if _name(root) not in ("testsuites", "testsuite"):
        raise ValueError(f"not a JUnit report: its root is <{_name(root)}>")
    yield from _cases(root)


def _cases(root: ElementTree.Element) -> Iterator[TestOutcome]:
    stack = [(root, iter(root))]  # suites nest as deep as a file says, so no recursion
    while stack:
        suite, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
        elif _name(child) == "testsuite":
            stack.append((child, iter(child)))
        elif _name(child) == "testcase":
            yield _case(child, suite.get("name", ""))


def _case(element: ElementTree.Element, suite: str) -> TestOutcome:
    group = element.get("classname", suite)
    name = element.get("name", "")
    outcome, message = Outcome.OK, ""
    if {element.get("status", ""), element.get("result", "")} & _NOT_RUN:
        outcome = Outcome.SKIPPED
    said = [child for child in element if _name(child) in _OUTCOMES]
    if said:
        first = min(said, key=lambda child: list(_OUTCOMES).index(_name(child)))
        outcome = _OUTCOMES[_name(first)]
        lines = first.get("message") or first.text or first.get("type") or ""
        message = one_line(lines.splitlines())
    return TestOutcome(
        test=f"{group}.{name}" if group and group != name else name,
        outcome=outcome,
        duration=_seconds(element.get("time", "")),
        message=message,
    )


def _seconds(text: str) -> float:
    """Return a duration; Surefire separates thousands by commas."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition(" ")[2]  # expat writes "namespace name"


def _tree(text: str) -> ElementTree.Element:
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(text, True)
    return builder.close()


def _refuse(*_: object) -> None:
    raise ValueError("a document type declaration is not accepted in results")


def _legal(text: str) -> str:
    def reference(match: re.Match[str]) -> str:
        code = int(match[1], 16) if match[1] else int(match[2])
        legal = code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
        return match[0] if legal else "\N{REPLACEMENT CHARACTER}"

    return _REFERENCE.sub(reference, _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text))
