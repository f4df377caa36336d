# SPDX-License-Identifier: MIT
"""The report that a sweep asks for: a line of JSON for each test in each variant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


class Report:
    """Results of tests that took `variant`, written in one piece at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []

    def add(self, variant: str, report: pytest.TestReport) -> None:
        """Take note of how a test ended."""
        outcome = "failed" if report.failed else "skipped" if report.skipped else "passed"
        record = {
            "variant": variant,
            "test": report.nodeid,
            "outcome": outcome,
            "duration": report.duration,
            "message": _message(report),
        }
        self._lines.append(json.dumps(record) + "\n")

    def write(self) -> None:
        """Put the report in its place."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text("".join(self._lines), encoding="utf-8")
        part.replace(self._path)


def _message(report: pytest.TestReport) -> str:
    """Return one line: the exception of a failure, the reason of a skip."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr or "")
    return next((line for line in text.splitlines() if line.strip()), "")
