# SPDX-License-Identifier: MIT
"""The report that a sweep asks for: a line of JSON for each test in each variant."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kvariant.pytest_plugin.tally import TestPlace, result_of

if TYPE_CHECKING:
    from kvariant.pytest_plugin.reads import Reads


class Report:
    """Results of tests that took `variant`, written as they end.

    {"expected": {VARIANT: number of tests}}      once, in the order in which they run
    {"began": VARIANT}                            before the first of its tests in a row
    {"read": [PATH, ...]}                         files read since the last such line
    {"variant": ..., "test": ..., "outcome": ..., "duration": ..., "message": ..., "needs": ...,
     "at": "PATH:LINE" of generated code, the deepest in the traceback of a failure}
    """

    def __init__(self, path: Path, reads: Reads) -> None:
        self._reads = reads
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("a", encoding="utf-8", buffering=1)
        self._at = ""

    def expect(self, variants: Iterable[str]) -> None:
        """Say how many tests each variant has, given the variant of each test."""
        self._write({"expected": Counter(variants)})

    def began(self, variant: str) -> None:
        """Say that a test of a variant begins."""
        if variant != self._at:
            self._at = variant
            self._write({"began": variant})

    def skipped(self, place: TestPlace, test: str) -> None:
        """Say that a test does not run in a variant, whose values forbid it."""
        self._write(
            {
                "variant": place.variant,
                "test": test,
                "outcome": "skipped",
                "duration": 0.0,
                "message": f"Skipped: {place.because} in {place.variant}",
                "needs": place.needs,
            }
        )

    def add(self, variant: str, report: pytest.TestReport) -> None:
        """Say how a test ended."""
        if read := self._reads.new():
            self._write({"read": read})
        self._write(result_of(variant, report))

    def close(self) -> None:
        """Nothing more is to be said."""
        self._reads.close()
        self._stream.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(record) + "\n")
