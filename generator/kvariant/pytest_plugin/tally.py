# SPDX-License-Identifier: MIT
"""What became of each test in each variant, and the lines that tell it at the end.

The process that prints them adds up the reports of all others: pytest-xdist sends
every report to its controller, and with the last one how variants were made ready.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from kvariant.words import counted

PLACE = "kvariant"
"""The attribute of a report that holds a test's `TestPlace`, as a dict."""


class Ending(enum.Enum):
    """How one test ended in one variant; the best first, the worst counts."""

    PASSED = "passed"
    SKIPPED_BY_KCONFIG = "skipped by kconfig"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    FAILED = "failed"
    ERROR = "error"

    @property
    def is_run(self) -> bool:
        """Whether the test's body was entered."""
        return self in (Ending.PASSED, Ending.XFAILED, Ending.FAILED)

    @property
    def is_bad(self) -> bool:
        """Whether it makes pytest fail."""
        return self in (Ending.FAILED, Ending.ERROR)

    @property
    def is_skipped(self) -> bool:
        """Whether nothing is known about the test in this variant."""
        return self in (Ending.SKIPPED_BY_KCONFIG, Ending.SKIPPED)


_SHOWN = (
    Ending.FAILED,
    Ending.ERROR,
    Ending.PASSED,
    Ending.SKIPPED_BY_KCONFIG,
    Ending.SKIPPED,
    Ending.XFAILED,
)


@dataclass(frozen=True, slots=True)
class TestPlace:
    """Where a result belongs: a test, without its variant, and the variant."""

    variant: str
    test: str
    needs: str = ""
    """The expression of its `kconfig(...)` markers, "" if it has none."""
    because: str = ""
    """Why that is n in the variant."""
    at: str = ""
    """Of a failure, the deepest line of generated code in its traceback; "" if there is none."""


class Tally:
    """The results of a session."""

    def __init__(self) -> None:
        self.endings: dict[str, dict[str, Ending]] = {}
        """Test -> variant -> how it ended."""
        self.needs: dict[str, str] = {}
        """Test -> the expression of its markers."""
        self.failed: dict[str, list[dict[str, Any]]] = {}
        """Variant -> what failed in it; see `result_of`."""
        self.is_partial = False
        """Whether tests were left out that the session could have run."""
        self._ready: dict[str, tuple[str, bool]] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Take a report of one phase of a test."""
        found = getattr(report, PLACE, None)
        ending = _ending(report, found)
        if found is None or ending is None:
            return
        place = TestPlace(**found)
        endings = self.endings.setdefault(place.test, {})
        worst = list(Ending).index
        endings[place.variant] = max(endings.get(place.variant, ending), ending, key=worst)
        self.needs[place.test] = place.needs
        if ending.is_bad:
            self.failed.setdefault(place.variant, []).append(result_of(place.variant, report))

    def add_ready(self, ready: Mapping[str, Any]) -> None:
        """Take what a process says of the variants it used: name -> [content, worked]."""
        for name, (content, worked) in ready.items():
            self._ready[name] = content, worked or self._ready.get(name, ("", False))[1]

    def headline(self) -> str:
        """Return the line of counts: `18 variants, 5 tests: 71 passed, ...`."""
        counts = Counter(e for endings in self.endings.values() for e in endings.values())
        variants = self.variants
        parts = [f"{counts[ending]} {ending.value}" for ending in _SHOWN if counts[ending]]
        line = f"{counted(len(variants), 'variant')}, {counted(len(self.endings), 'test')}: "
        return line + "; ".join(filter(None, [", ".join(parts), ", ".join(self._making())]))

    def _making(self) -> Iterator[str]:
        """Yield how the variants that tests used were come by."""
        worked: dict[str, bool] = {}
        for content, did in self._ready.values():
            worked[content] = worked.get(content, False) or did
        built = sum(worked.values())
        counts = {
            "built": built,
            "reused": len(worked) - built,
            "shared": len(self._ready) - len(worked),
        }
        yield from (f"{what} {count}" for what, count in counts.items() if count)

    @property
    def variants(self) -> set[str]:
        """The variants of which there is any result."""
        return {name for endings in self.endings.values() for name in endings}

    def silent_in(self, variant: str) -> Iterator[str]:
        """Yield the tests that did not run in a variant, or of which it is no matter how."""
        for test, endings in self.endings.items():
            ending = endings.get(variant)
            if ending is None or ending.is_skipped or ending is Ending.XFAILED:
                yield test

    def never_ran(self, names: Iterable[str]) -> Iterator[str]:
        """Yield each test that `kconfig(...)` skipped in every one of these variants.

        A test that was not tried in one of them, whatever left it out, is not among them.
        """
        everywhere = set(names)
        for test, endings in self.endings.items():
            skipped = {n for n, e in endings.items() if e is Ending.SKIPPED_BY_KCONFIG}
            if skipped == everywhere and len(endings) == len(everywhere):
                yield test

    def ran_in(self) -> set[str]:
        """Return the variants in which at least one test ran."""
        return {n for endings in self.endings.values() for n, e in endings.items() if e.is_run}


def result_of(variant: str, report: pytest.TestReport) -> dict[str, Any]:
    """Return what one phase says of a test in a variant, as `PytestResult` has it."""
    place = getattr(report, PLACE, {})
    return {
        "variant": variant,
        "test": report.nodeid,
        "outcome": "failed" if report.failed else "skipped" if report.skipped else "passed",
        "duration": report.duration,
        "message": _message(report),
        "needs": place.get("needs", ""),
        "at": place.get("at", ""),
    }


def _message(report: pytest.TestReport) -> str:
    """Return one line: the exception of a failure, the reason of a skip."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr or "")
    return next((line for line in text.splitlines() if line.strip()), "")


def _ending(report: pytest.TestReport, place: Mapping[str, str] | None) -> Ending | None:
    """Return what one phase says about the end, None if it says nothing."""
    if report.failed:
        return Ending.FAILED if report.when == "call" else Ending.ERROR
    if report.skipped:
        if hasattr(report, "wasxfail"):
            return Ending.XFAILED
        by_us = bool(place and place["because"] and report.when == "setup")
        return Ending.SKIPPED_BY_KCONFIG if by_us else Ending.SKIPPED
    return Ending.PASSED if report.when == "call" else None
