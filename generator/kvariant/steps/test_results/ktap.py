# SPDX-License-Identifier: MIT
"""KTAP, as KUnit and kselftest write it into a kernel's log, nested tests included.

    KTAP version 1                            TAP version 13
    1..1                                      1..1
      KTAP version 1                          # selftests: net: one
      # Subtest: swap                         # TAP version 13
      1..2                                    # 1..2
      # offset: EXPECTATION FAILED at s.c:29  # ok 1 first
      not ok 1 offset                         # not ok 2 second
      ok 2 entry # SKIP no swap               not ok 1 selftests: net: one # exit=1
    not ok 1 swap

Subtests stand before their test, indented; those of a program that kselftest ran
stand behind `# `. So does the text of a test. Its name ends at a `#` with blanks
around it. Of what follows that SKIP, TODO, XFAIL, TIMEOUT and ERROR are directives,
each a word of its own, the last two in capitals only; the rest is data.

[Linux Documentation/dev-tools/ktap.rst, tools/testing/selftests/kselftest/runner.sh]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kvariant.steps.test_results.tap_document import TOP, Depth, TapDocument

if TYPE_CHECKING:
    from kvariant.steps.test_results.outcome import TestOutcome

_VERSION = re.compile(r"(?<!\S)K?TAP version \d+\s*$")
_STAMP = re.compile(r"(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?")
"""What stands before each line of a kernel's log."""
_DIRECTIVE = re.compile(
    r"(?P<word>(?i:SKIP|TODO|XFAIL)|TIMEOUT|ERROR):?(?:\s+(?P<reason>.*))?$|(?P<data>.*)$"
)
_EMBEDDED = re.compile(r"(?:(?:not )?ok\s+\d+(?:\s|$)|1\.\.\d+\s*(?:#|$)|K?TAP version \d+$)")
"""What is a program's own results in a comment, and no words about them."""
_COMMENT = re.compile(r"#( +)")
_OVER = "bail out!"
_KSELFTEST = re.compile(r"^# (?:selftests: \S|(?:# )? RUN {3,}\S.* \.\.\.\s*$)", re.MULTILINE)
"""Its runner; the harness that many of its programs are written with."""
_PROGRAM = re.compile(r"^# (?=selftests: )")
"""How kselftest names the program that it is about to run."""
_NOISE = re.compile(
    r"#(?:\s*(?:\S+: )?(?:pass:\d|Totals:)|\s*(?:\S+\.)?(?:speed|module|is_init): "
    r"|\s*(?:timeout set to|overriding timeout to) \d"
    r"| +RUN {3,}\S.* \.\.\.$| {8,}(?:OK|FAIL)  \S| {6}SKIP {6}"
    r"| Starting \d+ tests from \d+ test cases| (?:PASSED|FAILED): \d+ / \d+ tests passed)"
)
"""What KUnit, kselftest and its harness print about results that stand there anyway."""


def parse_ktap(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a KTAP stream in a kernel's log.

    What precedes the first version line is not read, and what stands left of it
    on its line (a time stamp) is cut off every line.

    Raises:
        ValueError: there is no version line, or no test.
    """
    lines = _lines(text)
    for index, line in enumerate(lines):
        if match := _VERSION.search(line):
            prefix = line[: match.start()]
            yield from _tests(_without(prefix, lines[index:]))
            return
    raise ValueError("no line says 'KTAP version 1'")


def is_kselftest(text: str) -> bool:
    """Return whether a stream is what kselftest's runner prints."""
    return _KSELFTEST.search(text) is not None


def parse_kselftest(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a stream of kselftest, which may lack the version line.

    Raises:
        ValueError: there is no test.
    """
    yield from _tests(_lines(text))


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _without(prefix: str, lines: list[str]) -> list[str]:
    """Return lines without what stands left of the version line on its own."""
    if not prefix.strip():
        return lines
    if _STAMP.fullmatch(prefix):  # programs print beside the kernel, without one
        return [_STAMP.sub("", line, count=1) if _STAMP.match(line) else line for line in lines]
    return [line[len(prefix) :] for line in lines]


def _tests(lines: list[str]) -> Iterator[TestOutcome]:
    document = TapDocument(text_first=True, needs_plan=False)
    for line in lines:
        _read(document, line)
    found = list(document.outcomes())
    if not found:
        raise ValueError("it has neither a plan nor a test")
    yield from found


def _read(document: TapDocument, line: str) -> None:
    text, depth = _place(line)
    text = _PROGRAM.sub("# Subtest: ", text)
    if _VERSION.match(text):
        document.version(depth)
    elif not document.read(text, depth, _DIRECTIVE) and text and not _is_noise(text):
        document.text(text.lstrip("# "))


def _is_noise(text: str) -> bool:
    """Return whether a comment, or one in a comment, is about results that stand there anyway."""
    marks = len(text) - len(text.lstrip("# \t"))
    return _NOISE.match(text, max(0, text.rfind("#", 0, marks))) is not None


def _place(line: str) -> tuple[str, Depth]:
    """Return what a line says and where: a program's own results are deeper by a `# `."""
    text = line.strip()
    depth: Depth = (len(line) - len(line.lstrip()),)
    begin, deeper = 0, [*depth]
    while match := _COMMENT.match(text, begin):
        begin = match.end()
        deeper.append(len(match[1]) - 1)
    is_over = text[begin : begin + len(_OVER)].lower() == _OVER
    if begin and (is_over or _EMBEDDED.match(text, begin)):
        return text[begin:], tuple(deeper)
    return text, depth or TOP
