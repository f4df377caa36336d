# SPDX-License-Identifier: MIT
"""A sweep as JUnit XML: a suite per variant, a case per step or test.

Shape as CI systems read it (the schema of Jenkins' JUnit plugin): testsuites >
testsuite > testcase > failure | error | skipped; flakyFailure as Surefire has it.
Written in one pass: a sweep may have a case for each of 100,000 tests in a variant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from kvariant.results import Cell, Outcome

if TYPE_CHECKING:
    from kvariant.report.document import ReportDocument

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
_COUNTS = {"errors": "error", "failures": "failure", "skipped": "skipped"}
"""Attributes of a suite, and the elements that each counts."""


class Junit:
    """The renderer of JUnit XML."""

    name = "junit"
    help = "Write JUnit XML as well"
    is_file = True

    def render(self, document: ReportDocument) -> str:
        return junit_text(document.cells)


def junit_text(cells: Sequence[Cell]) -> str:
    """Return the cells as JUnit XML; a known failure is skipped, with its reason."""
    suites: dict[str, list[Cell]] = {}
    for cell in cells:
        suites.setdefault(cell.variant, []).append(cell)
    document = Element("testsuites", name="kvariant")
    total, total_time = Counter[str](), 0.0
    for variant, those in suites.items():
        suite = SubElement(document, "testsuite", name=_legal(variant))
        counts, time = Counter[str](tests=len(those)), 0.0
        for cell in those:
            time += round(cell.duration, 3)
            suite.append(case := _case(cell))
            counts.update(child.tag for child in case)
        _count(suite, ("errors", "failures", "skipped"), counts, time)
        total += counts
        total_time += round(time, 3)
    _count(document, ("failures", "errors", "skipped"), total, total_time)
    return f"{tostring(document, encoding='unicode')}\n"


def _count(suite: Element, attributes: Sequence[str], counts: Counter[str], time: float) -> None:
    suite.set("tests", str(counts["tests"]))
    for attribute in attributes:
        suite.set(attribute, str(counts[_COUNTS[attribute]]))
    suite.set("time", str(round(time, 3)))


def _case(cell: Cell) -> Element:
    variant, step = _legal(cell.variant), _legal(cell.step)
    name, group = (_legal(cell.test), f"{variant}.{step}") if cell.test else (step, variant)
    case = Element("testcase", name=name, classname=group, time=str(round(cell.duration, 3)))
    told = _legal("\n".join(failure.message for failure in cell.unexpected) or cell.reason)
    match cell.verdict:
        case _ if cell.is_left:
            SubElement(case, "skipped", _message(f"{cell.known}: {told}"))
        case _ if cell.known:
            SubElement(case, "skipped", message=_legal(f"known failure: {cell.known}"))
        case Outcome.SKIPPED:
            SubElement(case, "skipped", _message(told))
        case Outcome.FAILED:
            _tell(case, "failure", cell, told)
        case Outcome.ERROR | Outcome.TIMEOUT | Outcome.MISSING:
            _tell(case, "error", cell, told)
        case _ if cell.outcome in (Outcome.REUSED, Outcome.MERGED, Outcome.FLAKY):
            if cell.outcome is Outcome.FLAKY:
                _tell(case, "flakyFailure", cell, told)
            SubElement(case, "system-out").text = f"{cell.outcome.value} {told}".strip()
    return case


def _tell(case: Element, tag: str, cell: Cell, told: str) -> None:
    element = SubElement(case, tag, _message(told), type=cell.verdict.value)
    element.text = _legal(cell.log)


def _message(told: str) -> dict[str, str]:
    return {"message": told} if told else {}


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
