# SPDX-License-Identifier: MIT
"""A sweep as JUnit XML: a suite per variant, a case per step or test.

Shape as CI systems read it (the schema of Jenkins' JUnit plugin): testsuites >
testsuite > testcase > failure | error | skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from junitparser import Error, JUnitXml, Skipped, TestCase, TestSuite
from junitparser import Failure as Failed

from kvariant.report.document import ReportDocument
from kvariant.results import Cell, Outcome

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


class Junit:
    """The renderer of JUnit XML."""

    name = "junit"
    help = "Write JUnit XML as well"
    is_file = True

    def render(self, document: ReportDocument) -> str:
        return junit_text(document.cells)


def junit_text(cells: Sequence[Cell]) -> str:
    """Return the cells as JUnit XML; a known failure is skipped, with its reason."""
    suites: dict[str, TestSuite] = {}
    for cell in cells:
        suites.setdefault(cell.variant, TestSuite(_legal(cell.variant))).add_testcase(_case(cell))
    document = JUnitXml("kvariant")
    for suite in suites.values():
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return f"{text.decode()}\n"


def _case(cell: Cell) -> TestCase:
    variant, step = _legal(cell.variant), _legal(cell.step)
    if cell.test:
        case = TestCase(_legal(cell.test), f"{variant}.{step}", round(cell.duration, 3))
    else:
        case = TestCase(step, variant, round(cell.duration, 3))
    told = _legal("\n".join(failure.message for failure in cell.unexpected) or cell.reason)
    log = _legal(cell.log)
    match cell.verdict:
        case _ if cell.known:
            case.result = [Skipped(_legal(f"known failure: {cell.known}"))]
        case Outcome.SKIPPED:
            case.result = [Skipped(told)]
        case Outcome.FAILED:
            case.result = [_with(Failed(told, cell.verdict.value), log)]
        case Outcome.ERROR | Outcome.TIMEOUT | Outcome.MISSING:
            case.result = [_with(Error(told, cell.verdict.value), log)]
        case _ if cell.outcome in (Outcome.REUSED, Outcome.MERGED, Outcome.FLAKY):
            case.system_out = f"{cell.outcome.value} {told}".strip()
    return case


def _with(result: Failed | Error, log: str) -> Failed | Error:
    result.text = log
    return result


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
