# SPDX-License-Identifier: MIT
"""TAP, versions 12 to 14, nested tests included.

    TAP version 14
    1..2
    # Subtest: swap
        ok 1 - entry
        not ok 2 - offset
          ---
          message: got 3
          ...
        1..2
    not ok 1 - swap
    ok 2 - migration # SKIP no pages

A directive is a blank, `#`, a blank and one whole word, TODO or SKIP (an older form
is `Skipped:`); anything else behind a `#` is part of the name. A YAML block stands
right behind a result, deeper than it, and ends at `...` or where its indentation
does. Other lines are text of the test before them.

What kselftest prints is KTAP, whatever its first line says, and is read as such.

[TAP 14 specification, testanything.org]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kvariant.steps.test_results import ktap
from kvariant.steps.test_results.outcome import TestOutcome
from kvariant.steps.test_results.tap_document import Document, Point, milliseconds

_VERSION = re.compile(r"TAP version \d+$")
_DIRECTIVE = re.compile(
    r"(?P<word>SKIP|TODO)(?::|(?<=SKIP)PED:)?(?:\s+(?P<reason>.*))?$", re.IGNORECASE
)
_YAML = re.compile(r"(?P<key>duration_ms|message|error):\s*(?P<value>.*\S)")


def parse_tap(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a TAP stream; other lines are ignored, as the format says.

    Raises:
        ValueError: there is nothing but other lines.
    """
    if ktap.is_kselftest(text):
        yield from ktap.parse_kselftest(text)
        return
    reader = _Reader()
    for line in text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        reader.read(line)
    found = list(reader.document.outcomes())
    if not found:
        raise ValueError("it has neither a plan nor a test")
    yield from found


class _Reader:
    def __init__(self) -> None:
        self.document = Document(text_first=False, needs_plan=True)
        self._behind: tuple[Point, int] | None = None
        """The result of the line before, or of one with comments alone in between."""
        self._yaml: tuple[Point, int] | None = None
        """Whose the open YAML block is, and its indentation."""

    def read(self, line: str) -> None:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if self._yaml is not None:
            if not text or indent >= self._yaml[1]:
                self._in_yaml(text, indent)
                return
            self._yaml = None
        if text == "---" and self._behind is not None and indent > self._behind[1]:
            self._yaml = self._behind[0], indent
            return
        if self.document.read(text, (indent,), _DIRECTIVE):
            last = self.document.last
            is_result = text.startswith(("ok", "not ok")) and last is not None
            self._behind = (last, indent) if is_result and last is not None else None
        elif _VERSION.match(text):
            self.document.version((indent,))
        elif text and not text.startswith("pragma "):
            self.document.text(text.lstrip("# "))
            if not text.startswith("#"):
                self._behind = None

    def _in_yaml(self, text: str, indent: int) -> None:
        assert self._yaml is not None
        point, own = self._yaml
        if text == "..." and indent == own:
            self._yaml = None
        elif match := _YAML.match(text) if indent == own else None:
            if match["key"] == "duration_ms":
                point.duration = milliseconds(match["value"])
            else:
                point.text.insert(0, match["value"].strip("\"'|>-"))
